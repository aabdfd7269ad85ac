"""Chemical formulas and isotopes: 'Ca(OH)2', 'Li0.5CoO2', 'Fe3+', '[13CH4]'; told from numbers."""

import re

ELEMENTS = tuple(
    re.findall(
        "[A-Z][a-z]?",
        "HHeLiBeBCNOFNeNaMgAlSiPSClArKCaScTiVCrMnFeCoNiCuZnGaGeAsSeBrKrRbSrYZrNbMoTcRuRhPdAgCdInSn"
        "SbTeIXeCsBaLaCePrNdPmSmEuGdTbDyHoErTmYbLuHfTaWReOsIrPtAuHgTlPbBiPoAtRnFrRaAcThPaUNpPuAmCmBk"
        "CfEsFmMdNoLrRfDbSgBhHsMtDsRgCnNhFlMcLvTsOg",
    )
)
MAX_CHARS = 200
MAX_NEUTRONS = 2  # per proton; hydrogen has up to this many too

_ELEMENT = f"(?:{'|'.join(sorted([*ELEMENTS, 'D'], key=len, reverse=True))})"
_AMOUNT = r"(?:\d{1,3}(?:\.\d{1,3})?|[xyδ]|\d[-+][xyδ])?"
_UNIT = rf"(?:{_ELEMENT}{_AMOUNT})"
GROUP = rf"(?:{_UNIT}|\({_UNIT}+\){_AMOUNT}|\[(?:{_UNIT}|\({_UNIT}+\){_AMOUNT})+\]{_AMOUNT})"
_FORMULA = re.compile(rf"{GROUP}+(?:[·•]\d{{0,2}}{GROUP}+)?(?:\d?[+-]|\+\d)?")
_SYMBOL = re.compile(_ELEMENT)
# Of one element only what is really written so: 'In5' and 'V10' may be a number behind a word.
_ALONE = re.compile(
    r"(?:[HDNOFI]|Cl|Br)2|[OI]3|P4|S8|C[67]0"
    r"|(?:H3?|O|S|F|Cl|Br|I|N3?|Li|Na|K|Rb|Cs|Ag|Be|Mg|Ca|Sr|Ba|Zn|Cd|Al|Ga|In|Sc|Ti|V|Cr|Mn|Fe|Co"
    r"|Ni|Cu|Y|Zr|La|Ce|Eu|Pb|Sn|Hg|Pt|Pd|Au|U)[1-6]?[+-][1-6]?"
)
_WORDS = frozenset(("IS", "IN", "OF", "BY", "UP", "HI", "ON", "US", "AS", "HAS", "WAS", "NOW"))


def is_formula(piece: str) -> bool:
    """Whether it is a formula; of one element, only a known form or an ion."""
    if not piece[:1].isupper() and piece[:1] not in ("(", "["):
        return False
    if _ALONE.fullmatch(piece):
        return True
    if len(piece) > MAX_CHARS or _FORMULA.fullmatch(piece) is None:
        return False
    letters = re.sub(r"[^A-Za-z]", "", piece)
    return len(set(_SYMBOL.findall(piece))) > 1 and letters not in _WORDS


def is_isotope(symbol: str, mass: int) -> bool:
    """Whether an element has an isotope of about this mass number: 13 of carbon, not 42."""
    if symbol not in ELEMENTS:
        return False
    n_protons = ELEMENTS.index(symbol) + 1
    return n_protons <= mass <= (1 + MAX_NEUTRONS) * n_protons
