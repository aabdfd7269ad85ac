"""`heuresis mcp serve` for the official client, and for one that writes plain JSON-RPC lines."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

Begin = Callable[..., subprocess.Popen[str]]


class Plain:
    """A client that knows nothing but lines of JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []
        self._last = 0
        self.ask(
            "initialize",
            protocolVersion="2025-06-18",
            capabilities={},
            clientInfo={"name": "plain", "version": "1"},
        )
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def ask(self, method: str, **params: Any) -> Any:
        self._last += 1
        self.send({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        return self.answer(self._last)

    def answer(self, number: int) -> Any:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("id") == number:
                return message.get("result", message.get("error"))
            self.told.append(message)
        raise AssertionError("the server ended")


@pytest.fixture
def plain(begin: Begin) -> Any:
    process = begin("mcp", "serve", stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    yield Plain(process)
    assert process.stdin is not None
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_plain_client_lists_calls_and_reads(plain: Plain) -> None:
    names = {one["name"] for one in plain.ask("tools/list")["tools"]}
    assert {"test-echo", "molecule-describe", "assistant", "get_run"} <= names
    answer = plain.ask("tools/call", name="test-echo", arguments={"number": 2000})
    run_id = answer["structuredContent"]["run_id"]
    assert f"run {run_id}" in answer["content"][0]["text"]
    link = answer["content"][1]
    assert link["type"] == "resource_link"
    read = plain.ask("resources/read", uri=link["uri"])
    assert read["contents"][0]["blob"] == "MjAwMA=="
    shown = plain.ask("tools/call", name="get_run", arguments={"run_id": run_id})
    origin = shown["structuredContent"]["asked_by"][0]
    assert origin.startswith("mcp:local:")


def test_a_plain_client_is_told_what_was_wrong(plain: Plain) -> None:
    for name, arguments, told in (
        ("test-echo", {"numbr": 1}, "number: got nothing"),
        ("test-echo", {"number": -2}, "not made for"),
        ("test-none", {}, "unknown name"),
        ("get_run", {"run_id": "none"}, "unknown id"),
    ):
        answer = plain.ask("tools/call", name=name, arguments=arguments)
        assert answer["isError"]
        assert told in answer["content"][0]["text"]
    unknown = f"heuresis://artifact/sha256:{'0' * 64}"
    assert "unknown" in plain.ask("resources/read", uri=unknown)["message"]
    assert "unknown" in plain.ask("resources/read", uri="file:///etc/passwd")["message"]


def test_a_plain_client_is_told_of_progress_and_cancels(begin: Begin, tmp_path: Path) -> None:
    env = {**os.environ, "SLOW_S": "3"}
    process = begin("mcp", "serve", stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
    client = Plain(process)
    try:
        answer = client.ask(
            "tools/call", name="test-slow", arguments={"smiles": "CC"}, _meta={"progressToken": 1}
        )
        assert not answer["isError"]
        assert any(one.get("method") == "notifications/progress" for one in client.told)
        client.send({"jsonrpc": "2.0", "id": 99, "method": "tools/call",
                     "params": {"name": "test-slow", "arguments": {"smiles": "CCC"}}})  # fmt: skip
        client.send({"jsonrpc": "2.0", "method": "notifications/cancelled",
                     "params": {"requestId": 99}})  # fmt: skip
        assert client.ask("tools/list")["tools"]  # answered while the other still computes
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_the_official_client_uses_the_compact_mode_and_the_assistant(
    program: list[str],
) -> None:
    async def use() -> None:
        command = StdioServerParameters(
            command=program[0],
            args=[*program[1:], "mcp", "serve", "--compact"],
            env=dict(os.environ),
        )
        told: list[str | None] = []

        async def note(done: float, total: float | None, words: str | None) -> None:
            told.append(words)

        async with Client(command) as client:
            names = [one.name for one in (await client.list_tools()).tools]
            assert names == ["find_tools", "describe_tool", "call_tool", "get_run", "assistant"]
            found = await client.call_tool("find_tools", {"query": "doubles a number"})
            assert found.structured_content is not None
            assert found.structured_content["tools"][0]["tool"] == "test.echo"
            shown = await client.call_tool("describe_tool", {"tool": "test.echo"})
            assert shown.structured_content is not None
            example = shown.structured_content["example"]
            many = {"tool": "test.echo", "requests": [example, {"number": 5}]}
            answer = await client.call_tool("call_tool", many)
            assert answer.structured_content is not None
            assert len(answer.structured_content["outcomes"]) == 2
            asked = await client.call_tool(
                "assistant", {"text": "logP of caffeine?"}, progress_callback=note
            )
            assert asked.structured_content is not None
            assert asked.structured_content["status"] == "answered"
            assert asked.structured_content["runs"]
            assert any("understood" in (words or "") for words in told)

    anyio.run(use)
