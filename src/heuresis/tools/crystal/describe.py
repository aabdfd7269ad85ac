"""What a crystal is: symmetry, density, lattice, shortest distance, charges, and a drawing."""

import io
import warnings
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from heuresis.contract import (
    Artifact,
    Card,
    Cost,
    Crystal,
    Formula,
    Frozen,
    Quantity,
    Request,
    Response,
    Tool,
    quantities_in,
)
from heuresis.errors import ServiceError
from heuresis.tools.crystal import potentials
from heuresis.tools.crystal.charge import Charges, charges_of
from heuresis.tools.crystal.relax import EXAMPLE_CIF
from heuresis.tools.crystal.structure import (
    SpaceGroup,
    canonical_text,
    read,
    shortest_distance,
    space_group,
)
from heuresis.tools.units import check_units

UNITS = {
    "density": "g/cm3",
    "volume_per_atom": "Å3/atom",
    "shortest_distance": "Å",
    **{f"lattice.{edge}": "Å" for edge in ("a", "b", "c")},
    **{f"lattice.{angle}": "degree" for angle in ("alpha", "beta", "gamma")},
}


class Lattice(Frozen):
    """Edges and angles of the cell."""

    a: Quantity = Field(description="First edge, Å.")
    b: Quantity = Field(description="Second edge, Å.")
    c: Quantity = Field(description="Third edge, Å.")
    alpha: Quantity = Field(description="Angle between b and c, degree.")
    beta: Quantity = Field(description="Angle between a and c, degree.")
    gamma: Quantity = Field(description="Angle between a and b, degree.")


class DescribeRequest(Request):
    crystal: Crystal = Field(description="The crystal to describe.")
    symprec_a: float = Field(
        default=0.05, ge=1e-5, le=0.5, description="Tolerance of the symmetry search, Å."
    )
    depict: bool = Field(default=False, description="Whether to draw it as PNG.")


class DescribeResponse(Response):
    formula: Formula = Field(description="Reduced formula.")
    elements: tuple[str, ...] = Field(description="Chemical symbols, sorted.")
    n_atoms: int = Field(ge=1, description="Atoms in the cell.")
    space_group: SpaceGroup = Field(description="Symmetry at the asked tolerance.")
    lattice: Lattice = Field(description="Edges in Å, angles in degrees.")
    density: Quantity = Field(description="Mass density, g/cm3.")
    volume_per_atom: Quantity = Field(description="Å3/atom.")
    shortest_distance: Quantity = Field(description="Between two nearest atoms, Å.")
    charges: Charges = Field(description="Oxidation states and balance by smact.")
    depiction: Artifact | None = Field(default=None, description="Drawing, if asked for.")


class Describer:
    """Geometry by pymatgen, symmetry by spglib, charges by smact, drawing by ASE."""

    name: str = "pymatgen"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size: int = 64

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return potentials.missing_packages("pymatgen", "ase", "spglib", "smact", "matplotlib")

    def digest(self) -> str:
        """Identify the programs by version."""
        return potentials.program_digest("pymatgen-core", "spglib", "SMACT")

    def run(self, requests: Sequence[DescribeRequest]) -> list[DescribeResponse]:
        """Describe each crystal, in order."""
        return [_describe(request) for request in requests]


def canonical(request: DescribeRequest) -> DescribeRequest:
    """Rewrite the crystal canonically; raises RequestError."""
    return request.model_copy(update={"crystal": canonical_text(request.crystal)})


def check_result(request: DescribeRequest, response: DescribeResponse) -> None:
    """Insist on units, positive numbers, the right formula and the asked drawing."""
    structure = read(request.crystal)
    if response.formula != structure.composition.reduced_formula:
        raise ServiceError(f"formula: got {response.formula!r}, allowed {structure.formula!r}")
    if response.n_atoms != len(structure):
        raise ServiceError(f"n_atoms: got {response.n_atoms}, allowed {len(structure)}")
    check_units(response, UNITS)
    for path, got in quantities_in(response).items():
        if not got.value > 0:
            raise ServiceError(f"{path}: got {got!r}, allowed a positive number")
    if response.space_group.symprec_a != request.symprec_a:
        raise ServiceError(f"symprec_a: got {response.space_group!r}, allowed {request.symprec_a}")
    _check_charges(structure, response.charges)
    if request.depict != (response.depiction is not None):
        raise ServiceError(f"depiction: got {response.depiction!r} for depict={request.depict}")


def _check_charges(structure: Any, charges: Charges) -> None:
    amounts = structure.composition.get_el_amt_dict()
    total = sum(charges.oxidation_states.get(e, 0) * n for e, n in amounts.items())
    if charges.balance == "balanced" and (total or set(charges.oxidation_states) != set(amounts)):
        raise ServiceError(f"charges: got a sum of {total} in {charges!r}, allowed zero")


def _describe(request: DescribeRequest) -> DescribeResponse:
    structure = read(request.crystal)
    exact = Quantity.exact
    amounts = {e: int(n) for e, n in structure.composition.get_el_amt_dict().items()}
    return DescribeResponse(
        formula=Formula(structure.composition.reduced_formula),
        elements=tuple(sorted(amounts)),
        n_atoms=len(structure),
        space_group=space_group(structure, request.symprec_a),
        lattice=_lattice(structure),
        density=exact(float(structure.density), "g/cm3"),
        volume_per_atom=exact(structure.volume / len(structure), "Å3/atom"),
        shortest_distance=exact(shortest_distance(structure), "Å"),
        charges=charges_of(amounts),
        depiction=_depict(structure) if request.depict else None,
    )


def _lattice(structure: Any) -> Lattice:
    edges = [Quantity.exact(float(x), "Å") for x in structure.lattice.abc]
    angles = [Quantity.exact(float(x), "degree") for x in structure.lattice.angles]
    a, b, c = edges
    alpha, beta, gamma = angles
    return Lattice(a=a, b=b, c=c, alpha=alpha, beta=beta, gamma=gamma)


def _depict(structure: Any) -> Artifact:
    from ase import Atoms
    from ase.visualize.plot import plot_atoms
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    atoms = Atoms(
        numbers=structure.atomic_numbers,
        scaled_positions=structure.frac_coords,
        cell=structure.lattice.matrix,
        pbc=True,
    )
    figure = Figure(figsize=(4, 4), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plot_atoms(atoms, axes, rotation="10x,-20y,0z", show_unit_cell=2)
    axes.set_axis_off()
    axes.set_title(structure.composition.reduced_formula)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    name = f"{structure.composition.reduced_formula}.png"
    return Artifact.of(buffer.getvalue(), name=name, media_type="image/png")


CARD = Card(
    name="crystal.describe",
    version="0.1.0",
    summary="Symmetry, density, lattice, shortest distance, charge balance and a drawing.",
    citations=(
        "pymatgen: doi:10.1016/j.commatsci.2012.10.028",
        "spglib: arXiv:1808.01590",
        "SMACT: doi:10.21105/joss.01361",
        "ASE: doi:10.1088/1361-648X/aa680e",
    ),
    licence_code="Apache-2.0 (ours), MIT (pymatgen, SMACT), BSD-3-Clause (spglib), LGPL-2.1 (ase)",
    licence_weights="none used",
    training_data=(),
    domain="Ordered crystals of real elements, up to 1000 atoms in the cell.",
    failures=(
        "The space group depends on the tolerance; relaxed crystals need a looser one.",
        "Charge balance is a rule on compositions: it knows neither sites nor covalency.",
        "One oxidation state per element is tried first; the most common balanced choice is shown.",
    ),
    accuracy="Geometry is exact for the given numbers; oxidation states are ICSD-24 statistics.",
    cost=Cost.CHEAP,
    timeout_s=60.0,
    keywords=("space group", "density", "oxidation", "charge", "lattice", "symmetry", "draw"),
)

DESCRIBE = Tool(
    card=CARD,
    example=DescribeRequest(crystal=EXAMPLE_CIF),
    response=DescribeResponse,
    backends=(Describer(),),
    check_result=check_result,
    canonical=canonical,
)
