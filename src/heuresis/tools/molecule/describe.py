"""What a drawn molecule already says: masses, logP, polarity, drug-likeness, alerts, a picture."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from pydantic import Field

from heuresis.contract import (
    Artifact,
    Card,
    Cost,
    Formula,
    Grade,
    Quantity,
    Request,
    Response,
    Smiles,
    Status,
    Tool,
    TrainingData,
)
from heuresis.errors import ServiceError
from heuresis.tools.molecule.accessibility import accessibility
from heuresis.tools.molecule.structure import ORGANIC, canonical_smiles, mol_of, read
from heuresis.tools.programs import absent, program

_LOG_P_STD = 0.677  # of the fit to 9,920 molecules, doi:10.1021/ci990307l
_BY_DEFINITION = "computed exactly by definition"
_SCORE = "a score by definition; it has no measured counterpart"

_UNITS = {
    "average_mass": "Da",
    "exact_mass": "Da",
    "log_p": "1",
    "tpsa": "Å^2",
    "qed": "1",
    "synthetic_accessibility": "1",
    "fraction_sp3": "1",
}
_LIMITS = {
    "average_mass": (1.0, 2e5),
    "exact_mass": (1.0, 2e5),
    "log_p": (-100.0, 200.0),
    "tpsa": (0.0, 2e4),
    "qed": (0.0, 1.0),
    "synthetic_accessibility": (1.0, 10.0),
    "fraction_sp3": (0.0, 1.0),
}
_N_PIXELS = (420, 300)


class DescribeRequest(Request):
    smiles: Smiles = Field(description="A molecule; salts are described as a whole.")
    depict: bool = Field(default=False, description="Whether to draw it as SVG.")


class DescribeResponse(Response):
    smiles: Smiles = Field(description="The molecule described, canonical.")
    formula: Formula = Field(description="Molecular formula in Hill order, with charge.")
    average_mass: Quantity = Field(description="Mass with natural isotope abundance, in Da.")
    exact_mass: Quantity = Field(description="Mass of the most common isotopes, in Da.")
    log_p: Quantity | None = Field(
        description="Octanol-water log10 P by Crippen; None where its atom types do not apply."
    )
    tpsa: Quantity = Field(description="Topological polar surface area (N and O), in Å^2.")
    qed: Quantity | None = Field(description="Drug-likeness, 0 to 1; None outside organic.")
    synthetic_accessibility: Quantity | None = Field(
        description="Ease of making, 1 easy to 10 hard; None outside organic."
    )
    fraction_sp3: Quantity = Field(description="Share of carbons that are sp3.")
    n_h_bond_donors: int = Field(ge=0, description="Hydrogen bond donors.")
    n_h_bond_acceptors: int = Field(ge=0, description="Hydrogen bond acceptors.")
    n_rotatable_bonds: int = Field(ge=0, description="Rotatable bonds, amides not counted.")
    n_rings: int = Field(ge=0, description="Smallest rings.")
    n_aromatic_rings: int = Field(ge=0, description="Aromatic rings.")
    n_heavy_atoms: int = Field(ge=0, description="Atoms other than hydrogen.")
    n_stereo_centres: int = Field(ge=0, description="Tetrahedral centres, defined or not.")
    formal_charge_e: int = Field(description="Total formal charge, in e.")
    n_lipinski_violations: int | None = Field(
        ge=0, le=4, description="Of the rule of five; None outside organic."
    )
    structural_alerts: tuple[str, ...] = Field(description="PAINS and BRENK patterns, by name.")
    depiction: Artifact | None = Field(description="Drawing as SVG, if asked for.")


class Rdkit:
    """Descriptors of RDKit. Source: see the card."""

    name = "rdkit"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 512

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return absent("rdkit")

    def digest(self) -> str:
        """Identify the program by version."""
        return program("rdkit")

    def run(self, requests: Sequence[DescribeRequest]) -> list[DescribeResponse]:
        """Return one response per request, in order."""
        from rdkit.rdBase import BlockLogs

        with BlockLogs():
            return [_describe(request) for request in requests]


def canonical(request: DescribeRequest) -> DescribeRequest:
    """Rewrite the molecule canonically."""
    return DescribeRequest(smiles=canonical_smiles(request.smiles), depict=request.depict)


def check_result(request: DescribeRequest, response: DescribeResponse) -> None:
    """Units, ranges, the molecule and picture asked for, and formula and charge read anew."""
    seen = read(request.smiles)
    echo = (response.smiles, response.formula, response.n_heavy_atoms, response.formal_charge_e)
    want = (seen.smiles, seen.formula, seen.n_heavy_atoms, seen.charge)
    if echo != want:
        raise ServiceError(f"echo: got {echo!r}, allowed {want!r}")
    for name, (low, high) in _LIMITS.items():
        got = getattr(response, name)
        if got is not None and not (got.unit == _UNITS[name] and low <= got.value <= high):
            raise ServiceError(f"{name}: got {got!r}, allowed {low} to {high} {_UNITS[name]}")
    masses = (response.average_mass.value, response.exact_mass.value)
    if max(masses) > 1.03 * min(masses):
        raise ServiceError(f"mass: got {masses} Da, allowed: average and exact within 3 %")
    if request.depict != (response.depiction is not None):
        raise ServiceError(f"depiction: got {response.depiction!r}, asked {request.depict}")


def grade(_: DescribeRequest, response: DescribeResponse) -> Grade:
    """Partial where a descriptor has no meaning for the molecule."""
    fields = ("log_p", "qed", "synthetic_accessibility", "n_lipinski_violations")
    without = [name for name in fields if getattr(response, name) is None]
    if not without:
        return Grade()
    reason = f"{', '.join(without)}: defined for organic molecules of {', '.join(sorted(ORGANIC))}"
    return Grade(status=Status.PARTIAL, reason=reason)


def _describe(request: DescribeRequest) -> DescribeResponse:
    from rdkit.Chem import Descriptors, rdMolDescriptors

    seen = read(request.smiles)
    mol = mol_of(seen.smiles)
    exact_mass, tpsa = rdMolDescriptors.CalcExactMolWt(mol), rdMolDescriptors.CalcTPSA(mol)
    average_mass = Descriptors.MolWt(mol)
    return DescribeResponse(
        smiles=seen.smiles,
        formula=Formula(seen.formula),
        average_mass=_exact("average_mass", average_mass),
        exact_mass=_exact("exact_mass", exact_mass),
        tpsa=_exact("tpsa", tpsa),
        fraction_sp3=_exact("fraction_sp3", rdMolDescriptors.CalcFractionCSP3(mol)),
        n_rotatable_bonds=rdMolDescriptors.CalcNumRotatableBonds(mol),
        n_rings=rdMolDescriptors.CalcNumRings(mol),
        n_aromatic_rings=rdMolDescriptors.CalcNumAromaticRings(mol),
        n_heavy_atoms=seen.n_heavy_atoms,
        n_stereo_centres=rdMolDescriptors.CalcNumAtomStereoCenters(mol),
        formal_charge_e=seen.charge,
        structural_alerts=_alerts(mol),
        depiction=_draw(mol) if request.depict else None,
        **_organic_part(mol, average_mass, is_organic=_is_organic(seen.elements)),
    )


def _is_organic(elements: frozenset[str]) -> bool:
    return "C" in elements and elements <= ORGANIC


def _organic_part(mol: Any, average_mass: float, *, is_organic: bool) -> dict[str, Any]:
    """Compute hydrogen bonding for all molecules and the rest where it has a meaning."""
    from rdkit.Chem import Crippen, rdMolDescriptors
    from rdkit.Chem.QED import qed

    n_donors = rdMolDescriptors.CalcNumHBD(mol)
    n_acceptors = rdMolDescriptors.CalcNumHBA(mol)
    part = {"n_h_bond_donors": n_donors, "n_h_bond_acceptors": n_acceptors}
    if not is_organic:
        gone = ("log_p", "qed", "synthetic_accessibility", "n_lipinski_violations")
        return part | dict.fromkeys(gone)
    log_p = Crippen.MolLogP(mol)
    broken = (average_mass > 500, log_p > 5, n_donors > 5, n_acceptors > 10)
    return part | {
        "log_p": Quantity(value=log_p, unit=_UNITS["log_p"], std=_LOG_P_STD),
        "qed": _exact("qed", qed(mol), _SCORE),
        "synthetic_accessibility": _exact("synthetic_accessibility", accessibility(mol), _SCORE),
        "n_lipinski_violations": sum(broken),
    }


def _exact(name: str, value: float, why: str = _BY_DEFINITION) -> Quantity:
    return Quantity.exact(value, _UNITS[name], why)


@cache
def _catalogues() -> tuple[Any, ...]:
    """Build the catalogues, one each: a joint one is slower by half."""
    from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

    kinds = FilterCatalogParams.FilterCatalogs
    return tuple(
        FilterCatalog(FilterCatalogParams(kind))
        for kind in (kinds.PAINS_A, kinds.PAINS_B, kinds.PAINS_C, kinds.BRENK)
    )


def _alerts(mol: Any) -> tuple[str, ...]:
    found = {
        f"{entry.GetProp('FilterSet').partition('_')[0].upper()}: {entry.GetDescription()}"
        for catalogue in _catalogues()
        for entry in catalogue.GetMatches(mol)
    }
    return tuple(sorted(found))


def _draw(mol: Any) -> Artifact:
    from rdkit.Chem.Draw import rdMolDraw2D

    canvas = rdMolDraw2D.MolDraw2DSVG(*_N_PIXELS)
    rdMolDraw2D.PrepareAndDrawMolecule(canvas, mol)
    canvas.FinishDrawing()
    svg = canvas.GetDrawingText().encode()
    return Artifact.of(svg, name="molecule.svg", media_type="image/svg+xml")


CARD = Card(
    name="molecule.describe",
    version="1.0.0",
    summary="Formula, masses, logP, TPSA, QED, ease of making, counts, alerts and a drawing.",
    citations=(
        "RDKit, https://www.rdkit.org",
        "Crippen logP: doi:10.1021/ci990307l",
        "TPSA: doi:10.1021/jm000942e",
        "QED: doi:10.1038/nchem.1243",
        "Synthetic accessibility: doi:10.1186/1758-2946-1-8",
        "PAINS: doi:10.1021/jm901137j",
        "BRENK: doi:10.1002/cmdc.200700139",
        "Rule of five: doi:10.1016/S0169-409X(96)00423-1",
    ),
    licence_code="BSD-3-Clause (RDKit)",
    licence_weights="BSD-3-Clause (fragment scores shipped in RDKit Contrib)",
    training_data=(
        TrainingData(
            name="Crippen logP: 9,920 molecules; synthetic accessibility: a million of PubChem",
            licence="unknown",
            split="none stated",
        ),
    ),
    domain=(
        "Molecules and salts of 1 to 500 heavy atoms. logP, QED, ease of making and rule of five "
        "only where there is carbon and nothing but H B C N O F Si P S Cl Se Br I."
    ),
    failures=(
        "logP is of the form drawn: of little meaning for ions, zwitterions and salts.",
        "logP std is that of its fit; large or unusual molecules are worse.",
        "Synthetic accessibility counts rare fragments and complexity; it plans no synthesis.",
        "Alerts are patterns, not verdicts; many approved drugs match some.",
    ),
    accuracy="logP: std 0.677 in its fit (published, doi:10.1021/ci990307l); not measured here.",
    cost=Cost.FREE,
    keywords=(
        "properties",
        "descriptors",
        "mass",
        "weight",
        "logp",
        "tpsa",
        "qed",
        "lipinski",
        "druglike",
        "alerts",
        "pains",
        "draw",
        "depict",
        "formula",
        "synthesizable",
    ),
)

DESCRIBE = Tool(
    card=CARD,
    example=DescribeRequest(smiles=Smiles("CC(=O)Oc1ccccc1C(=O)O")),
    response=DescribeResponse,
    backends=(Rdkit(),),
    canonical=canonical,
    check_result=check_result,
    grade=grade,
)
