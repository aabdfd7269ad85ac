"""What came out of running a crate again: how much was the same, and what was not."""

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.serving.differences import Difference, Tolerance
from heuresis.serving.versions import VersionChange

GOOD_SHARE = 0.99


class Skipped(Frozen):
    """A run that was not executed again."""

    run: str = Field(description="Id of the run in the crate.")
    tool: str = Field(description="Its tool.")
    reason: str = Field(description="Why.")


class ReplayReport(Frozen):
    """What came out of running a crate again; what differs in version comes first."""

    crate: str = Field(description="Name of the crate.")
    crate_digest: str = Field(description="sha256 of its metadata.")
    versions: tuple[VersionChange, ...] = Field(
        description="Code, Python, packages, tools, weights."
    )
    n_runs: int = Field(description="Runs that should say the same again.")
    n_same: int = Field(description="Runs that did, all numbers within tolerance.")
    share: float = Field(description="n_same / n_runs; a run that could not be tried is not same.")
    tolerances: dict[str, Tolerance] = Field(description="By tool.")
    differences: tuple[Difference, ...] = Field(description="Every place beyond tolerance.")
    files: tuple[Difference, ...] = Field(description="Files of other bytes, such as drawings.")
    skipped: tuple[Skipped, ...] = Field(description="Runs that could not be tried.")
    left_out: tuple[Skipped, ...] = Field(
        description="Runs not meant to repeat: failed, withheld, of an endpoint."
    )

    @property
    def is_repeated(self) -> bool:
        """Whether at least 99 % said the same and none failed."""
        has_failed = any(one.path == "status" and one.after.startswith("failed")
                         for one in self.differences)  # fmt: skip
        return self.share >= GOOD_SHARE and not has_failed
