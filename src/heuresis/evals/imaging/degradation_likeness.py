"""`python -m heuresis.evals.imaging.degradation_likeness --data DIR`: how much each loss changes.

Median structural similarity to the clean image, for every kind, modality and severity: the table by
which strengths were chosen before they were frozen.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from heuresis.evals.accuracy.table import AccuracyTable, Part, Row, Score, as_markdown
from heuresis.evals.imaging.quality_sources import Base, bases
from heuresis.tools.image.degradations.kinds import MODALITIES, KindName, Modality, kinds_of
from heuresis.tools.image.degradations.simulate import simulate
from heuresis.tools.image.degradations.strengths import MILD, MODERATE, SEVERE

N_IMAGES = 20
PLACES = {"mild": MILD, "moderate": MODERATE, "severe": SEVERE}
WANTED = {"mild": (0.80, 0.95), "severe": (0.40, 0.75)}


def evaluate(data: Path) -> AccuracyTable:
    """Measure on validation images, all sources of a modality alike."""
    clean = [base for base in bases(data) if base.part in ("validation", "train")]
    rows = [
        _row(modality, kind, _drawn(clean, modality))
        for modality in MODALITIES
        for kind in kinds_of(modality)
    ]
    inside = {
        name: sum(low <= row.scores[name].value <= high for row in rows)
        for name, (low, high) in WANTED.items()
    }
    return AccuracyTable(
        name="degradation_likeness",
        title="How much each simulated loss changes an image",
        n_offered=len(clean),
        n_used=N_IMAGES * len(MODALITIES),
        left_out={},
        leak="None: nothing is learned here.",
        finding=(
            f"Of {len(rows)} pairs of modality and kind, {inside['mild']} mild ones fall in 0.80 "
            f"to 0.95 and {inside['severe']} severe ones in 0.40 to 0.75. Light that changes "
            "slowly (bias field, uneven light) is seen by a reader and hardly by SSIM."
        ),
        parts=(Part(caption="Median SSIM", columns=dict.fromkeys(PLACES, "1"), rows=tuple(rows)),),
    )


def _row(modality: Modality, kind: KindName, clean: Sequence[Base]) -> Row:
    from skimage.metrics import structural_similarity

    scores = {}
    for name, place in PLACES.items():
        found = []
        for seed, base in enumerate(clean):
            bad = simulate(base.view, modality, kind, place, seed)
            axis = 2 if bad.ndim == 3 else None
            found.append(structural_similarity(base.view, bad, data_range=255, channel_axis=axis))
        scores[name] = Score(value=float(np.median(found)))
    return Row(method=f"{modality}: {kind}", n=len(clean), scores=scores)


def _drawn(clean: Sequence[Base], modality: Modality) -> list[Base]:
    """Take the same number of each source, in the order of their digests."""
    mine = [base for base in clean if base.modality == modality]
    sources = sorted({base.source for base in mine})
    per_source = -(-N_IMAGES // len(sources))
    picked = [
        base
        for source in sources
        for base in sorted((b for b in mine if b.source == source), key=lambda b: b.key)[
            :per_source
        ]
    ]
    return picked[:N_IMAGES]


def main() -> None:
    """Print the page."""
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    print(as_markdown(evaluate(parser.parse_args().data)))


if __name__ == "__main__":
    main()
