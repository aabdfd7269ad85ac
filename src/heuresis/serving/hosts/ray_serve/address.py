"""How a deployment is called, and which backend of which tool stands behind the name."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from heuresis.contract import Backend, Tool
from heuresis.errors import RequestError, ServiceError
from heuresis.tools import registry
from heuresis.tools.registry import AnyTool

AnyBackend = Backend[Any, Any]


@dataclass(frozen=True)
class Address:
    """One backend of one tool, in words that hold on every machine of a cluster.

    Attributes:
        tool: Name in the registry: 'crystal.relax'.
        backend: Name of the backend: 'chgnet'.
        place: Where the tool is: 'module:OBJECT'. A replica need not know the caller's registry.
    """

    tool: str
    backend: str
    place: str

    @property
    def name(self) -> str:
        """Name of the deployment: 'crystal.relax.chgnet'. Tools have one dot, so it is unique."""
        return f"{self.tool}.{self.backend}"

    def open(self) -> tuple[AnyTool, AnyBackend]:
        """Import the tool and return it with the backend; loads no model.

        Raises:
            ServiceError: They are not where the address says.
        """
        from importlib import import_module

        module, _, attribute = self.place.partition(":")
        tool = getattr(import_module(module), attribute, None)
        if isinstance(tool, Tool) and tool.name == self.tool:
            for backend in tool.backends:
                if backend.name == self.backend:
                    return tool, backend
        raise ServiceError(f"deployment {self.name!r}: got nothing so named at {self.place!r}")


def addresses() -> Iterator[Address]:
    """Return the address of every backend that computes where it is hosted.

    An endpoint has its model elsewhere already: its caller asks it directly, and keys stay with
    the caller.
    """
    for tool, place in registry.places().items():
        for backend in registry.load(tool).backends:
            if backend.kind != "endpoint":
                yield Address(tool, backend.name, place)


def address_of(backend: AnyBackend) -> Address:
    """Return the address of a backend in hand.

    Raises:
        ServiceError: No registered tool has it.
    """
    for name, place in registry.places().items():
        if place.partition(":")[0] not in sys.modules:
            continue  # who holds a backend has imported its tool
        if any(one is backend for one in registry.load(name).backends):
            return Address(name, backend.name, place)
    raise ServiceError(
        f"backend {backend.name!r}: got one of no registered tool; the Ray host serves the registry"
    )


def named(name: str) -> Address:
    """Return an address by its name.

    Raises:
        RequestError: No deployment has that name.
    """
    known = {one.name: one for one in addresses()}
    if name not in known:
        allowed = ", ".join(known)
        raise RequestError(f"deployment {name!r}: got an unknown name, allowed: {allowed}")
    return known[name]
