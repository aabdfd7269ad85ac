"""Models that are slow, broken, in a loop, lying or greedy: the answer stays true and says so."""

import pytest
from scripted_model import Dies, Fails, Garbles, Hangs, Reply, Says, ScriptedModel

QED = "molecule-describe"
ASKS = Says("", tool_calls=[(QED, {"smiles": "CCO"})])
TELLS = Says("It is {{run:s1.qed}}.")


@pytest.mark.parametrize(
    "reply",
    [Hangs(), Fails(500), Fails(401, "bad key"), Dies(), Garbles(), Fails(429, "slow down")],
    ids=["silent", "broken", "locked", "dying", "garbling", "busy"],
)
def test_without_its_model_a_turn_is_planned_by_rules_and_says_so(talk, reply: Reply) -> None:
    with ScriptedModel(otherwise=lambda asked: reply) as server:
        turn = talk(server, chat_timeout_s=0.5).says("What is the QED of CCO?")
    assert turn.ending == "answered"
    assert turn.text.startswith("The language model could not be used: ")
    assert "This was planned without it." in turn.text
    assert "0.4068" in turn.text
    assert "unsourced" not in turn.text
    assert (turn.facts["planner"], turn.facts["is_models_text"]) == ("embedded", False)


def test_a_model_that_dies_after_its_first_step_costs_nothing_that_was_done(talk, lab) -> None:
    with ScriptedModel([ASKS], otherwise=lambda asked: Dies()) as server:
        here = talk(server)
        turn = here.says("What is the QED of CCO?")
    assert "0.4068" in turn.text
    names = [name for name in here.stages(turn) if name.startswith("step ")]
    assert names == ["step s1", "step s2", "step s3"], "the first is the model's own"
    runs = {run for name in names for run in here.stages(turn)[name]["runs"].values()}
    assert len(runs) == 2, "describing was a hit the second time"


def test_a_passing_failure_is_tried_once_more(talk) -> None:
    with ScriptedModel([Fails(503), ASKS, Dies(), TELLS]) as server:
        turn = talk(server).says("QED of CCO")
    assert turn.text.startswith("It is 0.4068")
    assert turn.facts["language_model"]["questions"] == 2


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ((QED, '{"smiles": "CCO"'), "no JSON"),
        ((QED, {"smile": "CCO"}), "smile: got 'CCO'"),
        ((QED, {}), "smiles: got nothing"),
        (("molecule-brew", {"smiles": "CCO"}), "function: got 'molecule-brew', allowed: "),
        ((QED, {"smiles": "{{run:s9.smiles}}"}), "not one of this conversation"),
        ((QED, {"smiles": "{{given:4}}"}), "given:4: got none"),
    ],
)
def test_a_call_that_cannot_be_made_is_asked_for_again_with_the_error(talk, call, told) -> None:
    with ScriptedModel([Says("", tool_calls=[call]), ASKS, TELLS]) as server:
        turn = talk(server).says("QED of CCO")
        shown = server.texts(1)
    assert told in shown
    assert turn.text.startswith("It is 0.4068")


def test_calls_beyond_what_one_reply_may_hold_are_not_dropped_in_silence(talk) -> None:
    many = [(QED, {"smiles": "C" * n}) for n in range(1, 19)]
    with ScriptedModel([Says("", tool_calls=many), "Done."]) as server:
        turn = talk(server).says("QED of alkanes")
        shown = server.texts()
    assert len(turn.facts["runs"]) == 16
    assert shown.count("got more, allowed: 16 in one reply") == 2


@pytest.mark.parametrize(
    "reply", [Says("", tool_calls=[("fly", {})]), Says(""), Says("so", finish="length")]
)
def test_a_model_that_never_makes_sense_is_given_up_after_three_replies(talk, reply) -> None:
    with ScriptedModel(otherwise=lambda asked: reply) as server:
        turn = talk(server).says("QED of CCO")
        n_asked = server.n_asked
    assert n_asked == 3
    assert turn.text.startswith("The language model gave 3 replies that could not be used")
    assert "0.4068" in turn.text


def test_the_same_call_for_ever_is_stopped_and_never_called_done(talk) -> None:
    with ScriptedModel(otherwise=lambda asked: ASKS) as server:
        here = talk(server)
        turn = here.says("QED of CCO", repeats=3)
        n_asked = server.n_asked
    assert turn.ending == "stopped"
    assert "Stopped: the same call came to the same result" in turn.text
    assert n_asked <= 5
    assert here.told[-1] == "stopped" and "answered" not in here.told
    assert "0.4068" in turn.text, "what was found until then is told"
    assert len(turn.facts["runs"]) == 1


def test_a_greedy_model_is_stopped_at_its_tokens(talk) -> None:
    greedy = Says("", tool_calls=[(QED, {"smiles": "CCO"})], completion_tokens=40_000)
    with ScriptedModel([greedy], otherwise=lambda asked: TELLS) as server:
        turn = talk(server).says("QED of CCO", tokens=30_000)
        n_asked = server.n_asked
    assert (turn.ending, n_asked) == ("stopped", 1)
    assert "limit of 30000 tokens" in turn.text


LIES = [
    "The QED is 0.41.",
    "The QED is about four tenths.",
    "The QED is {{run:s1.qed}}, that is 40 %.",
    "The QED is {{run:s1.charm}}.",
    "The QED is {{run:s7.qed}}.",
    "The QED is {{run:01ARZ3NDEKTSV4RRFFQ69G5FAV.qed}}.",
    "It is {{run:s1.qed}}.\n\nSources:\n- doi:10.1234/invented.5 (2019)\n\n# More\nIt is 7.",
]


@pytest.mark.parametrize("lie", LIES)
def test_a_number_that_no_run_gave_is_asked_for_again_and_then_not_shown(talk, lie: str) -> None:
    with ScriptedModel([ASKS], otherwise=lambda asked: Says(lie)) as server:
        turn = talk(server).says("What is the QED of CCO?")
        n_asked, shown = server.n_asked, server.texts()
    if "Sources" in lie:
        assert "invented" not in turn.text and "It is 7" not in turn.text
        return
    assert n_asked == 4, "one call, one text, two rewrites"
    assert "without a source" in shown
    assert turn.text.startswith("The text of the language model is not shown")
    assert turn.facts["is_models_text"] is False
    assert "0.4068" in turn.text
    assert "0.41." not in turn.text


def test_a_corrected_answer_is_shown(talk) -> None:
    with ScriptedModel([ASKS, Says("It is 0.41."), TELLS]) as server:
        turn = talk(server).says("QED of CCO")
    assert turn.text.startswith("It is 0.4068")


def test_a_run_of_another_session_cannot_be_cited_nor_its_number_copied(talk) -> None:
    with ScriptedModel([ASKS, TELLS]) as server:
        [foreign] = talk(server).says("QED of CCO").facts["runs"]
    cites = Says(f"Tetradecane has {{{{run:{foreign}.qed}}}}.")
    asks = Says("", tool_calls=[(QED, {"smiles": "C" * 14})])
    with ScriptedModel([asks], otherwise=lambda asked: cites) as server:
        turn = talk(server).says("QED of tetradecane")
    assert turn.facts["is_models_text"] is False
    assert "0.4068" not in turn.text
    assert foreign not in turn.facts["runs"]
