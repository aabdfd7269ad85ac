"""Descriptors against known values, their units, and what has no meaning left out."""

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given

from heuresis.contract import Smiles, Status, digest_of
from heuresis.errors import RequestError, ServiceError
from heuresis.tools.molecule.describe import (
    DESCRIBE,
    DescribeRequest,
    DescribeResponse,
    canonical,
    check_result,
    grade,
)

from .molecules import ASPIRIN, BAD, CAFFEINE, CHOLINE, KNOWN, PACLITAXEL, SALT, spellings


def ask(*smiles: str, depict: bool = False) -> list[DescribeResponse]:
    requests = [canonical(DescribeRequest(smiles=Smiles(each), depict=depict)) for each in smiles]
    responses = list(DESCRIBE.backends[0].run(requests))
    for request, response in zip(requests, responses, strict=True):
        check_result(request, response)
    return responses


def test_aspirin_is_described_as_the_books_do() -> None:
    [found] = ask(ASPIRIN)
    assert found.formula == "C9H8O4"
    assert found.average_mass.value == pytest.approx(180.159, abs=0.001)
    assert found.exact_mass.value == pytest.approx(180.04226, abs=1e-5)
    assert found.tpsa.value == pytest.approx(63.6, abs=0.05)
    assert found.log_p is not None
    assert found.log_p.value == pytest.approx(1.3101, abs=1e-4)
    assert found.qed is not None
    assert found.qed.value == pytest.approx(0.550, abs=0.001)
    assert found.synthetic_accessibility is not None
    assert found.synthetic_accessibility.value == pytest.approx(1.58, abs=0.01)
    assert (found.n_h_bond_donors, found.n_h_bond_acceptors, found.n_rings) == (1, 3, 1)
    assert found.structural_alerts == ("BRENK: phenol_ester",)
    assert found.n_lipinski_violations == 0


def test_units_stand_beside_the_numbers() -> None:
    [found] = ask(CAFFEINE)
    assert [found.average_mass.unit, found.exact_mass.unit, found.tpsa.unit] == ["Da", "Da", "Å^2"]
    assert found.log_p is not None
    assert (found.log_p.unit, found.log_p.std) == ("1", 0.677)


def test_paclitaxel_breaks_two_rules_of_five() -> None:
    [found] = ask(PACLITAXEL)
    assert (found.n_lipinski_violations, found.n_stereo_centres) == (2, 11)


def test_charge_is_counted_in_electrons() -> None:
    assert [each.formal_charge_e for each in ask(CHOLINE, SALT, "[O-]C=O")] == [1, 0, -1]


def test_a_catechol_raises_a_pains_alert() -> None:
    [found] = ask("Oc1ccccc1O")
    assert "PAINS: catechol_A(92)" in found.structural_alerts


@pytest.mark.parametrize("smiles", [SALT, "O", "[Fe]", "[Na+].[Cl-]", "[H][H]", "[Pt](Cl)Cl"])
def test_what_has_no_meaning_for_a_composition_is_left_out(smiles: str) -> None:
    [found] = ask(smiles)
    assert (found.log_p, found.qed, found.synthetic_accessibility) == (None, None, None)
    verdict = grade(DescribeRequest(smiles=Smiles(smiles)), found)
    assert verdict.status is Status.PARTIAL
    assert "log_p" in verdict.reason


def test_an_organic_molecule_is_described_in_full() -> None:
    request = DescribeRequest(smiles=Smiles(ASPIRIN))
    assert grade(request, ask(ASPIRIN)[0]).status is Status.OK


@pytest.mark.parametrize("smiles", KNOWN)
def test_the_drawing_is_svg_named_by_its_digest(smiles: str) -> None:
    [found] = ask(smiles, depict=True)
    assert found.depiction is not None
    assert found.depiction.data is not None
    assert ElementTree.fromstring(found.depiction.data).tag.endswith("svg")
    assert found.depiction.digest == digest_of(found.depiction.data)


@given(spellings())
def test_the_answer_ignores_how_the_molecule_is_spelled(pair: tuple[str, str]) -> None:
    first, second = ask(*pair)
    assert first == second


def test_a_batch_answers_as_single_requests_do() -> None:
    assert ask(*KNOWN) == [each for smiles in KNOWN for each in ask(smiles)]


@pytest.mark.parametrize("text", BAD)
def test_text_that_is_no_molecule_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="allowed: SMILES"):
        canonical(DescribeRequest(smiles=Smiles(text)))


@pytest.mark.parametrize(
    "change",
    [
        {"smiles": "CCC"},
        {"formula": "C9H8O3"},
        {"formal_charge_e": 1},
        {"n_heavy_atoms": 12},
        {"tpsa": {"value": -1.0, "unit": "Å^2", "std": 0.0}},
        {"tpsa": {"value": 63.6, "unit": "nm^2", "std": 0.0}},
        {"qed": {"value": 1.5, "unit": "1", "std": 0.0}},
        {"synthetic_accessibility": {"value": 0.0, "unit": "1", "std": 0.0}},
        {"average_mass": {"value": 120.0, "unit": "Da", "std": 0.0}},
        {"depiction": {"name": "a.svg", "media_type": "x", "digest": digest_of(b""), "n_bytes": 0}},
    ],
)
def test_a_corrupted_answer_is_caught(change: dict[str, Any]) -> None:
    [good] = ask(ASPIRIN)
    bad = DescribeResponse.model_validate(good.model_dump() | change)
    with pytest.raises(ServiceError, match="got"):
        check_result(DescribeRequest(smiles=Smiles(ASPIRIN)), bad)
