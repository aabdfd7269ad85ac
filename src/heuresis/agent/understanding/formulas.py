"""Chemical formulas inside a text: element symbols with counts that are no word."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from heuresis.agent.understanding.vocabulary.reading import english

_SYMBOLS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As "
    "Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu "
    "Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np "
    "Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
)
SYMBOLS = tuple(_SYMBOLS.split())
# Lowest and highest usual oxidation state; what is missing counts as 0 to 4.
STATES = {
    **dict.fromkeys(["Li", "Na", "K", "Rb", "Cs", "Ag"], (1, 1)),
    **dict.fromkeys(["Be", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd", "Ra"], (2, 2)),
    **dict.fromkeys(["Al", "Ga", "In", "Sc", "Y", "La"], (3, 3)),
    **dict.fromkeys(["Cl", "Br", "I"], (-1, 7)),
    **dict.fromkeys(["S", "Se", "Te"], (-2, 6)),
    **dict.fromkeys(["N", "P", "As", "Sb"], (-3, 5)),
    **dict.fromkeys(["C", "Si", "Ge"], (-4, 4)),
    "H": (-1, 1), "B": (-3, 3), "O": (-2, -1), "F": (-1, -1), "V": (2, 5), "Cr": (2, 6),
    "Mn": (2, 7), "Fe": (2, 3), "Co": (2, 4), "Ni": (2, 4), "Cu": (1, 2), "Ti": (2, 4),
    "Mo": (2, 6), "W": (2, 6), "Nb": (2, 5), "Ta": (2, 5), "Bi": (3, 5), "Sn": (2, 4),
    "Pb": (2, 4), "Hg": (1, 2), "Zr": (2, 4), "Hf": (2, 4),
}  # fmt: skip
# Short words in capitals that spell as elements and mean something else.
_ACRONYMS = (
    "BBB BSC CBC IC CI CCS CIF CNS COVID CPU CSF CSV CV CVS CYP FBI FCC GUI HCV HIV HPV HUB "
    "ICU II III IOS IP IPO IV IVF NASA NCI NIH NIST NSF OCT OS PC PCB PCOS PHP PI PIN PNP "
    "POSCAR PSF PSU PVC SOS SUV UFO UI UK UN UNO UPS US USB UV UVB UVC UX VCF VI VIII VII VIP "
    "VOC VPN WHO WIFI"
)
ACRONYMS = frozenset(_ACRONYMS.split())
_SYMBOL = "|".join(sorted(SYMBOLS, key=lambda s: (-len(s), s)))
_PART = rf"(?:{_SYMBOL})\d{{0,4}}"
_GROUP = rf"(?:{_PART}|\((?:{_PART})+\)\d{{0,3}}|\[(?:{_PART})+\]\d{{0,3}})"
_WATER = r"(?:[\N{MIDDLE DOT}*]\d{0,2}H2O)"
_CHARGE = r"(?:\^\d{0,2}[+-]|\d?[+-](?![\w(]))"
_FORMULA = re.compile(rf"{_GROUP}+{_WATER}?")
_CANDIDATE = re.compile(
    rf"(?<![\w@#=)\]/\\.-]){_GROUP}{{1,24}}{_WATER}?{_CHARGE}?(?![\w@#=(\[/\\])"
)
_TOKEN = re.compile(rf"{_SYMBOL}|\d+|[()\[\]]")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁺⁻", "0123456789+-")
# The only formulas of one element, and of two capital letters, that are no label of a part.
_MOLECULES = frozenset(("H2", "N2", "O2", "O3", "F2", "Cl2", "Br2", "I2", "P4", "S8", "C60"))
_PAIRS = frozenset(
    ("CO", "NO", "HF", "HI", "KF", "KI", "BN", "BP", "VN", "VC", "WC", "YN", "UN", "UC", "CN")
)
_NEAR = 30  # characters
_CHEMISTRY = re.compile(
    r"(?i)acid|alloy|atom|bond|cathode|charge|chem|compound|crystal|densit|electrolyte|element|"
    r"energ|formula|gas|hull|ion|lattice|material|metal|mol|modul|nitride|oxid|perovskite|phase|"
    r"react|relax|salt|solid|solub|solution|space group|spinel|stab|structure|synthes"
)


def formulas_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of formulas that balance, or stand near a word of chemistry."""
    for match in candidates(text):
        near = text[max(0, match[0] - _NEAR) : match[0]] + text[match[1] : match[1] + _NEAR]
        if is_balanced(text[slice(*match)]) or _CHEMISTRY.search(near):
            yield match


def candidates(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of all that is spelled as a formula and is no word."""
    for match in _CANDIDATE.finditer(text.translate(_SUBSCRIPTS)):
        tokens = _TOKEN.findall(match[0])
        is_chain = any(a == b for a, b in pairwise(tokens))  # CCO is SMILES
        is_enough = len(tokens) >= 2 and not is_chain and not _is_part(match[0], tokens)
        if is_enough and not _is_word(match[0]) and atoms(match[0]):
            yield match.span()


def _is_part(text: str, tokens: list[str]) -> bool:
    """Whether it names a part or a place: a group such as OH, (S), an atom such as C20."""
    symbols = {token for token in tokens if token[0].isalpha()}
    if text[0] in "([" and text[-1] in ")]":
        return True
    if len(symbols) == 1 and not text.endswith(("+", "-")):
        return text not in _MOLECULES
    return len(text) == 2 and text.isupper() and text not in _PAIRS


@lru_cache(maxsize=20_000)
def atoms(text: str) -> dict[str, int]:
    """Count the atoms of a formula; empty where it is none."""
    body, _ = _split(text)
    if not _FORMULA.fullmatch(body):
        return {}
    total: Counter[str] = Counter()
    for part in re.split(r"[\N{MIDDLE DOT}*]", body):
        number = re.match(r"\d+", part)
        n = int(number[0]) if number else 1
        for symbol, count in _counted(part[len(number[0]) if number else 0 :]).items():
            total[symbol] += n * count
    return dict(total) if all(total.values()) else {}


def charge_of(text: str) -> int:
    """Return the charge a formula states, in e."""
    return _split(text)[1]


def _split(text: str) -> tuple[str, int]:
    """Part a formula from its charge: 'Fe3+' is one atom, 'NH4+' has four H, 'SO42-' four O."""
    plain = text.strip().translate(_SUBSCRIPTS)
    match = re.fullmatch(r"(.+?)(?:\^(\d{0,2})|(\d*))([+-])", plain)
    if match is None:
        return plain, 0
    body, number, digits, sign = match.groups()
    if number is None:
        is_ion_of_one = body in SYMBOLS or len(digits) > 1
        number = digits[-1:] if is_ion_of_one else ""
        body += digits[: len(digits) - len(number)]
    return body, int(f"{sign}{number or 1}")


def hill(text: str) -> str | None:
    """Write a formula in Hill order, with its charge; None where it is none."""
    counts = atoms(text)
    if not counts:
        return None
    first = ["C", *(["H"] if "H" in counts else [])] if "C" in counts else []
    order = [*first, *sorted(counts.keys() - set(first))]
    charge = charge_of(text)
    sign = (
        f"^{abs(charge) if abs(charge) > 1 else ''}{'+' if charge > 0 else '-'}" if charge else ""
    )
    return "".join(s if counts[s] == 1 else f"{s}{counts[s]}" for s in order) + sign


def is_balanced(text: str) -> bool:
    """Whether usual oxidation states can sum up to the charge, with a plus and a minus side."""
    counts = atoms(text)
    if len(counts) < 2:
        return False
    limits = [STATES.get(symbol, (0, 4)) for symbol in counts]
    low = sum(n * low for n, (low, _) in zip(counts.values(), limits, strict=True))
    high = sum(n * high for n, (_, high) in zip(counts.values(), limits, strict=True))
    has_sides = any(low < 0 for low, _ in limits) and any(high > 0 for _, high in limits)
    return has_sides and low <= charge_of(text) <= high


def _counted(part: str) -> Counter[str]:
    """Count atoms, a number after a bracket multiplying what is inside."""
    stack: list[Counter[str]] = [Counter()]
    last: Counter[str] = Counter()
    for token in _TOKEN.findall(part):
        if token in "([":
            stack.append(Counter())
        elif token.isdigit():  # the atoms were counted once when they were read
            stack[-1].update({symbol: n * (int(token) - 1) for symbol, n in last.items()})
        else:
            last = stack.pop() if token in ")]" and len(stack) > 1 else Counter([token])
            stack[-1].update(last)
    return stack[0]


def _is_word(text: str) -> bool:
    is_cased = text in (text.lower(), text.capitalize(), text.upper())  # 'GaP' is no gap
    return text.rstrip("0123456789") in ACRONYMS or (
        text.isalpha() and is_cased and text.lower() in english()
    )
