"""The ensemble member by member: the same means as admet-ai, with spreads and honest limits."""

import csv
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from heuresis.contract import Smiles, Status
from heuresis.errors import OutOfDomainError, RequestError, ServiceError
from heuresis.tools.molecule.admet import (
    ADMET,
    AdmetRequest,
    AdmetResponse,
    canonical,
    check_domain,
    check_result,
    grade,
)
from heuresis.tools.molecule.admet_ensemble import END_POINTS, checkpoints, predict

from .molecules import (
    ASPIRIN,
    BAD,
    CAFFEINE,
    IBUPROFEN,
    L_ALANINE,
    LIDOCAINE,
    PACLITAXEL,
    SALT,
    spellings,
)

DRUGS = (ASPIRIN, CAFFEINE, IBUPROFEN, LIDOCAINE, L_ALANINE, PACLITAXEL)


def ask(*smiles: str) -> list[AdmetResponse]:
    requests = [canonical(AdmetRequest(smiles=Smiles(each))) for each in smiles]
    responses = list(ADMET.backends[0].run(requests))
    for request, response in zip(requests, responses, strict=True):
        check_domain(request)
        check_result(request, response)
    return responses


def table_of_admet_ai() -> dict[str, dict[str, str]]:
    spec = find_spec("admet_ai")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "resources" / "data" / "admet.csv"
    with path.open() as lines:
        return {row["id"]: row for row in csv.DictReader(lines) if row["size"]}


def test_all_end_points_of_admet_ai_are_there_once() -> None:
    assert END_POINTS.keys() == table_of_admet_ai().keys()
    assert len(END_POINTS) == 41


def test_units_and_limits_follow_the_table_of_admet_ai_but_for_caco2() -> None:
    same_unit = {
        "-": "1", "log(mol/L)": "log10(mol/L)", "log-ratio": "log10(ratio)", "hr": "h",
        "log(10^-6 cm/s)": "log10(cm/s)", "log(1/(mol/kg))": "log10(kg/mol)",
    }  # fmt: skip
    for name, row in table_of_admet_ai().items():
        known = END_POINTS[name]
        assert known.unit == same_unit.get(row["units"], row["units"])
        assert (known.low, known.high) == (float(row["minimum"]), float(row["maximum"]))
        assert known.is_class == (row["task_type"] == "classification")


def test_caco2_is_in_powers_of_ten_of_cm_per_second() -> None:
    value = ask(CAFFEINE)[0].end_points["Caco2_Wang"].value
    assert -5.0 < value < -4.0  # measured: about 3e-5 cm/s


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning")
def test_means_are_those_of_admet_ai() -> None:
    from admet_ai import ADMETModel

    model = ADMETModel(include_physchem=False, drugbank_path=None)
    direct = model.predict(smiles=[str(canonical_of(smiles)) for smiles in DRUGS])
    for response, (_, row) in zip(ask(*DRUGS), direct.iterrows(), strict=True):
        for name, got in response.end_points.items():
            assert got.value == pytest.approx(row[name], rel=1e-5, abs=1e-5)


def canonical_of(smiles: str) -> Smiles:
    return canonical(AdmetRequest(smiles=Smiles(smiles))).smiles


def test_spread_is_positive_and_larger_far_from_drugs() -> None:
    drug, odd = ask(LIDOCAINE, "FC(F)(F)C(F)(F)C(F)(F)C(F)(F)C(F)(F)C(F)(F)C(F)(F)C(=O)O")
    stds = [got.std for got in drug.end_points.values()]
    assert all(std is not None and std > 0 for std in stds)
    name = "Solubility_AqSolDB"
    assert (odd.end_points[name].std or 0) > (drug.end_points[name].std or 0)


def test_drugs_are_sensibly_ranked() -> None:
    caffeine, paclitaxel = ask(CAFFEINE, PACLITAXEL)
    for name in ("Solubility_AqSolDB", "BBB_Martins"):
        assert caffeine.end_points[name].value > paclitaxel.end_points[name].value


def test_a_batch_answers_as_single_requests_do() -> None:
    for together, alone in zip(ask(*DRUGS), [ask(each)[0] for each in DRUGS], strict=True):
        for name, got in together.end_points.items():
            assert got.value == pytest.approx(alone.end_points[name].value, abs=1e-4)


def test_nothing_asked_is_nothing_answered() -> None:
    assert predict([])[1:] == ([], [])


def test_threads_may_ask_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda smiles: ask(smiles)[0], [ASPIRIN] * 4))
    assert all(each == found[0] for each in found)


@settings(max_examples=10)
@given(spellings(DRUGS))
def test_the_answer_ignores_how_the_molecule_is_spelled(pair: tuple[str, str]) -> None:
    assert canonical_of(pair[0]) == canonical_of(pair[1])


def test_impossible_predictions_are_named_and_make_the_answer_partial() -> None:
    [aspirin], [lidocaine] = ask(ASPIRIN), ask(LIDOCAINE)
    assert "Half_Life_Obach" in aspirin.unphysical
    assert aspirin.end_points["Half_Life_Obach"].value < 0
    request = AdmetRequest(smiles=Smiles(ASPIRIN))
    assert grade(request, aspirin).status is Status.PARTIAL
    assert "Half_Life_Obach -" in grade(request, aspirin).reason
    assert grade(request, lidocaine).status is Status.OK


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        (SALT, "components"),
        ("CO", "2 heavy atoms, allowed: 3 to 100"),
        ("C" * 101, "101 heavy atoms"),
        ("CC[Hg]CC", "Hg"),
        ("CC[CH2]", "unpaired"),
        ("[2H]C(C)(C)C", "isotope"),
        ("OS(=O)(=O)O", "no carbon"),
    ],
)
def test_molecules_unlike_the_training_sets_are_refused(smiles: str, said: str) -> None:
    with pytest.raises(OutOfDomainError, match=said):
        check_domain(AdmetRequest(smiles=Smiles(smiles)))


@pytest.mark.parametrize("text", BAD)
def test_text_that_is_no_molecule_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="allowed: SMILES"):
        canonical(AdmetRequest(smiles=Smiles(text)))


def corrupted(good: AdmetResponse, name: str, **change: Any) -> AdmetResponse:
    raw = good.model_dump()
    raw["end_points"][name] |= change
    return AdmetResponse.model_validate(raw)


def test_corrupted_answers_are_caught() -> None:
    [good] = ask(LIDOCAINE)
    fewer = {k: v for k, v in good.end_points.items() if k != "hERG"}
    bad = [
        corrupted(good, "hERG", value=1.2),
        corrupted(good, "Solubility_AqSolDB", unit="mg/L"),
        corrupted(good, "Solubility_AqSolDB", std=None, no_uncertainty="lost"),
        corrupted(good, "Half_Life_Obach", value=-3.0),
        good.model_copy(update={"end_points": fewer}),
        good.model_copy(update={"unphysical": ("hERG",)}),
        good.model_copy(update={"smiles": Smiles("CCC")}),
    ]
    for each in bad:
        with pytest.raises(ServiceError, match="got"):
            check_result(AdmetRequest(smiles=Smiles(LIDOCAINE)), each)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    ask(ASPIRIN)
    assert tuple(capfd.readouterr()) == ("", "")


def test_the_digest_is_of_the_ten_checkpoints() -> None:
    digest = ADMET.backends[0].digest()
    assert len(checkpoints()) == 10
    assert digest.startswith("sha256:")
    assert digest == ADMET.backends[0].digest()
