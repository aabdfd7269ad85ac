"""Image quality in the words of a vision-language model at an address of the user's.

What it says is parsed into slots and kept as it was said; what the parser does not understand is
not guessed: no verdict in the last sentence means no verdict. It states no probabilities, so none
are given. Pictures leave only where the settings allow the address, and the lab logs each.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from heuresis.contract import Grade, ImageFile, Quantity, Status
from heuresis.errors import ServiceError
from heuresis.settings import get_settings
from heuresis.tools.chat import Chat
from heuresis.tools.conversation import Message, Picture, Reply
from heuresis.tools.image.overlay import side_by_side
from heuresis.tools.image.pixels import encode, pixels, rgb
from heuresis.tools.medical.medq import prompts
from heuresis.tools.medical.medq.advice import advise
from heuresis.tools.medical.medq.findings import KINDS, Finding
from heuresis.tools.medical.medq.pair_reading import PairReading, read_pair
from heuresis.tools.medical.medq.picture import enlarged
from heuresis.tools.medical.medq.reading import Slot, implied_tier, read
from heuresis.tools.medical.medq.tiers import Tier
from heuresis.tools.medical.medq.view import prepared

if TYPE_CHECKING:
    from heuresis.contract import ImageRef
    from heuresis.tools.medical.compare_quality import (
        CompareQualityProblem,
        CompareQualityResponse,
    )
    from heuresis.tools.medical.quality import QualityProblem, QualityResponse

TOOL = "medical.quality"  # whose model compares, too
MAX_TOKENS = 1_500  # five sentences, and room for a model that thinks first
WHY_COVERAGE = "counted exactly"


class _Endpoint:
    """What both backends share: where they ask, and what names their answers."""

    name = "endpoint"
    kind: Literal["embedded", "weights", "endpoint"] = "endpoint"
    batch_size = 1

    @property
    def endpoint(self) -> str:
        """Address that pictures are sent to, for the privacy screen."""
        return _chat().endpoint

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        try:
            return _chat().missing()
        except ValueError as error:  # of the settings; the doctor must go on
            return f"settings: {' '.join(str(error).split())[:200]}; correct HEURESIS_… variables"

    def digest(self) -> str:
        """Identify model, address and prompts; weights behind an address are unknown."""
        return f"program:chat {_chat().identity or 'none'},prompts {prompts.digest()[7:19]}"


class QualityEndpoint(_Endpoint):
    """Describes one image."""

    def run(self, requests: Sequence["QualityProblem"]) -> list["QualityResponse"]:
        """Return one description per request, in order."""
        return [self._one(request) for request in requests]

    def _one(self, request: "QualityProblem") -> "QualityResponse":
        from heuresis.tools.medical.quality import Attribute, QualityResponse

        text = _asked(prompts.DESCRIBE, request.image).text
        reading = read(text)
        slots = findings_of(reading.slots)
        return QualityResponse(
            modality=request.judged_as,
            attributes=tuple(Attribute(kind=one.kind, severity=one.severity) for one in slots),
            verdict=reading.verdict,
            text=text,
            advice=advise(slots),
            coverage=_coverage(reading.coverage),
            overlay=_picture({"as sent": request.image}, f"verdict: {reading.verdict or 'none'}"),
        )


class CompareEndpoint(_Endpoint):
    """Compares two images."""

    def run(self, requests: Sequence["CompareQualityProblem"]) -> list["CompareQualityResponse"]:
        """Return one comparison per request, in order."""
        return [self._one(request) for request in requests]

    def _one(self, request: "CompareQualityProblem") -> "CompareQualityResponse":
        from heuresis.tools.medical.compare_quality import CompareQualityResponse, differences

        text = _asked(prompts.COMPARE, request.first, request.second).text
        reading = read_pair(text)
        slots = pair_findings(reading)
        return CompareQualityResponse(
            modality=request.judged_as,
            better=reading.better,
            differences=differences(*slots),
            first_findings=slots[0],
            second_findings=slots[1],
            text=text,
            coverage=_coverage(reading.coverage),
            overlay=_picture(
                {"first": request.first, "second": request.second},
                f"better: {reading.better or 'not said'}",
            ),
        )


def findings_of(slots: Sequence[Slot]) -> tuple[Finding, ...]:
    """Return slots, denied ones too, of the kinds that the tools know."""
    return tuple(Finding.model_validate(s.model_dump()) for s in slots if s.kind in KINDS)


def pair_findings(reading: PairReading) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return what is visible in each image, of the kinds that the tools know."""
    first, second = (
        tuple(one for one in findings_of(slots) if one.severity != "none")
        for slots in (reading.first, reading.second)
    )
    return first, second


def check_words(text: str, findings: Sequence[Finding], verdict: Tier | None) -> None:
    """Insist that slots and verdict are those of the text.

    Raises:
        ServiceError: They are not.
    """
    reading = read(text)
    if (findings_of(reading.slots), reading.verdict) != (tuple(findings), verdict):
        raise ServiceError(
            f"attributes: got {findings!r} and {verdict!r}, allowed what the text says: "
            f"{reading.slots!r} and {reading.verdict!r}"
        )


def grade_words(text: str, verdict: Tier | None) -> Grade:
    """Call an answer partial that names no verdict, or one that its findings do not imply."""
    if verdict is None:
        return Grade(status=Status.PARTIAL, reason="the reply names no verdict")
    implied = implied_tier(read(text).slots)
    if verdict != implied:
        why = f"the reply says {verdict!r}, what it describes implies {implied!r}"
        return Grade(status=Status.PARTIAL, reason=why)
    return Grade()


def _chat() -> Chat:
    settings = get_settings()
    model = settings.endpoints.get(TOOL) or settings.chat_model
    return Chat.of(settings, model=model, max_tokens=MAX_TOKENS)


def _asked(words: str, *images: "ImageRef") -> Reply:
    shown = tuple(Picture(data=encode(rgb(image))) for image in images)
    text = words + prompts.NAMES
    reply = _chat().ask([Message(role="user", text=text, pictures=shown)])
    if not reply.text.strip():
        why = "cut off while it thought" if reply.finish == "length" else "empty"
        raise ServiceError(f"endpoint: got a reply that is {why}, allowed: three to five sentences")
    return reply


def _coverage(share: float) -> Quantity:
    return Quantity.exact(share, "1", WHY_COVERAGE)


def _picture(images: dict[str, "ImageRef"], note: str) -> ImageFile:
    panels: list[tuple[str, Any]] = [
        (title, enlarged(prepared(pixels(image)))) for title, image in images.items()
    ]
    return side_by_side(panels, "quality.png", note)
