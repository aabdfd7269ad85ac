"""Eight real crystals of 2 to 40 atoms, from their space groups, shaken a little.

Sources: lattice constants and positions of the usual textbook structures (halite, diamond,
periclase, wurtzite, layered LiCoO2, rutile, spinel, cubic perovskite); Fd-3m with its origin at
-43m, as pymatgen has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from heuresis.contract import Crystal

STRAIN = 0.02
RATTLE_A = 0.05
SEED = 7


@dataclass(frozen=True)
class Phase:
    """A structure type filled with elements.

    Attributes:
        name: Formula and type.
        group: Space group symbol.
        cell: a, b, c in Å and the three angles in degrees.
        sites: Element and fractional place of each independent site.
        repeat: Copies of the primitive cell along each axis.
    """

    name: str
    group: str
    cell: tuple[float, float, float, float, float, float]
    sites: tuple[tuple[str, tuple[float, float, float]], ...]
    repeat: int = 1


PHASES = (
    Phase("NaCl", "Fm-3m", (5.64, 5.64, 5.64, 90, 90, 90),
          (("Na", (0, 0, 0)), ("Cl", (0.5, 0.5, 0.5)))),
    Phase("Si", "Fd-3m", (5.43, 5.43, 5.43, 90, 90, 90), (("Si", (0, 0, 0)),)),
    Phase("MgO", "Fm-3m", (4.21, 4.21, 4.21, 90, 90, 90),
          (("Mg", (0, 0, 0)), ("O", (0.5, 0.5, 0.5)))),
    Phase("ZnO wurtzite", "P6_3mc", (3.25, 3.25, 5.21, 90, 90, 120),
          (("Zn", (1 / 3, 2 / 3, 0)), ("O", (1 / 3, 2 / 3, 0.382)))),
    Phase("LiCoO2", "R-3m", (2.816, 2.816, 14.05, 90, 90, 120),
          (("Li", (0, 0, 0.5)), ("Co", (0, 0, 0)), ("O", (0, 0, 0.26)))),
    Phase("TiO2 rutile", "P4_2/mnm", (4.594, 4.594, 2.959, 90, 90, 90),
          (("Ti", (0, 0, 0)), ("O", (0.305, 0.305, 0)))),
    Phase("MgAl2O4 spinel", "Fd-3m", (8.083, 8.083, 8.083, 90, 90, 90),
          (("Mg", (0, 0, 0)), ("Al", (0.625,) * 3), ("O", (0.3874,) * 3))),
    Phase("SrTiO3 2x2x2", "Pm-3m", (3.905, 3.905, 3.905, 90, 90, 90),
          (("Sr", (0.5, 0.5, 0.5)), ("Ti", (0, 0, 0)), ("O", (0.5, 0, 0))), repeat=2),
)  # fmt: skip


def shaken(n: int) -> list[Crystal]:
    """Return the first n crystals as CIF text, strained and rattled; always the same."""
    return [_write(_shake(_build(phase), SEED + i)) for i, phase in enumerate(PHASES[:n])]


def _build(phase: Phase) -> Any:
    from pymatgen.core import Lattice, Structure

    elements, places = zip(*phase.sites, strict=True)
    lattice = Lattice.from_parameters(*phase.cell)
    whole = Structure.from_spacegroup(phase.group, lattice, elements, places)
    small = whole.get_primitive_structure()
    return small.make_supercell(phase.repeat) if phase.repeat > 1 else small


def _shake(structure: Any, seed: int) -> Any:
    """Strain the cell by up to 2 % and move every atom by about 0.05 Å."""
    import numpy as np
    from pymatgen.core import Structure

    rng = np.random.default_rng(seed)
    strain = rng.uniform(-STRAIN, STRAIN, (3, 3))
    cell = structure.lattice.matrix @ (np.eye(3) + (strain + strain.T) / 2)
    moved = Structure(cell, structure.species, structure.frac_coords)
    steps = rng.normal(0, RATTLE_A / 3**0.5, (len(moved), 3))
    return Structure(cell, moved.species, moved.cart_coords + steps, coords_are_cartesian=True)


def _write(structure: Any) -> Crystal:
    return Crystal(structure.to(fmt="cif"))


def names(n: int) -> Sequence[str]:
    """Name the first n crystals."""
    return [phase.name for phase in PHASES[:n]]
