"""One line of the doctor."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "missing", "warning", "broken"]


@dataclass(frozen=True)
class Finding:
    """What was looked at and how it is.

    Attributes:
        state: ok; missing: optional and absent; warning: works, look at it; broken: essential.
        part: What was looked at.
        what: What was found.
        fix: What would help; empty where nothing need be done.
    """

    state: State
    part: str
    what: str
    fix: str = ""
