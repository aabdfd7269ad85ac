"""Any unit as people write it: 'pm^2', 'kg per cubic metre'; the unit library judges."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

_BASES: Mapping[str, str] = {
    "m": "met(?:er|re)s?", "g": "gram(?:me)?s?",
    "J": "joules?", "cal": "calories?", "Pa": "pascals?",
    "bar": "bars?", "eV": r"electron[- ]?volts?", "mol": "moles?", "L": "lit(?:er|re)s?",
    "s": "sec(?:ond)?s?", "Da": "daltons?", "Hz": "hertz", "K": "kelvins?", "N": "newtons?",
}  # fmt: skip
_PREFIXES: Mapping[str, str] = {
    "f": "femto", "p": "pico", "n": "nano", "µ": "micro", "m": "milli", "c": "centi", "d": "deci",
    "h": "hecto", "k": "kilo", "M": "mega", "G": "giga", "T": "tera",
}  # fmt: skip
_OTHERS: Mapping[str, str] = {
    "angstrom": "[aå]ngstr(?:o|ö)ms?|Å", "bohr": "bohr(?:s| radii)?", "hartree": "hartrees?",
    "rydberg": "rydbergs?|Ry", "atm": "atmospheres?", "degC": "celsius", "min": "minutes?",
    "hour": "hours?", "day": "days?", "week": "weeks?", "year": "years?", "degree": "degrees?",
    "u": "atomic mass units?|amu", "psi": "psi", "torr": "torr", "mmHg": "mmhg",
    "inch": "inch(?:es)?",
    "dyn": "dyn(?:e|es)?", "erg": "ergs?", "atom": "atoms?", "mL": "cc", "%": "per ?cent|percent",
}  # fmt: skip
_POWERS: Mapping[str, str] = {"square": "2", "squared": "2", "sq": "2", "cubic": "3", "cubed": "3"}
_FIRST = r"[A-Za-zÅåµμ°%]"
_ONE = rf"(?:{_FIRST}[A-Za-zÅåöµμ]*\.?)(?:\s?\^?\s?[-\N{{MINUS SIGN}}]?\d|[²³])?"
_JOIN = r"\s*/\s*|\s+per\s+|\s*·\s*|\*|\s+"
_EXPRESSION = re.compile(rf"(?:{_ONE})(?:(?:{_JOIN})(?:{_ONE}))*", re.I)
_PARTS = 8  # words and signs that a unit is looked for in


def unit_read(text: str, start: int) -> tuple[str, int]:
    """Read the longest unit that begins at a place, as conversions know it.

    Returns:
        The unit, such as 'kg/m^3', and one after its last character; '' where none stands there.
    """
    match = _EXPRESSION.match(text, start)
    if match is None:
        return "", start
    ends = [found.end() for found in re.finditer(_ONE, match[0], re.I)][:_PARTS]
    for end in reversed(ends):
        said = match[0][:end].rstrip(".")
        unit = _written(said)
        if unit and is_known(unit):
            return unit, start + len(said)
    return "", start


@cache
def is_known(unit: str) -> bool:
    """Whether numbers can be told in a unit."""
    from heuresis.agent.numbers.conversion import is_unit

    return is_unit(unit)


def _written(said: str) -> str:
    """Write words and signs as one product of symbols; '' where a word is no unit."""
    plain = unicodedata.normalize("NFKC", said.replace("²", "^2").replace("³", "^3"))
    parts: list[str] = []
    waiting = ""  # 'square' stands before what it is said of
    for word in re.findall(r"/|·|\*|[^\s/·*]+", plain):
        sign = "/" if word.lower() == "per" else word
        if sign in ("/", "·", "*"):
            parts.append("/" if sign == "/" else "·")
        elif word.lower() in _POWERS:
            power = _POWERS[word.lower()]
            if parts and parts[-1] not in ("/", "·"):
                parts[-1] += f"^{power}"  # 'metres squared'
            else:
                waiting = power
        else:
            symbol = _symbol(word)
            if not symbol:
                return ""
            if parts and parts[-1] not in ("/", "·"):
                parts.append("·")
            parts.append(symbol + (f"^{waiting}" if waiting else ""))
            waiting = ""
    return "" if waiting else "".join(parts)


def _symbol(word: str) -> str:
    """Return one unit with its power as a symbol: 'nanometres2' is 'nm^2'."""
    match = re.fullmatch(r"(.+?)\.?(?:\^?([-\N{MINUS SIGN}]?\d))?", word)
    if match is None:
        return ""
    name, power = match[1], (match[2] or "").replace("\N{MINUS SIGN}", "-")
    return _spelled(name) + (f"^{power}" if power else "")


@cache
def _spelled(name: str) -> str:
    for symbol, pattern in _OTHERS.items():
        if re.fullmatch(pattern, name, re.I):
            return symbol
    for symbol, pattern in _BASES.items():
        for short, prefix in (("", ""), *_PREFIXES.items()):
            if re.fullmatch(f"{prefix}-?(?:{pattern})", name, re.I):
                return short + symbol
    return name
