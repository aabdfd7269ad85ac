"""Elements, chemical systems and simple inorganic compounds, by symbols or by names."""

import re
from collections.abc import Iterator
from math import gcd

from heuresis.agent.understanding.entities import Certainty, Entity, Kind
from heuresis.agent.understanding.formulas import STATES, SYMBOLS, hill

_NAMES = (
    "hydrogen=H helium=He lithium=Li beryllium=Be boron=B carbon=C nitrogen=N oxygen=O "
    "fluorine=F neon=Ne sodium=Na magnesium=Mg aluminium=Al aluminum=Al silicon=Si "
    "phosphorus=P sulfur=S sulphur=S chlorine=Cl argon=Ar potassium=K calcium=Ca scandium=Sc "
    "titanium=Ti vanadium=V chromium=Cr manganese=Mn iron=Fe cobalt=Co nickel=Ni copper=Cu "
    "zinc=Zn gallium=Ga germanium=Ge arsenic=As selenium=Se bromine=Br krypton=Kr rubidium=Rb "
    "strontium=Sr yttrium=Y zirconium=Zr niobium=Nb molybdenum=Mo technetium=Tc ruthenium=Ru "
    "rhodium=Rh palladium=Pd silver=Ag cadmium=Cd indium=In tin=Sn antimony=Sb tellurium=Te "
    "iodine=I xenon=Xe caesium=Cs cesium=Cs barium=Ba lanthanum=La cerium=Ce praseodymium=Pr "
    "neodymium=Nd samarium=Sm europium=Eu gadolinium=Gd terbium=Tb dysprosium=Dy holmium=Ho "
    "erbium=Er thulium=Tm ytterbium=Yb lutetium=Lu hafnium=Hf tantalum=Ta tungsten=W "
    "rhenium=Re osmium=Os iridium=Ir platinum=Pt gold=Au mercury=Hg thallium=Tl lead=Pb "
    "bismuth=Bi thorium=Th uranium=U plutonium=Pu"
)
NAMES = dict(pair.split("=") for pair in _NAMES.split())
ANIONS = {
    "oxide": ("O", -2), "nitride": ("N", -3), "sulfide": ("S", -2), "sulphide": ("S", -2),
    "carbide": ("C", -4), "fluoride": ("F", -1), "chloride": ("Cl", -1), "bromide": ("Br", -1),
    "iodide": ("I", -1), "hydride": ("H", -1), "phosphide": ("P", -3), "selenide": ("Se", -2),
    "telluride": ("Te", -2), "boride": ("B", 0), "silicide": ("Si", 0), "arsenide": ("As", -3),
    "antimonide": ("Sb", -3),
}  # fmt: skip
_MANY = {"mon": 1, "mono": 1, "di": 2, "tri": 3, "tetra": 4, "tetr": 4, "penta": 5, "pent": 5,
         "hexa": 6, "hex": 6}  # fmt: skip
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7}
_USUAL = {"Ga": 3, "In": 3, "Al": 3, "Sc": 3, "Y": 3, "La": 3, "Si": 4, "Zr": 4, "Hf": 4, "B": 3}
# Symbols that are words, abbreviations or units too; alone they are no element.
_WORDS = "He I In As At No Be Am C H N O F P S B K V Y U W Mo Co Pa Po Es Os Ho Mc"
_NAME = rf"(?:{'|'.join(sorted(NAMES, key=len, reverse=True))})"
_ANION = rf"(?:{'|'.join(sorted(ANIONS, key=len, reverse=True))})"
_SYM = rf"(?:{'|'.join(sorted(SYMBOLS, key=lambda s: (-len(s), s)))})"
_ONE = rf"(?:{_NAME}|(?-i:{_SYM}))"
_LIST = rf"{_ONE}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s+or\s+|\s*-\s*|\s*/\s*){_ONE})*"
_CUE = (
    r"(?:\s+(?:phase\s+diagram|(?:chemical\s+)?(?:system|space)|ternary|"
    r"binary|quaternary|hull|alloys?))"
)
_SYSTEM = re.compile(
    rf"(?<![\w-])(?-i:{_SYM})(?:[-\N{{EN DASH}}](?-i:{_SYM})){{1,5}}(?![\w-]){_CUE}?", re.IGNORECASE
)
_OF = re.compile(rf"\b(?:{_ANION})s?\s+of\s+({_LIST})(?!\w)", re.IGNORECASE)
_MADE = re.compile(
    rf"\b(?:elements?|(?:compounds?|phases?|materials?|alloys?|combinations?|system)\s+of|"
    r"containing|made\s+of|made\s+from|composed\s+of|consisting\s+of)\s+"
    rf"({_ONE}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){_ONE})+)(?!\w)", re.IGNORECASE,
)  # fmt: skip
_PLURAL = re.compile(rf"\b((?:{_NAME}[\s-]+){{1,4}})({_ANION})s\b", re.IGNORECASE)
_SALT = re.compile(
    rf"\b({_NAME})\s*(?:\(([ivIV]{{1,3}})\))?\s+(mono?|di|tri|tetra?|penta?|hexa?)?({_ANION})\b",
    re.IGNORECASE,
)  # fmt: skip
_MIXED = re.compile(rf"\b((?:{_NAME}[\s-]+){{2,4}})({_ANION})\b", re.IGNORECASE)
_ALONE = re.compile(rf"(?<![\w@\[\]().=#/\\-])({_SYM})(?![\w@\[\]()=#/\\-])")
# A symbol that is a word, too, is meant in a list of symbols, or beside a structure.
_AND = (
    r"(?:\s*[,;/&+]\s*(?:(?:and|or|then)\s+)?|"
    r"\s+(?:and|or|vs\.?|versus|than|to|with)\s+(?:[a-z-]+\s+){0,2}?)"
)
_FIRST_OF = r"(?<![\w@\[\]().=#/\\'-])"
_ROW = re.compile(
    rf"{_FIRST_OF}{_SYM}\d{{0,2}}(?:\s*\([\w\s-]{{1,24}}\))?(?:{_AND}{_SYM}(?![\w@=#'])(?:\s*\([\w\s-]{{1,24}}\))?)+"
)
_STRUCTURE = (
    r"(?i:bcc|fcc|hcp|diamond|(?:body|face)[\s-]cent(?:er|re)d(?:[\s-]cubic)?|(?:hexagonal[\s-])?close[\s-]packed|"
    r"b\.c\.c\.|f\.c\.c\.|h\.c\.p\.|a1|a2|a3|a4)"
)
_BESIDE = re.compile(
    rf"{_STRUCTURE}(?:[\s-]+(?:structured?|type|phase|metal|lattice|form|of))*[\s:-]+(?P<after>{_SYM})(?![\w@=#'])|"
    rf"{_FIRST_OF}(?P<before>{_SYM})(?:\s+(?:is|being|taken|again|all|both|crystalli[sz]es))?[\s,(]+"
    rf"(?:(?:as|in|with|of|for|having|a|an|the|its|metal)\s+){{0,3}}{_STRUCTURE}\b"
)
_COMMON = ("In", "As", "At", "No", "He", "I", "Be", "Am")  # words that begin sentences
_OF_ONE = re.compile(
    rf"\b(?:[Oo]f|[Ff]or|[Dd]oes|[Ii]s|[Rr]elax|about)\s+(?P<one>{_SYM})"
    r"(?=\s*(?:[?.,;!)]|$)|\s+(?:in|as|with|at|and|is|crystal|metal|or)\b)"
)
_CRYSTALS = re.compile(
    rf"\b{_STRUCTURE}\b|(?i:\b(?:bulk\s+modul|dens(?:e|ity|ities|er|est)\b|stiff|lattice|crystal|metals?\b|relax|space\s+group|"
    r"elements?\b|per\s+atom|compressib|unit\s+cell|structures?\b))"
)
_BY_NAME = re.compile(rf"\b{_NAME}\b", re.IGNORECASE)
_BOND = re.compile(r"\s*(?:bond|coupling|activation|terminus|terminal|stretch)")
_NONMETALS = frozenset(["H", "B", "C", "N", "O", "F", "P", "S", "Cl", "Br", "I", "Se", "Si"])


def elements_in(text: str) -> list[Entity]:
    """Find systems, then compounds, then single elements; longer ones win later."""
    return [*_systems(text), *_compounds(text), *_single(text)]


def system_form(symbols: list[str]) -> str:
    """Write a system: symbols, sorted, joined by hyphens."""
    return "-".join(sorted(set(symbols)))


def _systems(text: str) -> Iterator[Entity]:
    for match in _SYSTEM.finditer(text):
        symbols = re.findall(_SYM, re.match(r"[A-Za-z\N{EN DASH}-]+", match[0])[0])  # type: ignore[index]  # it starts so
        is_organic = set(symbols) <= _NONMETALS and " " not in match[0]
        if len(set(symbols)) > 1 and not (is_organic or _BOND.match(text, match.end())):
            yield _entity("system", match, system_form(symbols), "symbols joined by hyphens")
    for match in _OF.finditer(text):
        symbols = [*_symbols(match[1]), *_anions(match[0][: match.start(1) - match.start()])]
        yield _entity("system", match, system_form(symbols), "an anion of some elements")
    for match in _MADE.finditer(text):
        symbols = _symbols(match[1])
        place = (match.start(1), match.end(1))
        yield _piece("system", text, *place, system_form(symbols), "a list of elements")
    for match in _PLURAL.finditer(text):
        symbols = [*_symbols(match[1]), *_anions(match[2])]
        yield _entity("system", match, system_form(symbols), "a family of compounds")


def _compounds(text: str) -> Iterator[Entity]:
    for match in _MIXED.finditer(text):
        symbols = [*_symbols(match[1]), *_anions(match[2])]
        yield _entity("system", match, system_form(symbols), "a name without amounts", "guess")
    for match in _SALT.finditer(text):
        formula = _formula(*match.groups())
        if formula:
            why = "cation and anion in the amounts the name states, or that balance"
            yield _entity("formula", match, hill(formula) or formula, why)
        else:
            symbols = [NAMES[match[1].lower()], *_anions(match[4])]
            yield _entity("system", match, system_form(symbols), "a name without amounts", "guess")


def _single(text: str) -> Iterator[Entity]:
    for match in _BY_NAME.finditer(text):
        is_verb = re.fullmatch("(?i)lead", match[0]) and re.match(
            r"\s+(?:to|comp|ser)", text[match.end() :]
        )
        is_cased = match[0] in (match[0].lower(), match[0].capitalize(), match[0].upper())
        if is_cased and not is_verb:  # 'TiN' is no tin
            yield _entity("element", match, NAMES[match[0].lower()], "name of an element")
    meant = _meant(text)
    for match in _ALONE.finditer(text):
        if match[1] not in _WORDS.split() or match.start() in meant:
            yield _entity("element", match, match[1], "symbol of an element")


def _meant(text: str) -> set[int]:
    """Return where symbols that are words, too, are meant as elements."""
    is_said = bool(_CRYSTALS.search(text))
    beside = [*_BESIDE.finditer(text), *(_OF_ONE.finditer(text) if is_said else ())]
    found = {
        match.start(name)
        for match in beside
        for name, symbol in match.groupdict().items()
        if symbol and symbol not in _COMMON
    }
    for row in _ROW.finditer(text):
        symbols = [one for one in re.finditer(rf"(?<![A-Za-z]){_SYM}(?![\w])", row[0])]
        is_sure = any(one[0] not in _WORDS.split() for one in symbols)
        if is_sure or is_said:
            found |= {row.start() + one.start() for one in symbols}
    return found


def _formula(cation: str, roman: str | None, many: str | None, anion: str) -> str | None:
    """Balance a binary salt; None where the metal has several states and none is named."""
    symbol, (other, charge) = NAMES[cation.lower()], ANIONS[anion.lower()]
    if many:
        n = _MANY[many.lower()]
        return f"{symbol}{other}{n if n > 1 else ''}"
    low, high = STATES.get(symbol, (0, 4))
    state = _ROMAN[roman.lower()] if roman else low if low == high else _USUAL.get(symbol, 0)
    if state <= 0 or charge >= 0 or symbol == other:
        return None
    whole = gcd(state, -charge)
    m, n = -charge // whole, state // whole
    return f"{symbol}{m if m > 1 else ''}{other}{n if n > 1 else ''}"


def _symbols(part: str) -> list[str]:
    found = re.findall(rf"{_NAME}|(?-i:{_SYM})(?![a-z])", part, re.IGNORECASE)
    return [NAMES.get(word.lower(), word) for word in found]


def _anions(part: str) -> list[str]:
    return [ANIONS[word.lower()][0] for word in re.findall(_ANION, part, re.IGNORECASE)]


def _entity(
    kind: Kind, match: re.Match[str], form: str, why: str, certainty: Certainty = "certain"
) -> Entity:
    return Entity(
        kind=kind,
        text=match[0],
        start=match.start(),
        end=match.end(),
        canonical=form,
        certainty=certainty,
        why=why,
    )


def _piece(  # noqa: PLR0913, PLR0917  # the fields of an entity
    kind: Kind, text: str, start: int, end: int, form: str, why: str
) -> Entity:
    return Entity(kind=kind, text=text[start:end], start=start, end=end, canonical=form, why=why)
