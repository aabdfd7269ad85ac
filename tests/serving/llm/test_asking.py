"""Three small questions to a model, over the real way: litellm and a server on this computer."""

from pathlib import Path

import pytest
from scripted_model import Fails, Says, ScriptedModel

from heuresis.serving.llm import asking
from heuresis.settings import LlmEndpoint, Settings
from heuresis.tools.chat import Chat
from heuresis.tools.image.pixels import decode


def asked(server: ScriptedModel, home: Path, *, released: bool = True) -> dict[str, str]:
    place = LlmEndpoint(base_url=server.url, model="theirs")
    settings = Settings(
        home=home,
        llm_endpoints={"ours": place},
        egress_allowed=(server.url,) if released else (),
    )
    chat = Chat.of(settings, model="ours")
    return asking.answers(chat, calls_tools=True, sees_pictures=True)


def test_a_model_that_can_all_three_is_ok(tmp_path: Path) -> None:
    called = Says(None, tool_calls=[("add", {"a": 2, "b": 3})])
    with ScriptedModel(["It is 42.", called, "Red"]) as server:
        assert asked(server, tmp_path) == dict.fromkeys(("sum", "tool call", "picture"), "ok")
    assert [one["model"] for one in server.asked] == ["theirs"] * 3


def test_a_parser_that_does_not_fit_is_found(tmp_path: Path) -> None:
    script = ["41", "I would call add(2, 3).", "A blue sky"]
    with ScriptedModel(script) as server:
        told = asked(server, tmp_path)
    assert told["sum"] == "got '41', allowed: 42"
    assert "does its tool-call parser fit?" in told["tool call"]
    assert told["picture"].endswith("allowed: red")


def test_one_question_that_fails_leaves_the_others(tmp_path: Path) -> None:
    wrong = Says(None, tool_calls=[("add", {"a": 2, "b": 4})])
    with ScriptedModel([Fails(500, "out of memory"), wrong, "red"]) as server:
        told = asked(server, tmp_path)
    assert "out of memory" in told["sum"]
    assert "allowed: add(2, 3)" in told["tool call"]
    assert told["picture"] == "ok"


def test_no_picture_goes_where_none_may(tmp_path: Path) -> None:
    called = Says(None, tool_calls=[("add", {"a": 2, "b": 3})])
    with ScriptedModel(["42", called]) as server:
        told = asked(server, tmp_path, released=False)
    assert "HEURESIS_EGRESS_ALLOWED" in told["picture"]
    assert server.n_asked == 2


def test_the_picture_is_one_and_red() -> None:
    pytest.importorskip("PIL")
    picture = decode(asking.red_square(), "of the test")
    assert picture.shape == (asking.SIDE_PX, asking.SIDE_PX, 3)
    assert (picture == (255, 0, 0)).all()
