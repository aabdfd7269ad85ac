"""What a crate was made with against what is here: code, Python, packages, tools, weights."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.errors import HeuresisError, RequestError
from heuresis.serving.crate.environment import environment
from heuresis.serving.crate.items import ENVIRONMENT_FILE
from heuresis.serving.crate.opening import Crate
from heuresis.serving.lab import choose_backend
from heuresis.tools import registry

ABSENT = "not installed"


class VersionChange(Frozen):
    """One thing that is of another version here than in the crate."""

    what: str = Field(description="Such as 'python', 'package rdkit', 'tool molecule.describe'.")
    before: str = Field(description="In the crate.")
    after: str = Field(description="Here.")


class _Used(Protocol):
    """The part of a run that names its software."""

    @property
    def tool(self) -> str: ...
    @property
    def tool_version(self) -> str: ...
    @property
    def backend(self) -> str: ...
    @property
    def weights_digest(self) -> str: ...


def version_changes(crate: Crate, runs: Sequence[_Used]) -> tuple[VersionChange, ...]:
    """List what differs, tools and weights first."""
    used = sorted({(one.tool, one.tool_version, one.backend, one.weights_digest) for one in runs})
    pairs = [*(pair for key in used for pair in _of_tool(*key)), *_of_environment(crate)]
    return tuple(
        VersionChange(what=what, before=before, after=after)
        for what, before, after in pairs
        if before != after
    )


def _of_tool(name: str, version: str, backend: str, weights: str) -> Iterator[tuple[str, str, str]]:
    try:
        tool = registry.load(name)
        here = choose_backend(tool, backend)
    except HeuresisError as error:
        yield f"tool {name}", version, f"cannot be loaded: {error}"
        return
    yield f"tool {name}", version, tool.card.version
    missing = here.missing()
    yield (
        f"weights of {name}, {backend}",
        weights,
        f"missing: {missing}" if missing else here.digest(),
    )


def _of_environment(crate: Crate) -> Iterator[tuple[str, str, str]]:
    before, after = _read(crate), environment()
    for name in ("code_version", "python", "implementation", "system", "machine"):
        yield name, str(before.get(name)), str(after[name])
    old, new = _packages(before), _packages(after)
    for name in sorted({*old, *new}):
        yield f"package {name}", old.get(name, ABSENT), new.get(name, ABSENT)


def _read(crate: Crate) -> Mapping[str, Any]:
    try:
        value = json.loads(crate.read(ENVIRONMENT_FILE))
    except (ValueError, RecursionError) as error:
        raise RequestError(f"crate: {ENVIRONMENT_FILE!r}: got no valid JSON: {error}") from error
    return value if isinstance(value, dict) else {}


def _packages(of: Mapping[str, Any]) -> dict[str, str]:
    found = of.get("packages")
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
