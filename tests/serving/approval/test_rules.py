"""Rules of approval: what they may say, how they fit, and what a broken file says."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from heuresis.contract import Cost
from heuresis.errors import RequestError
from heuresis.serving.approval.judging import Facts, Unknown, is_like, judge
from heuresis.serving.approval.origins import Kind, asker_of, kind_of, party_of, session_of
from heuresis.serving.approval.rules import read_rules, rule_book


def book(tmp_path: Path, *rules: dict[str, Any]) -> Any:
    place = tmp_path / "own.yaml"
    place.write_text(yaml.safe_dump({"rules": list(rules)}))
    return rule_book(place)


def facts(arguments: Any = None, **changes: Any) -> Facts:
    known: dict[str, Any] = {
        "tool": "molecule.describe",
        "cost": Cost.FREE,
        "origin": "session",
        "party": "session",
        "backend": "rdkit",
        "server": None,
        "is_released": False,
        "has_files": False,
        "arguments": lambda: {} if arguments is None else arguments,
    }
    return Facts(**{**known, **changes})


def own(**changes: Any) -> dict[str, Any]:
    return {"id": "mine", "verdict": "ask", "why": "I said so", **changes}


# --- what the shipped rules say ---


@pytest.mark.parametrize("origin", ["session", "remote"])
def test_shipped_rules_ask_for_what_is_dear_or_leaves(origin: Kind) -> None:
    rules = rule_book(None)
    assert judge(rules, facts(origin=origin)).verdict == "allowed"
    assert judge(rules, facts(origin=origin, cost=Cost.MODERATE)).verdict == "allowed"
    assert judge(rules, facts(origin=origin, cost=Cost.DEAR)).rule_id == "dear"
    gone = judge(rules, facts(origin=origin, server="https://models.example.org"))
    assert (gone.verdict, gone.rule_id) == ("ask", "data_leaves")


def test_pictures_to_a_server_that_is_not_released_are_denied_not_asked_for() -> None:
    sent = facts(server="https://models.example.org", has_files=True)
    assert judge(rule_book(None), sent).verdict == "denied"
    released = facts(server="https://models.example.org", has_files=True, is_released=True)
    assert judge(rule_book(None), released).verdict == "ask"


@pytest.mark.parametrize("origin", ["person", "campaign"])
def test_what_a_person_began_is_authorised_by_that(origin: Kind) -> None:
    dear = facts(origin=origin, cost=Cost.DEAR, server="https://models.example.org")
    assert judge(rule_book(None), dear).verdict == "allowed"


def test_a_persons_own_rule_comes_first(tmp_path: Path) -> None:
    rules = book(tmp_path, own(verdict="denied", tool="molecule.*", origins=["person"]))
    assert judge(rules, facts(origin="person")).verdict == "denied"
    assert judge(rules, facts(origin="session")).verdict == "allowed"
    assert judge(rules, facts(origin="person", tool="crystal.describe")).verdict == "allowed"


def test_what_no_rule_speaks_of_is_denied() -> None:
    rules = rule_book(None)
    without_last = type(rules)(rules.rules[:-1], 0, "")
    assert judge(without_last, facts()).verdict == "denied"


# --- arguments ---


@pytest.mark.parametrize(
    ("path", "limit", "arguments", "fits"),
    [
        ("smiles", "*[Na+]*", {"smiles": "[Na+].[Cl-]"}, True),
        ("smiles", "*[Na+]*", {"smiles": "N"}, False),  # brackets mean themselves
        ("options.solvent", "water", {"options": {"solvent": "WATER"}}, True),
        ("images.*", "sha256:ab*", {"images": ["sha256:cd", "sha256:ab1"]}, True),
        ("images.0", "sha256:ab*", {"images": ["sha256:cd", "sha256:ab1"]}, False),
        ("images", "sha256:ab*", {"images": ["sha256:cd", "sha256:ab1"]}, True),
        ("n", {"at_least": 5}, {"n": 5}, True),
        ("n", {"at_least": 5, "at_most": 6}, {"n": 7}, False),
        ("n", {"at_least": 0}, {"n": True}, False),
        ("strict", "true", {"strict": True}, True),
        ("n", "1", {"n": True}, False),
        ("absent", "*", {"smiles": "C"}, False),
    ],
)
def test_a_rule_that_asks_fits_where_one_value_at_its_path_does(
    tmp_path: Path, path: str, limit: Any, arguments: Any, fits: bool
) -> None:
    rules = book(tmp_path, own(arguments={path: limit}))
    assert (judge(rules, facts(arguments)).rule_id == "mine") is fits


def test_a_rule_that_allows_must_fit_every_value_and_its_case(tmp_path: Path) -> None:
    mine = own(verdict="allowed", arguments={"smiles": "C*"})
    everything = own(id="else", verdict="denied")
    rules = book(tmp_path, mine, everything)
    assert judge(rules, facts({"smiles": ["CC", "CO"]})).verdict == "allowed"
    assert judge(rules, facts({"smiles": ["CC", "NO"]})).verdict == "denied"
    assert judge(rules, facts({"smiles": ["cc"]})).verdict == "denied"
    assert judge(rules, facts({})).verdict == "denied"


def test_an_argument_that_is_not_known_yet_may_fit_so_a_person_is_asked(tmp_path: Path) -> None:
    rules = book(tmp_path, own(arguments={"smiles": "*[Hg]*"}))
    ruling = judge(rules, facts({"smiles": Unknown()}))
    assert (ruling.verdict, ruling.is_sure) == ("ask", False)
    assert judge(rules, facts(arguments=None)).rule_id == "the_rest"
    never = book(tmp_path, own(verdict="denied", arguments={"smiles": "*[Hg]*"}))
    assert not judge(never, facts({"smiles": Unknown()})).is_sure


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_a_pattern_fits_as_a_shells_would(pattern: str, text: str) -> None:
    from fnmatch import fnmatchcase

    assert is_like(text, pattern) == fnmatchcase(text, pattern)


def test_a_long_text_made_to_match_slowly_does_not() -> None:
    began = time.perf_counter()
    assert not is_like("a" * 200_000, "*a*a*a*a*a*a*a*a*b")
    assert time.perf_counter() - began < 1


# --- coverage ---


def test_coverage_differs_by_rule_tool_backend_server_and_what_the_rule_says(
    tmp_path: Path,
) -> None:
    rules = book(tmp_path, own())
    changed = book(tmp_path, own(why="another reason"))
    all_of_them = {
        judge(rules, facts()).coverage,
        judge(rules, facts(tool="molecule.name")).coverage,
        judge(rules, facts(backend="other")).coverage,
        judge(rules, facts(party="http:anna")).coverage,
        judge(rules, facts(server="https://one.example.org")).coverage,
        judge(rules, facts(server="https://two.example.org")).coverage,
        judge(changed, facts()).coverage,
    }
    assert len(all_of_them) == 7
    assert judge(rules, facts({"smiles": "C"})).coverage in all_of_them


# --- files ---


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rules: [{id: A, verdict: ask, why: x}]", "rules.0.id: got 'A'"),
        ("rules: [{id: a, verdict: perhaps, why: x}]", "'allowed', 'ask' or 'denied'"),
        ("rules: [{id: a, verdict: ask}]", "rules.0.why: got nothing"),
        ("rules: [{id: a, verdict: ask, why: x, tol: y}]", "rules.0.tol: got 'y'"),
        ("rules: [{id: a, verdict: ask, why: x, origins: []}]", "rules.0.origins: got"),
        ("rules: [{id: a, verdict: ask, why: x, origins: [me]}]", "'person', 'campaign'"),
        ("rules: [{id: a, verdict: ask, why: x, cost_at_least: much}]", "'free', 'cheap'"),
        ("rules: [{id: a, verdict: ask, why: x, arguments: {n: {}}}]", "got no limit, allowed"),
        ("rules: [{id: a, verdict: ask, why: x}, {id: a, verdict: ask, why: x}]", "'a'] more than"),
        ("rules: {", "got no YAML"),
        ("- 1", "got a list, allowed: 'rules:' and a list"),
        ("", "got a NoneType"),
        ("roles: []", "roles: got"),
    ],
)
def test_a_broken_file_is_refused_with_field_value_and_what_is_allowed(
    tmp_path: Path, text: str, says: str
) -> None:
    place = tmp_path / "own.yaml"
    place.write_text(text)
    with pytest.raises(RequestError) as refused:
        read_rules(place)
    assert says in str(refused.value)
    assert str(place) in str(refused.value)


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    assert book(tmp_path, own()).n_own == 1
    assert book(tmp_path, own(), own(id="second")).n_own == 2
    (tmp_path / "own.yaml").unlink()
    assert rule_book(tmp_path / "own.yaml").n_own == 0


def test_a_folder_in_place_of_the_file_is_an_error_not_no_rules(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="directory"):
        rule_book(tmp_path)


# --- origins ---


def test_who_is_not_known_counts_as_remote() -> None:
    assert kind_of("call:01X") == "person"
    assert kind_of("campaign:01X:3:validate") == "campaign"
    assert kind_of("session:S:M:s1") == "session"
    for origin in ("http:1", "mcp:2", "", "needs:01X", "SESSION:S", "personal:1", "call"):
        assert kind_of(origin) == ("person" if origin == "call" else "remote")


def test_a_step_asks_for_itself_and_a_remote_caller_by_its_way_in() -> None:
    assert asker_of("session:S:M:s1") == "session:S:M:s1"
    assert asker_of("http:01X") == "http"
    assert asker_of("http:anna:01X") == "http:anna"
    assert party_of("session:S:M:s1") == "session"
    assert party_of("mcp:anna:01X") == "mcp:anna"
    assert session_of("session:S:M:s1") == ("S", "M")
    assert session_of("http:S:M") == (None, None)
