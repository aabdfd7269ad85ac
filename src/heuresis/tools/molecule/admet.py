"""ADMET of one drug-like molecule: SMILES in, 41 end points with the spread of an ensemble out."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Grade,
    Quantity,
    Request,
    Response,
    Smiles,
    Status,
    Tool,
    TrainingData,
    is_finite,
)
from heuresis.errors import ServiceError
from heuresis.tools.molecule.admet_ensemble import END_POINTS, checkpoints, predict
from heuresis.tools.molecule.structure import canonical_smiles, require_organic
from heuresis.tools.programs import absent, digest_of_files

_N_HEAVY_ATOMS = (3, 100)
_TOLERANCE = 1e-6


class AdmetRequest(Request):
    smiles: Smiles = Field(description="One organic molecule, no salt.")


class AdmetResponse(Response):
    smiles: Smiles = Field(description="The molecule predicted, canonical.")
    end_points: dict[str, Quantity] = Field(
        description="41 end points by name; a class is the probability of its positive side."
    )
    unphysical: tuple[str, ...] = Field(
        description="End points whose prediction lies outside what is possible, such as < 0 L/kg."
    )


class AdmetAi:
    """Two ensembles of five Chemprop-2 nets shipped by admet-ai. Source: see the card."""

    name = "admet-ai"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 256

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        gone = absent("rdkit", "torch", "chemprop", "admet_ai")
        if gone or checkpoints():
            return gone
        return 'admet-ai holds no checkpoints: pip install --force-reinstall "admet-ai"'

    def digest(self) -> str:
        """Hash the checkpoint files."""
        return digest_of_files(tuple(checkpoints()))

    def run(self, requests: Sequence[AdmetRequest]) -> list[AdmetResponse]:
        """Return one response per request, in order."""
        smiles = [canonical_smiles(request.smiles) for request in requests]
        names, mean, std = predict(smiles)
        return [_answer(text, names, mean[i], std[i]) for i, text in enumerate(smiles)]


def canonical(request: AdmetRequest) -> AdmetRequest:
    """Rewrite the molecule canonically."""
    return AdmetRequest(smiles=canonical_smiles(request.smiles))


def check_domain(request: AdmetRequest) -> None:
    """Refuse what the training sets hold next to nothing of."""
    require_organic(request.smiles, n_heavy_atoms=_N_HEAVY_ATOMS)


def check_result(request: AdmetRequest, response: AdmetResponse) -> None:
    """All 41 end points, finite, in their units; impossible values are named as such."""
    asked = canonical_smiles(request.smiles)
    if response.smiles != asked:
        raise ServiceError(f"smiles: got {response.smiles!r}, allowed {asked!r}")
    if response.end_points.keys() != END_POINTS.keys():
        odd = sorted(response.end_points.keys() ^ END_POINTS.keys())
        raise ServiceError(f"end_points: got a difference in {odd}, allowed: the 41 of admet-ai")
    for name, got in response.end_points.items():
        known = END_POINTS[name]
        if got.unit != known.unit or got.std is None or not is_finite(got.value, got.std):
            raise ServiceError(f"{name}: got {got!r}, allowed: finite, with std, in {known.unit!r}")
        if known.is_class and not -_TOLERANCE <= got.value <= 1 + _TOLERANCE:
            raise ServiceError(f"{name}: got {got.value}, allowed: a probability, 0 to 1")
    impossible = _impossible(response.end_points)
    if response.unphysical != impossible:
        raise ServiceError(f"unphysical: got {response.unphysical}, allowed {impossible}")


def grade(_: AdmetRequest, response: AdmetResponse) -> Grade:
    """Partial where an end point came out impossible."""
    if not response.unphysical:
        return Grade()
    told = [
        f"{name} {response.end_points[name].value:.3g} {response.end_points[name].unit}"
        for name in response.unphysical
    ]
    return Grade(status=Status.PARTIAL, reason=f"outside physical limits: {', '.join(told)}")


def _answer(
    smiles: Smiles, names: Sequence[str], mean: Sequence[float], std: Sequence[float]
) -> AdmetResponse:
    end_points = {
        name: Quantity(value=value, unit=END_POINTS[name].unit, std=spread)
        for name, value, spread in zip(names, mean, std, strict=True)
    }
    return AdmetResponse(smiles=smiles, end_points=end_points, unphysical=_impossible(end_points))


def _impossible(end_points: dict[str, Quantity]) -> tuple[str, ...]:
    return tuple(
        name
        for name, got in end_points.items()
        if not END_POINTS[name].low - _TOLERANCE <= got.value <= END_POINTS[name].high + _TOLERANCE
    )


CARD = Card(
    name="molecule.admet",
    version="1.0.0",
    summary="41 absorption, distribution, metabolism, excretion and toxicity end points.",
    citations=(
        "ADMET-AI: doi:10.1093/bioinformatics/btae416",
        "Chemprop: doi:10.1021/acs.jcim.3c01250",
        "Therapeutics Data Commons: arXiv:2102.09548",
    ),
    licence_code="MIT (admet-ai, Chemprop)",
    licence_weights="MIT (ten checkpoints shipped in admet-ai)",
    training_data=(
        TrainingData(
            name="Therapeutics Data Commons, 41 single-molecule ADMET sets, 278 to 13,130 each",
            licence="differs by set; see tdcommons.ai",
            split="see doi:10.1093/bioinformatics/btae416; not checked here",
        ),
    ),
    domain=(
        "One organic molecule of 3 to 100 heavy atoms from H B C N O F Si P S Cl Se Br I, charge "
        "-2 to +2 e, no radicals, no isotope labels, no salts. Meant for drug-like molecules."
    ),
    failures=(
        "The std is the spread of five nets: it shows disagreement, not the full error.",
        "Regressions can be impossible (a negative half-life); such end points are named.",
        "VDss and half-life have published R2 below zero: use them for order at best.",
        "Far from the training sets the nets may agree and be wrong.",
        "Sets were measured by different laboratories; a probability is not a rate in patients.",
    ),
    accuracy=(
        "Published by the authors, shipped with admet-ai: AUROC 0.63 (CYP2C9 substrate) to 0.99 "
        "(intestinal absorption); solubility MAE 0.69 log units, R2 0.82; lipophilicity MAE 0.41, "
        "R2 0.77; LD50 MAE 0.45; half-life R2 -2.4; VDss R2 -1.2. "
        "Measured by us (docs/accuracy.md) on molecules the nets had mostly or all seen in "
        "training, so optimistic: ESOL solubility MAE 0.35 (n 1,108), AstraZeneca logD MAE 0.29 "
        "(n 4,197), BBBP AUROC 0.944, ECE 0.043 (n 1,850); five nearest neighbours, 5 random "
        "folds: 1.00, 0.70, 0.893. The std is too small and hardly ranks the errors: Spearman "
        "0.17 and 0.12; plus or minus 1.645 std held 60 % and 57 % of the truths, not 90 %. For "
        "90 % take plus or minus 4.7 std (solubility, held 90 %) and 4.3 std (logD, 89 %), or, "
        "narrower, plus or minus 0.78 and 0.61 for every molecule; on new molecules more. The "
        "std of BBB ranks its errors no better than the probability alone (sparsification error "
        "0.18 of random, against 0.14)."
    ),
    cost=Cost.CHEAP,
    timeout_s=180.0,
    keywords=(
        "admet",
        "toxicity",
        "solubility",
        "lipophilicity",
        "herg",
        "blood-brain barrier",
        "permeability",
        "cyp",
        "half-life",
        "clearance",
        "bioavailability",
        "ames",
        "drug",
    ),
    notice="Predictions for research; not a safety assessment.",
)

ADMET = Tool(
    card=CARD,
    example=AdmetRequest(smiles=Smiles("CCN(CC)CC(=O)Nc1c(C)cccc1C")),
    response=AdmetResponse,
    backends=(AdmetAi(),),
    canonical=canonical,
    check_domain=check_domain,
    check_result=check_result,
    grade=grade,
)
