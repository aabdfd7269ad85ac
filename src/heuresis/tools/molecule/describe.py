"""What a drawn molecule already says: masses, logP, polarity, drug-likeness, alerts, a picture."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any, Literal

from pydantic import Field, create_model

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
from heuresis.tools.molecule.descriptors import FIELDS, UNITS, Molecule
from heuresis.tools.molecule.structure import ORGANIC, canonical_smiles, read
from heuresis.tools.programs import absent, program
from heuresis.tools.rdkit_log import silent_rdkit

_LIMITS = {
    "average_mass": (1.0, 2e5),
    "exact_mass": (1.0, 2e5),
    "log_p": (-100.0, 200.0),
    "tpsa": (0.0, 2e4),
    "qed": (0.0, 1.0),
    "synthetic_accessibility": (1.0, 10.0),
    "fraction_sp3": (0.0, 1.0),
}


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
    """Descriptors of RDKit. Source: see the card.

    Args:
        response: Type of the answer; only its fields are computed.
    """

    name = "rdkit"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 512

    def __init__(self, response: type[Response] = DescribeResponse) -> None:
        self._response = response

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return absent("rdkit")

    def digest(self) -> str:
        """Identify the program by version."""
        return program("rdkit")

    def run(self, requests: Sequence[DescribeRequest]) -> list[Any]:
        """Return one response per request, in order."""
        with silent_rdkit():
            return [self._describe(request) for request in requests]

    def _describe(self, request: DescribeRequest) -> Response:
        at = Molecule(request.smiles, depict=request.depict)
        return self._response(**{name: FIELDS[name](at) for name in self._response.model_fields})


def canonical(request: DescribeRequest) -> DescribeRequest:
    """Rewrite the molecule canonically."""
    return DescribeRequest(smiles=canonical_smiles(request.smiles), depict=request.depict)


def check_result(request: DescribeRequest, response: Response) -> None:
    """Units, ranges, the molecule and picture asked for, and formula and charge read anew."""
    got, seen = vars(response), read(request.smiles)
    want = {
        "smiles": seen.smiles,
        "formula": seen.formula,
        "n_heavy_atoms": seen.n_heavy_atoms,
        "formal_charge_e": seen.charge,
    }
    for name, value in want.items():
        if got.get(name, value) != value:
            raise ServiceError(f"{name}: got {got[name]!r}, allowed {value!r}")
    for name, (low, high) in _LIMITS.items():
        one = got.get(name)
        if one is not None and not (one.unit == UNITS[name] and low <= one.value <= high):
            raise ServiceError(f"{name}: got {one!r}, allowed {low} to {high} {UNITS[name]}")
    masses = [got[name].value for name in ("average_mass", "exact_mass") if name in got]
    if masses and max(masses) > 1.03 * min(masses):
        raise ServiceError(f"mass: got {masses} Da, allowed: average and exact within 3 %")
    if request.depict != (got.get("depiction") is not None) and "depiction" in got:
        raise ServiceError(f"depiction: got {got['depiction']!r}, asked {request.depict}")


def grade(_: DescribeRequest, response: Response) -> Grade:
    """Partial where a descriptor has no meaning for the molecule."""
    fields = ("log_p", "qed", "synthetic_accessibility", "n_lipinski_violations")
    got = vars(response)
    without = [name for name in fields if name in got and got[name] is None]
    if not without:
        return Grade()
    reason = f"{', '.join(without)}: defined for organic molecules of {', '.join(sorted(ORGANIC))}"
    return Grade(status=Status.PARTIAL, reason=reason)


@cache
def narrow(fields: frozenset[str]) -> Tool[DescribeRequest, Any]:
    """Return the same tool with these fields of the answer only, and the molecule itself."""
    kept = fields | {"smiles"}
    parts: dict[str, Any] = {
        name: (field.annotation, copy(field))
        for name, field in DescribeResponse.model_fields.items()
        if name in kept
    }
    response = create_model("DescribeResponse", __base__=Response, **parts)
    return replace(DESCRIBE, response=response, backends=(Rdkit(response),))


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
    narrow=narrow,
)
