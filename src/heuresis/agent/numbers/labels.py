"""Numbers that name a thing: 'table 2', 'space group 225', 'the (111) surface', 'the 2nd one'."""

import re
from collections.abc import Iterator

from heuresis.agent.numbers.lexicon import THINGS, UNITS
from heuresis.agent.numbers.verdict import Excuse, Excused

N_SPACE_GROUPS = 230
MAX_RANK = 20
_ALONE = rf"(?![\d.,]*\d|\w)(?!\s?(?:{UNITS}|{THINGS}))"  # no further digits, no unit, no things

_PARTS = re.compile(
    r"(?:\b(?:sections?|sec\.|figures?|figs?\.?|tables?|equations?|eqs?\.?|appendix|chapters?"
    rf"|schemes?)|§)[ \t]?\(?([1-9]\d?[a-d]?(?:\.[1-9]\d?){{0,2}}){_ALONE}",
    re.IGNORECASE,
)
_STEPS = re.compile(rf"\b(?:steps?|options?|items?)[ \t]?([1-9]\d?){_ALONE}", re.IGNORECASE)
_SPACE_GROUP = re.compile(
    r"\b(?:space[ -]?group|SG|sgr?p?\.)(?:[ \t](?:type|number|no\.?|nr\.?|#))*[ \t:]{0,2}[ \t]?"
    r"\(?#?(?:[PIFABCR][-\w/]{1,8}[ \t]?[(,]?[ \t]?(?:no\.?|number|#)?[ \t]?)?"
    rf"(\d{{1,3}}){_ALONE}",
    re.IGNORECASE,
)
_AFTER_SYMBOL = re.compile(
    r"(?<!\w)[PIFABCR][-\da-e/mn]{1,8}[ \t]?\((?:no\.?|number|nr\.?|#)[ \t]?(\d{1,3})\)",
    re.IGNORECASE,
)
_PLANE = re.compile(
    r"(?<![\w.])[(\[]((?:-?\d[ ,]{0,2}){3,4})[)\]](?=[ -](?:surface|plane|facet|face|direction"
    r"|slab|termination|orient|reflection|axis|zone|peak))"
)
_RANK = re.compile(
    r"(?<![\w.])(\d{1,2})(?:st|nd|rd|th)\b"
    r"(?![ \t](?:of\b|per|quart|dec|cent|quant|day|week|century))"
)
_MONTH = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[ \t]*$", re.IGNORECASE
)


def labels_in(text: str) -> Iterator[Excused]:
    """Find numbers that name a part of a text, a space group, a lattice plane or a rank."""
    for pattern, excuse in ((_PARTS, Excuse.LABEL), (_STEPS, Excuse.LABEL), (_PLANE, Excuse.PLANE)):
        for match in pattern.finditer(text):
            yield Excused(start=match.start(1), end=match.end(1), excuse=excuse)
    for pattern in (_SPACE_GROUP, _AFTER_SYMBOL):
        for match in pattern.finditer(text):
            if 1 <= int(match[1]) <= N_SPACE_GROUPS:
                yield Excused(start=match.start(1), end=match.end(1), excuse=Excuse.SPACE_GROUP)
    for match in _RANK.finditer(text):
        is_date = _MONTH.search(text, max(0, match.start() - 12), match.start())
        if int(match[1]) <= MAX_RANK and not is_date:
            yield Excused(start=match.start(), end=match.end(), excuse=Excuse.ORDINAL)
