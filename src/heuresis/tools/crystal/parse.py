"""A crystal from CIF text, POSCAR text, or a formula and the name of a structure type."""

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from heuresis.contract import (
    Card,
    Cost,
    Crystal,
    Formula,
    Quantity,
    Request,
    Response,
    Tool,
    is_finite,
)
from heuresis.errors import RequestError, ServiceError
from heuresis.tools.crystal import potentials, prototypes
from heuresis.tools.crystal.elements import reference_states
from heuresis.tools.crystal.structure import (
    SpaceGroup,
    canonical_text,
    read,
    read_formula,
    read_poscar,
    space_group,
    standard_cell,
    write,
)

Cell = Literal["as_given", "primitive", "conventional"]


class ParseRequest(Request):
    cif: Crystal | None = Field(default=None, description="CIF text of one ordered crystal.")
    poscar: str | None = Field(
        default=None, max_length=2_000_000, description="POSCAR text of one crystal."
    )
    formula: Formula | None = Field(
        default=None, description="Whole-number formula, to be built as `prototype`."
    )
    prototype: str | None = Field(
        default=None,
        max_length=120,
        description="Structure type: 'rocksalt', 'B1', 'perovskite', an AFLOW label. May be left "
        "out for an element or where pymatgen ships the very compound once.",
    )
    cell: Cell = Field(default="as_given", description="Which cell to return.")

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        given = [name for name in ("cif", "poscar", "formula") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"crystal: got {given}, allowed exactly one of cif, poscar, formula")
        if self.prototype is not None and self.formula is None:
            raise ValueError(f"prototype: got {self.prototype!r} without a formula")
        return self


class ParseResponse(Response):
    crystal: Crystal = Field(description="Canonical CIF text: P1, sorted sites, six decimals.")
    formula: Formula = Field(description="Reduced formula.")
    n_atoms: int = Field(ge=1, description="Atoms in the cell.")
    cell_volume: Quantity = Field(description="Volume of the cell, Å3.")
    space_group: SpaceGroup = Field(description="Symmetry at the stated tolerance.")
    source: str = Field(description="What it was read or built from.")


class Reader:
    """Read with pymatgen, find symmetry with spglib."""

    name: str = "pymatgen"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size: int = 64

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return potentials.missing_packages("pymatgen", "ase", "spglib")

    def digest(self) -> str:
        """Identify the programs by version."""
        return potentials.program_digest("pymatgen-core", "spglib")

    def run(self, requests: Sequence[ParseRequest]) -> list[ParseResponse]:
        """Read each crystal, in order."""
        return [_parse(request) for request in requests]


def canonical(request: ParseRequest) -> ParseRequest:
    """Rewrite a CIF canonically, check everything else; raises RequestError."""
    if request.cif is not None:
        return request.model_copy(update={"cif": canonical_text(request.cif)})
    if request.poscar is not None:
        crystal = write(read_poscar(request.poscar))
        return request.model_copy(update={"poscar": None, "cif": canonical_text(crystal)})
    _build(str(request.formula), request.prototype)
    return request


def check_result(request: ParseRequest, response: ParseResponse) -> None:
    """Insist that the crystal reads back as stated."""
    again = read(response.crystal)
    volume = response.cell_volume
    if len(again) != response.n_atoms or volume.unit != "Å3" or not is_finite(volume.value):
        raise ServiceError(f"crystal: got {response.n_atoms} atoms in {volume!r}")
    if abs(again.volume - volume.value) > 1e-3 * again.volume:
        raise ServiceError(f"cell_volume: got {volume.value}, allowed {again.volume:.3f} Å3")
    if again.composition.reduced_formula != response.formula:
        raise ServiceError(f"formula: got {response.formula!r}, allowed {again.formula!r}")
    if canonical_text(response.crystal) != response.crystal:
        raise ServiceError("crystal: got a text that is not canonical")


def _parse(request: ParseRequest) -> ParseResponse:
    structure, source = _structure(request)
    structure = read(write(_with_cell(structure, request.cell)))
    return ParseResponse(
        crystal=canonical_text(write(structure)),
        formula=Formula(structure.composition.reduced_formula),
        n_atoms=len(structure),
        cell_volume=Quantity.exact(float(structure.volume), "Å3"),
        space_group=space_group(structure),
        source=source,
    )


def _structure(request: ParseRequest) -> tuple[Any, str]:
    if request.cif is not None:
        return read(request.cif), "CIF"
    if request.poscar is not None:
        return read_poscar(request.poscar), "POSCAR"
    return _build(str(request.formula), request.prototype)


def _build(formula: str, name: str | None) -> tuple[Any, str]:
    """Build a formula as a structure type, or as what ships when only one does."""
    amounts = read_formula(formula)
    if name is not None:
        return prototypes.build(formula, name), prototypes.find(name).name
    if len(amounts) == 1:
        label, crystal = reference_states(next(iter(amounts)))[0]
        return read(crystal), label
    fitting = prototypes.matching(amounts)
    shipped = [p for p in fitting if set(p.roles) == set(amounts) and _is_same(p, amounts)]
    if len(shipped) == 1:
        return shipped[0].structure, shipped[0].name
    options = [p.name for p in shipped or fitting][:12]
    raise RequestError(
        f"formula {formula!r}: got no prototype, allowed one of {', '.join(options) or 'none'}"
    )


def _is_same(prototype: prototypes.Prototype, amounts: dict[str, int]) -> bool:
    counts = dict(zip(prototype.roles, prototype.counts, strict=True))
    shares = {counts[element] / amounts[element] for element in amounts}
    return len(shares) == 1


def _with_cell(structure: Any, cell: Cell) -> Any:
    return structure if cell == "as_given" else standard_cell(structure, cell == "primitive")


CARD = Card(
    name="crystal.parse",
    version="0.1.0",
    summary="Read CIF, POSCAR, or a formula with a structure type into one canonical crystal.",
    citations=(
        "pymatgen: doi:10.1016/j.commatsci.2012.10.028",
        "AFLOW prototypes: doi:10.1016/j.commatsci.2017.01.017",
        "spglib: arXiv:1808.01590",
    ),
    licence_code="Apache-2.0 (ours), MIT (pymatgen), BSD-3-Clause (spglib)",
    licence_weights="none used",
    training_data=(),
    domain="Ordered crystals of real elements, up to 1000 atoms in the cell.",
    failures=(
        "Built crystals have estimated volumes: relax them before believing any distance.",
        "Roles with equal counts are given by electronegativity, which can swap A and B sites.",
        "Oxidation states, magnetic moments and site labels are dropped.",
    ),
    accuracy="Exact up to six decimals for text; starting volumes of built crystals within 30 %.",
    cost=Cost.CHEAP,
    timeout_s=60.0,
    keywords=("cif", "poscar", "structure", "prototype", "crystal", "read", "build"),
)

PARSE = Tool(
    card=CARD,
    example=ParseRequest(formula=Formula("MgO"), prototype="rocksalt"),
    response=ParseResponse,
    backends=(Reader(),),
    check_result=check_result,
    canonical=canonical,
)
