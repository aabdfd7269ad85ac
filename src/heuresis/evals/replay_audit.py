"""R7.2: does a crate, run again on a machine of the same type, say the same within tolerance?"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.serving.replay import replay
from heuresis.serving.replay_report import GOOD_SHARE, ReplayReport

SAYS = f"replay of a crate repeats at least {GOOD_SHARE:.0%} of its runs within tolerance"


class ReplayVerdict(Frozen):
    """The statement, judged, with what it rests on."""

    statement: Literal["R7.2"] = "R7.2"
    says: str = SAYS
    verdict: Literal["pass", "fail"] = Field(description="Yes or no.")
    reason: str = Field(description="The counts.")
    report: ReplayReport = Field(description="Every difference.")


def audit_replay(crate: Path) -> ReplayVerdict:
    """Replay a crate in a fresh folder and judge R7.2.

    Raises:
        RequestError: The crate cannot be read or was altered.
    """
    report = replay(crate)
    reason = (
        f"{report.n_same} of {report.n_runs} runs the same, {len(report.skipped)} skipped, "
        f"{len(report.differences)} differences, {len(report.left_out)} not meant to repeat"
    )
    return ReplayVerdict(
        verdict="pass" if report.is_repeated else "fail", reason=reason, report=report
    )
