"""Structure types of the AFLOW library that pymatgen ships, and other elements put into them."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from itertools import combinations, permutations
from math import gcd, isnan
from pathlib import Path
from typing import Any

from heuresis.contract import Crystal
from heuresis.errors import RequestError, ServiceError
from heuresis.tools.crystal.structure import read_formula, settle_elements, write

SOURCE = "AFLOW library of crystallographic prototypes, doi:10.1016/j.commatsci.2017.01.017"
# Shortest contact over the sum of Slater's atomic radii, chosen on ten measured solids.
UNLIKE_CONTACT = 1.02
LIKE_CONTACT = 0.8

ALIASES = {
    "rocksalt": "AB_cF8_225_a_b/NaCl",
    "rock salt": "AB_cF8_225_a_b/NaCl",
    "cesium chloride": "AB_cP2_221_b_a/CsCl",
    "caesium chloride": "AB_cP2_221_b_a/CsCl",
    "zincblende": "AB_cF8_216_c_a/ZnS",
    "sphalerite": "AB_cF8_216_c_a/ZnS",
    "wurtzite": "AB_hP4_186_b_b/ZnS",
    "nickeline": "AB_hP4_194_c_a/NiAs",
    "fluorite": "AB2_cF12_225_a_c/CaF2",
    "antifluorite": "AB2_cF12_225_a_c/CaF2",
    "rutile": "A2B_tP6_136_f_a/TiO2",
    "anatase": "A2B_tI12_141_e_a/TiO2",
    "corundum": "A2B3_hR10_167_c_e/Al2O3",
    "perovskite": "AB3C_cP5_221_a_c_b/CaTiO3",
    "cubic perovskite": "AB3C_cP5_221_a_c_b/CaTiO3",
    "spinel": "A2BC4_cF56_227_d_a_e/MgAl2O4",
    "heusler": "AB2C_cF16_225_a_c_b/MnAlCu2",
    "half-heusler": "ABC_cF12_216_b_c_a/MgAgAs",
    "fcc": "A_cF4_225_a/Cu",
    "bcc": "A_cI2_229_a/W",
    "hcp": "A_hP2_194_c/Mg",
    "diamond": "A_cF8_227_a/C",
    "graphite": "A_hP4_194_bc/C",
}


@dataclass(frozen=True)
class Prototype:
    """One structure type.

    Attributes:
        name: AFLOW label and the compound it was taken from: 'AB_cF8_225_a_b/NaCl'.
        words: Mineral and Strukturbericht names, lower case.
        roles: Elements of that compound, least electronegative first.
        counts: Atoms of each role in the primitive cell.
    """

    name: str
    words: tuple[str, ...]
    roles: tuple[str, ...]
    counts: tuple[int, ...]
    source: Any = field(repr=False, compare=False, hash=False)

    @property
    def n_atoms(self) -> int:
        """Atoms in the primitive cell."""
        return sum(self.counts)

    @property
    def structure(self) -> Any:
        """The structure as it ships, as a new pymatgen Structure."""
        from pymatgen.core import Structure

        return Structure.from_dict(self.source)


@cache
def prototypes() -> tuple[Prototype, ...]:
    """List every shipped prototype, small cells first.

    Raises:
        ServiceError: pymatgen or its data is absent.
    """
    spec = find_spec("pymatgen")
    roots = list(spec.submodule_search_locations or ()) if spec else []
    files = [Path(r) / "analysis" / "prototypes" / "aflow_prototypes.json.gz" for r in roots]
    path = next((file for file in files if file.is_file()), None)
    if path is None:
        raise ServiceError('no prototypes of pymatgen: pip install "heuresis[crystals]"')
    found: dict[str, Prototype] = {}
    for row in json.loads(gzip.decompress(path.read_bytes())):
        prototype = _prototype(row)
        found.setdefault(prototype.name, prototype)
    ordered = sorted(found.values(), key=lambda p: (p.n_atoms, len(p.roles), p.name))
    return tuple(ordered)


@cache
def find(name: str) -> Prototype:
    """Find a prototype by AFLOW label, Strukturbericht symbol, mineral or usual name.

    Raises:
        RequestError: None or several structure types have that name.
    """
    wanted = ALIASES.get(name.strip().lower(), name.strip()).lower()
    known = prototypes()
    exact = [p for p in known if wanted in (p.name.lower(), p.name.lower().split("/")[0])]
    hits = exact or [p for p in known if wanted in p.words]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise RequestError(
            f"prototype {name!r}: got several, allowed one of {', '.join(p.name for p in hits)}"
        )
    words = [*ALIASES, *(word for p in known for word in (p.name, *p.words))]
    near = get_close_matches(wanted, words, n=5, cutoff=0.5) or sorted(ALIASES)[:8]
    raise RequestError(f"prototype {name!r}: got an unknown name, allowed such as {near}")


def matching(amounts: dict[str, int]) -> list[Prototype]:
    """List prototypes with the stoichiometry of a formula."""
    wanted = _ratio(amounts.values())
    return [p for p in prototypes() if _ratio(p.counts) == wanted]


def build(formula: str, name: str) -> Any:
    """Put a formula's elements into a prototype; equal counts go by electronegativity.

    Raises:
        RequestError: Unknown formula or prototype, or another stoichiometry.
    """
    amounts, prototype = read_formula(formula), find(name)
    if _ratio(amounts.values()) != _ratio(prototype.counts):
        raise RequestError(
            f"prototype {name!r}: got formula {formula!r}, allowed the stoichiometry of "
            f"{prototype.name.split('/')[1]}"
        )
    return occupy(prototype, _assigned(amounts, prototype))


def occupy(prototype: Prototype, elements: Sequence[str]) -> Any:
    """Replace each role by an element, in order, and scale the volume to touching atoms."""
    from pymatgen.core import Element

    structure = prototype.structure
    if tuple(elements) == prototype.roles:
        return structure
    swap = dict(zip(prototype.roles, elements, strict=True))
    structure.replace_species({Element(old): Element(new) for old, new in swap.items()})
    structure.scale_lattice(structure.volume * _stretch(structure) ** 3)
    return structure


def structures_for(elements: Sequence[str], max_atoms: int) -> Iterator[tuple[str, Crystal]]:
    """Yield every prototype filled in every way with all of the elements, small cells first.

    Args:
        elements: Chemical symbols; each yielded crystal holds all of them.
        max_atoms: Largest primitive cell.

    Yields:
        A label such as 'AB_cF8_225_a_b/NaCl[Mg,O]' and the crystal.
    """
    symbols = sorted(set(elements))
    for prototype in prototypes():
        if len(prototype.roles) != len(symbols) or prototype.n_atoms > max_atoms:
            continue
        for order in permutations(symbols):
            label = f"{prototype.name}[{','.join(order)}]"
            yield label, write(occupy(prototype, order))


def subsystems(elements: Sequence[str], sizes: Sequence[int]) -> list[tuple[str, ...]]:
    """List combinations of the elements, sorted, small ones first."""
    symbols = sorted(set(elements))
    return [part for size in sizes for part in combinations(symbols, size)]


def _prototype(row: dict[str, Any]) -> Prototype:
    counts = Counter(s["element"] for site in row["snl"]["sites"] for s in site["species"])
    roles = tuple(sorted(counts, key=electronegativity))
    compound = "".join(e if n == 1 else f"{e}{n}" for e, n in _reduced(roles, counts))
    tags = row["tags"]
    words = {str(tags[key]).strip().lower() for key in ("mineral", "strukturbericht")}
    minerals = {word.strip() for word in str(tags["mineral"]).lower().split(",")}
    return Prototype(
        name=f"{tags['aflow']}/{compound}",
        words=tuple(sorted((words | minerals) - {"", "none"})),
        roles=roles,
        counts=tuple(counts[role] for role in roles),
        source=row["snl"],
    )


def _reduced(roles: Sequence[str], counts: dict[str, int]) -> list[tuple[str, int]]:
    divisor = gcd(*counts.values())
    return [(role, counts[role] // divisor) for role in roles]


def _assigned(amounts: dict[str, int], prototype: Prototype) -> list[str]:
    """Give each role an element of the same share, both in order of electronegativity."""
    whole, cell = gcd(*amounts.values()), gcd(*prototype.counts)
    left = sorted(amounts, key=electronegativity)
    chosen = []
    for count in prototype.counts:
        element = next(e for e in left if amounts[e] // whole == count // cell)
        left.remove(element)
        chosen.append(element)
    return chosen


def _stretch(structure: Any) -> float:
    """Factor on lengths that brings the closest pairs to the sum of their radii."""
    import numpy as np

    symbols = np.array([site.specie.symbol for site in structure])
    radii = np.array([radius_a(symbol) for symbol in symbols])
    reach = 4.0
    while reach < 40.0:
        here, there, _, distance = structure.get_neighbor_list(reach)
        share = distance / (radii[here] + radii[there])
        is_like = symbols[here] == symbols[there]
        if is_like.any() and (not is_like.all() or len(set(symbols)) == 1):
            closest = [UNLIKE_CONTACT / s for s in share[~is_like]]
            return float(max([*closest, LIKE_CONTACT / share[is_like].min()]))
        reach *= 1.4
    raise ServiceError(f"structure {structure.formula!r}: got no contacts within 40 Å")


@cache
def radius_a(symbol: str) -> float:
    """Slater's atomic radius in Å; the covalent radius where Slater gives none."""
    from ase.data import atomic_numbers, covalent_radii
    from pymatgen.core import Element

    slater = Element(symbol).atomic_radius
    return float(slater) if slater else float(covalent_radii[atomic_numbers[symbol]])


@cache
def electronegativity(symbol: str) -> tuple[float, str]:
    """Sort key by Pauling electronegativity; elements without one come last."""
    from pymatgen.core import Element

    settle_elements()
    value = float(Element(symbol).X)
    return (9.0 if isnan(value) else value, symbol)


def _ratio(counts: Any) -> tuple[int, ...]:
    numbers = sorted(counts)
    divisor = gcd(*numbers)
    return tuple(n // divisor for n in numbers)
