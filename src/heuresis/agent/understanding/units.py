"""Units as people write them, and factors between those that measure the same."""

import re

_A = "(?:Å|A|angstroms?)"
# Longest spellings first where one begins another.
_SPELLINGS = {
    "eV/atom": r"eV\s*(?:/|per)\s*atom|eV\s*at(?:om)?\^?-1|eV/at\b",
    "meV/atom": r"meV\s*(?:/|per)\s*atom|meV/at\b",
    "eV/Å": r"eV\s*(?:/|per)\s*(?:Å|A|angstrom)\b",
    "eV": r"eV\b",
    "meV": r"meV\b",
    "kJ/mol": r"kJ\s*(?:/|per)\s*mol(?:e\b|\b)|kJ\s*mol\^?-1",
    "kcal/mol": r"kcal\s*(?:/|per)\s*mol(?:e\b|\b)|kcal\s*mol\^?-1",
    "g/mol": r"(?:g|grams?)\s*(?:/|per)\s*mol(?:e\b|\b)|g\s*mol\^?-1",
    "kDa": r"kDa\b|kilodaltons?\b",
    "Da": r"Da\b|daltons?\b|amu\b|u\b",
    "GPa": r"GPa\b|gigapascals?\b",
    "MPa": r"MPa\b|megapascals?\b",
    "kbar": r"kbar\b",
    "g/cm3": r"(?:g|grams?)\s*(?:/|per)\s*(?:cm\^?3|cm³|cc|ml|cubic\s+centimet(?:er|re)s?)"
    r"|g\s*cm\^?-3",
    "kg/m3": r"kg\s*(?:/|per)\s*(?:m\^?3|m³|cubic\s+met(?:er|re)s?)",
    "Å3/atom": rf"{_A}\s*(?:\^?3|³)\s*(?:/|per)\s*atom|cubic\s+angstroms?\s+per\s+atom",
    "Å3": rf"{_A}\s*(?:\^?3|³)|cubic\s+angstroms?",
    "Å^2": rf"{_A}\s*(?:\^?2|²)(?!\d)|square\s+angstroms?|sq\.?\s*{_A}\b",
    "nm^2": r"nm(?:\^?2|²)",
    "Å": r"Å(?!\w)|angstroms?\b|ångstr[öo]ms?\b",
    "nm": r"nm\b|nanomet(?:er|re)s?\b",
    "L/kg": r"(?:L|l|lit(?:er|re)s?)\s*(?:/|per)\s*kg\b",
    "%": r"%|percent\b|per\s+cent\b|pct\b",
    "min": r"min(?:ute)?s?\b",
    "h": r"h(?:(?:ou)?rs?)?\b",
    "day": r"days?\b",
    "mm": r"mm\b",
    "px": r"px\b|pixels?\b",
    "degree": r"°(?!C)|degrees?\b",
}
UNIT = re.compile(
    "|".join(f"(?P<u{n}>{pattern})" for n, pattern in enumerate(_SPELLINGS.values())),
    re.IGNORECASE,
)
_BOND = re.compile(r"(?i)H[- ]?bond")  # '1 H-bond donor' is no hour
_NAMES = tuple(_SPELLINGS)
# What one of the first is in the second.
_FACTORS = {
    ("g/mol", "Da"): 1.0, ("kDa", "Da"): 1000.0, ("Da", "g/mol"): 1.0,
    ("meV/atom", "eV/atom"): 1e-3, ("meV", "eV/atom"): 1e-3, ("eV", "eV/atom"): 1.0,
    ("kJ/mol", "eV/atom"): 0.0103642697, ("kcal/mol", "eV/atom"): 0.0433641153,
    ("kJ/mol", "kcal/mol"): 1 / 4.184, ("MPa", "GPa"): 1e-3, ("kbar", "GPa"): 0.1,
    ("kg/m3", "g/cm3"): 1e-3, ("nm", "Å"): 10.0, ("nm^2", "Å^2"): 100.0, ("%", "1"): 0.01,
    ("min", "h"): 1 / 60, ("day", "h"): 24.0, ("Å3", "Å3/atom"): 1.0,
}  # fmt: skip
_ASSUMED = {("eV", "eV/atom"), ("meV", "eV/atom"), ("kJ/mol", "eV/atom"), ("kcal/mol", "eV/atom"),
            ("Å3", "Å3/atom")}  # fmt: skip
# The property a number with this unit is about, where the text names none.
SPEAKS_OF = {
    "g/mol": "molecule.describe:average_mass", "Da": "molecule.describe:average_mass",
    "kDa": "molecule.describe:average_mass", "Å^2": "molecule.describe:tpsa",
    "eV/atom": "crystal.stability:energy_above_hull", "GPa": "crystal.bulk_modulus:bulk_modulus",
    "meV/atom": "crystal.stability:energy_above_hull", "g/cm3": "crystal.describe:density",
}  # fmt: skip


def unit_at(text: str, start: int) -> tuple[str, int]:
    """Read a unit after a number; '' and the same place where there is none."""
    gap = re.compile(r"\s{0,2}").match(text, start)
    match = UNIT.match(text, gap.end() if gap else start)
    if match is None or match.lastgroup is None or _BOND.match(text, match.start()):
        return "", start
    return _NAMES[int(match.lastgroup[1:])], match.end()


def factor(given: str, wanted: str) -> float | None:
    """Return what one of a unit is in another, or None where they measure different things."""
    if not given or given == wanted:
        return 1.0
    return _FACTORS.get((given, wanted))


def remark(given: str, wanted: str) -> str:
    """Say what a conversion assumed, or what is wrong with the unit."""
    if given == wanted:
        return ""
    if not given:
        return f"no unit stated, {wanted} assumed" if wanted not in ("", "1") else ""
    if factor(given, wanted) is None:
        return f"unit {given!r} does not fit, allowed {wanted or 'none'!r}; taken as it stands"
    per_atom = ", taken as per atom" if (given, wanted) in _ASSUMED else ""
    return f"{given} converted to {wanted}{per_atom}"
