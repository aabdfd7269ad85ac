"""Which phases a crystal competes with: elements and common structure types, chosen by rules.

The list depends on the chemical system and two limits only, never on the candidate, so that all
candidates of one system share their competitors.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, permutations, zip_longest
from typing import NamedTuple

from heuresis.contract import Crystal
from heuresis.tools.crystal.charge import charges_of
from heuresis.tools.crystal.elements import reference_states
from heuresis.tools.crystal.prototypes import (
    Prototype,
    electronegativity,
    find,
    occupy,
    subsystems,
)
from heuresis.tools.crystal.structure import write

PER_FORMULA = 2
ANIONS = frozenset(["O", "F", "Cl", "Br", "I", "S", "Se"])
WEAK = frozenset(["H", "B", "C", "N", "Si", "P", "Ge", "As", "Sb", "Te"])
# WEAK: bonds from ionic to metallic.
BRIDGES = frozenset(["B", "Si", "Ge", "As", "Sb", "Te"])  # weak ones that also act as cations
SMALL = frozenset(["H", "C", "N"])  # sit between metal atoms
MAX_WEAK_SHARE = 0.67
MAX_SMALL_SHARE = 0.5

# Common structure types, in the order in which they are tried.
IONIC = {
    2: [
        "AB_cF8_225_a_b/NaCl",
        "AB2_cF12_225_a_c/CaF2",
        "AB_hP4_186_b_b/ZnS",
        "A2B3_hR10_167_c_e/Al2O3",
        "A2B_tP6_136_f_a/TiO2",
        "AB2_hP3_164_a_d/CdI2",
        "AB_cP2_221_b_a/CsCl",
        "AB_cF8_216_c_a/ZnS",
        "A3B_cP4_221_d_a/ReO3",
        "AB_hP4_194_c_a/NiAs",
        "A2B_tI12_141_e_a/TiO2",
        "A2B_hP9_152_c_a/SiO2",
        "A2B_cP6_224_b_a/Cu2O",
        "AB3_cF16_225_a_bc/BiF3",
        "A2B3_hR5_166_c_ac/Bi2Te3",
        "A3B_hP4_191_bc_a/Li3N",
        "AB_tP4_129_a_c/PbO",
        "A3B4_tI28_141_ad_h/Mn3O4",
        "AB3_hP8_194_c_bf/Na3As",
        "AB_mC8_15_c_e/CuO",
        "AB_hP4_194_c_d/BN",
    ],
    3: [
        "AB3C_cP5_221_a_c_b/CaTiO3",
        "ABC2_hR4_166_a_b_c/NaCrS2",
        "A2BC4_cF56_227_d_a_e/MgAl2O4",
        "AB3C_hR10_148_c_f_c/TiFeO3",
        "AB2C4_tI14_139_a_e_ce/La2CuO4",
        "ABC3_hR10_167_a_b_e/CaCO3",
        "ABC_tP6_129_c_a_c/PbClF",
        "ABC2_tI16_122_a_b_d/FeCuS2",
        "ABC3_hR10_161_a_a_b/LiNbO3",
        "A4BC_tI24_141_h_b_a/ZrSiO4",
        "A2BC4_tI14_82_bc_a_g/Al2CdS4",
        "ABC_cF12_216_b_c_a/MgAgAs",
    ],
}
METALLIC = {
    2: [
        "AB3_cP4_221_a_c/Cu3Au",
        "AB_tP2_123_a_d/CuAu",
        "AB_cP2_221_b_a/CsCl",
        "A3B_hP8_194_h_c/Ni3Sn",
        "A3B_tI8_139_bd_a/TiAl3",
        "A2B_cF24_227_d_a/MgCu2",
        "AB3_cF16_225_a_bc/BiF3",
        "AB2_tI6_139_a_e/Si2Mo",
        "AB2_hP3_191_a_d/AlB2",
        "A3B2_hP5_164_ad_d/Al3Ni2",
        "A2B_tI12_140_h_a/Al2Cu",
        "A3B_cP8_223_c_a/Cr3Si",
        "AB_oC8_63_c_c/CrB",
        "A4B_tI10_139_de_a/BaAl4",
        "AB5_hP6_191_a_cg/CaCu5",
    ],
    3: [
        "AB2C_cF16_225_a_c_b/MnAlCu2",
        "ABC_cF12_216_b_c_a/MgAgAs",
        "ABC_hP6_194_c_d_a/LiBC",
        "ABC2_hP8_194_d_a_f/AlCr2C",
    ],
}
WEAKLY_IONIC = {
    2: [
        "AB_cF8_225_a_b/NaCl",
        "AB2_hP3_164_a_d/CdI2",
        "A2B_tP6_136_f_a/TiO2",
        "AB_hP2_187_d_a/WC",
        "AB_hP4_194_c_a/NiAs",
        "AB2_hP3_191_a_d/AlB2",
        "AB2_tI6_139_a_e/Si2Mo",
        "AB_cP8_198_a_a/FeSi",
        "AB3_cP4_221_a_c/Cu3Au",
        "A3B_cP8_223_c_a/Cr3Si",
        "A6B_cP7_221_f_a/CaB6",
        "AB_oC8_63_c_c/CrB",
    ],
    3: [
        "ABC2_hP8_194_d_a_f/AlCr2C",
        "AB3C_cP5_221_a_c_b/CaTiO3",
        "ABC_cF12_216_b_c_a/MgAgAs",
        "ABC_hP6_194_c_d_a/LiBC",
        "AB2C_cF16_225_a_c_b/MnAlCu2",
    ],
}


class Competitor(NamedTuple):
    """One competing phase before its relaxation."""

    label: str
    crystal: Crystal
    element: str | None


@cache
def competitors(
    elements: tuple[str, ...], max_competitors: int, max_atoms: int
) -> tuple[Competitor, ...]:
    """List element references, then up to `max_competitors` compounds in small cells.

    Args:
        elements: Sorted chemical symbols.
        max_competitors: Compounds at most; element references come on top.
        max_atoms: Largest cell of a compound.
    """
    references = [
        Competitor(label, crystal, element)
        for element in elements
        for label, crystal in reference_states(element)
    ]
    queues = [list(_compounds(part, max_atoms)) for part in subsystems(elements, (2, 3))]
    rounds = chain.from_iterable(zip_longest(*queues))
    compounds = [found for found in rounds if found is not None][:max_competitors]
    return tuple(references + compounds)


def _compounds(part: Sequence[str], max_atoms: int) -> Iterator[Competitor]:
    taken: Counter[tuple[int, ...]] = Counter()
    seen: set[str] = set()
    for name, is_free in _types(part):
        prototype = find(name)
        if prototype.n_atoms > max_atoms:
            continue
        for order in _orders(prototype, part):
            amounts = dict(zip(order, prototype.counts, strict=True))
            shares = tuple(amounts[element] * 2520 // prototype.n_atoms for element in part)
            label = f"{prototype.name}[{','.join(order)}]"
            is_new = taken[shares] < PER_FORMULA and label not in seen
            if is_new and _is_plausible(amounts, is_free):
                taken[shares] += 1
                seen.add(label)
                yield Competitor(label, write(occupy(prototype, order)), None)


def _types(part: Sequence[str]) -> list[tuple[str, bool]]:
    """Structure types to try for some elements, and whether charges may be left open."""
    size, symbols = len(part), set(part)
    if symbols <= ANIONS | WEAK and not symbols & BRIDGES:
        return []
    if symbols & ANIONS:
        return [(name, False) for name in IONIC[size]]
    if symbols & WEAK:
        pairs = zip_longest(
            [(name, True) for name in WEAKLY_IONIC[size]], [(name, False) for name in IONIC[size]]
        )
        return [found for found in chain.from_iterable(pairs) if found is not None]
    return [(name, True) for name in METALLIC[size]]


def _orders(prototype: Prototype, part: Sequence[str]) -> list[tuple[str, ...]]:
    """Fillings of a prototype; of those with one composition only the most natural."""
    ranked = sorted(part, key=electronegativity)
    chosen: dict[tuple[tuple[str, int], ...], tuple[str, ...]] = {}
    for order in permutations(ranked):
        amounts = tuple(sorted(zip(order, prototype.counts, strict=True)))
        chosen.setdefault(amounts, order)
    return list(chosen.values())


def _is_plausible(amounts: dict[str, int], is_free: bool) -> bool:
    """Whether charges balance, or metal prevails where they may stay open."""
    if is_free:
        total = sum(amounts.values())
        small = sum(n for element, n in amounts.items() if element in SMALL)
        weak = sum(n for element, n in amounts.items() if element in WEAK)
        return small <= MAX_SMALL_SHARE * total and weak <= MAX_WEAK_SHARE * total
    return charges_of(amounts).balance in ("balanced", "mixed_valence")
