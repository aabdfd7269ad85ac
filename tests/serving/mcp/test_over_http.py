"""MCP over HTTP behind the API's gate: keys, scopes, others' runs, both eras of the protocol."""

import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import httpx2
import pytest
import uvicorn
from fixtures_api import Api, MakeApi
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from heuresis.serving.mcp.transport import mounted

Use = Callable[[Client], Awaitable[Any]]
ERAS = ("auto", "legacy")


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    return make_api(also=lambda parts: mounted(parts, compact=False))


@pytest.fixture
def place(api: Api) -> Iterator[str]:
    """Serve for real, as a client that streams needs it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(api.app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        server.should_exit = True
        thread.join(20)


def _used(place: str, key: str | None, use: Use, era: str = "auto") -> Any:
    async def run() -> Any:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(place, http_client=http)
            async with Client(transport, mode=era) as client:
                return await use(client)

    return anyio.run(run)


def _call(name: str, **arguments: Any) -> Use:
    return lambda client: client.call_tool(name, arguments)


@pytest.mark.parametrize("era", ERAS)
def test_a_tool_is_called_and_its_run_is_named(api: Api, place: str, era: str) -> None:
    key = api.key()
    answer = _used(place, key, _call("test-echo", number=21), era)
    assert answer.structured_content["response"]["double"]["value"] == 42
    run_id = answer.structured_content["run_id"]
    shown = _used(place, key, _call("get_run", run_id=run_id), era)
    assert shown.structured_content["asked_by"][0].startswith(f"mcp:{key.split('_')[1]}:")


@pytest.mark.parametrize("era", ERAS)
def test_another_keys_run_and_file_are_not_there(api: Api, place: str, era: str) -> None:
    own, other = api.key(), api.key()
    made = _used(place, own, _call("test-echo", number=2001), era)
    uri = made.content[1].uri
    run_id = made.structured_content["run_id"]
    assert _used(place, other, _call("get_run", run_id=run_id), era).is_error
    assert _used(place, own, lambda client: client.read_resource(uri), era).contents
    with pytest.raises((MCPError, ExceptionGroup)):
        _used(place, other, lambda client: client.read_resource(uri), era)


def test_a_scope_is_needed_to_run(api: Api, place: str) -> None:
    answer = _used(place, api.key("read"), _call("test-echo", number=1))
    assert answer.is_error
    assert "allowed: one with 'run'" in answer.content[0].text


def test_a_quota_counts_here_too(api: Api, place: str) -> None:
    key = api.key(runs_per_day=1)
    assert not _used(place, key, _call("test-echo", number=1)).is_error
    assert "allowed: 1 a day" in _used(place, key, _call("test-echo", number=2)).content[0].text


def test_nobody_comes_in_without_a_key_or_with_a_page(api: Api, place: str) -> None:
    key = api.key()
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    with httpx2.Client() as http:
        assert http.post(place, json=body).status_code == 401
        headers = {"Authorization": f"Bearer {key}", "Origin": "https://evil.example"}
        assert http.post(place, json=body, headers=headers).status_code == 403


def test_a_conversation_cannot_be_taken_over_by_another_key(api: Api, place: str) -> None:
    head = {"Accept": "application/json, text/event-stream"}
    begin = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "x", "version": "1"}}}  # fmt: skip
    own = head | {"Authorization": f"Bearer {api.key()}"}
    other = head | {"Authorization": f"Bearer {api.key()}"}
    with httpx2.Client() as http:
        began = http.post(place, json=begin, headers=own)
        session = {"Mcp-Session-Id": began.headers["mcp-session-id"]}
        ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        assert http.post(place, json=ask, headers=own | session).status_code == 200
        assert http.post(place, json=ask, headers=other | session).status_code == 404


def test_the_assistant_is_asked_and_its_answer_names_its_runs(api: Api, place: str) -> None:
    key = api.key()
    answer = _used(place, key, _call("assistant", text="double seven"))
    told = answer.structured_content
    assert (told["status"], len(told["runs"])) == ("answered", 1)
    again = _call("assistant", text="and again", session_id=told["session_id"])
    assert not _used(place, key, again).is_error
    assert _used(place, api.key(), again).is_error
    waiting = _used(place, key, _call("assistant", text="wait"))
    assert waiting.structured_content["approvals"] == [{"id": "x"}]
