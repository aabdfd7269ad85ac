"""Findings as three to five sentences in the form of MedQ-Bench; nothing is said that no slot says.

The last sentence of a description is "Overall, the quality of this image is good." (or usable, or
reject); a comparison ends by naming the better image.
"""

from collections.abc import Sequence
from typing import Literal

from heuresis.tools.medical.medq.findings import (
    ABOUT,
    Finding,
    KindName,
    Modality,
    Severity,
    visible,
)
from heuresis.tools.medical.medq.tiers import Tier, tier_of

Better = Literal["first", "second", "tie"]
NAMES: dict[Modality, str] = {
    "chest_xray": "chest X-ray",
    "ct": "CT image",
    "mri": "MR image",
    "ultrasound": "ultrasound image",
    "fundus": "colour fundus photograph",
    "microscopy": "microscopy image",
}
APPEARANCE: dict[Tier, str] = {
    "good": "with clear structures",
    "usable": "whose structures can still be recognised",
    "reject": "whose structures are hard to judge",
}
NOTHING = "There is no visible degradation."
MEANING: dict[Severity, str] = {
    "severe": "This hides details that a reader needs.",
    "mild": "This disturbs the eye but leaves the main structures readable.",
    "none": "Edges, brightness and contrast look as is usual for this kind of image.",
}
BETTER: dict[Better, str] = {
    "first": "Overall, the first image has the better quality.",
    "second": "Overall, the second image has the better quality.",
    "tie": "Overall, both images have the same quality.",
}


def describe(modality: Modality, findings: Sequence[Finding]) -> str:
    """Return four or five sentences: appearance, findings by falling severity, verdict."""
    verdict = tier_of(findings)
    seen = visible(findings)
    severe = [one.kind for one in seen if one.severity == "severe"]
    mild = [one.kind for one in seen if one.severity == "mild"]
    sentences = [f"This is {_with_article(NAMES[modality])} {APPEARANCE[verdict]}."]
    sentences += [f"It shows severe {_listed(severe)}."] if severe else []
    sentences += [f"It shows mild {_listed(mild)}."] if mild else []
    sentences += [] if seen else [NOTHING]
    sentences.append(MEANING[seen[0].severity if seen else "none"])
    sentences.append(f"Overall, the quality of this image is {verdict}.")
    return " ".join(sentences)


def describe_pair(
    modality: Modality,
    better: Better,
    first: Sequence[Finding],
    second: Sequence[Finding],
) -> str:
    """Return four sentences: what is shown, each image's findings, which is better."""
    sentences = [
        f"Both are {NAMES[modality]}s.",
        _one_of_two("first", first),
        _one_of_two("second", second),
        BETTER[better],
    ]
    return " ".join(sentences)


def _with_article(name: str) -> str:
    return f"{'an' if name.startswith(('MR ', 'u')) else 'a'} {name}"


def _one_of_two(which: str, findings: Sequence[Finding]) -> str:
    seen = visible(findings)
    if not seen:
        return f"The {which} image shows no visible degradation."
    severe = [one.kind for one in seen if one.severity == "severe"]
    mild = [one.kind for one in seen if one.severity == "mild"]
    parts = [f"severe {_listed(severe)}"] if severe else []
    parts += [f"mild {_listed(mild)}"] if mild else []
    return f"The {which} image shows {' and '.join(parts)}."


def _listed(kinds: Sequence[KindName]) -> str:
    words = [ABOUT[kind].words for kind in kinds]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
