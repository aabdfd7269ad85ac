"""Names are given only when OPSIN reads the same molecule back."""

from pathlib import Path
from typing import Any

import pytest

from heuresis.contract import IupacName, Smiles, Status
from heuresis.errors import OutOfDomainError, RequestError, ServiceError
from heuresis.tools.molecule.name import (
    NAME,
    NameRequest,
    NameResponse,
    canonical,
    check_domain,
    check_result,
    grade,
)

from .molecules import (
    ASPIRIN,
    CAFFEINE,
    CHOLINE,
    FUMARIC_ACID,
    IBUPROFEN,
    L_ALANINE,
    PACLITAXEL,
    SALT,
)


def ask(*smiles: str) -> list[NameResponse]:
    requests = [canonical(NameRequest(smiles=Smiles(each))) for each in smiles]
    responses = list(NAME.backends[0].run(requests))
    for request, response in zip(requests, responses, strict=True):
        check_result(request, response)
    return responses


def test_names_of_known_molecules_hold() -> None:
    found = ask(ASPIRIN, CAFFEINE, L_ALANINE, FUMARIC_ACID, IBUPROFEN, CHOLINE, PACLITAXEL)
    assert [each.verdict for each in found] == ["same molecule"] * 7
    assert [each.name for each in found[:4]] == [
        "2-(acetyloxy)benzoic acid",
        "1,3,7-trimethyl-3,7-dihydro-1H-purine-2,6-dione",
        "(2S)-2-aminopropanoic acid",
        "(2E)-but-2-enedioic acid",
    ]
    assert all(type(each.name) is IupacName for each in found)


def test_a_batch_answers_as_single_requests_do() -> None:
    assert ask(ASPIRIN, CAFFEINE) == ask(ASPIRIN) + ask(CAFFEINE)


def test_a_name_that_does_not_hold_is_withheld_and_the_answer_empty() -> None:
    lost = NameResponse(
        smiles=Smiles("CCO"), name=None, verdict="different molecule", read_back=Smiles("CCCO")
    )
    request = NameRequest(smiles=Smiles("CCO"))
    check_result(request, lost)
    assert grade(request, lost).status is Status.EMPTY
    assert "different molecule" in grade(request, lost).reason


@pytest.mark.parametrize(
    "change",
    [
        {"name": "2-(acetyloxy)benzoic acid"},
        {"name": None},
        {"verdict": "name not read"},
        {"read_back": "CCC"},
        {"smiles": "CCC"},
    ],
)
def test_a_corrupted_answer_is_caught(change: dict[str, Any]) -> None:
    [good] = ask("CCO")
    bad = NameResponse.model_validate(good.model_dump() | change)
    with pytest.raises(ServiceError, match="allowed"):
        check_result(NameRequest(smiles=Smiles("CCO")), bad)


@pytest.mark.parametrize("smiles", [SALT, "[Fe]", "C" * 150, "[13CH4]"])
def test_molecules_outside_its_domain_are_refused(smiles: str) -> None:
    with pytest.raises(OutOfDomainError, match="allowed"):
        check_domain(NameRequest(smiles=Smiles(smiles)))


def test_text_that_is_no_molecule_is_refused() -> None:
    with pytest.raises(RequestError, match="not SMILES"):
        canonical(NameRequest(smiles=Smiles("ethanol")))


def test_without_java_the_backend_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert NAME.backends[0].missing() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Java not found: install" in str(NAME.backends[0].missing())
