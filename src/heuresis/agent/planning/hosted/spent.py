"""What the questions to a language model cost in a turn, as its replies were recorded."""

from collections.abc import Mapping
from typing import Any

UNKNOWN = "not known: no price is listed for this model"


def spent(stages: Mapping[str, Any]) -> dict[str, Any]:
    """Add up tokens, seconds and money; money is None where one reply's is not known.

    Returns:
        Fields by name; empty where no model was asked.
    """
    replies = {name: body for name, body in stages.items() if name.startswith("reply ")}
    if not replies:
        return {}
    costs = [body["cost_usd"] for body in replies.values()]
    known = [cost for cost in costs if cost is not None]
    return {
        "questions": len(replies),
        "prompt_tokens": sum(body["prompt_tokens"] or 0 for body in replies.values()),
        "completion_tokens": sum(body["completion_tokens"] or 0 for body in replies.values()),
        "seconds": sum(body["seconds"] for body in replies.values()),
        "cost_usd": sum(known) if len(known) == len(costs) else None,
        "cost": "by list prices" if len(known) == len(costs) else UNKNOWN,
    }
