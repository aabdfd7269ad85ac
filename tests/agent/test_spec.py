"""A campaign file is read whole, or refused with field, value and what is allowed."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from small_campaign import small

from heuresis.agent.spec import CampaignSpec, load_spec, parse_spec
from heuresis.agent.validators.ladder import build_ladder, check_ladder
from heuresis.errors import HeuresisError, RequestError

ROOT = Path(__file__).parents[2]
OBJECTIVE = small()["objectives"][0]


def parse(content: Any) -> CampaignSpec:
    return parse_spec(yaml.safe_dump(content), "test", Path())


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda p: p.name)
def test_the_examples_can_be_judged_by_the_tools_that_exist(path: Path) -> None:
    spec = load_spec(path)
    assert check_ladder(spec) == []
    assert parse(spec.model_dump(mode="json")) == spec


WRONG = {
    "seed": ({"seed": -1}, "seed: got -1"),
    "unknown field": ({"sead": 1}, "sead: got 1"),
    "no goal": ({"goal": ""}, "goal: got ''"),
    "direction": (
        {"objectives": [{**OBJECTIVE, "direction": "up"}]},
        "objectives.0: got .*maximise",
    ),
    "worst above best": (
        {"objectives": [{**OBJECTIVE, "worst": 2.0}]},
        "share: got worst 2.0 and best 0.9 1, allowed: worst below best",
    ),
    "not a number": ({"objectives": [{**OBJECTIVE, "worst": float("nan")}]}, "worst: got nan"),
    "no rounds": ({"budget": {"rounds": 0, "per_round": 1}}, "budget.rounds: got 0"),
    "element": (
        {"space": {"kind": "crystal", "elements": ["magnesium"]}},
        "space.crystal.elements.0: got 'magnesium'",
    ),
    "proposer": (
        {"proposer": {"kind": "substitution"}},
        "proposer: got 'substitution' for a molecule space, allowed: evolution, random",
    ),
    "same name": ({"objectives": [OBJECTIVE, OBJECTIVE]}, "names: got share twice"),
    "empty range": (
        {"validators": [{"kind": "range", "name": "r", "tool": "test.weigh", "path": "weight",
                         "unit": "1"}]},
        "r: got neither low nor high",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_field_is_named_with_its_value(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        parse(small(**change))


@pytest.mark.parametrize(
    "text", ["", "just words", "[1, 2]", "a: [", "\x00", "&a [*a]", "{" * 5000]
)
def test_what_is_no_campaign_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="test: "):
        parse_spec(text, "test", Path())


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                    max_leaves=20))  # fmt: skip
def test_no_content_causes_anything_but_a_clear_refusal(content: Any) -> None:
    with pytest.raises(RequestError, match="test: "):
        parse(content)


@given(st.dictionaries(st.sampled_from(sorted(small())), st.integers() | st.text() | st.none()))
def test_damaged_fields_are_refused_or_make_a_campaign(change: dict[str, Any]) -> None:
    try:
        spec = parse(small(**change))
    except HeuresisError:
        return
    assert spec.name


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"nothing\.yaml: cannot be read"):
        load_spec(tmp_path / "nothing.yaml")


def test_an_argument_is_read_from_a_file_beside_the_campaign(tmp_path: Path) -> None:
    (tmp_path / "scale.json").write_text("2.5")
    content = small(objectives=[{**OBJECTIVE, "arguments": {"scale": "@scale.json"}}])
    (tmp_path / "campaign.yaml").write_text(yaml.safe_dump(content))
    assert load_spec(tmp_path / "campaign.yaml").objectives[0].arguments == {"scale": 2.5}


def test_an_argument_from_outside_the_folder_is_refused(tmp_path: Path) -> None:
    content = small(objectives=[{**OBJECTIVE, "arguments": {"scale": "@../secret.json"}}])
    (tmp_path / "campaign.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(RequestError, match="outside the campaign's folder"):
        load_spec(tmp_path / "campaign.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tool": "test.nothing"}, "got an unknown name"),
        ({"tool": "crystal.relax", "path": "energy_per_atom"}, "which takes no molecule"),
        ({"path": "nonsense"}, "path: got 'nonsense'.*allowed to begin with: smiles, weight"),
        ({"arguments": {"scale": -1}}, "arguments: .*scale: got -1"),
        ({"arguments": {"colour": "red"}}, "colour"),
    ],
)
def test_a_campaign_that_cannot_be_judged_is_refused_before_it_runs(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        check_ladder(parse(small(objectives=[{**OBJECTIVE, **change}])))


def test_a_dear_gate_before_a_cheap_one_is_warned_of() -> None:
    dear = {"kind": "range", "name": "dear", "tool": "molecule.admet", "path": "end_points.hERG",
            "unit": "1", "high": 0.5}  # fmt: skip
    cheap = {"kind": "range", "name": "cheap", "tool": "test.weigh", "path": "weight",
             "unit": "1", "high": 0.5}  # fmt: skip
    assert "'dear' is" in check_ladder(parse(small(validators=[dear, cheap])))[0]
    assert check_ladder(parse(small(validators=[cheap, dear]))) == []


def test_objectives_of_one_tool_and_arguments_are_measured_together() -> None:
    other = {**OBJECTIVE, "name": "scaled", "arguments": {"scale": 2.0}}
    twin = {**OBJECTIVE, "name": "twin"}
    ladder = build_ladder(parse(small(objectives=[OBJECTIVE, other, twin], validators=[])))
    assert [len(rung.objectives) for rung in ladder] == [2, 1]  # type: ignore[union-attr]
