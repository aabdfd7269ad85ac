"""The door to language models, against a scripted server on this computer."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_model import Fails, Garbles, Hangs, Says, ScriptedModel

from heuresis.errors import PolicyError, RequestError, ServiceError
from heuresis.settings import LlmEndpoint, Settings
from heuresis.tools.chat import Chat
from heuresis.tools.conversation import Message, Offer, Picture, ToolCall, without_thoughts

HELLO = (Message(role="user", text="hello"),)
SHOWN = (Message(role="user", text="look", pictures=(Picture(data=b"\x89PNG"),)),)
KEY = "sk-very-secret"


def toy(server: ScriptedModel, **changes: object) -> Chat:
    usual = {"model": "toy", "base_url": server.url, "timeout_s": 5.0}
    return Chat(**{**usual, "egress_allowed": (server.url,), **changes})  # type: ignore[arg-type]  # fields by name


def test_a_question_is_answered_with_its_tokens_and_no_invented_price() -> None:
    with ScriptedModel([Says("hi", prompt_tokens=11, completion_tokens=2)]) as server:
        reply = toy(server).ask(HELLO)
    assert (reply.text, reply.finish, reply.model) == ("hi", "stop", "toy")
    assert (reply.prompt_tokens, reply.completion_tokens, reply.cost_usd) == (11, 2, None)
    assert server.asked[0]["temperature"] == 0
    assert server.asked[0]["seed"] == 0
    assert reply.left_out == ()


def test_a_model_with_a_list_price_costs_what_its_tokens_cost() -> None:
    with ScriptedModel([Says("hi", prompt_tokens=1000, completion_tokens=1000)]) as server:
        reply = toy(server, model="openai/gpt-4o").ask(HELLO)
    assert reply.cost_usd is not None
    assert 0.001 < reply.cost_usd < 1


def test_what_a_model_does_not_take_is_left_out_and_told() -> None:
    with ScriptedModel(["hi"]) as server:
        reply = toy(server, model="openai/gpt-5").ask(HELLO)
    assert "temperature" in reply.left_out
    assert "temperature" not in server.asked[0]


def test_pictures_travel_as_data_after_the_text() -> None:
    with ScriptedModel(["seen"]) as server:
        toy(server).ask(SHOWN)
    text, picture = server.asked[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": "look"}
    assert picture["image_url"]["url"] == "data:image/png;base64,iVBORw=="


def test_a_model_asks_for_a_tool_and_is_told_the_result() -> None:
    offer = Offer(name="weigh", description="Weigh it.", parameters={"type": "object"})
    script = [Says(None, tool_calls=[("weigh", {"what": "salt"})]), Says("58 g/mol")]
    with ScriptedModel(script) as server:
        first = toy(server).ask(HELLO, [offer])
        (call,) = first.tool_calls
        told = Message(role="tool", text="58", answers=call.id)
        second = toy(server).ask([*HELLO, first.as_message(), told], [offer])
    assert (first.text, first.finish) == ("", "tool_calls")
    assert call.parsed() == {"what": "salt"}
    assert second.text == "58 g/mol"
    assert server.asked[0]["tools"][0]["function"]["name"] == "weigh"
    known = {"messages", "model", "path", "seed", "temperature", "tools"}
    assert server.asked[0].keys() == known, "nothing of litellm's own may travel"
    _, asked_for, answered = server.asked[1]["messages"]
    assert asked_for["tool_calls"][0]["function"]["arguments"] == json.dumps({"what": "salt"})
    assert (answered["role"], answered["tool_call_id"]) == ("tool", call.id)


@pytest.mark.parametrize("arguments", ["{", "[1]", "null", '"text"'])
def test_broken_arguments_are_an_error_that_the_model_can_read(arguments: str) -> None:
    call = ToolCall(id="1", name="weigh", arguments=arguments)
    with pytest.raises(RequestError, match=r"'weigh': got .* allowed: one JSON object"):
        call.parsed()


def test_a_cut_off_answer_says_so() -> None:
    with ScriptedModel([Says("one two", finish="length")]) as server:
        reply = toy(server, max_tokens=2).ask(HELLO)
    assert reply.finish == "length"
    assert server.asked[0]["max_tokens"] == 2


@pytest.mark.parametrize(
    ("said", "text", "reasoning"),
    [
        (Says("yes", reasoning="because"), "yes", "because"),
        (Says("<think>because</think>yes"), "yes", "because"),
        (Says("because</think>\nyes"), "yes", "because"),
        (Says("<think>becau", finish="length"), "", "becau"),
        (Says("yes"), "yes", None),
    ],
)
def test_reasoning_is_kept_apart(said: Says, text: str, reasoning: str | None) -> None:
    with ScriptedModel([said]) as server:
        reply = toy(server).ask(HELLO)
    assert (reply.text, reply.reasoning) == (text, reasoning)


@given(st.text(), st.text())
def test_thoughts_never_leak_into_the_answer(thoughts: str, answer: str) -> None:
    for each in (thoughts, answer):
        if "<" in each:
            return
    text, found = without_thoughts(f"<think>{thoughts}</think>{answer}")
    assert (text, found) == (answer.strip(), thoughts.strip())
    assert without_thoughts(answer) == (answer, "")


# --- what goes wrong ---


@pytest.mark.parametrize(
    ("failure", "transient"),
    [
        (Fails(500), True),
        (Fails(502), True),
        (Fails(503), True),
        (Fails(429), True),
        (Fails(429, "out of credit", "insufficient_quota"), False),
        (Fails(401), False),
        (Fails(403), False),
        (Fails(400, "no such field"), False),
        (Fails(418), False),
        (Garbles(), True),
        (Garbles(b"<html>busy</html>"), True),
        (Garbles(b"{}"), True),
        (Garbles(b'{"choices": []}'), True),
        (Garbles(b'{"choices": [{"message": null}]}'), True),
    ],
    ids=str,
)
def test_a_failing_server_is_a_service_error_that_says_whether_to_try_again(
    failure: Fails | Garbles, transient: bool
) -> None:
    with ScriptedModel([failure]) as server:
        with pytest.raises(ServiceError, match="language model") as caught:
            toy(server).ask(HELLO)
    assert caught.value.transient is transient
    assert server.n_asked == 1, "retries are the lab's, which counts them"


def test_a_silent_server_is_given_up_after_the_time_allowed() -> None:
    with ScriptedModel([Hangs()]) as server:
        with pytest.raises(ServiceError, match="no answer in time") as caught:
            toy(server, timeout_s=0.2).ask(HELLO)
    assert caught.value.transient


def test_a_server_that_is_gone_may_come_back() -> None:
    with ScriptedModel() as server:
        chat = toy(server)
    with pytest.raises(ServiceError, match="Connection error") as caught:
        chat.ask(HELLO)
    assert caught.value.transient


@pytest.mark.parametrize(
    ("failure", "match"),
    [
        (Fails(404, "model 'toy' not found"), "a name the server does not know"),
        (Fails(400, "maximum context length is 8", "context_length_exceeded"), "more text than"),
    ],
    ids=str,
)
def test_what_the_caller_can_mend_is_the_callers(failure: Fails, match: str) -> None:
    with ScriptedModel([failure]) as server:
        with pytest.raises(RequestError, match=match):
            toy(server).ask(HELLO)


@pytest.mark.parametrize("model", ["nonsense", "bogus/nonsense"])
def test_a_name_without_a_provider_needs_an_address(model: str) -> None:
    with pytest.raises(RequestError, match="allowed: 'provider/name'"):
        Chat(model=model).ask(HELLO)


@pytest.mark.parametrize("model", ["toy", "Somebody/Toy-7B", "openai/toy"])
def test_with_an_address_any_name_is_the_servers(model: str) -> None:
    with ScriptedModel(["hi"]) as server:
        assert toy(server, model=model).ask(HELLO).text == "hi"
    assert server.asked[0]["model"] == model.removeprefix("openai/")


# --- keys and images ---


def test_the_key_is_read_when_asked_and_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_KEY", KEY)
    with ScriptedModel([Fails(401, f"wrong key {KEY}"), "hi"]) as server:
        chat = toy(server, key_env="TOY_KEY")
        with pytest.raises(ServiceError, match="wrong key …"):
            chat.ask(HELLO)
        chat.ask(HELLO)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(chat) + chat.identity


def test_a_key_of_another_service_is_not_sent_to_an_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ScriptedModel(["hi"]) as server:
        toy(server, model="openai/toy").ask(HELLO)
    assert KEY not in str(server.headers)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"model": ""}, "set HEURESIS_CHAT_MODEL"),
        ({"key_env": "NO_SUCH_VARIABLE_HERE"}, "set the environment variable NO_SUCH_VARIABLE"),
        ({"base_url": "localhost:8000"}, r"got 'localhost:8000', allowed: http"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(
    changes: dict[str, str], match: str
) -> None:
    with ScriptedModel() as server:
        chat = toy(server, **changes)
        with pytest.raises(ServiceError, match=match):
            chat.ask(HELLO)
    assert server.n_asked == 0


def test_pictures_go_nowhere_unless_the_address_is_released() -> None:
    with ScriptedModel(["seen"]) as server:
        with pytest.raises(PolicyError, match=r"HEURESIS_EGRESS_ALLOWED lists"):
            toy(server, egress_allowed=()).ask(SHOWN)
        assert server.n_asked == 0
        assert toy(server, egress_allowed=(f"{server.url}/",)).ask(SHOWN).text == "seen"
    assert Chat(model="openai/gpt-4o").may_see_pictures() is not None
    assert Chat(model="openai/gpt-4o", egress_allowed=("openai",)).may_see_pictures() is None


def test_settings_hold_the_name_of_a_key_and_never_a_key() -> None:
    settings = Settings(chat_model="toy", chat_base_url="http://localhost:1/v1", chat_key_env="K")
    assert Chat.of(settings, timeout_s=3.0) == Chat(
        model="toy", base_url="http://localhost:1/v1", key_env="K", timeout_s=3.0
    )
    with pytest.raises(ValueError, match="the name of an environment variable"):
        Settings(chat_key_env=KEY)


def test_a_key_of_the_file_of_secrets_is_sent_and_one_that_others_can_read_is_not(
    tmp_path: Path,
) -> None:
    file = tmp_path / "secrets.yaml"
    file.touch(0o600)
    file.write_text(f"TOY_KEY: '{KEY}'")
    with ScriptedModel(["hi"]) as server:
        chat = toy(server, key_env="TOY_KEY", secrets_file=file)
        chat.ask(HELLO)
        file.chmod(0o640)
        with pytest.raises(ServiceError, match=r"got the mode 0640, allowed: 0600.*chmod 600"):
            chat.ask(HELLO)
        assert "put it into" in str(
            toy(server, key_env="OTHER", secrets_file=tmp_path / "x").missing()
        )
    assert [one["authorization"] for one in server.headers] == [f"Bearer {KEY}"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_key_that_a_model_repeats_is_in_no_part_of_its_reply(
    streamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_KEY", KEY)
    says = Says(
        f"your key {KEY} and {KEY[:12]}",
        tool_calls=[(f"weigh_{KEY}", {"what": KEY})],
        reasoning=f"thinks of {KEY}",
    )
    pieces: list[str] = []
    with ScriptedModel([says]) as server:
        reply = toy(server, key_env="TOY_KEY").ask(HELLO, (), pieces.append if streamed else None)
    assert reply.text == "your key … and …"
    assert reply.reasoning == "thinks of …"
    assert (reply.tool_calls[0].name, reply.tool_calls[0].parsed()) == ("weigh_…", {"what": "…"})
    assert "".join(pieces) == (reply.text if streamed else "")


def test_a_name_of_the_settings_brings_its_address_its_model_and_its_key(tmp_path: Path) -> None:
    place = LlmEndpoint(base_url="http://h/v1", model="theirs", key_env="K")
    settings = Settings(
        home=tmp_path, chat_model="ours", chat_base_url="http://x/v1", llm_endpoints={"ours": place}
    )
    chat = Chat.of(settings)
    assert (chat.model, chat.base_url, chat.key_env) == ("theirs", "http://h/v1", "K")
    assert chat.secrets_file == tmp_path / "secrets.yaml"
    assert Chat.of(settings, model="other").base_url == "http://x/v1"
    assert Chat.of(settings, base_url="http://y/v1").model == "ours"
    short = Settings(llm_endpoints={"a": LlmEndpoint(base_url="http://h/v1")}, chat_model="a")
    assert Chat.of(short).model == "a"


def test_what_litellm_logs_holds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = "of no form that litellm knows by itself"
    monkeypatch.setenv("TOY_KEY", odd)
    with ScriptedModel(["hi"]) as server:
        toy(server, key_env="TOY_KEY").ask(HELLO)
    log = logging.getLogger("LiteLLM")
    record = log.makeRecord(log.name, logging.ERROR, __file__, 1, "it is %s", (odd,), None)
    told = [one.format(record) for one in log.handlers]
    assert told
    assert all("it is …" in one for one in told)


def test_loading_asks_nobody_and_reads_no_dotenv(tmp_path: object) -> None:
    code = """
import socket, sys
from pathlib import Path
Path(".env").write_text("OPENAI_API_KEY=sk-from-dotenv")
def refuse(*_, **__): raise SystemExit("it asked the network")
socket.getaddrinfo = socket.socket.connect = refuse
from heuresis.tools import chat
assert "litellm" not in sys.modules and "openai" not in sys.modules
lite = chat._litellm()
import os, time
time.sleep(0.2)
assert "OPENAI_API_KEY" not in os.environ
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=str(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        env=None,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ""
