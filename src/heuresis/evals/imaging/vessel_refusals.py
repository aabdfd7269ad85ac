"""Who is let in to have vessels marked: photographs of eyes, and pictures of anything else."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import ImageRef, Outcome, Response, Status, digest_of
from heuresis.errors import OutOfDomainError
from heuresis.evals.accuracy.table import Part, Row, Score
from heuresis.tools.image.modality import MODALITY, ModalityRequest
from heuresis.tools.image.modality_gate import require_modality
from heuresis.tools.image.pixels import encode
from heuresis.tools.medical.quality import QUALITY, QualityProblem
from heuresis.tools.medical.serp_mamba import gate

SOURCES = {
    "natural photographs (BSDS500, val)": "bsds/val/image",
    "no usable fundus (DRIMDB, outlier)": "fundus_quality/outlier",
    "bad fundus photographs (DRIMDB, bad)": "fundus_quality/bad",
    "good fundus photographs (DRIMDB, good)": "fundus_quality/good",
    "DRIVE, test": "vessels/drive/test/image",
    "STARE": "vessels/stare/image",
    "CHASE_DB1": "vessels/chase/image",
}
GATES = ("colour and field", "modality", "quality")


def refusals(data: Path) -> Part:
    """Count who is refused, and by which gate first."""
    rows = []
    for name, place in SOURCES.items():
        files = sorted((data / place).iterdir())
        found = Counter(refused_by(_picture(file)) for file in files)
        told = {gate: Score(value=found[gate] / len(files)) for gate in GATES}
        told["refused"] = Score(value=1 - found[None] / len(files))
        rows.append(Row(method=name, n=len(files), scores=told))
    caption = "Share refused, in all and by the gate that refused first"
    return Part(caption=caption, columns=dict.fromkeys(("refused", *GATES), "1"), rows=tuple(rows))


def refused_by(image: NDArray[np.uint8]) -> str | None:
    """Return the first gate that refuses a picture, or None where it is let in."""
    data = encode(image)
    ref = ImageRef(digest_of(data)).opened(lambda _: data)
    try:
        gate.require_colour(image)
        gate.require_narrow(image, gate.found_field(image))
    except OutOfDomainError:
        return GATES[0]
    try:
        asked: Any = ModalityRequest.model_construct(image=ref)  # validation would close the file
        require_modality(_outcome(MODALITY.name, MODALITY.backends[0].run([asked])), "fundus")
    except OutOfDomainError:
        return GATES[1]
    try:
        problem: Any = QualityProblem.model_construct(image=ref, modality=None, judged_as="fundus")
        gate.judged(_outcome(QUALITY.name, QUALITY.backends[0].run([problem])), False)
    except OutOfDomainError:
        return GATES[2]
    return None


def _outcome(tool: str, responses: Sequence[Response]) -> Outcome:
    return Outcome(
        run_id="eval", tool=tool, status=Status.OK, response=responses[0], backend="", seconds=0
    )


def _picture(file: Path) -> NDArray[np.uint8]:
    from PIL import Image

    return np.asarray(Image.open(file).convert("RGB"))
