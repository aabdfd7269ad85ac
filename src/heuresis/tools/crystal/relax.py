"""Relaxation of a crystal to its nearest minimum by a machine-learned potential."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Crystal,
    Formula,
    Quantity,
    Request,
    Response,
    Tool,
    TrainingData,
    is_finite,
)
from heuresis.errors import RequestError, ServiceError
from heuresis.tools.crystal import potentials
from heuresis.tools.crystal.potentials import KNOWN, POTENTIALS
from heuresis.tools.crystal.relaxation import Limits, Relaxed, is_converged, relax
from heuresis.tools.crystal.structure import (
    SpaceGroup,
    canonical_text,
    check_model_domain,
    loneliest_distance,
    read,
    space_group,
    write,
)
from heuresis.tools.units import check_units

UNITS = {
    "energy_per_atom": "eV/atom",
    "volume_per_atom": "Å3/atom",
    "volume_change": "1",
    "largest_force": "eV/Å",
    "largest_stress": "GPa",
}

MAX_ATOMS = 200
MAX_VOLUME_CHANGE = 2.0
ENERGY_RANGE_EV = (-20.0, 5.0)


class RelaxRequest(Request):
    crystal: Crystal = Field(description="The crystal to relax, up to 200 atoms in the cell.")
    fmax_ev_per_a: float = Field(
        default=0.05, ge=0.001, le=0.5, description="Largest force left on an atom, eV/Å."
    )
    max_stress_gpa: float = Field(
        default=0.5, ge=0.01, le=10.0, description="Largest stress component left, GPa."
    )
    max_steps: int = Field(default=300, ge=1, le=2000, description="Steps before giving up.")
    relax_cell: bool = Field(default=True, description="Whether the cell may change.")

    @property
    def limits(self) -> Limits:
        """The stopping rules of the driver."""
        return Limits(self.fmax_ev_per_a, self.max_stress_gpa, self.max_steps, self.relax_cell)


class RelaxResponse(Response):
    crystal: Crystal = Field(description="The relaxed crystal, in the cell it was given.")
    formula: Formula = Field(description="Reduced formula.")
    n_atoms: int = Field(ge=1, description="Atoms in the cell.")
    energy_per_atom: Quantity = Field(description="Potential energy, eV/atom.")
    functional: str = Field(description="What the energies imitate; never mix two in one hull.")
    volume_per_atom: Quantity = Field(description="After relaxation, Å3/atom.")
    volume_change: Quantity = Field(description="(after - before) / before.")
    largest_force: Quantity = Field(description="Largest force left on an atom, eV/Å.")
    largest_stress: Quantity = Field(description="Largest stress component left, GPa.")
    n_steps: int = Field(ge=0, description="Optimiser steps taken.")
    space_group_before: SpaceGroup = Field(description="Symmetry of the given crystal.")
    space_group_after: SpaceGroup = Field(description="Symmetry of the relaxed crystal.")


@dataclass
class PotentialRelax:
    """Relax with one potential: crystals in, relaxed crystals and energies out."""

    name: str
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size: int = 1  # nothing is shared within a batch

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return potentials.missing(self.name)

    def digest(self) -> str:
        """Identify the weights by their sha256."""
        return potentials.digest(self.name)

    def run(self, requests: Sequence[RelaxRequest]) -> list[RelaxResponse]:
        """Relax each crystal, in order."""
        return [self._one(request) for request in requests]

    def _one(self, request: RelaxRequest) -> RelaxResponse:
        given = read(request.crystal)
        potentials.check_reach(self.name, loneliest_distance(given))
        return self._answer(given, relax(given, potentials.surface(self.name), request.limits))

    def _answer(self, given: "object", found: Relaxed) -> RelaxResponse:
        potential = POTENTIALS[self.name]
        after = found.structure
        change = after.volume / given.volume - 1  # type: ignore[attr-defined]  # pymatgen is untyped
        exact = Quantity.exact
        return RelaxResponse(
            crystal=write(after),
            formula=Formula(after.composition.reduced_formula),
            n_atoms=len(after),
            energy_per_atom=Quantity(
                value=found.energy_per_atom_ev, unit="eV/atom", std=potential.energy_std_ev
            ),
            functional=potential.functional,
            volume_per_atom=exact(after.volume / len(after), "Å3/atom", MODEL),
            volume_change=exact(change, "1", MODEL),
            largest_force=exact(found.max_force_ev_per_a, "eV/Å", RESIDUE),
            largest_stress=exact(found.max_stress_gpa, "GPa", RESIDUE),
            n_steps=found.n_steps,
            space_group_before=space_group(given),
            space_group_after=space_group(after),
        )


MODEL = "no error of the model is published for this quantity"
RESIDUE = "a residue of the optimisation, not a property"


def canonical(request: RelaxRequest) -> RelaxRequest:
    """Rewrite the crystal canonically; raises RequestError."""
    return request.model_copy(update={"crystal": canonical_text(request.crystal)})


def check_domain(request: RelaxRequest) -> None:
    """Refuse unknown elements, isolated atoms, vacuum and large cells."""
    check_model_domain(read(request.crystal), max_atoms=MAX_ATOMS, known=KNOWN)


def check_result(request: RelaxRequest, response: RelaxResponse) -> None:
    """Insist on convergence, kept composition, units and believable numbers."""
    force, stress = response.largest_force, response.largest_stress
    energy, change = response.energy_per_atom, response.volume_change
    check_units(response, UNITS)
    if not is_converged(force.value, stress.value, request.limits):
        raise ServiceError(
            f"relaxation: not converged after {response.n_steps} steps, got {force.value:.3f} eV/Å "
            f"and {stress.value:.2f} GPa, allowed {request.fmax_ev_per_a} eV/Å and "
            f"{request.max_stress_gpa} GPa: raise 'max_steps' or start nearer to a minimum"
        )
    _check_kept(request, response)
    low, high = ENERGY_RANGE_EV
    if not (is_finite(energy.value, change.value) and low < energy.value < high):
        raise ServiceError(f"energy: got {energy.value} eV/atom, allowed {low} to {high}")
    if not -0.7 < change.value < MAX_VOLUME_CHANGE:
        raise ServiceError(
            f"volume_change: got {change.value:.2f}, allowed -0.7 to {MAX_VOLUME_CHANGE}"
        )


def _check_kept(request: RelaxRequest, response: RelaxResponse) -> None:
    before = read(request.crystal)
    try:
        after = read(response.crystal)
    except RequestError as error:
        raise ServiceError(f"relaxed crystal: {error}") from error
    if before.composition != after.composition or response.n_atoms != len(after):
        raise ServiceError(
            f"composition: got {after.composition.formula!r}, "
            f"allowed {before.composition.formula!r}"
        )
    if response.functional not in {potential.functional for potential in POTENTIALS.values()}:
        raise ServiceError(f"functional: got {response.functional!r}, allowed a known label")


CARD = Card(
    name="crystal.relax",
    version="0.1.0",
    summary="Relax atoms and cell of a crystal with a universal potential; energy in eV/atom.",
    citations=(
        "CHGNet: doi:10.1038/s42256-023-00716-3",
        "SevenNet: doi:10.1021/acs.jctc.4c00190",
        "ASE: doi:10.1088/1361-648X/aa680e",
    ),
    licence_code="Apache-2.0 (ours), BSD (chgnet), MIT (sevenn), LGPL-2.1 (ase)",
    licence_weights="CHGNet: BSD, in the wheel; SevenNet: MIT package, weights not named apart",
    training_data=(
        TrainingData(
            name="MPtrj (Materials Project relaxations, 1.58 million frames)",
            licence="CC BY 4.0",
            split="90 : 5 : 5 for CHGNet 0.3.0; none stated for SevenNet-l3i5",
        ),
    ),
    domain="Ordered inorganic crystals of the 89 MPtrj elements, up to 200 atoms, no vacuum.",
    failures=(
        "Softened surfaces: forces and stiffness far from equilibrium are underestimated.",
        "Keeps the symmetry it was given: an unstable saddle point is returned as a minimum.",
        "No magnetic order is set; strongly correlated and magnetic phases may be misranked.",
        "Dispersion is missing: layer and molecule distances are too large.",
    ),
    accuracy=(
        "CHGNet 0.3.0 test MAE 29 meV/atom, 68 meV/Å, 0.314 GPa (its README); standard errors "
        "here are 1.25 times that MAE. SevenNet-l3i5: the same figure is assumed. "
        "Measured by us (docs/accuracy.md) on Materials Project entries of Li-Co-Ni-O and "
        "Na-Fe-P-O in cells up to 20 atoms, of the kind seen in training, so optimistic: CHGNet "
        "against corrected energies MAE 0.111 eV/atom, median 0.027 (n 115), and MAE 0.041 on the "
        "99 up to 0.5 eV/atom above the hull; SevenNet against uncorrected ones 0.071, 0.014 "
        "(n 49), and 0.023 (n 45); best baseline, by formula, 0.42 and 0.39. Plus or minus 1.645 "
        "std held 72 % (CHGNet) and 86 % (SevenNet) of the truths, not 90 %; plus or minus "
        "0.14 eV/atom (4.0 std) held 96 % of 52 others for CHGNet; too few to say for SevenNet."
    ),
    cost=Cost.MODERATE,
    timeout_s=600.0,
    keywords=("relax", "optimise", "geometry", "energy", "structure", "chgnet", "sevennet"),
)

EXAMPLE_CIF = Crystal(
    """data_MgO
_symmetry_space_group_name_H-M 'P 1'
_cell_length_a 2.98
_cell_length_b 2.98
_cell_length_c 2.98
_cell_angle_alpha 60
_cell_angle_beta 60
_cell_angle_gamma 60
loop_
_atom_site_type_symbol
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Mg Mg0 0 0 0
O O1 0.5 0.5 0.5"""
)

RELAX = Tool(
    card=CARD,
    example=RelaxRequest(crystal=EXAMPLE_CIF),
    response=RelaxResponse,
    backends=(PotentialRelax("chgnet"), PotentialRelax("sevennet")),
    check_result=check_result,
    check_domain=check_domain,
    canonical=canonical,
)
