"""Listed or not, with an error rate that holds."""

import random
from typing import Any

import pytest
from hypothesis import given

from heuresis.contract import Smiles
from heuresis.errors import RequestError, ServiceError
from heuresis.tools.molecule.buyable import (
    BUYABLE,
    CATALOGUE,
    FALSE_POSITIVE_RATE,
    BuyableRequest,
    BuyableResponse,
    canonical,
    check_result,
)

from .molecules import ASPIRIN, BAD, CAFFEINE, IBUPROFEN, LIDOCAINE, spellings


def ask(*smiles: str) -> list[BuyableResponse]:
    requests = [canonical(BuyableRequest(smiles=Smiles(each))) for each in smiles]
    responses = list(BUYABLE.backends[0].run(requests))
    for request, response in zip(requests, responses, strict=True):
        check_result(request, response)
    return responses


def test_common_drugs_are_listed() -> None:
    assert all(each.is_listed for each in ask(ASPIRIN, CAFFEINE, LIDOCAINE))


def test_the_list_holds_stereoisomers_and_misses_a_racemate_as_the_card_says() -> None:
    flat, drawn = ask(IBUPROFEN, "CC(C)Cc1ccc(cc1)[C@H](C)C(=O)O")
    assert (flat.is_listed, drawn.is_listed) == (False, True)
    assert any("without stereo" in failure for failure in BUYABLE.card.failures)


def test_solvents_are_common_reagents() -> None:
    found = ask("C1CCOC1", "OCC", "c1ccccc1", ASPIRIN)
    assert [each.is_common_reagent for each in found] == [True, True, True, False]


def test_an_odd_molecule_is_not_listed() -> None:
    [found] = ask("ONN1CCCC1")
    assert not found.is_listed


def test_the_stated_rate_is_the_rate_measured_on_texts_no_list_can_hold() -> None:
    from molbloom import buy

    generator = random.Random(7)
    texts = ["".join(generator.choices("CNOSc1()=F", k=30)) for _ in range(20_000)]
    options: dict[str, Any] = {"canonicalize": False, "check_common": False}
    rate = sum(buy(text, catalog=CATALOGUE, **options) for text in texts) / len(texts)
    assert rate == pytest.approx(FALSE_POSITIVE_RATE.value, abs=0.006)


@given(spellings())
def test_the_answer_ignores_how_the_molecule_is_spelled(pair: tuple[str, str]) -> None:
    first, second = ask(*pair)
    assert first == second


@pytest.mark.parametrize("text", BAD)
def test_text_that_is_no_molecule_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="allowed: SMILES"):
        canonical(BuyableRequest(smiles=Smiles(text)))


@pytest.mark.parametrize(
    "change",
    [
        {"smiles": "CCC"},
        {"catalogue": "zinc20"},
        {"is_common_reagent": True, "is_listed": False},
        {"false_positive_rate": {"value": 0.0003, "unit": "1", "std": 0.0}},
    ],
)
def test_a_corrupted_answer_is_caught(change: dict[str, Any]) -> None:
    [good] = ask(ASPIRIN)
    bad = BuyableResponse.model_validate(good.model_dump() | change)
    with pytest.raises(ServiceError, match="allowed"):
        check_result(BuyableRequest(smiles=Smiles(ASPIRIN)), bad)


def test_the_digest_names_the_filter() -> None:
    assert BUYABLE.backends[0].digest().startswith("sha256:")
