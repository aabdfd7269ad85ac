"""Whether the first of an order is picked, and something is asked of that one alone."""

import re
from collections.abc import Sequence

from heuresis.agent.understanding.entities import Entity, Intent, Ordering, Piece

_THING = r"(?:ones?|molecule|compound|candidate|crystal|structure|material|drug|substance|member)"
_ONE = re.compile(
    rf"(?i)\b(?:its|it|whose|(?:that|this)(?:\s+{_THING})?(?=\s*(?:$|[?.,;!]|is\b|be\b|can\b|has\b))|"
    rf"(?:that|this)\s+(?:top\s+|best\s+|first\s+|winning\s+)?{_THING}|"
    r"(?:the|that|this)\s+(?:very\s+)?(?:best|top|winner|winning|first|champion|leader|\w{2,}est)\b)"
)
_PICKED = re.compile(
    r"(?i)\b(?:for|take|pick|choose|select|identify|grab|isolate|single\s+out)\s+(?:me\s+)?(?:out\s+)?"
    rf"(?:the\s+)?(?:(?:single\s+)?{_THING}\s+)?(?:(?:with|having|that\s+has|that\s+is|of)\s+)?(?:the\s+)?$"
)
_WHICHEVER = re.compile(r"(?i)\bwhichever\b[^.;?!]*$")
_OF_THE = re.compile(
    rf"(?i)\s*(?:of|for)\s+(?:the\s+)?(?:{_THING}\s+)?(?:(?:with|having|that\s+has|that\s+is)\s+)?(?:the\s+)?$"
)
_FINEST = re.compile(r"(?i)\w*(?:est|most|least|maximum|minimum|best|worst)\b")
_SORTED = re.compile(r"(?i)(?:sort|rank|order|arrange|prioriti|line|put)")
_LEAST = re.compile(r"(?i)\bthe\s+(?:smallest|lowest|least|shortest|weakest|tiniest)\b")


def picked(
    text: str,
    ordering: Sequence[Ordering],
    entities: Sequence[Entity],
    intents: Sequence[Intent],
) -> list[Ordering]:
    """Keep one only, where something else is asked of the first: 'pick the lightest; its TPSA?'."""
    paths = {one.path for one in ordering}
    asked: list[Piece] = [
        one
        for one in entities
        if one.kind == "notation" or (one.kind == "property" and one.canonical not in paths)
    ]
    asked += [one for one in intents if one.kind == "draw" and not one.is_negated]
    return [_alone(text, one, asked) for one in ordering]


def _alone(text: str, one: Ordering, asked: Sequence[Piece]) -> Ordering:
    if one.is_aim or one.limit or not asked:
        return one
    later = [piece for piece in asked if piece.start >= one.end]
    if _SORTED.match(one.text):  # the whole order was asked for, too
        is_least = not one.direction and bool(_LEAST.search(text, one.end))
        return one.model_copy(update={"direction": "ascending"}) if is_least else one
    if later and _FINEST.match(one.text):
        follows = text[one.end : max(piece.end for piece in later) + 60]
        before = max(0, one.start - 200), one.start
        is_picked = _PICKED.search(text, *before) or _WHICHEVER.search(text, *before)
        if _ONE.search(follows) or is_picked:
            return one.model_copy(update={"limit": 1})
    earlier = [piece for piece in asked if piece.end <= one.start]
    if earlier and _OF_THE.fullmatch(text, earlier[-1].end, one.start):
        return one.model_copy(update={"limit": 1})
    return one
