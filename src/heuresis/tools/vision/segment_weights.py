"""The published S2-UniSeg: nothing to run yet, and this file says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from heuresis.errors import ServiceError
from heuresis.tools.vision.segment_schema import SegmentRequest, SegmentResponse

REASON = (
    "the authors of S2-UniSeg (arXiv 2508.06995) have released no weights; use uniap-handfeat or "
    "s2-uniseg-small, or serve a segmenter of your own and name it in the setting "
    'HEURESIS_ENDPOINTS, as JSON {"vision.segment": "http://…"}'
)


@dataclass(frozen=True)
class PublishedWeights:
    """S2-UniSeg by its authors; unavailable."""

    name: str = "s2-uniseg"
    kind: Literal["embedded", "weights", "endpoint"] = "weights"
    batch_size: int = 1

    def missing(self) -> str | None:
        """Say why it cannot run and what can."""
        return REASON

    def digest(self) -> str:
        """Identify what is not there."""
        return "program:s2-uniseg==unreleased"

    def run(self, requests: Sequence[SegmentRequest]) -> list[SegmentResponse]:
        """Refuse.

        Raises:
            ServiceError: Always.
        """
        raise ServiceError(f"backend {self.name!r}: {REASON}")
