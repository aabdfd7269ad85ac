"""The reference state of each element: which structure, and at what density it starts.

Structures are those of the AFLOW library; molar volumes are tabulated by pymatgen (solids at room
temperature). Molecular solids start from their own or a neighbour's measured cell.
"""

from functools import cache
from typing import Any

from heuresis.contract import Crystal
from heuresis.errors import OutOfDomainError
from heuresis.tools.crystal.prototypes import find, occupy
from heuresis.tools.crystal.structure import write

FCC, BCC, HCP = "A_cF4_225_a/Cu", "A_cI2_229_a/W", "A_hP2_194_c/Mg"
METALS = (FCC, BCC, HCP)

GROUPS: dict[str, str] = {
    FCC: "Ne Al Ar Ca Ni Cu Kr Sr Rh Pd Ag Xe Ce Yb Ir Pt Au Pb Ac Th",
    BCC: "Li Na K V Cr Fe Rb Nb Mo Cs Ba Eu Ta W",
    HCP: "He Be Mg Sc Ti Co Zn Y Zr Tc Ru Cd Gd Tb Dy Ho Er Tm Lu Hf Re Os Tl",
    "A_cF8_227_a/C": "Si Ge Sn",
    "A_hP4_194_bc/C": "C",
    "A_hP4_194_ac/La": "La Pr Nd Pm",
    "A_hR3_166_ac/Sm": "Sm",
    "A_hR2_166_c/As": "As Sb Bi",
    "A_hP3_152_a/Se": "Se Te",
    "A_hR12_166_2h/B": "B",
    "A_cP8_205_c/N": "N",
    "A_mC4_12_i/O": "O",
    "A_oC8_64_f/P": "P",
    "A_oF128_70_4h/S": "S",
    "A_oC8_64_f/I": "I",
    "A_oC8_64_f/Ga": "Ga",
    "A_tI2_139_a/In": "In",
    "A_hR1_166_a/Hg": "Hg",
    "A_cI58_217_ac2g/Mn": "Mn",
    "A_tI2_139_a/Pa": "Pa",
    "A_oC4_63_c/U": "U",
    "A_oP8_62_2c/Np": "Np",
    "A_mP16_11_8e/Pu": "Pu",
}
STATES = {symbol: name for name, symbols in GROUPS.items() for symbol in symbols.split()}

# Cmce molecular crystals: edges in Å, then y and z of the one site. Start values only: F takes the
# packing of Cl scaled by its van der Waals radius; relaxation decides.
HALOGENS = {
    "F": ((5.16, 3.69, 6.85), (0.1016, 0.0880)),
    "Cl": ((6.145, 4.395, 8.154), (0.1173, 0.1016)),
    "Br": ((6.57, 4.65, 8.70), (0.1280, 0.1120)),
}
HYDROGEN = (5.31, 0.0408)  # Pa-3, edge in Å and x of the one site; bond 0.75 Å


@cache
def reference_states(symbol: str) -> tuple[tuple[str, Crystal], ...]:
    """List start structures of an element, the known ground state first.

    Metals get the other close packings too, so that the potential's own minimum is found.

    Raises:
        OutOfDomainError: No reference state is known.
    """
    if symbol == "H" or symbol in HALOGENS:
        return ((f"molecular crystal [{symbol}]", write(_molecular(symbol))),)
    if symbol not in STATES:
        raise OutOfDomainError(f"element {symbol!r}: got no reference state, allowed: {_known()}")
    names = [STATES[symbol]]
    if names[0] in METALS:
        names += [name for name in METALS if name not in names]
    return tuple((f"{name}[{symbol}]", write(_scaled(name, symbol))) for name in names)


def _known() -> str:
    return ", ".join(sorted([*STATES, *HALOGENS, "H"]))


def _scaled(name: str, symbol: str) -> Any:
    from pymatgen.core import Element

    prototype = find(name)
    structure = occupy(prototype, [symbol])
    if prototype.roles == (symbol,):
        return structure
    molar = Element(symbol).molar_volume
    if molar:
        structure.scale_lattice(float(molar) / 0.602214 * len(structure))
    return structure


def _molecular(symbol: str) -> Any:
    from pymatgen.core import Lattice, Structure

    if symbol == "H":
        edge, x = HYDROGEN
        return Structure.from_spacegroup("Pa-3", Lattice.cubic(edge), ["H"], [[x, x, x]])
    edges, (y, z) = HALOGENS[symbol]
    whole = Structure.from_spacegroup("Cmce", Lattice.orthorhombic(*edges), [symbol], [[0.0, y, z]])
    return whole.get_primitive_structure()
