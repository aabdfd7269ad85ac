"""Bulk modulus of a crystal from its energy-volume curve (Birch-Murnaghan), in GPa."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Crystal,
    Formula,
    Need,
    Outcome,
    Quantity,
    Request,
    Response,
    Tool,
    TrainingData,
    is_finite,
)
from heuresis.errors import ServiceError
from heuresis.tools.crystal import potentials
from heuresis.tools.crystal.relax import EXAMPLE_CIF, RelaxRequest, RelaxResponse
from heuresis.tools.crystal.relax import check_domain as check_relax_domain
from heuresis.tools.crystal.relaxation import Limits, is_converged, relax
from heuresis.tools.crystal.structure import canonical_text, loneliest_distance, read, write
from heuresis.tools.units import check_units

UNITS = {
    "bulk_modulus": "GPa",
    "pressure_derivative": "1",
    "equilibrium_volume": "Å3/atom",
    "rms_residual": "meV/atom",
    "largest_force": "eV/Å",
}

GPA_PER_EV_A3 = 160.21766208
MODULUS_RANGE_GPA = (0.1, 1000.0)
MIN_R_SQUARED = 0.995


class BulkModulusRequest(Request):
    crystal: Crystal = Field(description="The crystal; it is relaxed first by the same potential.")
    strain: float = Field(
        default=0.06, ge=0.01, le=0.15, description="Largest relative volume change, each way."
    )
    n_volumes: int = Field(default=7, ge=5, le=15, description="Points on the curve, odd is best.")
    fmax_ev_per_a: float = Field(
        default=0.02, ge=0.001, le=0.2, description="Largest force left at each volume, eV/Å."
    )
    max_steps: int = Field(default=200, ge=1, le=2000, description="Steps at each volume.")


class EosProblem(BulkModulusRequest):
    """A request whose crystal has been relaxed."""

    functional: str = Field(description="What the energies imitate.")


class BulkModulusResponse(Response):
    crystal: Crystal = Field(description="The relaxed crystal the curve was centred on.")
    formula: Formula = Field(description="Reduced formula.")
    bulk_modulus: Quantity = Field(description="At zero pressure, GPa; std from the fit alone.")
    pressure_derivative: Quantity = Field(description="dB/dP at zero pressure; std from the fit.")
    equilibrium_volume: Quantity = Field(description="Volume at the minimum, Å3/atom.")
    volumes_a3_per_atom: tuple[float, ...] = Field(description="Volumes of the curve, Å3/atom.")
    energies_ev_per_atom: tuple[float, ...] = Field(description="Energies of the curve, eV/atom.")
    r_squared: float = Field(description="Share of the energies' variance the fit explains.")
    rms_residual: Quantity = Field(description="Of the fit, meV/atom.")
    largest_force: Quantity = Field(description="Largest force left at any volume, eV/Å.")
    ions: Literal["relaxed at fixed cell shape"] = Field(description="How each volume was made.")
    functional: str = Field(description="What the energies imitate.")


@dataclass(frozen=True)
class Fit:
    """A third-order Birch-Murnaghan curve and how well it holds."""

    volume: float
    modulus_gpa: float
    derivative: float
    modulus_std_gpa: float
    derivative_std: float
    volume_std: float
    r_squared: float
    rms_mev: float


@dataclass
class EnergyVolumeCurve:
    """Seven or so volumes, ions relaxed in each, one fit."""

    name: str
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size: int = 1  # nothing is shared within a batch

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return potentials.missing(self.name)

    def digest(self) -> str:
        """Identify the weights by their sha256."""
        return potentials.digest(self.name)

    def run(self, requests: Sequence[EosProblem]) -> list[BulkModulusResponse]:
        """Fit each crystal's curve, in order."""
        return [self._one(request) for request in requests]

    def _one(self, problem: EosProblem) -> BulkModulusResponse:
        centre = read(problem.crystal)
        potentials.check_reach(self.name, loneliest_distance(centre))
        limits = Limits(problem.fmax_ev_per_a, math.inf, problem.max_steps, cell=False)
        volumes, energies, force = [], [], 0.0
        for factor in _factors(problem):
            scaled = centre.copy()
            scaled.scale_lattice(centre.volume * factor)
            found = relax(scaled, potentials.surface(self.name), limits)
            volumes.append(scaled.volume / len(scaled))
            energies.append(found.energy_per_atom_ev)
            force = max(force, found.max_force_ev_per_a)
        return _answer(problem, centre, fit_curve(volumes, energies), volumes, energies, force)


def needs(request: BulkModulusRequest, backend: str) -> list[Need]:
    """Ask for the crystal relaxed by the same potential."""
    return [Need("crystal.relax", RelaxRequest(crystal=request.crystal), backend)]


def assemble(request: BulkModulusRequest, outcomes: Sequence[Outcome]) -> EosProblem:
    """Put the relaxed crystal in place of the given one; raises ServiceError."""
    outcome = outcomes[0]
    if not outcome.is_usable or not isinstance(outcome.response, RelaxResponse):
        raise ServiceError(f"crystal.relax: got {outcome.status} ({outcome.reason}), allowed: ok")
    relaxed = outcome.response
    fields = {**request.model_dump(), "crystal": relaxed.crystal}
    return EosProblem(**fields, functional=relaxed.functional)


def canonical(request: BulkModulusRequest) -> BulkModulusRequest:
    """Rewrite the crystal canonically; raises RequestError."""
    return request.model_copy(update={"crystal": canonical_text(request.crystal)})


def check_domain(request: BulkModulusRequest) -> None:
    """Refuse what the relaxation would refuse."""
    check_relax_domain(RelaxRequest(crystal=request.crystal))


def check_result(request: BulkModulusRequest, response: BulkModulusResponse) -> None:
    """Insist on a good fit with its minimum inside, converged ions, units and range."""
    modulus, volume = response.bulk_modulus, response.equilibrium_volume
    check_units(response, UNITS)
    low, high = MODULUS_RANGE_GPA
    if not (is_finite(modulus.value) and low < modulus.value < high):
        raise ServiceError(f"bulk_modulus: got {modulus.value} GPa, allowed {low} to {high} GPa")
    curve, heights = response.volumes_a3_per_atom, response.energies_ev_per_atom
    if not len(curve) == len(heights) == request.n_volumes:
        raise ServiceError(f"volumes: got {len(curve)}, allowed {request.n_volumes}")
    if not min(curve) < volume.value < max(curve):
        raise ServiceError(f"equilibrium_volume: got {volume.value}, allowed inside the curve")
    if response.r_squared < MIN_R_SQUARED:
        raise ServiceError(f"r_squared: got {response.r_squared:.4f}, allowed {MIN_R_SQUARED}")
    limits = Limits(request.fmax_ev_per_a, math.inf, request.max_steps, cell=False)
    if not is_converged(response.largest_force.value, 0.0, limits):
        raise ServiceError(
            f"largest_force: got {response.largest_force.value:.3f}, allowed "
            f"{request.fmax_ev_per_a} eV/Å: raise 'max_steps'"
        )
    if read(request.crystal).composition.reduced_formula != response.formula:
        raise ServiceError(f"formula: got {response.formula!r}, allowed that of the request")


def fit_curve(volumes: Sequence[float], energies: Sequence[float]) -> Fit:
    """Fit E(V) by a cubic in V^(-2/3); errors from the covariance of its coefficients.

    Source: Birch, doi:10.1103/PhysRev.71.809.

    Raises:
        ServiceError: The curve has no minimum.
    """
    import numpy as np

    x, y = np.asarray(volumes) ** (-2 / 3), np.asarray(energies)
    middle, width = float(x.mean()), float(x.max() - x.min())
    terms, covariance = _least_squares((x - middle) / width, y)
    derived = _derived(terms, middle, width)
    spread = np.zeros(3)
    for eigenvalue, direction in zip(*np.linalg.eigh(covariance), strict=True):
        step = direction * math.sqrt(max(float(eigenvalue), 0.0))
        if step.any():
            moved = np.array(_derived(terms + step, middle, width)) - np.array(derived)
            spread += moved**2
    residual = y - np.polynomial.polynomial.polyval((x - middle) / width, terms)
    scatter = float(((y - y.mean()) ** 2).sum())
    r_squared = 1 - float((residual**2).sum()) / scatter if scatter else 0.0
    rms = 1000 * float(np.sqrt((residual**2).mean()))
    volume, modulus, derivative = derived
    stds = [float(s) for s in np.sqrt(spread)]
    return Fit(volume, modulus, derivative, stds[1], stds[2], stds[0], r_squared, rms)


def _least_squares(x: Any, y: Any) -> tuple[Any, Any]:
    import numpy as np

    design = np.vander(x, 4, increasing=True)
    terms, *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ terms
    variance = float(residual @ residual) / max(len(x) - 4, 1)
    return terms, variance * np.linalg.inv(design.T @ design)


def _derived(terms: Any, middle: float, width: float) -> tuple[float, float, float]:
    """Volume, modulus (GPa) and its pressure derivative at the minimum of the cubic."""
    _, b, c, d = (float(t) for t in terms)
    roots = _roots(3 * d, 2 * c, b)
    minima = [u for u in roots if 2 * c + 6 * d * u > 0]
    if not minima:
        raise ServiceError("energy-volume curve: got no minimum, allowed: one inside the range")
    u = min(minima, key=abs)
    x = middle + width * u
    second, third = (2 * c + 6 * d * u) / width**2, 6 * d / width**3
    volume = x ** (-1.5)
    modulus = 4 / 9 * second * x**3.5
    derivative = 4 + 2 / 3 * x * third / second
    return volume, modulus * GPA_PER_EV_A3, derivative


def _roots(a: float, b: float, c: float) -> list[float]:
    if abs(a) < 1e-12 * max(abs(b), 1e-300):
        return [-c / b] if b else []
    inside = b * b - 4 * a * c
    if inside < 0:
        return []
    root = math.sqrt(inside)
    return [(-b + root) / (2 * a), (-b - root) / (2 * a)]


def _factors(problem: EosProblem) -> list[float]:
    n = problem.n_volumes
    return [1 - problem.strain + 2 * problem.strain * i / (n - 1) for i in range(n)]


def _answer(  # noqa: PLR0913, PLR0917  # one argument per column of the answer
    problem: EosProblem,
    centre: Any,
    fit: Fit,
    volumes: list[float],
    energies: list[float],
    force: float,
) -> BulkModulusResponse:
    exact = Quantity.exact
    return BulkModulusResponse(
        crystal=write(centre),
        formula=Formula(centre.composition.reduced_formula),
        bulk_modulus=Quantity(value=fit.modulus_gpa, unit="GPa", std=fit.modulus_std_gpa),
        pressure_derivative=Quantity(value=fit.derivative, unit="1", std=fit.derivative_std),
        equilibrium_volume=Quantity(value=fit.volume, unit="Å3/atom", std=fit.volume_std),
        volumes_a3_per_atom=tuple(volumes),
        energies_ev_per_atom=tuple(energies),
        r_squared=fit.r_squared,
        rms_residual=exact(fit.rms_mev, "meV/atom", "a residue of the fit"),
        largest_force=exact(force, "eV/Å", "a residue of the optimisation"),
        ions="relaxed at fixed cell shape",
        functional=problem.functional,
    )


CARD = Card(
    name="crystal.bulk_modulus",
    version="0.1.0",
    summary="Bulk modulus in GPa from a Birch-Murnaghan fit to a potential's energy-volume curve.",
    citations=(
        "CHGNet: doi:10.1038/s42256-023-00716-3",
        "SevenNet: doi:10.1021/acs.jctc.4c00190",
        "Birch: doi:10.1103/PhysRev.71.809",
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
        "Universal potentials are too soft off equilibrium: values tend to be low.",
        "The cell keeps its shape at each volume: anisotropic crystals come out too stiff.",
        "Static lattice at 0 K; measured values at room temperature are a few per cent lower.",
        "The stated std is that of the fit; the error of the potential is larger.",
    ),
    accuracy="MgO, NaCl and Si within 25 % of measured values in this tool's own tests.",
    cost=Cost.MODERATE,
    timeout_s=900.0,
    keywords=("bulk modulus", "stiffness", "hardness", "equation of state", "compressibility"),
)

BULK_MODULUS = Tool(
    card=CARD,
    example=BulkModulusRequest(crystal=EXAMPLE_CIF),
    response=BulkModulusResponse,
    backends=(EnergyVolumeCurve("chgnet"), EnergyVolumeCurve("sevennet")),
    check_result=check_result,
    check_domain=check_domain,
    canonical=canonical,
    needs=needs,
    assemble=assemble,
)
