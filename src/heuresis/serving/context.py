"""Who calls and under which limits: travels with every call through the lab."""

from collections.abc import Callable
from dataclasses import dataclass, field

from heuresis.memory.ledger import new_id


def _somebody() -> str:
    return f"call:{new_id()}"


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where a call comes from.

    Attributes:
        origin: Stable name of the cause, such as 'campaign:ID:3:validate'. A caller that repeats
            a call after a crash uses the same origin, and is given what it was given before.
        campaign_id: The campaign it belongs to, if any.
        session_id: The conversation it belongs to, if any.
        cause: Origin of the call that led to this one, where a tool needs another's answer; empty
            for a call of its own. Rules of approval look at it.
        asked: Digest of what a person was shown when asked for approval; empty where they are
            shown the requests themselves.
        spend: Called with a tool's name and the number of runs about to be executed; raises
            BudgetError when they are not affordable.
    """

    origin: str = field(default_factory=_somebody)
    campaign_id: str | None = None
    session_id: str | None = None
    cause: str = ""
    asked: str = ""
    spend: Callable[[str, int], None] | None = None
