"""One relaxation loop for every potential: quasi-Newton steps on atoms and cell together.

Measured against FIRE, FIRE2, LBFGS and ExpCellFilter on six oxides, halides and silicon, BFGS with
FrechetCellFilter needs two to eight times fewer evaluations than FIRE, once the cell's degrees
of freedom are scaled so that a solid's stiffness matches the optimiser's first Hessian.
"""

from dataclasses import dataclass
from typing import Any

from heuresis.errors import ServiceError
from heuresis.tools.crystal.potentials import Surface
from heuresis.tools.crystal.structure import symmetry

# About 480 GPa: stiffer than almost all solids, so that the first steps are careful. With half of
# it LiCoO2, strained by 2 %, was thrown into another minimum of CHGNet, 15 meV/atom too high.
CELL_STIFFNESS_EV_A3 = 3.0
MAX_STEP_A = 0.1
START_HESSIAN_EV_A2 = 70.0  # ASE's default for BFGS
TRANSLATION_SYMPREC_A = 1e-3


@dataclass(frozen=True)
class Limits:
    """When a relaxation counts as converged, and when it gives up."""

    fmax_ev_per_a: float = 0.05
    max_stress_gpa: float = 0.5
    max_steps: int = 300
    cell: bool = True


@dataclass(frozen=True)
class Relaxed:
    """Where a relaxation ended."""

    structure: Any
    energy_per_atom_ev: float
    max_force_ev_per_a: float
    max_stress_gpa: float
    n_steps: int


def relax(structure: Any, on: Surface, limits: Limits) -> Relaxed:
    """Relax a pymatgen Structure; translational copies are computed once.

    Raises:
        ServiceError: The potential or the optimiser broke down; non-transient.
    """
    import numpy as np

    small = Reduced.of(structure)
    atoms = small.atoms
    atoms.calc = on
    try:
        n_steps = _descend(atoms, limits)
        force, stress = _residuals(atoms)
        energy = float(atoms.get_potential_energy()) / len(atoms)
        after = small.expand()
    except (ValueError, RuntimeError, ArithmeticError, IndexError, np.linalg.LinAlgError) as error:
        raise ServiceError(
            f"relaxation of {structure.composition.reduced_formula}: broke down ({error})"
        ) from error
    return Relaxed(after, energy, force, stress, n_steps)


def _descend(atoms: Any, limits: Limits) -> int:
    from ase.filters import FrechetCellFilter
    from ase.optimize import BFGS

    target = atoms
    if limits.cell:
        factor = (atoms.get_volume() * CELL_STIFFNESS_EV_A3 / START_HESSIAN_EV_A2) ** 0.5
        target = FrechetCellFilter(atoms, exp_cell_factor=factor)
    optimiser = BFGS(target, logfile=None, alpha=START_HESSIAN_EV_A2, maxstep=MAX_STEP_A)
    for _ in optimiser.irun(fmax=1e-12, steps=limits.max_steps):
        force, stress = _residuals(atoms)
        if is_converged(force, stress, limits):
            break
    return int(optimiser.nsteps)


def is_converged(force_ev_per_a: float, stress_gpa: float, limits: Limits) -> bool:
    """Whether the largest force, and with a free cell the largest stress, are small enough."""
    is_strained = limits.cell and stress_gpa > limits.max_stress_gpa
    return force_ev_per_a <= limits.fmax_ev_per_a and not is_strained


def _residuals(atoms: Any) -> tuple[float, float]:
    import numpy as np
    from ase.units import GPa

    force = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
    stress = float(np.abs(atoms.get_stress()).max() / GPa)
    if not np.isfinite([force, stress]).all():
        raise ValueError("forces or stress are not finite")
    return force, stress


@dataclass(frozen=True)
class Reduced:
    """A crystal on its smallest translational cell, and the way back to the given cell.

    Attributes:
        atoms: ASE atoms of the small cell.
        turns: (3, 3) whole numbers; given cell = turns @ small cell.
        copies: For each given atom, which small atom it repeats.
        shifts: (n, 3) fractional offsets in the small cell from that atom.
        symbols: Elements of the given atoms.
    """

    atoms: Any
    turns: Any
    copies: Any
    shifts: Any
    symbols: tuple[str, ...]

    @classmethod
    def of(cls, structure: Any) -> "Reduced":
        """Find the smallest cell under pure translations."""
        import numpy as np
        from ase import Atoms

        cell, numbers = structure.lattice.matrix, np.array(structure.atomic_numbers)
        small, copies = _primitive(structure)
        turns = np.rint(cell @ np.linalg.inv(small))
        places = structure.cart_coords @ np.linalg.inv(small)
        first = np.array([np.flatnonzero(copies == i)[0] for i in range(copies.max() + 1)])
        shifts = np.rint(places - places[first[copies]])
        atoms = Atoms(numbers[first], scaled_positions=places[first], cell=small, pbc=True)
        symbols = tuple(site.specie.symbol for site in structure)
        return cls(atoms, turns, copies, shifts, symbols)

    def expand(self) -> Any:
        """Rebuild the given cell from the small one as it is now."""
        from pymatgen.core import Lattice, Structure

        small = self.atoms.cell.array
        places = (self.atoms.positions @ self._inverse())[self.copies] + self.shifts
        lattice = Lattice(self.turns @ small)
        return Structure(lattice, self.symbols, places @ small, coords_are_cartesian=True)

    def _inverse(self) -> Any:
        import numpy as np

        return np.linalg.inv(self.atoms.cell.array)


def _primitive(structure: Any) -> tuple[Any, Any]:
    import numpy as np

    cell, n = structure.lattice.matrix, len(structure)
    found = symmetry(structure, TRANSLATION_SYMPREC_A)
    whole = (cell, np.arange(n))
    if found is None:
        return whole
    small, copies = np.array(found.primitive_lattice), np.array(found.mapping_to_primitive)
    turns = cell @ np.linalg.inv(small)
    n_small = int(copies.max()) + 1
    is_sound = (
        np.allclose(turns, np.rint(turns), atol=1e-3)
        and abs(round(float(np.linalg.det(turns)))) * n_small == n
        and n_small < n
    )
    return (np.linalg.solve(np.rint(turns), cell), copies) if is_sound else whole
