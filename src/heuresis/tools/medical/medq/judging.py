"""From images to findings, verdict and score: the network, the fundus rule and the slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heuresis.contract import ImageRef
from heuresis.tools.image.degradations.kinds import KindName, Modality, kinds_of
from heuresis.tools.image.pixels import pixels
from heuresis.tools.medical.medq.decoding import slots_implying
from heuresis.tools.medical.medq.findings import SEVERITIES, Finding
from heuresis.tools.medical.medq.fundus_structure import structure_features
from heuresis.tools.medical.medq.tiers import TIERS, Tier
from heuresis.tools.medical.medq.view import View, prepared

MODEL = "medq-small"
SMALLEST = 1e-9


@dataclass(frozen=True)
class Verdict:
    """What is said of one image.

    Attributes:
        view: The image as the network saw it.
        kinds: Kinds that were looked for.
        chances: kinds x 3, probability of none, mild and severe.
        findings: One slot per kind; together they imply the tier.
        tier: Most probable verdict.
        tier_chances: Probability of good, usable and reject.
        q: Score; higher is better, in units of the logit of a comparison.
    """

    view: View
    kinds: tuple[KindName, ...]
    chances: Any
    findings: tuple[Finding, ...]
    tier: Tier
    tier_chances: tuple[float, float, float]
    q: float


def missing() -> str | None:
    """Say what stops the model and the fix, or None."""
    from importlib.util import find_spec

    needed = ("torch", "PIL", "scipy", "safetensors")
    absent = [name for name in needed if find_spec(name) is None]
    return f"no {', '.join(absent)}: pip install 'heuresis[images]'" if absent else None


def judge(images: Sequence[ImageRef], modalities: Sequence[Modality]) -> list[Verdict]:
    """Judge images as what they were said to show, in order."""
    from heuresis.tools.medical.medq.network import loaded

    return verdicts(loaded(), [prepared(pixels(image)) for image in images], modalities)


def verdicts(net: Any, views: Sequence[View], modalities: Sequence[Modality]) -> list[Verdict]:
    """Judge prepared images with a network."""
    from heuresis.tools.medical.medq.network import KNOWN, judged

    found = judged(net, views, modalities)
    tiers = _with_structure(net, views, modalities, found.tier)
    told = []
    for i, (view, modality) in enumerate(zip(views, modalities, strict=True)):
        kinds = tuple(kind for kind in kinds_of(modality) if kind in KNOWN)
        chances = found.severity[i][[KNOWN.index(kind) for kind in kinds]]
        tier = TIERS[int(np.argmax(tiers[i]))]
        levels = slots_implying(tier, chances)
        findings = tuple(
            Finding(kind=kind, severity=SEVERITIES[at])
            for kind, at in zip(kinds, levels, strict=True)
        )
        good, usable, reject = (float(chance) for chance in tiers[i])
        shares = (good, usable, reject)
        told.append(Verdict(view, kinds, chances, findings, tier, shares, float(found.q[i])))
    return told


def network_tiers(net: Any, views: Sequence[View], modalities: Sequence[Modality]) -> Any:
    """Return n x 3 probabilities of the verdicts by the network alone."""
    from heuresis.tools.medical.medq.network import judged

    return judged(net, views, modalities).tier


def structure_chances(net: Any, views: Sequence[View]) -> Any:
    """Return n probabilities that a fundus photograph shows no structure, by the linear rule."""
    names = ("fundus_mean", "fundus_std", "fundus_weight", "fundus_bias")
    mean, std, weight, bias = (getattr(net, name).double().numpy() for name in names)
    features = np.stack([structure_features(view) for view in views]).astype(float)
    return 1 / (1 + np.exp(-(((features - mean) / std) * weight).sum(axis=1) - bias[0]))


def _with_structure(
    net: Any, views: Sequence[View], modalities: Sequence[Modality], tiers: Any
) -> Any:
    """Let the structure rule speak beside the network on fundus photographs."""
    at = [i for i, modality in enumerate(modalities) if modality == "fundus"]
    if not at:
        return tiers
    joined = tiers.copy()
    joined[at] = combined(tiers[at], structure_chances(net, [views[i] for i in at]))
    return joined


def combined(tiers: Any, missing_structure: Any) -> Any:
    """Return n x 3: the mean of the network and of a network whose 'reject' is the rule's.

    Of three ways tried (rule for network, larger of both, mean) the mean was best on DRIMDB and
    lost least on simulated losses.
    """
    both = tiers[:, :2].sum(axis=1, keepdims=True)
    rest = np.where(both > SMALLEST, tiers[:, :2] / np.maximum(both, SMALLEST), 0.5)
    kept = (1 - missing_structure)[:, None] * rest
    by_rule = np.concatenate([kept, missing_structure[:, None]], axis=1)
    return (tiers + by_rule) / 2
