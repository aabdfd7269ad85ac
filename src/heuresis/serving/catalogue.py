"""The tools there are, with what each needs to run; one that cannot be loaded is shown as such."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from heuresis.errors import HeuresisError, ServiceError
from heuresis.tools import registry

if TYPE_CHECKING:
    from heuresis.tools.registry import AnyTool

# What importing a module of our own or of an installed package can raise.
BROKEN = (ImportError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, OSError)


@dataclass(frozen=True)
class Entry:
    """One line of the list: a tool, or why there is none."""

    name: str
    tool: "AnyTool | None"
    fault: str = ""


def load(name: str) -> "AnyTool":
    """Import one tool.

    Raises:
        RequestError: No tool has that name.
        ServiceError: It is listed but cannot be imported.
    """
    try:
        return registry.load(name)
    except BROKEN as error:
        text = f"tool {name!r}: cannot be loaded: {type(error).__name__}: {error}"
        raise ServiceError(text) from error


def entries() -> list[Entry]:
    """Import all tools; one that fails does not hide the others."""
    found = []
    for name in registry.places():
        try:
            found.append(Entry(name, load(name)))
        except HeuresisError as error:
            found.append(Entry(name, None, str(error)))
    return found


def ways(tool: "AnyTool") -> list[dict[str, Any]]:
    """Describe a tool's backends: which one is the default, which can run here, what is missing."""
    return [
        {
            "name": backend.name,
            "kind": backend.kind,
            "default": place == 0,
            "missing": backend.missing(),
        }
        for place, backend in enumerate(tool.backends)
    ]
