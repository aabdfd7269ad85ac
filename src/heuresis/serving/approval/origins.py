"""Who is behind a call: a person's own command, a campaign, a conversation, or somebody remote."""

from typing import Literal

Kind = Literal["person", "campaign", "session", "remote"]

# Whoever is not named here counts as remote, for which the rules are strictest.
KINDS: dict[str, Kind] = {
    "call": "person",
    "claim": "person",
    "eval": "person",
    "library": "person",
    "replay": "person",
    "campaign": "campaign",
    "session": "session",
    "http": "remote",
    "mcp": "remote",
}


def kind_of(origin: str) -> Kind:
    """Return what kind of origin it is, such as 'session' for 'session:ID:MESSAGE:s1'."""
    return KINDS.get(origin.partition(":")[0], "remote")


def session_of(origin: str) -> tuple[str | None, str | None]:
    """Return the ids of session and message that an origin names, or None for each."""
    if kind_of(origin) != "session":
        return None, None
    parts = origin.split(":")
    return parts[1] if len(parts) > 1 else None, parts[2] if len(parts) > 2 else None


def asker_of(origin: str) -> str:
    """Name whom an approval is for: a step of a session, or a remote caller.

    Each call of a remote caller has a name of its own, so they are known by their way in and, where
    the origin names it ('http:NAME:CALL'), by the name of their key.
    """
    if kind_of(origin) == "session":
        return origin
    way, *rest = origin.split(":")
    return f"{way}:{rest[0]}" if len(rest) > 1 else way


def party_of(origin: str) -> str:
    """Name for whom an approval for always holds: all sessions, or one remote caller."""
    kind = kind_of(origin)
    return asker_of(origin) if kind == "remote" else kind
