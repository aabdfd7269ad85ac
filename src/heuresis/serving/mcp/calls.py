"""What the entries do: tools through the lab, runs through what the caller may see."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import anyio
from mcp import types
from pydantic import ValidationError

from heuresis.contract import Outcome
from heuresis.errors import RequestError
from heuresis.explain import wrong_fields
from heuresis.memory import jobs
from heuresis.memory.ledger import new_id
from heuresis.serving import catalogue
from heuresis.serving.jobs.work import AT_ONCE
from heuresis.serving.mcp import entries, results
from heuresis.serving.mcp.patience import Tell, patiently
from heuresis.serving.remote.asking import check_call
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.principal import Principal
from heuresis.serving.remote.provenance import run_view
from heuresis.serving.remote.refusals import UnknownError
from heuresis.serving.remote.talk import Saying, begin, speak
from heuresis.tools import registry
from heuresis.tools.registry import AnyTool

M = TypeVar("M", bound=Any)
Answer = Callable[[Any, Principal, Tell], Awaitable[types.CallToolResult]]
LOOK_S = 0.2
ENDINGS = ("done", "failed", "cancelled", "waiting")


class Calls:
    """Answers calls of entries.

    Args:
        parts: What they are answered with.
        compact: Whether tools are reached through `call_tool` only.
    """

    def __init__(self, parts: Parts, *, compact: bool) -> None:
        self._parts = parts
        own: dict[str, Answer] = {"get_run": self._get_run}
        if parts.assistant is not None:
            own["assistant"] = self._ask
        if compact:
            own |= {"find_tools": self._find, "describe_tool": self._describe,
                    "call_tool": self._call}  # fmt: skip
        self._own = own
        self._compact = compact

    async def answer(
        self, name: str, arguments: dict[str, Any], who: Principal, tell: Tell
    ) -> types.CallToolResult:
        """Answer one call.

        Raises:
            HeuresisError: It is refused, or a service failed.
        """
        if name in self._own:
            return await self._own[name](_read(entries.OWN[name][0], arguments), who, tell)
        tool = entries.tool_name(name)
        if self._compact or tool not in registry.places():
            raise UnknownError(f"entry {name!r}: got an unknown name, see tools/list")
        found = await self._run(catalogue.load(tool), [arguments], None, who, tell)
        return results.of_outcome(found[0])

    async def _find(self, asked: entries.Find, who: Principal, _: Tell) -> types.CallToolResult:
        who.needs("read")
        tools = await anyio.to_thread.run_sync(entries.found, asked.query)
        return results.of_data({"tools": tools})

    async def _describe(
        self, asked: entries.Describe, who: Principal, _: Tell
    ) -> types.CallToolResult:
        who.needs("read")
        tool = _known(asked.tool)
        return results.of_data(
            {
                "tool": tool.name,
                "summary": tool.card.summary,
                "domain": tool.card.domain,
                "accuracy": tool.card.accuracy,
                "failures": list(tool.card.failures),
                "backends": catalogue.ways(tool),
                "request": tool.request.model_json_schema(),
                "example": tool.example.model_dump(mode="json"),
            }
        )

    async def _call(self, asked: entries.Call, who: Principal, tell: Tell) -> types.CallToolResult:
        tool = _known(asked.tool)
        found = await self._run(tool, asked.requests, asked.backend, who, tell)
        return results.of_outcome(found[0]) if len(found) == 1 else results.of_outcomes(found)

    async def _get_run(
        self, asked: entries.GetRun, who: Principal, _: Tell
    ) -> types.CallToolResult:
        who.needs("read")
        view = await anyio.to_thread.run_sync(run_view, self._parts.ledger, who, asked.run_id)
        run = {**view["run"], "response": results.small(view["run"]["response"], asked.run_id)}
        return results.of_data({**view, "run": run})

    async def _run(
        self, tool: AnyTool, given: list[dict[str, Any]], backend: str | None, who: Principal,
        tell: Tell,
    ) -> list[Outcome]:  # fmt: skip
        """Run requests, a few at a time, so that progress is told and nothing outlives a cancel."""
        who.needs("run")
        typed = [_read(tool.request, one) for one in given]
        ready = partial(check_call, self._parts, tool, typed, who, backend)
        await anyio.to_thread.run_sync(ready)
        n_at_once = AT_ONCE[tool.card.cost]
        found: list[Outcome] = []
        for at in range(0, len(typed), n_at_once):
            if at:
                await tell(at, len(typed), f"{tool.name}: {at} of {len(typed)}")
            context = who.context("mcp")
            part = typed[at : at + n_at_once]
            run = partial(self._parts.lab.run_many, tool.name, part, context, backend)
            found += await patiently(run, _from(at, len(typed), tell), tool.name)
        return found

    async def _ask(self, asked: entries.Ask, who: Principal, tell: Tell) -> types.CallToolResult:
        who.needs("run")
        session_id = asked.session_id
        if session_id is None:
            session_id = new_id()
            await anyio.to_thread.run_sync(begin, self._parts, who, asked.text[:80], session_id)
        said, job_id = Saying(text=asked.text, files=list(asked.files)), new_id()
        await anyio.to_thread.run_sync(speak, self._parts, who, session_id, said, job_id, "mcp")
        try:
            ending = await self._watch(job_id, tell)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(
                    jobs.cancel, self._parts.ledger, job_id, self._parts.crew.kept_s
                )
            raise
        return _told(ending, session_id, job_id)

    async def _watch(self, job_id: str, tell: Tell) -> dict[str, Any]:
        """Tell what happens until it ends or waits for a person, and return the last of it."""
        after, told = 0, 0
        while True:
            for event in await anyio.to_thread.run_sync(
                jobs.events, self._parts.ledger, job_id, after
            ):
                after = event["number"]
                if event["name"] in ENDINGS and "reason" in event:
                    return event
                told += 1
                await tell(told, None, f"{event['name']}: {event.get('text', '')}"[:300])
            await anyio.sleep(LOOK_S)


def _told(event: dict[str, Any], session_id: str, job_id: str) -> types.CallToolResult:
    text = event.get("text") or event["reason"]
    data = {
        "status": event.get("ending", event["name"]),
        "text": text,
        "session_id": session_id,
        "message_id": job_id,
        "runs": event.get("runs", []),
        "numbers": event.get("fills", []),
        "approvals": event.get("approvals", []),
    }
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=f"{text}\n\nsession {session_id}")],
        structured_content=data,
        is_error=event["name"] in ("failed", "cancelled"),
    )


def _from(at: int, n_total: int, tell: Tell) -> Tell:
    """Return what tells of a part within the whole: a beat must not go back behind it."""
    if n_total == 1:
        return tell

    async def beat(waited_s: float, _: float | None, words: str) -> None:
        await tell(at + min(0.9, waited_s / 100), n_total, words)

    return beat


def _known(name: str) -> AnyTool:
    tool = entries.tool_name(name)
    if tool not in registry.places():
        raise UnknownError(f"tool {name!r}: got an unknown name, see find_tools")
    return catalogue.load(tool)


def _read(kind: type[M], arguments: dict[str, Any]) -> M:
    try:
        return kind.model_validate(arguments)  # type: ignore[no-any-return]  # M, as it says
    except ValidationError as error:
        raise RequestError("; ".join(wrong_fields(error, "arguments"))) from error
