"""The MCP server: entries derived from the tools' own types, over the same lab and gates."""

from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
from mcp import MCPError, types
from mcp.server import Server
from mcp.server.context import ServerRequestContext

from heuresis import __version__
from heuresis.errors import HeuresisError, RequestError
from heuresis.serving.mcp import entries, resources, results
from heuresis.serving.mcp.calls import Calls
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.principal import Principal

Asked = ServerRequestContext[Any, Any]
ABOUT = (
    "Scientific tools whose every result names a run in a ledger. State numbers only as results "
    "state them, with unit and run id; get_run shows where one came from. A refusal says what was "
    "got and what is allowed. Medical outputs are for research use, not for diagnosis."
)


def make_server(
    parts: Parts, who_of: Callable[[Asked], Principal], *, compact: bool
) -> Server[Any]:
    """Return a server that has no transport yet.

    Args:
        parts: What it answers with.
        who_of: Tells who is behind a request.
        compact: Four entries that lead to the tools, instead of one for each tool.
    """
    calls = Calls(parts, compact=compact)

    async def list_tools(asked: Asked, _: Any) -> types.ListToolsResult:
        who_of(asked).needs("read")
        offered = partial(
            entries.offered, compact=compact, has_assistant=parts.assistant is not None
        )
        return types.ListToolsResult(tools=await anyio.to_thread.run_sync(offered))

    async def call_tool(asked: Asked, given: types.CallToolRequestParams) -> types.CallToolResult:
        async def tell(done: float, total: float | None, words: str) -> None:
            await asked.session.report_progress(done, total, words)

        try:
            return await calls.answer(given.name, given.arguments or {}, who_of(asked), tell)
        except HeuresisError as error:
            return results.of_refusal(str(error))

    async def list_resources(asked: Asked, _: Any) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=[resources.LISTED])

    async def list_templates(asked: Asked, _: Any) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=resources.TEMPLATES)

    async def read_resource(
        asked: Asked, given: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        try:
            return await anyio.to_thread.run_sync(
                resources.read, parts, who_of(asked), str(given.uri)
            )
        except HeuresisError as error:
            code = types.INVALID_PARAMS if isinstance(error, RequestError) else types.INTERNAL_ERROR
            raise MCPError(code=code, message=str(error)) from error

    return Server(
        "heuresis",
        version=__version__,
        instructions=ABOUT,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )
