"""In which unit a number is wanted: 'in kcal/mol', 'in Kelvin'."""

import re
from collections.abc import Iterator

from heuresis.agent.understanding.entities import UnitWish
from heuresis.agent.understanding.unit_words import unit_read
from heuresis.agent.understanding.vocabulary.reading import english, glue

_SPELLINGS = {
    "kJ/mol": r"kJ\s*(?:/|per)\s*mol(?:e)?|kJ\s*mol\^?-1|kilojoules?\s+per\s+mole",
    "kcal/mol": r"kcal\s*(?:/|per)\s*mol(?:e)?|kcal\s*mol\^?-1|kilocalories?\s+per\s+mole",
    "meV/atom": r"meV\s*(?:/|per)\s*atom|millielectron-?volts?\s+per\s+atom",
    "eV/atom": r"eV\s*(?:/|per)\s*atom|electron-?\s?volts?\s+per\s+atom",
    "kJ": r"kJ|kilojoules?",
    "J": r"J|joules?",
    "kcal": r"kcal|kilocalories?",
    "meV": r"meV|millielectron-?\s?volts?",
    "eV": r"eV|electron-?\s?volts?",
    "hartree": r"hartrees?|Ha",
    "g/mol": r"g\s*(?:/|per)\s*mol(?:e)?|grams?\s+per\s+mole|g\s*mol\^?-1",
    "kDa": r"kDa|kilodaltons?",
    "Da": r"Da|daltons?|amu|atomic\s+mass\s+units?",
    "kg": r"kg|kilograms?",
    "mg": r"mg|milligrams?",
    "GPa": r"GPa|gigapascals?",
    "MPa": r"MPa|megapascals?",
    "kbar": r"kbar|kilobars?",
    "Mbar": r"Mbar|megabars?",
    "bar": r"bars?",
    "atm": r"atm|atmospheres?",
    "Pa": r"Pa|pascals?",
    "kg/m3": r"kg\s*(?:/|per)\s*(?:m\^?3|m³|cubic\s+met(?:er|re)s?)|kg\s*m\^?-3|"
    r"kilograms?\s+per\s+cubic\s+met(?:er|re)",
    "g/cm3": r"g\s*(?:/|per)\s*(?:cm\^?3|cm³|cc|mL|ml)|g\s*cm\^?-3|"
    r"grams?\s+per\s+cubic\s+centimet(?:er|re)",
    "nm3/atom": r"nm(?:\^?3|³)\s*(?:/|per)\s*atom|cubic\s+nanomet(?:er|re)s?\s+per\s+atom",
    "Å3/atom": r"(?:Å|angstroms?)(?:\^?3|³)\s*(?:/|per)\s*atom|cubic\s+angstroms?\s+per\s+atom",
    "nm3": r"nm(?:\^3|3|³)|cubic\s+nanomet(?:er|re)s?",
    "Å3": r"(?:Å|angstroms?)(?:\^3|3|³)|cubic\s+angstroms?",
    "nm2": r"nm(?:\^2|2|²)|square\s+nanomet(?:er|re)s?",
    "Å2": r"(?:Å|angstroms?)(?:\^2|2|²)|square\s+angstroms?",
    "nm": r"nm|nanomet(?:er|re)s?",
    "pm": r"pm|picomet(?:er|re)s?",
    "Å": r"Å|angstroms?|ångstr[öo]ms?",
    "bohr": r"bohrs?|atomic\s+units",
    "mm": r"mm|millimet(?:er|re)s?",
    "K": r"K|[Kk]elvins?|degrees\s+kelvin",
    "degC": r"°\s?C|degC|celsius|degrees\s+(?:celsius|centigrade)",
    "rad": r"rad|radians?",
    "degree": r"degrees?|deg",
    "min": r"min(?:ute)?s?",
    "day": r"days?",
    "h": r"h|hrs?|hours?",
    "s": r"s|sec(?:ond)?s?",
    "%": r"%|percent|per\s+cent|percentages?|percentage\s+terms",
    "mL/min/mg": r"mL/min/mg",
    "mol/L": r"mol\s*(?:/|per)\s*(?:L|lit(?:er|re))|moles?\s+per\s+lit(?:er|re)|molar",
    "mg/mL": r"mg\s*(?:/|per)\s*mL|milligrams?\s+per\s+millilit(?:er|re)",
    "g/L": r"g\s*(?:/|per)\s*L|grams?\s+per\s+lit(?:er|re)",
}
_WORDY = frozenset(("J", "K", "s", "h", "bar", "day", "min", "degree"))  # need an end after them
_CASED = frozenset(("J", "K", "Pa", "Ha", "s", "h", "meV", "MPa", "Mbar", "Da"))
_NAMES = tuple(_SPELLINGS)
_LEAD = (
    r"(?:\b(?:in|into|to|as|using)\s+(?:units?\s+of\s+|terms\s+of\s+)?|\bunits?\s*(?:of|:|=)\s*)"
)
_WISH = re.compile(
    rf"{_LEAD}(?:{'|'.join(f'(?P<u{n}>{one})' for n, one in enumerate(_SPELLINGS.values()))})"
    r"(?![\w/^%³²])",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?i)(?:\b(?:in|into|to|as|using)\s+(?:units?\s+of\s+|terms\s+of\s+)?|\bunits?\s*(?:of|:|=)\s*|"
    r"\bhow\s+many\s+|,\s*)"
)
_COUNTED = re.compile(r"(?i)\s+(?:is|are|was|does|do|has|have|would|will|lies?|sits?)\b")
_LAST = re.compile(r"(?i)\s*(?:please|pls|thanks|if\s+possible)?\s*[.!?]*\s*$")
_IDLE = frozenset("aAhlmsMgdDKCNVWFTSu") | {"at", "min", "bar", "day", "mol"}
_ENDS = re.compile(r"\s*(?:$|[.,;:?!)]|instead|please|rather|not\b|and\b|or\b|of\b|for\b)", re.I)
_NUMBER_BEFORE = re.compile(r"[\d.]\s*$")


def units_in(text: str) -> Iterator[UnitWish]:
    """Yield the units that numbers are wanted in, none inside another."""
    found = sorted([*_listed(text), *_any(text)], key=lambda one: (one.start, -one.end))
    end = 0
    for one in found:
        if one.start >= end:
            yield one
            end = one.end


def _listed(text: str) -> Iterator[UnitWish]:
    for match in _WISH.finditer(text):
        unit = _NAMES[int(str(match.lastgroup)[1:])]
        said = match[0][match.start(match.lastgroup or 0) - match.start() :]
        is_symbol = said.lower() == unit.lower()
        if is_symbol and unit in _CASED and said != unit:
            continue  # 'in ha', 'as da'
        if unit in _WORDY and not _ENDS.match(text, match.end()):
            continue
        if _NUMBER_BEFORE.search(text[: match.start()]):
            continue  # '50 to 80 %' is a range
        yield UnitWish(text=match[0], start=match.start(), end=match.end(), unit=unit)


def _any(text: str) -> Iterator[UnitWish]:
    """Yield wishes for units that only the unit library lists, and 'how many kJ/mol'."""
    for match in _ASKED.finditer(text):
        unit, end = unit_read(text, match.end())
        if not unit or _NUMBER_BEFORE.search(text[: match.start()]):
            continue
        said = text[match.end() : end]
        lead = match[0].strip().lower()
        is_plain = said.isalpha() and (len(said) < 3 or said.lower() in english() | glue())
        if lead == "how many":
            is_meant = bool(_COUNTED.match(text, end))
        elif lead == ",":
            is_meant = not is_plain and bool(_LAST.match(text, end))
        else:
            is_meant = bool(_ENDS.match(text, end)) and (not is_plain or said not in _IDLE)
        if is_meant and not text[end : end + 1].isalnum():
            yield UnitWish(text=text[match.start() : end], start=match.start(), end=end, unit=unit)
