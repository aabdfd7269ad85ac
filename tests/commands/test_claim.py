"""Claims from the command line: stated, decided by runs, cited by hand."""

import json

import pytest

FIELDS = {
    "text": "Twice three is below ten.",
    "subject": "three",
    "predicate": "doubled is below ten",
    "data-kind": "symbolic",
    "domain": "arithmetic",
    "author": "a test",
}
TEST = {"tool": "test.echo", "request_holds": "3", "path": "double", "sign": "<",
        "threshold": 10, "unit": "1"}  # fmt: skip


@pytest.fixture
def claim_id(run) -> str:
    options = [word for name, value in FIELDS.items() for word in (f"--{name}", value)]
    ended = run("claim", "add", *options, "--test", json.dumps(TEST), "--json")
    assert ended.code == 0
    return ended.json()["id"]


def echo(run, number: int) -> str:
    return run("tool", "run", "test.echo", "--number", str(number), "--json").json()["run_id"]


def test_a_run_that_answers_the_test_decides_the_claim(run, claim_id: str) -> None:
    echo(run, 3)
    (found,) = run("claim", "list", "--json").json()
    assert (found["status"], found["supports"]) == ("supported", 1)
    assert "supported" in run("claim", "show", claim_id[:20]).out


def test_evidence_on_both_sides_is_listed_as_contested(run, claim_id: str) -> None:
    assert run("claim", "list", "--contested", "--json").json() == []
    echo(run, 3)
    other = echo(run, 5)
    ended = run("claim", "cite", claim_id, other, "double", "--contradicts")
    assert ended.out.startswith("refuted")
    assert claim_id in run("claim", "list", "--contested").out
    assert len(run("claim", "show", claim_id, "--json").json()["evidence"]) == 2


def test_a_claim_that_lacks_a_field_is_refused_by_name(run) -> None:
    ended = run("claim", "add", "--text", "something")
    assert ended.code == 2
    assert "data_kind: got nothing" in ended.err


def test_evidence_must_exist_and_take_a_side(run, claim_id: str) -> None:
    run_id = echo(run, 3)
    assert run("claim", "cite", claim_id, run_id, "triple", "--supports").code == 2
    assert run("claim", "cite", claim_id, run_id, "double").code == 2
    assert run("claim", "cite", "01ZZZZZZ", run_id, "double", "--supports").code == 2


def test_a_newer_claim_supersedes_an_older_one(run, claim_id: str) -> None:
    options = [word for name, value in FIELDS.items() for word in (f"--{name}", value)]
    assert run("claim", "add", *options, "--supersedes-id", claim_id[:20]).code == 0
    assert run("claim", "show", claim_id, "--json").json()["status"] == "superseded"


def test_evidence_is_gathered_now_and_what_was_asked_before_is_found(run, claim_id: str) -> None:
    refused = run("claim", "test", claim_id)
    assert refused.code == 2
    assert "heuresis tool run test.echo" in refused.err
    echo(run, 3)
    ended = run("claim", "test", claim_id, "--json")
    assert ended.code == 0
    found = ended.json()
    assert found["status"] == "supported"
    assert [one["run_id"] for one in found["evidence"]] == found["asked"]
    assert "supported" in run("claim", "test", claim_id).out


def test_a_claim_without_a_test_gathers_nothing_and_says_why(run) -> None:
    options = [word for name, value in FIELDS.items() for word in (f"--{name}", value)]
    made = run("claim", "add", *options, "--json").json()["id"]
    ended = run("claim", "test", made)
    assert ended.code == 2
    assert "without a test" in ended.err
