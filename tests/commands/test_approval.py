"""`heuresis approval`, and what `heuresis ask` says while something waits for it."""

import json
from pathlib import Path

import pytest

RULES = """
rules:
  - {id: numbers, verdict: ask, why: I want to know, origins: [session], tool: molecule.describe}
"""
WAITING = 5


@pytest.fixture(autouse=True)
def rules(home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    place = home / "approval.yaml"
    place.write_text(RULES)
    return place


@pytest.fixture
def asked(run) -> dict[str, str]:
    """A question that waits."""
    ended = run("ask", "QED of CCO", "--json")
    assert ended.code == WAITING
    found: dict[str, str] = ended.json()
    return found


def test_a_question_that_waits_prints_what_and_how_to_go_on(run) -> None:
    ended = run("ask", "QED of CCO")
    assert ended.code == WAITING
    [waiting] = run("approval", "list", "--json").json()
    assert f"heuresis approval grant {waiting['id']}" in ended.out
    assert "I want to know" in ended.out
    assert f"heuresis session resume {waiting['session_id']}" in ended.err


def test_granting_and_resuming_answers(run, asked) -> None:
    [name] = asked["approvals"]
    assert asked["ending"] == "waiting"
    given = run("approval", "grant", name[:20], "--json").json()
    assert (given["scope"], given["request"], given["session"]) == ("once", name, asked["session"])
    done = run("session", "resume", asked["session"])
    assert done.code == 0
    assert "0.4068" in done.out
    assert run("approval", "list", "--json").json() == []
    again = run("session", "resume", asked["session"])
    assert again.code == 2
    assert "no question that is open" in again.err


def test_a_denial_is_told_with_the_persons_words(run, asked) -> None:
    [name] = asked["approvals"]
    assert run("approval", "deny", name, "--why", "too early").code == 0
    done = run("session", "resume", asked["session"])
    assert "approval.numbers: a person denied it (too early)" in done.out
    assert "0.4068" not in done.out


def test_what_holds_is_listed_and_ends_when_it_is_revoked(run, asked) -> None:
    [name] = asked["approvals"]
    given = run("approval", "grant", name, "--scope", "always", "--json").json()["id"]
    assert run("ask", "QED of CCN").code == 0
    listed = run("approval", "list", "--all", "--json").json()
    assert [one["id"] for one in listed["standing"]] == [given]
    assert [one["state"] for one in listed["requests"]] == ["granted"]
    assert "What holds until revoked" in run("approval", "list", "--all").out
    assert run("approval", "revoke", given[:22].lower()).code == 0
    assert run("approval", "list", "--all", "--json").json()["standing"] == []
    assert run("ask", "QED of CCC").code == WAITING
    assert run("approval", "revoke", given).code == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("grant", "01ARZ3NDEK"), "got none so named (request)"),
        (("grant", "01"), "got 2 letters, allowed: 4 or more"),
        (("deny", "01ARZ3NDEK"), "got none so named (request)"),
        (("revoke", "01ARZ3NDEK"), "got none so named (decision that stands)"),
        (("grant", "01ARZ3NDEK", "--scope", "forever"), "'forever' is not one of"),
    ],
)
def test_a_wrong_id_or_scope_is_the_callers_mistake(run, words, says: str) -> None:
    ended = run("approval", *words)
    assert ended.code == 2
    assert says in ended.err


def test_a_persons_own_tool_run_waits_for_nobody(run) -> None:
    assert run("tool", "run", "molecule.describe", "--smiles", "CCO").code == 0


def test_rules_are_listed_in_the_order_in_which_they_are_read(run) -> None:
    found = run("approval", "rules", "--json").json()
    assert [(one["from"], one["id"]) for one in found] == [
        ("own", "numbers"),
        ("shipped", "pictures_leave"),
        ("shipped", "data_leaves"),
        ("shipped", "dear"),
        ("shipped", "the_rest"),
    ]
    assert "cost_at_least: dear" in run("approval", "rules").out


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"verdict": "perhaps"}, "rules.0.verdict: got 'perhaps'"),
        ({"tool": "molecule.descrbe"}, "got 'molecule.descrbe', allowed: a pattern that fits"),
        ({"arguments": {"smils": "C*"}}, "got the path 'smils', allowed: one that begins with"),
    ],
)
def test_a_file_is_checked_down_to_its_tools_and_fields(
    run, tmp_path: Path, rule: dict[str, object], says: str
) -> None:
    whole = {"id": "a", "verdict": "ask", "why": "x", "tool": "molecule.describe", **rule}
    place = tmp_path / "rules.yaml"
    place.write_text(json.dumps({"rules": [whole]}))
    ended = run("approval", "rules", "--check", str(place))
    assert ended.code == 2
    assert says in ended.err


def test_a_sound_file_passes_the_check(run, rules: Path) -> None:
    ended = run("approval", "rules", "--check", str(rules))
    assert ended.code == 0
    assert "ok  1 rules" in ended.out


def test_broken_rules_are_told_at_once_and_nothing_runs(run, rules: Path) -> None:
    rules.write_text("rules: [{id: X, verdict: ask, why: x}]")
    ended = run("approval", "rules")
    assert ended.code == 2
    assert "rules.0.id: got 'X'" in ended.err
    assert run("tool", "run", "molecule.describe", "--smiles", "CCO").code == 3
