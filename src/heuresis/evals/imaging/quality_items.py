"""Simulated items of image quality: clean images and what was done to each, from one seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heuresis.evals.imaging.quality_sources import Base
from heuresis.tools.image.degradations.kinds import KindName, Modality, kinds_of
from heuresis.tools.image.degradations.simulate import simulate
from heuresis.tools.image.degradations.strengths import MILD, MODERATE, SEVERE
from heuresis.tools.medical.medq.findings import Finding, Severity
from heuresis.tools.medical.medq.tiers import Tier, tier_of
from heuresis.tools.medical.medq.view import View, prepared

# Acquisition first, then optics, then the detector, then storage.
ORDER: tuple[KindName, ...] = (
    "stain_shift",
    "bubbles",
    "uneven_light",
    "dark_spots",
    "bias_field",
    "motion",
    "undersampling",
    "ghosting",
    "sparse_view",
    "limited_angle",
    "low_dose",
    "low_contrast",
    "underexposure",
    "overexposure",
    "blur",
    "low_resolution",
    "noise",
    "compression",
)
UNFIT = ({"underexposure", "overexposure"}, {"blur", "low_resolution"})  # one hides the other
JITTER = 0.2  # of the place on the scale of strength
PLACES: dict[Severity, float] = {"mild": MILD, "severe": SEVERE}


@dataclass(frozen=True)
class Item:
    """One image and what was done to it; items of one `group` share their clean image."""

    view: View
    modality: Modality
    source: str
    group: int
    findings: tuple[Finding, ...]

    @property
    def tier(self) -> Tier:
        """The verdict that the findings imply."""
        return tier_of(self.findings)

    @property
    def burden(self) -> float:
        """How much was done: 1 for mild, 2.5 for severe."""
        return sum(2.5 if one.severity == "severe" else 1.0 for one in self.findings)


def groups(
    bases: Sequence[Base],
    n_groups: dict[Modality, int],
    seed: int,
    kinds: dict[Modality, tuple[KindName, ...]] | None = None,
    is_wide: bool = False,
) -> list[Item]:
    """Make groups of three: untouched, one kind, one or two kinds; sources take turns.

    Args:
        bases: Clean images.
        n_groups: Groups wanted of each modality.
        seed: Of everything random.
        kinds: What may be done; by default all that happens in a modality.
        is_wide: Vary clean images widely, for training.
    """
    generator = np.random.default_rng(seed)
    items: list[Item] = []
    for modality, n in n_groups.items():
        allowed = kinds[modality] if kinds else kinds_of(modality)
        for base in _in_turn([b for b in bases if b.modality == modality], n, generator):
            view = varied(base.view, modality, generator, is_wide)
            group = len(items)
            for n_kinds in (0, 1, int(generator.integers(1, 3))):
                findings = _drawn(allowed, n_kinds, generator)
                bad = _done(view, modality, findings, generator)
                items.append(Item(bad, modality, base.source, group, findings))
    return items


def single(
    bases: Sequence[Base], kinds: Sequence[KindName], place: float, per_kind: int, seed: int
) -> list[Item]:
    """Make items with one kind each at one place on the scale of strength.

    Moderate ones carry 'severe' in their slot, as a place must; read it as 'moderate'.
    """
    generator = np.random.default_rng(seed)
    severity: Severity = "mild" if place < MODERATE else "severe"
    items: list[Item] = []
    for kind in kinds:
        fitting = [base for base in bases if kind in kinds_of(base.modality)]
        for base in _in_turn(fitting, per_kind, generator):
            view = varied(base.view, base.modality, generator)
            seed_here = int(generator.integers(2**31))
            bad = prepared(simulate(view, base.modality, kind, place, seed_here))
            findings = (Finding(kind=kind, severity=severity),)
            items.append(Item(bad, base.modality, base.source, len(items), findings))
    return items


def _in_turn(bases: Sequence[Base], n: int, generator: np.random.Generator) -> list[Base]:
    """Draw bases so that small sources are not drowned: by the square root of their size."""
    if not bases:
        return []
    names = [base.source for base in bases]
    sizes = {name: names.count(name) for name in set(names)}
    weights = np.array([sizes[name] ** -0.5 for name in names])
    picked = generator.choice(len(bases), n, p=weights / weights.sum())
    return [bases[i] for i in picked]


def varied(
    view: View, modality: Modality, generator: np.random.Generator, is_wide: bool = False
) -> View:
    """Vary what says nothing about quality: side, cut, size, and a touch of brightness.

    Args:
        view: A clean image.
        modality: What it shows.
        generator: Of everything random.
        is_wide: For training: also vary what differs between sources, such as tint and sharpness.
    """
    height, width = view.shape[:2]
    share = generator.uniform(0.6 if is_wide else 0.85, 1)
    h, w = round(height * share), round(width * share)
    y, x = generator.integers(height - h + 1), generator.integers(width - w + 1)
    out = view[y : y + h, x : x + w]
    if generator.random() < 0.5 and modality != "chest_xray":
        out = out[:, ::-1]
    if max(h, w) > 80 and generator.random() < 0.3:
        out = _reduced(out, generator.uniform(64 / max(h, w), 1))
    touch = np.exp(generator.uniform(-1, 1) * (0.18 if is_wide else 0.07))
    out = np.round((np.arange(256) / 255) ** touch * 255).astype(np.uint8)[out]
    return _of_another_source(out, modality, generator) if is_wide else out


def _of_another_source(view: View, modality: Modality, generator: np.random.Generator) -> View:
    """Change tint, sharpness and grain as cameras do, well below what counts as mild."""
    from scipy.ndimage import gaussian_filter

    x = view.astype(np.float32) / 255
    if modality == "microscopy" and generator.random() < 0.35:
        x = 1 - 0.9 * x  # dark field to bright field
    if x.ndim == 2 and modality in ("fundus", "microscopy") and generator.random() < 0.5:
        x = np.repeat(x[:, :, None], 3, axis=2)
    if x.ndim == 3:
        x = x * generator.uniform(0.65, 1.1, 3).astype(np.float32)
    amount = generator.uniform(-0.5, 0.6) if generator.random() < 0.6 else 0.0
    spread = (0.5, 0.5, 0)[: x.ndim]
    x = x + np.float32(amount) * (x - gaussian_filter(x, spread, mode="nearest"))
    if generator.random() < 0.4:
        x = x + generator.standard_normal(x.shape, np.float32) * generator.uniform(0, 0.006)
    bits: View = np.round(np.clip(x, 0, 1) * 255).astype(np.uint8)
    return bits


def _reduced(view: View, share: float) -> View:
    from PIL import Image

    size = (max(24, round(view.shape[1] * share)), max(24, round(view.shape[0] * share)))
    picture = Image.fromarray(np.ascontiguousarray(view))
    return np.asarray(picture.resize(size, Image.Resampling.BOX))


def _drawn(
    allowed: Sequence[KindName], n_kinds: int, generator: np.random.Generator
) -> tuple[Finding, ...]:
    while True:
        chosen = {allowed[i] for i in generator.choice(len(allowed), n_kinds, replace=False)}
        if not any(pair <= chosen for pair in UNFIT):
            break
    return tuple(
        Finding(kind=kind, severity="severe" if generator.random() < 0.5 else "mild")
        for kind in sorted(chosen, key=ORDER.index)
    )


def _done(
    view: View, modality: Modality, findings: Sequence[Finding], generator: np.random.Generator
) -> View:
    for one in findings:
        place = PLACES[one.severity] + generator.uniform(-JITTER, JITTER)
        view = simulate(view, modality, one.kind, place, int(generator.integers(2**31)))
    return prepared(view)
