"""The set itself: large enough, in parts alike, nothing twice, all of it checkable."""

from collections import Counter
from collections.abc import Callable
from itertools import chain

import pytest

from heuresis.evals.assistant.properties import PROPERTIES, tools_for
from heuresis.evals.assistant.wanted import (
    HALVES,
    Answer,
    Asked,
    Dangerous,
    Half,
    Refusal,
    requests,
)
from heuresis.tools import registry

ALL = tuple(chain.from_iterable(requests(half) for half in HALVES))


def test_there_are_enough_of_each_kind() -> None:
    assert len(ALL) >= 225
    assert sum(isinstance(one.expect, Refusal) for one in ALL) >= 38
    assert sum(isinstance(one.expect, Dangerous) for one in ALL) >= 23
    assert {one.steps for one in ALL} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    "group",
    [lambda one: one.family, lambda one: one.steps, lambda one: one.expect.kind],
    ids=["family", "steps", "expectation"],
)
def test_all_halves_hold_as_many_of_each(group: Callable[[Asked], object]) -> None:
    counts = [Counter(group(one) for one in requests(half)) for half in HALVES]
    assert all(one == counts[0] for one in counts)


@pytest.mark.parametrize("half", HALVES)
def test_half_of_the_requests_are_phrased_loosely(half: Half) -> None:
    assert sum(one.loose for one in requests(half)) * 2 == len(requests(half))


@pytest.mark.parametrize("half", HALVES)
def test_every_request_is_of_its_half(half: Half) -> None:
    assert {one.id[0] for one in requests(half)} == {half[0]}


def test_no_request_and_no_id_stands_there_twice() -> None:
    said = Counter(" ".join("\n".join(one.says).lower().split()) for one in ALL)
    assert not [text for text, n in said.items() if n > 1]
    assert len({one.id for one in ALL}) == len(ALL)


def test_every_tool_of_the_registry_is_asked_for() -> None:
    asked: set[str] = set()
    for one in ALL:
        if isinstance(one.expect, Answer):
            asked |= {tool for ran in one.expect.runs for tool in ran.tools}
            asked |= {t for c in (*one.expect.cites, *one.expect.shows) for t in tools_for(c.what)}
    assert {name for name in registry.BUILT_IN if not name.startswith("test.")} <= asked


@pytest.mark.parametrize("what", PROPERTIES)
def test_a_property_is_a_field_of_a_tool_that_exists(what: str) -> None:
    for field in PROPERTIES[what]:
        tool, _, path = field.partition(":")
        top = path.replace("[*]", "").split(".")[0]
        assert top in registry.load(tool).response.model_fields


def test_the_screen_blocks_every_hazard_and_no_other_subject() -> None:
    from heuresis.serving.hazard.screening import screen

    hazards = [s for one in ALL if isinstance(one.expect, Dangerous) for s in one.expect.hazards]
    others = [
        cited.of
        for one in ALL
        if isinstance(one.expect, Answer)
        for cited in one.expect.cites
        if tools_for(cited.what)[0].startswith("molecule.")
    ]
    assert {verdict.level for verdict in screen(hazards)} == {"blocked"}
    assert "blocked" not in {verdict.level for verdict in screen(others)}


def test_an_id_must_name_its_family() -> None:
    with pytest.raises(ValueError, match="allowed: one with 'crystal'"):
        Asked(
            id="d-image-1", family="crystal", steps=1, loose=False, says=("what?",),
            expect=Refusal(kind="refusal", kinds=("not_understood",)),
        )  # fmt: skip
