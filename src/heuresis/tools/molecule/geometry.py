"""Three-dimensional shapes of one molecule: conformers, optimised, with relative energies."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from heuresis.contract import (
    Artifact,
    Card,
    Cost,
    Grade,
    Quantity,
    Request,
    Response,
    Smiles,
    Status,
    Tool,
)
from heuresis.errors import ServiceError
from heuresis.tools.molecule.conformers import Shape, Shapes, embed_mmff, embed_xtb, strained_bond
from heuresis.tools.molecule.structure import canonical_smiles, mol_of, require_organic
from heuresis.tools.programs import absent, program
from heuresis.tools.rdkit_log import silent_rdkit

Method = Literal["MMFF94", "GFN2-xTB"]

_UNIT = "kcal/mol"
_SURELY_TOO_HIGH = 1_000.0
_N_HEAVY_ATOMS = (1, 100)
_WHY_NONE = "difference of two model energies; the model's error is not known for this molecule"


class GeometryRequest(Request):
    smiles: Smiles = Field(description="One organic molecule, no salt.")
    n_conformers: int = Field(default=10, ge=1, le=100, description="Conformers to try.")
    seed: int = Field(default=0, ge=0, lt=2**31 - 1, description="Seed of the random embedding.")


class GeometryResponse(Response):
    smiles: Smiles = Field(description="The molecule embedded, canonical.")
    method: Method = Field(description="What the energies and geometries come from.")
    n_requested: int = Field(ge=1, description="Conformers asked for.")
    n_embedded: int = Field(ge=0, description="Conformers that could be embedded.")
    n_converged: int = Field(ge=0, description="Conformers whose optimisation converged.")
    n_kept: int = Field(ge=0, description="Converged conformers with all bonds intact, kept here.")
    relative_energies: tuple[Quantity, ...] = Field(
        description="Energy above the lowest conformer, in kcal/mol, ascending, as in the file."
    )
    conformers: Artifact | None = Field(
        description="Converged conformers as SDF, lowest first, in Å; None if there is none."
    )


class Mmff:
    """ETKDG embedding and the MMFF94 force field, in RDKit. Source: see the card."""

    name = "mmff"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 1

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return absent("rdkit")

    def digest(self) -> str:
        """Identify the program by version."""
        return program("rdkit")

    def run(self, requests: Sequence[GeometryRequest]) -> list[GeometryResponse]:
        """Return one response per request, in order.

        Raises:
            OutOfDomainError: MMFF94 has no parameters for an atom.
        """
        return [
            _answer(each, "MMFF94", embed_mmff(each.smiles, each.n_conformers, each.seed))
            for each in requests
        ]


class Xtb:
    """ETKDG embedding, then the tight-binding method GFN2-xTB by tblite and ASE."""

    name = "xtb"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 1

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return (
            absent("rdkit", "threadpoolctl")
            or absent("tblite", extra="xtb")
            or absent("ase", extra="crystals")
        )

    def digest(self) -> str:
        """Identify the programs by version."""
        return program("tblite", "ase", "rdkit")

    def run(self, requests: Sequence[GeometryRequest]) -> list[GeometryResponse]:
        """Return one response per request, in order."""
        return [
            _answer(each, "GFN2-xTB", embed_xtb(each.smiles, each.n_conformers, each.seed))
            for each in requests
        ]


def canonical(request: GeometryRequest) -> GeometryRequest:
    """Rewrite the molecule canonically."""
    return request.model_copy(update={"smiles": canonical_smiles(request.smiles)})


def check_domain(request: GeometryRequest) -> None:
    """Refuse salts, metals, radicals and very large molecules."""
    require_organic(request.smiles, n_heavy_atoms=_N_HEAVY_ATOMS)


def check_result(request: GeometryRequest, response: GeometryResponse) -> None:
    """Counts add up, energies ascend from 0, the file holds whole copies of the molecule."""
    asked = canonical_smiles(request.smiles)
    if (response.smiles, response.n_requested) != (asked, request.n_conformers):
        raise ServiceError(
            f"echo: got {response.smiles!r}, {response.n_requested}, asked {request}"
        )
    n_kept = len(response.relative_energies)
    counts = [n_kept, response.n_kept, response.n_converged, response.n_embedded]
    if n_kept != response.n_kept or sorted(counts) != counts or counts[-1] > request.n_conformers:
        raise ServiceError(
            f"counts: got {counts}, allowed: energies = kept <= converged <= embedded"
        )
    _check_energies(response.relative_energies)
    if (response.conformers is None) != (n_kept == 0):
        raise ServiceError(f"conformers: got {response.conformers!r} for {n_kept} energies")
    if response.conformers is not None and response.conformers.data is not None:
        _check_file(response.conformers.data, asked, n_kept)


def grade(_: GeometryRequest, response: GeometryResponse) -> Grade:
    """Empty without a converged conformer, partial where some are lost."""
    if response.n_kept == response.n_requested:
        return Grade()
    reason = (
        f"of {response.n_requested} conformers {response.n_embedded} were embedded, "
        f"{response.n_converged} converged, and {response.n_kept} of these kept their bonds"
    )
    if response.n_kept:
        return Grade(status=Status.PARTIAL, reason=reason)
    return Grade(status=Status.EMPTY, reason=reason)


def _check_energies(energies: tuple[Quantity, ...]) -> None:
    values = [each.value for each in energies]
    has_unit = all(each.unit == _UNIT for each in energies)
    is_ascending = values == sorted(values) and all(0 <= v < _SURELY_TOO_HIGH for v in values)
    if not has_unit or not is_ascending or (values and values[0] != 0):
        raise ServiceError(f"relative_energies: got {energies!r}, allowed ascending from 0 {_UNIT}")


def _check_file(data: bytes, smiles: Smiles, n_kept: int) -> None:
    from rdkit import Chem

    with silent_rdkit():
        supplier = Chem.SDMolSupplier()
        supplier.SetData(data.decode(), removeHs=False)
        mols = list(supplier)
        if len(mols) != n_kept or None in mols:
            raise ServiceError(f"conformers: got {len(mols)} in the file, allowed {n_kept}")
        for mol in mols:
            broken = strained_bond(mol)
            if broken:
                raise ServiceError(f"conformers: got {broken}, allowed: unbroken bonds")
            if not _is_same(mol, smiles):
                raise ServiceError(f"conformers: got another molecule, allowed {smiles!r}")


def _is_same(mol: Any, smiles: Smiles) -> bool:
    """Compare without stereo that the SMILES leaves open: a shape always has some."""
    from rdkit import Chem

    flat = Chem.RemoveHs(mol)
    query = mol_of(smiles)
    same_bonds = Chem.MolToSmiles(flat, isomericSmiles=False) == Chem.MolToSmiles(
        query, isomericSmiles=False
    )
    Chem.AssignStereochemistryFrom3D(flat)
    return same_bonds and bool(flat.HasSubstructMatch(query, useChirality=True))


def _answer(request: GeometryRequest, method: Method, shapes: Shapes) -> GeometryResponse:
    converged = [shape for shape in shapes.found if shape.is_converged]
    kept = sorted((shape for shape in converged if shape.is_intact), key=lambda each: each.energy)
    lowest = kept[0].energy if kept else 0.0
    energies = tuple(Quantity.exact(shape.energy - lowest, _UNIT, _WHY_NONE) for shape in kept)
    return GeometryResponse(
        smiles=canonical_smiles(request.smiles),
        method=method,
        n_requested=request.n_conformers,
        n_embedded=len(shapes.found),
        n_converged=len(converged),
        n_kept=len(kept),
        relative_energies=energies,
        conformers=_sdf(shapes, kept, energies, method) if kept else None,
    )


def _sdf(
    shapes: Shapes, kept: list[Shape], energies: tuple[Quantity, ...], method: str
) -> Artifact:
    from rdkit import Chem

    blocks = []
    for shape, energy in zip(kept, energies, strict=True):
        block = Chem.MolToMolBlock(shapes.mol, confId=shape.conformer)
        fields = {"relative_energy_kcal_mol": f"{energy.value:.6f}", "method": method}
        tail = "".join(f">  <{name}>\n{value}\n\n" for name, value in fields.items())
        blocks.append(f"{block}{tail}$$$$\n")
    data = "".join(blocks).encode()
    return Artifact.of(data, name="conformers.sdf", media_type="chemical/x-mdl-sdfile")


CARD = Card(
    name="molecule.geometry",
    version="1.0.0",
    summary="Conformers of one molecule in 3D, optimised by MMFF94 or GFN2-xTB, as SDF.",
    citations=(
        "ETKDG: doi:10.1021/acs.jcim.5b00654; version 3: doi:10.1021/acs.jcim.0c00025",
        "MMFF94: doi:10.1002/(SICI)1096-987X(199604)17:5/6<490::AID-JCC1>3.0.CO;2-P",
        "MMFF94 in RDKit: doi:10.1186/s13321-014-0037-3",
        "GFN2-xTB: doi:10.1021/acs.jctc.8b01176",
    ),
    licence_code="BSD-3-Clause (RDKit), LGPL-3.0-or-later (tblite), LGPL-2.1-or-later (ASE)",
    licence_weights="none used",
    training_data=(),
    domain=(
        "One organic molecule of 1 to 100 heavy atoms, charge -2 to +2 e, no radicals; MMFF94 "
        "only where it has parameters (no boron, for one)."
    ),
    failures=(
        "Gas phase: charged molecules fold on themselves; with GFN2-xTB zwitterions pass protons "
        "on, and such conformers are dropped.",
        "A sample of shapes: the global minimum may be missed; duplicates are kept.",
        "Undefined stereo centres are embedded in either form.",
    ),
    accuracy="Energies between conformers: not measured here.",
    cost=Cost.MODERATE,
    timeout_s=600.0,
    keywords=("3d", "conformer", "geometry", "shape", "sdf", "xtb", "mmff", "optimise", "energy"),
)

GEOMETRY = Tool(
    card=CARD,
    example=GeometryRequest(smiles=Smiles("CC(=O)Oc1ccccc1C(=O)O"), n_conformers=3),
    response=GeometryResponse,
    backends=(Mmff(), Xtb()),
    canonical=canonical,
    check_domain=check_domain,
    check_result=check_result,
    grade=grade,
)
