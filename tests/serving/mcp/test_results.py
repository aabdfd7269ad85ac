"""What agents read: entries small enough, names any client takes, long texts by reference."""

import re

import pytest
from fixtures_api import Api

from heuresis.contract import Crystal, Outcome, Quantity, Response, Status
from heuresis.serving.mcp import entries, results
from heuresis.serving.mcp.resources import read
from heuresis.serving.remote.principal import of_this_computer
from heuresis.serving.remote.refusals import UnknownError
from heuresis.tools import registry


class Relaxed(Response):
    crystal: Crystal
    energy: Quantity


def test_a_structure_is_linked_and_not_written_out() -> None:
    text = "data_x\n" + "C 0 0 0\n" * 500
    answer = Relaxed(crystal=Crystal(text), energy=Quantity(value=-1.5, unit="eV", std=0.1))
    outcome = Outcome(run_id="R" * 26, tool="crystal.relax", status=Status.OK, response=answer,
                      backend="b", seconds=1.0)  # fmt: skip
    told = results.of_outcome(outcome)
    assert told.structured_content is not None
    uri = f"heuresis://run/{'R' * 26}/crystal"
    assert told.structured_content["response"]["crystal"] == uri
    assert [link.uri for link in told.content[1:]] == [uri]  # type: ignore[union-attr]  # links
    assert "energy: -1.5 ± 0.1 eV" in told.content[0].text  # type: ignore[union-attr]  # words
    assert len(told.model_dump_json()) < 1500


@pytest.mark.parametrize("status", list(Status))
def test_only_an_answer_is_no_error(status: Status) -> None:
    outcome = Outcome(run_id="R" * 26, tool="t", status=status, backend="b", seconds=0.0)
    is_error = status not in (Status.OK, Status.PARTIAL, Status.EMPTY)
    assert results.of_outcome(outcome).is_error == is_error


def test_every_entry_has_a_name_that_every_client_takes(few_tools: None) -> None:
    names = [one.name for one in entries.offered(compact=False, has_assistant=True)]
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in names)
    assert {entries.tool_name(name) for name in names} > set(registry.places())


def test_the_compact_mode_is_four_entries_and_the_assistant() -> None:
    compact = entries.offered(compact=True, has_assistant=True)
    assert len(compact) == 5
    assert sum(len(one.model_dump_json()) for one in compact) < 5_000
    assert len(entries.offered(compact=True, has_assistant=False)) == 4


def test_words_find_the_tool_that_does_it(few_tools: None) -> None:
    assert entries.found("double a number please")[0]["tool"] == "test.echo"
    assert {one["tool"] for one in entries.found("")} == set(registry.places())


@pytest.mark.parametrize(
    "uri",
    ["heuresis://artifact/../../ledger", "heuresis://run/none", "file:///etc/passwd",
     "heuresis://run/01ARZ3NDEKTSV4RRFFQ69G5FAV/crystal", "heuresis://", ""],
)  # fmt: skip
def test_a_resource_that_is_none_is_not_there(api: Api, uri: str) -> None:
    with pytest.raises(UnknownError, match="unknown"):
        read(api.parts, of_this_computer(), uri)
