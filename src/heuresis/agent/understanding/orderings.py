"""By what to sort, what is to go up or down, and how many to keep."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from heuresis.agent.understanding.conditions import Mention
from heuresis.agent.understanding.entities import Ordering
from heuresis.agent.understanding.quantities import NUMBER_WORDS

Direction = Literal["ascending", "descending", ""]
_N = rf"(\d{{1,4}}|{'|'.join(NUMBER_WORDS)})"
_NOUN = (
    r"(?:\s+(?:molecules?|candidates?|compounds?|crystals?|structures?|results?|ones|of\s+them))?"
)
_SORT = re.compile(
    r"(?i)\b(?:sort|rank|order|arrange|prioriti[sz]e|line\s+\w+\s+up|put\s+\w+\s+in\s+order)\w*\b[^.;!?]*?\b(?:by|on|according\s+to|in\s+order\s+of)\s+(?:how\s+\w+\s+(?:(?:they|it|each|these|those|one)\s+)?(?:(?:are|is|do|does|can|would)\s+)?)?(?:their\s+|the\s+|its\s+)?(?:predicted\s+|computed\s+|calculated\s+|estimated\s+)?$"
)
_BEST = re.compile(
    rf"(?i)\b(?:top|best)\s*-?\s*{_N}?{_NOUN}(?:\s+(?:of|among|from|out\s+of|in)\b[^.;!?]{{0,200}}?)?\s+(?:by|in\s+terms\s+of|according\s+to|for|on|with\s+respect\s+to|regarding)\s+(?:their\s+|the\s+|its\s+)?$"
)
_UP = re.compile(
    r"(?i)\b(highest|largest|greatest|biggest|maximum|maximal|longest|most|max|strongest|tallest|widest|richest|deepest|heftiest|fullest)\s+(?:predicted\s+|possible\s+|value\s+of\s+|computed\s+)?$"
)
_DOWN = re.compile(
    r"(?i)\b(lowest|smallest|least|minimum|minimal|fewest|shortest|tiniest|littlest|poorest|weakest|slightest|narrowest|faintest|min)\s+(?:predicted\s+|possible\s+|value\s+of\s+|computed\s+)?$"
)
_FINEST = re.compile(r"(?i)\b(best|worst)\s+(?:predicted\s+|possible\s+)?$")
_RAISE = re.compile(
    r"(?i)\b(?:maximi[sz](?:e|es|ing)|increas(?:e|es|ing|ed)|rais(?:e|es|ing)|boost(?:s|ing)?|higher|larger|greater|more|longer|enhanced)\s+(?:its\s+|the\s+|their\s+|in\s+)?(?:[\w-]+(?:'s)?\s+)?$"
)
_LOWER = re.compile(
    r"(?i)\b(?:minimi[sz](?:e|es|ing)|reduc(?:e|es|ing|ed)|decreas(?:e|es|ing|ed)|lower(?:s|ing)?|less|smaller|fewer|cut(?:ting)?)\s+(?:its\s+|the\s+|their\s+|in\s+)?(?:[\w-]+(?:'s)?\s+)?$"
)
_IMPROVE = re.compile(
    r"(?i)\b(?:improv(?:e|es|ing|ed)|optimi[sz](?:e|es|ing|ed)|better)\s+(?:its\s+|the\s+|their\s+|in\s+)?(?:[\w-]+(?:'s)?\s+)?$"
)
_MORE = re.compile(r"(?i)\b(?:more|most)\s+$")
_LESS = re.compile(r"(?i)\b(?:less|least|not\s+(?:so|too|as))\s+$")
_DOWNWARD = re.compile(
    r"(?i)[^.;!?]{0,40}?\b(?:descending|(?:starting|beginning)\s+(?:with|from|at)\s+the\s+(?:highest|largest|biggest|greatest|most)|highest\s+(?:to\s+lowest|first)|high\s+to\s+low|largest\s+first|decreasing|(?:large|big|largest|biggest)\s+to\s+(?:small|smallest)|biggest\s+first|least\s+negative\s+first|downwards?|from\s+the\s+top\s+down|most\s+first|greatest\s+first|top\s+down)"
)
_UPWARD = re.compile(
    r"(?i)[^.;!?]{0,40}?\b(?:ascending|(?:starting|beginning)\s+(?:with|from|at)\s+the\s+(?:lowest|smallest|least)|lowest\s+(?:to\s+highest|first)|low\s+to\s+high|smallest\s+first|increasing|(?:small|smallest)\s+to\s+(?:large|big|largest|biggest)|(?:from\s+)?(?:the\s+)?most\s+negative\s+(?:up|first|on)|upwards?|from\s+the\s+bottom\s+up|least\s+first)"
)
_WAY_BEFORE = re.compile(
    r"(?i)\b(?:(?P<up>lowest|smallest|least|low|small)\s+to\s+(?:the\s+)?(?:highest|largest|most|"
    r"biggest|high|large)|(?P<down>highest|largest|most|biggest|high|large)\s+to\s+(?:the\s+)?"
    r"(?:lowest|smallest|least|low|small)|(?P<rising>ascending|increasing|rising)|"
    r"(?P<falling>descending|decreasing|falling))\s+(?:\w+\s+){0,3}$"
)
_FIRST = re.compile(
    r"(?i)[^.;!?]{0,24}?\b(?P<which>highest|lowest|largest|smallest|biggest|best|worst)\s+"
    r"(?:ones?\s+|value\s+)?(?:first|(?:to|through)\s+(?:highest|lowest|largest|smallest))\b"
)
_BEST_FIRST = re.compile(r"(?i)[^.;!?]{0,12}?\bbest\s+(?:ones?\s+)?first")
_LAST = re.compile(r"(?i)\s+(?:one\s+|ones\s+)?(?:last|at\s+the\s+(?:bottom|end|foot|back))\b")
_TO = re.compile(r"(?i)\s+(?:to|through|down\s+to|up\s+to)\s+(?:the\s+)?")
_SORTED = re.compile(r"(?i)(?:sort|rank|order|arrange|prioriti|line|put)")
_SUPERLATIVE = re.compile(r"(?i)\w*(?:est|most|least|maximum|minimum|maximal|minimal|best|worst)\b")
_GROUPS = {"pair": "two", "couple": "two", "trio": "three", "single": "one"}
_FEW = rf"(\d{{1,2}}|{'|'.join(list(NUMBER_WORDS)[1:13])}|pair|couple|trio|single)"
_N_BEFORE = re.compile(
    rf"(?i)\b{_FEW}\s+(?:(?:molecules?|candidates?|compounds?|crystals?|structures?|materials?|ones)\s+)?(?:(?:with|having|of|that\s+have|showing)\s+)?(?:the\s+)?(?:very\s+)?$"
)
_WHICH_N = re.compile(rf"(?i)\b(?:which|what|name\s+the|the)\s+{_FEW}\s+of\b[^.;?!]*$")
_ENDS = ("er", "est")
_BETTER = ("better", "best", "worse", "worst")


def orderings_in(text: str, mentions: Sequence[Mention], used: set[int]) -> list[Ordering]:
    """Read every ordering; mentions that belong to conditions are left alone."""
    found = [
        one
        for mention in mentions
        if mention.start not in used and (one := _ordering(text, mention, mentions)) is not None
    ]
    return _once(text, found)


def _once(text: str, found: Sequence[Ordering]) -> list[Ordering]:
    """Sort by each quantity once: 'by stability, most stable first', 'from greasiest to least'."""
    kept: dict[tuple[str, bool], Ordering] = {}
    for one in found:
        first = kept.get((one.path, one.is_aim))
        if first is None:
            kept[one.path, one.is_aim] = _limited(text, one)
        elif first.direction == "" or (_SORTED.match(first.text) and not first.limit):
            told = first.direction if _is_told(text, first) else one.direction or first.direction
            kept[one.path, one.is_aim] = first.model_copy(update={
                "direction": told, "end": one.end, "text": text[first.start : one.end],
                "limit": first.limit or one.limit,
            })  # fmt: skip
    return list(kept.values())


def _is_told(text: str, one: Ordering) -> bool:
    """Whether the text says which way, other than by an adjective that follows."""
    return bool(_DOWNWARD.match(text, one.end) or _UPWARD.match(text, one.end))


def _limited(text: str, one: Ordering) -> Ordering:
    """Read how many are wanted: 'the two lightest', 'which two of … are the floppiest'."""
    if one.limit or one.is_aim or not _SUPERLATIVE.match(one.text):
        return one
    match = _N_BEFORE.search(text, max(0, one.start - 30), one.start)
    start = match.start() if match else one.start
    match = match or _WHICH_N.search(text, max(0, one.start - 250), one.start)
    if match is None:
        return one
    limit = _count(_GROUPS.get(match[1].lower(), match[1]))
    return one.model_copy(update={"limit": limit, "start": start, "text": text[start : one.end]})


def _ordering(text: str, mention: Mention, others: Sequence[Mention]) -> Ordering | None:
    sense, good = mention.said.sense, mention.property.good
    near = max(0, mention.start - 120), mention.start
    for pattern in (_SORT, _BEST):
        match = pattern.search(text, *near)
        if match:
            limit = _count(match[1]) if match.lastindex else None
            default: Direction = "" if pattern is _SORT else _way(good or 1)
            direction = _stated(text, mention) or default
            return _made(text, match.start(), mention, direction, limit=limit)
    if _WAY_BEFORE.search(text, *near):
        return _made(text, mention.start, mention, _stated(text, mention))
    if sense:
        return _of_adjective(text, mention) or _from_to(text, mention, others)
    for pattern, way, is_aim in _nouns(good):
        match = pattern.search(text, *near)
        if match and not _is_comparison(text, match, mention):
            is_worst = pattern is _FINEST and match[1].lower() == "worst"
            direction = _way(-way if is_worst else way)
            return _made(text, match.start(), mention, direction, is_aim=is_aim)
    if _FIRST.match(text, mention.end):
        return _made(text, mention.start, mention, _stated(text, mention))
    return None


def _nouns(good: int) -> Iterator[tuple[re.Pattern[str], int, bool]]:
    yield _UP, 1, False
    yield _DOWN, -1, False
    yield _FINEST, good or 1, False
    yield _RAISE, 1, True
    yield _LOWER, -1, True
    yield _IMPROVE, good, True


def _of_adjective(text: str, mention: Mention) -> Ordering | None:
    """Read 'more soluble', 'least toxic', 'lighter', 'densest'."""
    sense, near = mention.said.sense, (max(0, mention.start - 20), mention.start)
    word = text[mention.start : mention.end].lower()
    first, last = word.split()[0], word.split()[-1]
    is_graded = last in _BETTER or (
        first.endswith(_ENDS) and first not in ("polar", "water-soluble")
    )
    for pattern, way in ((_MORE, sense), (_LESS, -sense)):
        match = pattern.search(text, *near)
        if match:
            is_aim = match[0].strip().lower() in ("more", "less")
            turn = -1 if _LAST.match(text, mention.end) else 1
            return _made(text, match.start(), mention, _way(way * turn), is_aim=is_aim)
    if is_graded:
        is_aim = not first.endswith("est") and last not in ("best", "worst")
        way = -sense if _LAST.match(text, mention.end) else sense
        return _made(text, mention.start, mention, _way(way), is_aim=is_aim)
    return None


def _from_to(text: str, mention: Mention, others: Sequence[Mention]) -> Ordering | None:
    """Read 'from light to heavy'."""
    match = _TO.match(text, mention.end)
    path = mention.property.path
    if match and any(m.start == match.end() and m.property.path == path for m in others):
        return _made(text, mention.start, mention, _way(mention.said.sense))
    return None


def _is_comparison(text: str, match: re.Match[str], mention: Mention) -> bool:
    """Whether 'higher' belongs to 'higher than 3', or 'more' to 'more than 2 rings'."""
    return " than " in text[match.start() : mention.start] or bool(re.search(r"\d", match[0]))


def _stated(text: str, mention: Mention) -> Direction:
    before = _WAY_BEFORE.search(text, max(0, mention.start - 80), mention.start)
    if before:
        return "ascending" if before["up"] or before["rising"] else "descending"
    first = _FIRST.match(text, mention.end)
    if first and first["which"].lower() in ("lowest", "smallest"):
        return "ascending"
    if first and first["which"].lower() == "worst":
        return _way(-(mention.property.good or 1))
    if _BEST_FIRST.match(text, mention.end):
        return _way(mention.property.good or 1)
    if _DOWNWARD.match(text, mention.end):
        return "descending"
    return "ascending" if _UPWARD.match(text, mention.end) else ""


def _way(sense: int) -> Direction:
    return "" if sense == 0 else "descending" if sense > 0 else "ascending"


def _count(word: str | None) -> int | None:
    if not word:
        return None
    return int(word) if word.isdigit() else NUMBER_WORDS[word.lower()]


def _made(  # noqa: PLR0913  # the fields of an ordering
    text: str,
    start: int,
    mention: Mention,
    direction: Direction,
    *,
    limit: int | None = None,
    is_aim: bool = False,
) -> Ordering:
    return Ordering(
        text=text[start : mention.end],
        start=start,
        end=mention.end,
        path=mention.property.path,
        direction=direction,
        limit=limit,
        is_aim=is_aim,
    )
