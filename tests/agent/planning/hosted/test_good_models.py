"""A model that behaves: its calls run through the lab, its words are checked and cited."""

import re

import pytest
from scripted_model import Says, ScriptedModel
from sqlalchemy import func, select

from heuresis.memory.runs import RUN

QED = "molecule-describe"


def test_parallel_calls_are_one_step_and_their_numbers_come_from_their_runs(talk) -> None:
    script = [
        Says("", tool_calls=[(QED, {"smiles": "CCO"}), (QED, {"smiles": "CCN"})]),
        Says("Ethanol: {{run:s1_1.qed}}; ethylamine: {{run:s1_2.qed}}."),
    ]
    with ScriptedModel(script) as server:
        here = talk(server)
        turn = here.says("Compare the QED of CCO and CCN")
    assert turn.ending == "answered"
    assert turn.text.startswith("Ethanol: 0.4068 (no uncertainty")
    assert "ethylamine: 0.4062" in turn.text
    assert turn.text.rstrip().splitlines()[-1].startswith("- molecule.describe, version")
    assert len(turn.facts["runs"]) == 2
    assert turn.facts["is_models_text"] is True
    assert [one["kind"] for one in here.stages(turn)["plan"]["steps"]] == ["call"]
    assert {"understood", "asked", "wrote", "planned", "stepped", "checked", "answered"} == set(
        here.told
    )


def test_what_each_question_took_is_recorded_and_an_unknown_price_is_said_to_be(talk) -> None:
    script = [
        Says("", tool_calls=[(QED, {"smiles": "CCO"})], prompt_tokens=100, completion_tokens=9),
        Says("It is {{run:s1.qed}}.", prompt_tokens=200, completion_tokens=5),
    ]
    with ScriptedModel(script) as server:
        turn = talk(server).says("QED of CCO")
    spent = turn.facts["language_model"]
    assert spent, turn.text
    assert (spent["questions"], spent["prompt_tokens"], spent["completion_tokens"]) == (2, 300, 14)
    assert (spent["cost_usd"], spent["cost"][:9]) == (None, "not known")


def test_a_model_sees_what_its_calls_came_to_but_no_structure_and_no_picture(talk) -> None:
    script = [
        Says("", tool_calls=[("crystal-parse", {"formula": "NaCl", "prototype": "rocksalt"})]),
        Says("", tool_calls=[("crystal-describe", {"crystal": "{{run:s1.crystal}}"})]),
        Says("Its density is {{run:s2.density}}."),
    ]
    with ScriptedModel(script) as server:
        turn = talk(server).says("How dense is rock salt, NaCl in the rocksalt structure?")
        shown = server.texts()
    assert turn.facts["is_models_text"] is True, turn.text
    assert re.search(r"density is [\d.]+ g/cm\^?3", turn.text)
    assert "_cell_length" not in shown and "_atom_site" not in shown
    assert 'pass it on as "{{run:s1.crystal}}"' in shown
    assert len(shown) < 8_000


def test_few_functions_are_offered_and_more_can_be_looked_for(talk) -> None:
    script = [
        Says("", tool_calls=[("find_tools", {"what": "bulk modulus of a crystal"})]),
        Says("No tool was needed."),
    ]
    with ScriptedModel(script) as server:
        talk(server).says("QED of CCO")
        names = [[one["function"]["name"] for one in asked["tools"]] for asked in server.asked]
    assert len(names[0]) <= 12
    assert "crystal-bulk_modulus" not in names[0]
    assert "crystal-bulk_modulus" in names[1]


@pytest.mark.parametrize(
    "written",
    [
        '<tool_call>{"name": "molecule-describe", "arguments": {"smiles": "CCO"}}</tool_call>',
        '<|action_start|><|plugin|>{"name": "molecule.describe", "parameters": {"smiles": "CCO"}}'
        "<|action_end|>",
        "<think>I need a tool. <tool_call></think><tool_call><function=molecule_describe>"
        "<parameter=smiles>CCO</parameter></function></tool_call>",
    ],
)
def test_calls_written_as_text_are_calls_and_thoughts_are_not_shown(talk, written: str) -> None:
    with ScriptedModel([Says(written), Says("<think>so</think>It is {{run:s1.qed}}.")]) as server:
        here = talk(server)
        turn = here.says("QED of CCO")
    assert turn.text.startswith("It is 0.4068")
    assert "so" not in "".join(one.text for one in here.events if one.name == "wrote").split()
    assert "think" not in server.texts()


def test_a_later_message_may_rest_on_runs_of_the_session(talk) -> None:
    script = [
        Says("", tool_calls=[(QED, {"smiles": "CCO"})]),
        Says("It is {{run:s1.qed}}."),
    ]
    with ScriptedModel(script) as server:
        here = talk(server)
        first = here.says("QED of CCO")
        [run_id] = first.facts["runs"]
        server.script = [*script, Says(f"As said: {{{{run:{run_id}.tpsa}}}}.")]
        second = here.says("and its TPSA?")
    assert second.text.startswith("As said: 20.2")
    assert f"{{{{run:{run_id}.qed}}}}" in server.texts(), "it was shown the earlier draft"


def test_what_a_model_answers_without_a_tool_is_said_to_be_its_own(talk, lab) -> None:
    with ScriptedModel(["Hello, what shall I look at?"]) as server:
        turn = talk(server).says("Hello")
    assert turn.text.endswith("nothing checked them.")
    with lab.ledger.read() as connection:
        assert connection.scalar(select(func.count()).select_from(RUN)) == 0


def test_a_long_conversation_is_kept_within_its_room(talk) -> None:
    many = [(QED, {"smiles": "C" * n}) for n in range(1, 13)]
    script = [Says("", tool_calls=many), Says("", tool_calls=many[:1]), "Done."]
    with ScriptedModel([*script[:2], Says("", tool_calls=many), "Done."]) as server:
        turn = talk(server).says("x " * 30_000, repeats=9)
        sizes = [sum(len(m.get("content") or "") for m in one["messages"]) for one in server.asked]
    assert turn.ending == "answered"
    assert max(sizes) <= 48_000
