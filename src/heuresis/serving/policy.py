"""What may not run or not be shown: asked before and after every run, outside any model.

A policy that raises, or answers for fewer subjects than it was asked about, blocks everything it
was asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from heuresis.contract import Backend, Request, Response

Level = Literal["ok", "review", "blocked"]
SEVERITY: dict[Level, int] = {"ok": 0, "review": 1, "blocked": 2}


@dataclass(frozen=True)
class Verdict:
    """What a policy says of one request or answer.

    Attributes:
        level: `review` runs, is logged, and is marked; `blocked` does not run or is not shown.
        rule_id: The rule that decided.
        reason: In general words; never tells how to pass.
        subject: Digest of what was judged.
        told: What the caller is told, where that must be less than rule and reason; the log has
            both. Empty: rule and reason.
    """

    level: Level = "ok"
    rule_id: str = ""
    reason: str = ""
    subject: str = ""
    told: str = ""

    @property
    def message(self) -> str:
        """What the caller is told."""
        return self.told or f"{self.rule_id}: {self.reason}"

    @property
    def is_blocked(self) -> bool:
        """Whether nothing may run."""
        return self.level == "blocked"


OK = Verdict()


class Policy(Protocol):
    """A screen. Its answers depend on its arguments and its rules alone."""

    name: str

    def digest(self) -> str:
        """Identify the rules in force."""
        ...

    def judge(self, kind: str, forms: Sequence[str]) -> list[Verdict]:
        """Judge candidates ('molecule' as SMILES, 'crystal' as CIF), in order."""
        ...

    def before(self, tool: str, requests: Sequence[Request]) -> list[Verdict]:
        """Judge requests, in order."""
        ...

    def after(
        self, tool: str, requests: Sequence[Request], responses: Sequence[Response]
    ) -> list[Verdict]:
        """Judge answers, in order."""
        ...


@runtime_checkable
class EgressPolicy(Policy, Protocol):
    """A screen that also judges where a request goes, before it leaves this computer.

    An `ok` with a rule id is logged when the request is sent: somebody may ask what left.
    """

    def leaving(
        self, tool: str, requests: Sequence[Request], backend: Backend[Any, Any]
    ) -> list[Verdict]:
        """Judge requests that an endpoint would get, in order."""
        ...


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the strictest verdict; ok when there is none."""
    return max(verdicts, key=lambda verdict: SEVERITY[verdict.level], default=OK)
