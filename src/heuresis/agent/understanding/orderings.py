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
    r"(?i)\b(?:sort|rank|order|arrange|prioriti[sz]e|line\s+\w+\s+up|put\s+\w+\s+in\s+order)\w*\b[^.;!?]*?\b(?:by|on|according\s+to|in\s+order\s+of)\s+(?:how\s+(?:much|many|well|far|long|strongly)\s+)?(?:their\s+|the\s+|its\s+)?(?:predicted\s+|computed\s+|calculated\s+|estimated\s+)?$"
)
_BEST = re.compile(
    rf"(?i)\b(?:top|best)\s*-?\s*{_N}?{_NOUN}(?:\s+(?:of|among|from|out\s+of|in)\b[^.;!?]{{0,200}}?)?\s+(?:by|in\s+terms\s+of|according\s+to|for|on|with\s+respect\s+to|regarding)\s+(?:their\s+|the\s+|its\s+)?$"
)
_UP = re.compile(
    r"(?i)\b(highest|largest|greatest|biggest|maximum|maximal|longest|most)\s+(?:predicted\s+|possible\s+|value\s+of\s+|computed\s+)?$"
)
_DOWN = re.compile(
    r"(?i)\b(lowest|smallest|least|minimum|minimal|fewest|shortest)\s+(?:predicted\s+|possible\s+|value\s+of\s+|computed\s+)?$"
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
    r"(?i)[^.;!?]{0,40}?\b(?:descending|(?:starting|beginning)\s+(?:with|from|at)\s+the\s+(?:highest|largest|biggest|greatest|most)|highest\s+(?:to\s+lowest|first)|high\s+to\s+low|largest\s+first|decreasing|biggest\s+first|most\s+first|greatest\s+first|top\s+down)"
)
_UPWARD = re.compile(
    r"(?i)[^.;!?]{0,40}?\b(?:ascending|(?:starting|beginning)\s+(?:with|from|at)\s+the\s+(?:lowest|smallest|least)|lowest\s+(?:to\s+highest|first)|low\s+to\s+high|smallest\s+first|increasing|least\s+first)"
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
_ENDS = ("er", "est")
_BETTER = ("better", "best", "worse", "worst")


def orderings_in(text: str, mentions: Sequence[Mention], used: set[int]) -> list[Ordering]:
    """Read every ordering; mentions that belong to conditions are left alone."""
    return [
        found
        for mention in mentions
        if mention.start not in used and (found := _ordering(text, mention)) is not None
    ]


def _ordering(text: str, mention: Mention) -> Ordering | None:
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
        return _of_adjective(text, mention)
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
            return _made(text, match.start(), mention, _way(way), is_aim=is_aim)
    if is_graded:
        is_aim = not first.endswith("est") and last not in ("best", "worst")
        return _made(text, mention.start, mention, _way(sense), is_aim=is_aim)
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
