"""What `image.modality` may say of an image, for tests of the tools behind that gate."""

import pictures

from heuresis.contract import Outcome, Quantity, Status
from heuresis.tools.image.modality import KINDS, ModalityResponse
from heuresis.tools.image.pixels import image_file


def gate_says(kind: str, confidence: float = 0.9) -> Outcome:
    """An outcome of `image.modality`, as the lab would hand it over."""
    near = "fundus" if kind == "unknown" else kind
    rest = (1 - confidence) / (len(KINDS) - 1)
    scores = {k: Quantity.exact(confidence if k == near else rest, "1") for k in KINDS}
    response = ModalityResponse(
        modality=kind,  # type: ignore[arg-type]
        nearest=near,  # type: ignore[arg-type]
        is_known=kind != "unknown",
        confidence=scores[near],  # type: ignore[index]
        scores=scores,
        energy=Quantity.exact(-5, "1"),
        energy_limit=Quantity.exact(0, "1"),
        overlay=image_file(pictures.flat(), "x.png"),
    )
    return Outcome(
        run_id="01",
        tool="image.modality",
        status=Status.OK,
        response=response,
        backend="b",
        seconds=0.0,
    )
