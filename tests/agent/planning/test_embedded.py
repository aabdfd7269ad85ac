"""Plans over typed tools: what is read first, what is filtered early, what cannot be done."""

import pytest

from heuresis.agent.planning.embedded import plan
from heuresis.agent.planning.plan import Answered, Call, Itself, Keep, Plan, Sort
from heuresis.agent.understanding.entities import Attachment, Context, Shown
from heuresis.agent.understanding.understand import understand

EYE = Attachment(name="eye.png", digest="sha256:" + "a" * 64)


def planned(text: str, *files: Attachment, context: Context | None = None) -> Plan:
    return plan(understand(text, list(files), context or Context()))


def tools(made: Plan) -> list[str]:
    return [call.tool for call in made.calls]


def test_a_molecule_is_read_before_it_is_described() -> None:
    made = planned("What is the QED of CCO?")
    assert tools(made) == ["molecule.parse", "molecule.describe"]
    first, second = made.calls
    assert first.fields == {"text": Itself()}
    assert second.fields == {"smiles": Answered(step=first.id, path="smiles")}
    assert [(one.step, one.path) for one in made.shows] == [(second.id, "qed")]


def test_one_call_serves_all_numbers_of_a_tool_and_all_subjects() -> None:
    made = planned("QED, TPSA and logP of CCO, CCN and c1ccccc1O")
    assert tools(made) == ["molecule.parse", "molecule.describe"]
    assert [one.value for one in made.subjects] == ["CCO", "CCN", "c1ccccc1O"] or len(
        made.subjects
    ) == 3
    assert {one.path for one in made.shows} >= {"qed", "tpsa"}


def test_a_cheap_filter_comes_before_a_dear_tool() -> None:
    made = planned("blood-brain barrier of CCO and CCN, keep those with QED over 0.3")
    kinds = [step.tool if isinstance(step, Call) else step.kind for step in made.steps]
    assert kinds == ["molecule.parse", "molecule.describe", "keep", "molecule.admet"]


def test_limits_and_directions_are_those_of_the_text() -> None:
    made = planned("Keep CCO, CCN, CCC with QED above 0.4 and sort by molecular weight descending")
    [keep] = [step for step in made.steps if isinstance(step, Keep)]
    [sort] = [step for step in made.steps if isinstance(step, Sort)]
    assert (keep.path, keep.low, keep.high) == ("qed", 0.4, None)
    assert sort.direction == "descending"


def test_a_formula_with_a_structure_type_is_built_first() -> None:
    made = planned("energy above hull of rocksalt MgO")
    assert tools(made) == ["crystal.parse", "crystal.stability"]
    build = made.calls[0]
    assert build.fields["prototype"].value == "rocksalt"  # type: ignore[union-attr]  # a Constant


def test_a_picture_is_read_in_before_it_is_judged() -> None:
    made = planned("is the quality of this image good enough?", EYE)
    assert tools(made) == ["image.read", "medical.quality"]
    assert made.calls[1].fields["image"] == Answered(step="s1", path="images[0]")


def test_the_second_one_is_the_second_of_what_was_shown() -> None:
    shown = tuple(Shown(kind="smiles", canonical=text, label=text) for text in ("CCO", "CCN"))
    made = planned("TPSA of the second one", context=Context(shown=shown, subjects=shown))
    assert [one.value for one in made.subjects] == ["CCN"]


@pytest.mark.parametrize("text", ["make me a sandwich", "", "the second one", "QED over 0.5"])
def test_what_cannot_be_planned_asks_no_tool_and_says_so(text: str) -> None:
    made = planned(text)
    assert made.calls == ()
    assert made.not_understood or not text


def test_a_tool_that_takes_something_else_is_named_with_what_it_takes() -> None:
    made = planned("bulk modulus of CCO")
    assert "crystal.bulk_modulus" not in tools(made)
    assert any("takes" in note and "crystal" in note for note in made.not_understood)


def test_every_plan_survives_json() -> None:
    made = planned("QED of CCO and CCN, keep those over 0.4, best first", EYE)
    assert Plan.model_validate_json(made.model_dump_json()) == made
