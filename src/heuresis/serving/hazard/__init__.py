"""The hazard screen: refuse dangerous molecules before any model sees them, and fail closed.

Deterministic and without any learned model. Rules are data under `rules/`; `rules_digest()` names
the version that spoke.
"""

from heuresis.serving.hazard.names import screen_names
from heuresis.serving.hazard.notation import readings
from heuresis.serving.hazard.rules import rules_digest
from heuresis.serving.hazard.screening import screen
from heuresis.serving.policy import Verdict

__all__ = ["Verdict", "readings", "rules_digest", "screen", "screen_names"]
