"""Outcomes as an agent reads them: numbers and the run's id first, files and structures by link."""

import json
from collections.abc import Iterator
from typing import Any

from mcp import types
from pydantic import BaseModel

from heuresis.contract import Artifact, Crystal, Outcome, Quantity

MAX_NUMBERS = 40  # told in words; the structured answer has all
MAX_TEXT_CHARS = 1_000  # of one text of an answer; longer ones are linked
MAX_WORDS = 300
SCHEME = "heuresis"
CIF = "chemical/x-cif"


def of_outcome(outcome: Outcome) -> types.CallToolResult:
    """Return one outcome: what it says in words, in data, and links to what is large."""
    links: list[types.ContentBlock] = list(_links(outcome))
    words = types.TextContent(type="text", text=_words(outcome))
    return types.CallToolResult(
        content=[words, *links],
        structured_content=small(outcome.model_dump(mode="json"), outcome.run_id),
        is_error=not outcome.is_usable and outcome.status.value != "empty",
    )


def of_outcomes(outcomes: list[Outcome]) -> types.CallToolResult:
    """Return many outcomes, one line each, and all of them as data."""
    lines = [_words(one).replace("\n", "; ")[:MAX_WORDS] for one in outcomes]
    links = [link for one in outcomes[:MAX_NUMBERS] for link in _links(one)]
    told = [small(one.model_dump(mode="json"), one.run_id) for one in outcomes]
    return types.CallToolResult(
        content=[types.TextContent(type="text", text="\n".join(lines)), *links],
        structured_content={"outcomes": told},
        is_error=all(not one.is_usable for one in outcomes),
    )


def of_data(data: dict[str, Any]) -> types.CallToolResult:
    """Return data, also as text for clients that read nothing else."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structured_content=data
    )


def of_refusal(text: str) -> types.CallToolResult:
    """Return why nothing was done."""
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)


def run_uri(run_id: str, path: str = "") -> str:
    """Name a run, or a part of its answer, as a resource."""
    return f"{SCHEME}://run/{run_id}" + (f"/{path}" if path else "")


def file_uri(digest: str) -> str:
    """Name a file as a resource."""
    return f"{SCHEME}://artifact/{digest}"


def small(value: Any, run_id: str, path: str = "") -> Any:
    """Return data with its long texts replaced by the names of their resources."""
    if isinstance(value, str) and len(value) > MAX_TEXT_CHARS:
        return run_uri(run_id, path)
    if isinstance(value, dict):
        return {name: small(part, run_id, _step(path, name)) for name, part in value.items()}
    if isinstance(value, list):
        return [small(part, run_id, f"{path}[{i}]") for i, part in enumerate(value)]
    return value


def _step(path: str, name: str) -> str:
    if name == "response" and not path:
        return ""
    return f"{path}.{name}" if path else name


def _words(outcome: Outcome) -> str:
    lines = [f"{outcome.tool}: {outcome.status.value}. {outcome.reason}".strip()]
    numbers = list(outcome.quantities.items())
    lines += [f"{path}: {_spelled(number)}" for path, number in numbers[:MAX_NUMBERS]]
    if len(numbers) > MAX_NUMBERS:
        lines.append(f"and {len(numbers) - MAX_NUMBERS} more numbers in the structured answer")
    lines += [f"{name}: {text}" for name, text in _texts(outcome.response)]
    lines.append(f"run {outcome.run_id}{', cached' if outcome.cached else ''}")
    return "\n".join([*lines, outcome.notice] if outcome.notice else lines)


def _spelled(number: Quantity) -> str:
    unit = "" if number.unit == "1" else f" {number.unit}"
    if number.std is not None:
        return f"{number.value:.6g} ± {number.std:.2g}{unit}"
    if number.interval is not None:
        interval = number.interval
        return (
            f"{number.value:.6g}{unit} ({interval.low:.4g} to {interval.high:.4g}, "
            f"{interval.level:.0%})"
        )
    return f"{number.value:.6g}{unit}"


def _texts(response: Any) -> Iterator[tuple[str, str]]:
    """Yield the short texts and truths at the top of an answer."""
    for name in type(response).model_fields if isinstance(response, BaseModel) else ():
        value = getattr(response, name)
        if isinstance(value, str | bool) and len(str(value)) <= MAX_WORDS:
            yield name, str(value)


def _links(outcome: Outcome) -> Iterator[types.ResourceLink]:
    for path, part in _parts(outcome.response, ""):
        if isinstance(part, Artifact):
            yield types.ResourceLink(
                type="resource_link", name=part.name, title=path, uri=file_uri(part.digest),
                mime_type=part.media_type, size=part.n_bytes,
            )  # fmt: skip
        elif isinstance(part, Crystal):
            yield types.ResourceLink(
                type="resource_link", name=f"{path}.cif", title=path, mime_type=CIF,
                uri=run_uri(outcome.run_id, path), size=len(part.encode()),
            )  # fmt: skip


def _parts(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the files and structures in an answer by their paths."""
    if isinstance(value, Artifact | Crystal):
        yield path, value
    elif isinstance(value, BaseModel) and not isinstance(value, Quantity):
        for name in type(value).model_fields:
            yield from _parts(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for i, part in enumerate(value):
            yield from _parts(part, f"{path}[{i}]")
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _parts(part, f"{path}.{name}" if path else str(name))
