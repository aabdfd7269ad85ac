"""A campaign of about a second that needs no model, as the content of its file."""

from typing import Any

WEIGH = {"tool": "test.weigh", "path": "weight", "unit": "1"}


def small(**changes: Any) -> dict[str, Any]:
    """Return the content of a campaign file that takes about a second."""
    content: dict[str, Any] = {
        "name": "small",
        "goal": "more nitrogen and oxygen around caffeine",
        "seed": 1,
        "space": {
            "kind": "molecule",
            "start": ["CN1C=NC2=C1C(=O)N(C(=O)N2C)C"],
            "max_heavy_atoms": 22,
        },
        "objectives": [
            {"name": "share", "direction": "maximise", "worst": 0.1, "best": 0.9, **WEIGH}
        ],
        "validators": [
            {"kind": "distinct"},
            {"kind": "expect", "name": "light", "tool": "test.weigh", "path": "is_light",
             "one_of": [True]},
        ],
        "proposer": {"kind": "evolution"},
        "budget": {"rounds": 3, "per_round": 6},
    }  # fmt: skip
    return {**content, **changes}
