"""Who is calling from outside, what that one may do, and how its calls are named."""

from dataclasses import dataclass
from typing import Literal

from heuresis.memory.api_keys import SCOPES, KeyView, Scope
from heuresis.memory.ledger import new_id
from heuresis.serving.context import Context
from heuresis.serving.remote.refusals import ScopeError

Channel = Literal["http", "mcp"]
LOCAL_ID = "local"


@dataclass(frozen=True)
class Principal:
    """A caller.

    Attributes:
        key: Its key; for callers of this computer without one, a row that stands for them.
        sees_all: Whether what others began is shown to it.
    """

    key: KeyView
    sees_all: bool

    @property
    def id(self) -> str:
        """How ledgers name it."""
        return self.key.id

    def may(self, scope: Scope) -> bool:
        """Whether it has a scope; `admin` includes the others."""
        return scope in self.key.scopes or "admin" in self.key.scopes

    def needs(self, scope: Scope) -> None:
        """Refuse where it lacks a scope.

        Raises:
            ScopeError: It does.
        """
        if not self.may(scope):
            had = ", ".join(one for one in SCOPES if one in self.key.scopes) or "none"
            raise ScopeError(f"scope: got a key with {had}, allowed: one with {scope!r}")

    def context(self, channel: Channel, cause: str = "") -> Context:
        """Return a context whose origin names the caller, so that policies see it as remote.

        Args:
            channel: The way it came.
            cause: Stable name of what is repeated after a crash; empty for something new.
        """
        return Context(origin=f"{channel}:{self.id}:{cause or new_id()}")


def of_key(key: KeyView) -> Principal:
    """Return the caller that a key stands for."""
    return Principal(key, sees_all="admin" in key.scopes)


def of_this_computer() -> Principal:
    """Return a caller of this computer, as long as no key was ever made.

    It sees all, as the command line does, but approves nothing: other programs and other people
    of this computer can call, too.
    """
    scopes: frozenset[Scope] = frozenset(["read", "run", "campaign"])
    key = KeyView(LOCAL_ID, "this computer", scopes, 1_000_000, None, "", None)
    return Principal(key, sees_all=True)
