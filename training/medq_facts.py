"""What the card of `medq-small` says; figures come from the evals, nothing is typed in by hand."""

from typing import Any

from heuresis.contract import TrainingData
from heuresis.tools.medical.medq.card import TRAINING


def card_facts(seed: int, minutes: float, metrics: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the model's card."""
    training: tuple[TrainingData, ...] = TRAINING
    return {
        "recipe": "python training/medq_small.py --data DIR",
        "seed": seed,
        "training_data": training,
        "method": (
            "Depthwise-separable CNN on 4 x 4 px cells of a 128 px image (grey, Laplacian, local "
            "spread, colour) with the log spectrum on a 32 x 16 grid and 15 hand features; heads "
            "for 16 kinds x 3 severities, verdict, modality and a score for comparisons. Simulated "
            "losses only; ghosting and dark spots held out. Fundus verdicts: a linear rule over 14 "
            "numbers of structure decides on reject, learned on simulated losses of two cameras. "
            "Two rounds of training took 32 minutes of one core, more by a busy clock. "
            "Sources: arXiv:2510.01691, arXiv:2603.07769, arXiv:1704.04861, arXiv:1706.04599."
        ),
        "minutes": minutes,
        "metrics": metrics,
        "limits": (
            "On sources it never saw it calls half of the untouched images usable or reject (head "
            "CT 87 %, breast MRI 71 %): 'good' means good for the sources it learned from.",
            "Kept-out kinds: dark spots go unnoticed; ghosting is noticed, as an untouched "
            "unseen MR image often is too.",
            "Small canvases are for chest X-ray and CT only; that rule, the statistics per canvas "
            "size and the prior per kind were set after training.",
            "Judges images of 128 px: what is lost below that size is not seen.",
            "Labels are what a simulator did, not readers' opinions; 'usable' exists only there.",
            "One ultrasound source: nothing is known of other scanners.",
            "MRI and CT losses are simulated on displayed images, not on raw data.",
            "DRIMDB is easy: good and bad differ visibly; no evidence of clinical grading.",
            "Slices of one patient may lie on both sides of the split in MedNIST and brain MRI.",
        ),
    }
