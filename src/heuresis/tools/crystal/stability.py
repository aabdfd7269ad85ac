"""Energy above the convex hull of competing phases relaxed by the same potential, in eV/atom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from heuresis.contract import (
    Card,
    Cost,
    Crystal,
    Formula,
    Frozen,
    Grade,
    Need,
    Outcome,
    Quantity,
    Request,
    Response,
    Status,
    Tool,
    TrainingData,
    is_finite,
)
from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.tools.crystal import potentials
from heuresis.tools.crystal.competitors import Competitor, competitors
from heuresis.tools.crystal.hull import (
    Part,
    PhaseEnergy,
    check_elements,
    check_one_functional,
    corrected,
    locate,
)
from heuresis.tools.crystal.potentials import MP2020, POTENTIALS
from heuresis.tools.crystal.relax import EXAMPLE_CIF, RelaxRequest, RelaxResponse
from heuresis.tools.crystal.relax import check_domain as check_relax_domain
from heuresis.tools.crystal.structure import canonical_text, read, read_formula

MAX_ELEMENTS = 5
MAX_GAP_EV = 20.0
OWN_REFERENCE = "elements and AFLOW prototypes relaxed by the same potential"
BOUND = (
    "Competitors are shipped structure types in small cells: phases outside that list can only "
    "raise the distance."
)


class HullEntry(Frozen):
    """One phase of a reference hull the caller brings."""

    formula: Formula = Field(description="Whole-number formula.")
    energy_per_atom_ev: float = Field(ge=-50, le=50, description="Energy, eV/atom.")


class StabilityRequest(Request):
    crystal: Crystal = Field(description="The crystal; it is relaxed first by the same potential.")
    max_competitors: int = Field(
        default=40, ge=0, le=200, description="Competing compounds at most, beside the elements."
    )
    max_atoms_competitor: int = Field(
        default=14, ge=2, le=40, description="Largest cell of a competing compound."
    )
    reference: tuple[HullEntry, ...] = Field(
        default=(), max_length=20_000, description="A hull of your own, with every pure element."
    )
    reference_name: str | None = Field(
        default=None, max_length=120, description="Name and version of that hull."
    )
    reference_functional: str | None = Field(
        default=None, max_length=60, description=f"Its functional; only {MP2020!r} is allowed."
    )

    @model_validator(mode="after")
    def _reference_is_named(self) -> Self:
        named = (self.reference_name is not None, self.reference_functional is not None)
        if named != (bool(self.reference),) * 2:
            raise ValueError(
                "reference: got entries, name and functional not all together, allowed all or none"
            )
        return self


class StabilityProblem(StabilityRequest):
    """A request with the energies it needs."""

    target: PhaseEnergy = Field(description="The relaxed crystal.")
    phases: tuple[PhaseEnergy, ...] = Field(description="Competitors that converged, or given.")
    dropped: tuple[str, ...] = Field(description="Competitors left out, with reasons.")


class StabilityResponse(Response):
    crystal: Crystal = Field(description="The relaxed crystal.")
    formula: Formula = Field(description="Reduced formula.")
    energy_above_hull: Quantity = Field(description="Distance to the hull, eV/atom; never below 0.")
    relative_to_competitors: Quantity = Field(
        description="Energy minus the competitors' hull, eV/atom; below 0 where it undercuts them."
    )
    formation_energy: Quantity = Field(description="From the elements, eV/atom.")
    energy_per_atom: Quantity = Field(description="Energy as it entered the hull, eV/atom.")
    decomposition: tuple[Part, ...] = Field(description="Competing phases at this composition.")
    functional: str = Field(description="The one functional of the hull.")
    reference: str = Field(description="Which hull was used.")
    n_competitors: int = Field(ge=1, description="Phases in the hull beside the crystal.")
    n_dropped: int = Field(ge=0, description="Competitors that failed and were left out.")
    dropped: tuple[str, ...] = Field(description="Those, with reasons.")
    judge: str = Field(description="Published skill of the potential, to be told with any rate.")


@dataclass
class Hull:
    """Hull arithmetic by pymatgen on the energies of one potential."""

    name: str
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size: int = 32

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return potentials.missing(self.name) or potentials.missing_packages("smact")

    def digest(self) -> str:
        """Identify the weights whose energies are used."""
        return potentials.digest(self.name)

    def run(self, requests: Sequence[StabilityProblem]) -> list[StabilityResponse]:
        """Place each crystal over its hull, in order."""
        return [_answer(problem, self.name) for problem in requests]


def needs(request: StabilityRequest, backend: str) -> list[Need]:
    """Ask for the crystal and, without a given hull, every competitor relaxed alike."""
    wanted = [request.crystal, *(phase.crystal for phase in _listed(request))]
    return [Need("crystal.relax", RelaxRequest(crystal=crystal), backend) for crystal in wanted]


def assemble(request: StabilityRequest, outcomes: Sequence[Outcome]) -> StabilityProblem:
    """Collect the energies; raises ServiceError where the crystal or an element is missing."""
    own, *others = outcomes
    target = _phase("the crystal itself", own)
    if target is None:
        raise ServiceError(f"crystal.relax: got {own.status} ({own.reason}), allowed: ok")
    listed = _listed(request)
    found = [(c, _phase(c.label, o), o) for c, o in zip(listed, others, strict=True)]
    phases = [phase for _, phase, _ in found if phase is not None]
    dropped = tuple(f"{c.label}: {o.reason or o.status}" for c, phase, o in found if phase is None)
    reached = {c.element for c, phase, _ in found if phase is not None}
    absent = sorted({c.element for c in listed if c.element} - reached)
    if absent:
        raise ServiceError(f"elements {absent}: got no relaxed reference; dropped: {dropped}")
    given = _given(request)
    fields = {name: getattr(request, name) for name in StabilityRequest.model_fields}
    return StabilityProblem(**fields, target=target, phases=(*given, *phases), dropped=dropped)


def canonical(request: StabilityRequest) -> StabilityRequest:
    """Rewrite the crystal canonically and check a given hull; raises RequestError."""
    crystal = canonical_text(request.crystal)
    if request.reference:
        given = _given(request)
        pinned = PhaseEnergy(
            label="",
            crystal=None,
            formula=_formula(crystal),
            energy_per_atom_ev=0.0,
            functional=MP2020,
        )
        check_one_functional([pinned, *given])
        check_elements(pinned.formula, given)
    return request.model_copy(update={"crystal": crystal})


def check_domain(request: StabilityRequest) -> None:
    """Refuse what the relaxation would refuse, and too many elements."""
    check_relax_domain(RelaxRequest(crystal=request.crystal))
    n = len(read(request.crystal).composition)
    if n > MAX_ELEMENTS:
        raise OutOfDomainError(f"crystal: got {n} elements, allowed up to {MAX_ELEMENTS}")
    _listed(request)


def check_result(request: StabilityRequest, response: StabilityResponse) -> None:
    """Insist on units, signs, the asked reference and a decomposition that adds up."""
    above, beyond = response.energy_above_hull, response.relative_to_competitors
    energies = (above, beyond, response.formation_energy, response.energy_per_atom)
    if any(e.unit != "eV/atom" or e.std is None or abs(e.value) > MAX_GAP_EV for e in energies):
        raise ServiceError(f"energies: got {energies!r}, allowed eV/atom with a std")
    if not is_finite(*(e.value for e in energies)) or above.value < 0:
        raise ServiceError(f"energy_above_hull: got {above.value}, allowed from 0 eV/atom")
    if abs(max(beyond.value, 0.0) - above.value) > 1e-9:
        raise ServiceError(f"energy_above_hull: got {above.value}, allowed {beyond.value} or 0")
    if response.formula != _formula(request.crystal):
        raise ServiceError(f"formula: got {response.formula!r}, allowed that of the request")
    if abs(sum(part.fraction for part in response.decomposition) - 1) > 1e-3:
        raise ServiceError(f"decomposition: got {response.decomposition!r}, allowed a sum of 1")
    wanted = request.reference_name or OWN_REFERENCE
    if response.reference != wanted or response.functional != MP2020:
        raise ServiceError(f"reference: got {response.reference!r}, allowed {wanted!r}")


def grade(request: StabilityRequest, response: StabilityResponse) -> Grade:
    """Call a hull partial where more than a fifth of its competitors fell out."""
    share = response.n_dropped / (response.n_dropped + response.n_competitors)
    if share <= 0.2:
        return Grade()
    return Grade(status=Status.PARTIAL, reason=f"{response.n_dropped} competitors fell out")


def _answer(problem: StabilityProblem, name: str) -> StabilityResponse:
    judge = POTENTIALS[name]
    target = corrected(problem.target)
    at = locate(target, [corrected(phase) for phase in problem.phases])
    std = judge.hull_std_ev

    def energy(value: float) -> Quantity:
        return Quantity(value=value, unit="eV/atom", std=std)

    return StabilityResponse(
        crystal=problem.target.crystal or problem.crystal,
        formula=target.formula,
        energy_above_hull=energy(max(at.beyond_ev, 0.0)),
        relative_to_competitors=energy(at.beyond_ev),
        formation_energy=energy(at.formation_ev),
        energy_per_atom=energy(at.energy_ev),
        decomposition=at.parts,
        functional=target.functional,
        reference=problem.reference_name or OWN_REFERENCE,
        n_competitors=len(problem.phases),
        n_dropped=len(problem.dropped),
        dropped=problem.dropped,
        judge=judge.hull_note if problem.reference else f"{judge.hull_note} {BOUND}",
    )


def _listed(request: StabilityRequest) -> tuple[Competitor, ...]:
    if request.reference:
        return ()
    elements = tuple(sorted(str(e) for e in read(request.crystal).composition))
    return competitors(elements, request.max_competitors, request.max_atoms_competitor)


def _given(request: StabilityRequest) -> list[PhaseEnergy]:
    return [
        PhaseEnergy(
            label=f"{request.reference_name}: {entry.formula}",
            crystal=None,
            formula=_reduced(entry.formula),
            energy_per_atom_ev=entry.energy_per_atom_ev,
            functional=str(request.reference_functional),
        )
        for entry in request.reference
    ]


def _phase(label: str, outcome: Outcome) -> PhaseEnergy | None:
    relaxed = outcome.response
    if not outcome.is_usable or not isinstance(relaxed, RelaxResponse):
        return None
    return PhaseEnergy(
        label=label,
        crystal=relaxed.crystal,
        formula=relaxed.formula,
        energy_per_atom_ev=relaxed.energy_per_atom.value,
        functional=relaxed.functional,
    )


def _formula(crystal: str) -> Formula:
    return Formula(read(crystal).composition.reduced_formula)


def _reduced(formula: str) -> Formula:
    from pymatgen.core import Composition

    return Formula(Composition(read_formula(formula)).reduced_formula)


CARD = Card(
    name="crystal.stability",
    version="0.1.0",
    summary="Energy above the convex hull and formation energy of a crystal, eV/atom.",
    citations=(
        "CHGNet: doi:10.1038/s42256-023-00716-3",
        "SevenNet: doi:10.1021/acs.jctc.4c00190",
        "MP2020 corrections: doi:10.1038/s41598-021-94550-5",
        "AFLOW prototypes: doi:10.1016/j.commatsci.2017.01.017",
        "Matbench Discovery: doi:10.1038/s42256-025-01055-1",
    ),
    licence_code="Apache-2.0 (ours), MIT (pymatgen, SMACT, sevenn), BSD (chgnet), LGPL-2.1 (ase)",
    licence_weights="CHGNet: BSD, in the wheel; SevenNet: MIT package, weights not named apart",
    training_data=(
        TrainingData(
            name="MPtrj (Materials Project relaxations, 1.58 million frames)",
            licence="CC BY 4.0",
            split="90 : 5 : 5 for CHGNet 0.3.0; none stated for SevenNet-l3i5",
        ),
    ),
    domain="Ordered inorganic crystals of up to five of the 89 MPtrj elements, up to 200 atoms.",
    failures=(
        "Against the built-in competitors the distance is a lower bound: big-cell phases lack.",
        "About every second 'stable' call of CHGNet is wrong on Matbench Discovery.",
        "Magnetic, strongly correlated and layered phases are judged worst.",
        "Energies at 0 K: entropy can stabilise what lies tens of meV/atom above the hull.",
    ),
    accuracy=(
        "Hull distance on Matbench Discovery (WBM, unique prototypes): CHGNet 0.3.0 MAE 0.063, "
        "RMSE 0.103 eV/atom, precision 0.514; SevenNet-l3i5 MAE 0.044, RMSE 0.087, precision 0.708."
        " Measured by us (docs/accuracy.md) on Materials Project entries of Li-Co-Ni-O and "
        "Na-Fe-P-O, of the kind seen in training, so optimistic. Relaxed, over the Project's own "
        "hull: CHGNet MAE 0.111, median 0.027 eV/atom (n 115); 'stable' at 0: precision 5 of 6, "
        "recall 5 of 11; at 0.1 eV/atom: 0.85, 0.83 (prior 0.57). SevenNet 0.071, 0.014 (n 49); "
        "at 0: 3 of 3, 3 of 6; at 0.1: 0.91, 0.97 (prior 0.61). Over CHGNet's hull of the same "
        "1,039 entries, unrelaxed: MAE 0.074, median 0.034; at 0: precision 0.36, recall 0.63 "
        "(prior 0.06); at 0.1: 0.81, 0.99 (prior 0.67). Plus or minus 1.645 std held 95 % "
        "(CHGNet) and 98 % (SevenNet) of the truths: wide enough here."
    ),
    cost=Cost.DEAR,
    timeout_s=120.0,
    keywords=("stable", "hull", "formation energy", "decompose", "synthesizable", "phase diagram"),
)

STABILITY = Tool(
    card=CARD,
    example=StabilityRequest(crystal=EXAMPLE_CIF),
    response=StabilityResponse,
    backends=(Hull("chgnet"), Hull("sevennet")),
    check_result=check_result,
    check_domain=check_domain,
    canonical=canonical,
    grade=grade,
    needs=needs,
    assemble=assemble,
)
