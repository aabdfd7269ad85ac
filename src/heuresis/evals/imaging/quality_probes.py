"""What a table of averages hides: losses never learned, moderate ones, codecs, the gate, speed."""

import io
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from heuresis.evals.accuracy.table import Part, Row, Score
from heuresis.evals.imaging.quality_items import Item, single, varied
from heuresis.evals.imaging.quality_sources import Base
from heuresis.tools.image.degradations.kinds import MODALITIES, KindName
from heuresis.tools.image.degradations.strengths import MILD, MODERATE, SEVERE
from heuresis.tools.medical.medq.judging import Verdict, verdicts
from heuresis.tools.medical.medq.network import HELD_OUT, KNOWN
from heuresis.tools.medical.medq.view import View, prepared

SEED = 78
PER_KIND = 40
PLACES = {"mild": MILD, "moderate": MODERATE, "severe": SEVERE}
STEPS = {"called usable or reject": "1", "rejected": "1", "kind named": "1"}


def probes(net: Any, clean: Sequence[Base]) -> list[Part]:
    """Return every probe; all images are of no training image."""
    kept = [base for base in clean if base.part in ("test", "unseen")]
    return [
        _by_kind(net, kept),
        _never_learned(net, kept),
        _untouched(net, kept),
        _speed(net, kept),
    ]


def _by_kind(net: Any, clean: Sequence[Base]) -> Part:
    rows = [
        _row(f"{kind}, {name}", _judged(net, single(clean, [kind], place, PER_KIND, SEED)), kind)
        for kind in KNOWN
        for name, place in PLACES.items()
    ]
    return Part(
        caption="One loss at a time (moderate was never trained on)",
        columns=STEPS,
        rows=tuple(rows),
    )


def _never_learned(net: Any, clean: Sequence[Base]) -> Part:
    rows = []
    for kind in HELD_OUT:
        for name, place in PLACES.items():
            items = single(clean, [kind], place, 3 * PER_KIND, SEED)
            rows.append(_row(f"{kind}, {name}", _judged(net, items), kind))
        modality = single(clean, [kind], MILD, 1, SEED)[0].modality
        same = [base for base in clean if base.modality == modality]
        told = verdicts(net, _varied(same, 3 * PER_KIND), [modality] * 3 * PER_KIND)
        rows.append(_row(f"{modality}, untouched", told, kind))
    return Part(
        caption="Two losses that were kept out of training", columns=STEPS, rows=tuple(rows)
    )


def _untouched(net: Any, clean: Sequence[Base]) -> Part:
    """Clean images as they are, and after a codec that nobody would see: labels must not move."""
    rows = []
    for modality in MODALITIES:
        for part in ("test", "unseen"):
            some = [b for b in clean if b.modality == modality and b.part == part]
            if not some:
                continue
            views = _varied(some, 2 * PER_KIND)
            again = [prepared(prepared(view)) for view in views]
            coded = [_recoded(view) for view in views]
            names = [modality] * len(views)
            told = [verdicts(net, each, names) for each in (views, again, coded)]
            scores = {
                "called good": _share([one.tier == "good" for one in told[0]]),
                "twice prepared": _share([one.tier == "good" for one in told[1]]),
                "after JPEG 95": _share([one.tier == "good" for one in told[2]]),
            }
            rows.append(Row(method=f"{modality}, {part}", n=len(views), scores=scores))
    columns = {name: "1" for name in ("called good", "twice prepared", "after JPEG 95")}
    return Part(caption="Untouched images: is it the codec?", columns=columns, rows=tuple(rows))


def _speed(net: Any, clean: Sequence[Base]) -> Part:
    views = [base.view for base in clean if max(base.view.shape) == 128][:64]
    names = [base.modality for base in clean if max(base.view.shape) == 128][:64]
    verdicts(net, views, names)
    begun = time.perf_counter()
    verdicts(net, views, names)
    together = len(views) / (time.perf_counter() - begun)
    begun = time.perf_counter()
    for view, name in zip(views[:16], names[:16], strict=True):
        verdicts(net, [view], [name])
    alone = 16 / (time.perf_counter() - begun)
    scores = {"in batches": Score(value=together), "one by one": Score(value=alone)}
    row = Row(method="medq-small, one thread, 128 px", n=len(views), scores=scores)
    columns = {"in batches": "images/s", "one by one": "images/s"}
    return Part(caption="Speed", columns=columns, rows=(row,))


def _row(name: str, told: Sequence[Verdict], kind: KindName) -> Row:
    named = [any(f.kind == kind and f.severity != "none" for f in v.findings) for v in told]
    scores = {
        "called usable or reject": _share([one.tier != "good" for one in told]),
        "rejected": _share([one.tier == "reject" for one in told]),
        "kind named": _share(named),
    }
    return Row(method=name, n=len(told), scores=scores)


def _judged(net: Any, items: Sequence[Item]) -> list[Verdict]:
    return verdicts(net, [item.view for item in items], [item.modality for item in items])


def _varied(clean: Sequence[Base], n: int) -> list[View]:
    generator = np.random.default_rng(SEED)
    picked = [clean[i] for i in generator.integers(len(clean), size=n)]
    return [varied(base.view, base.modality, generator) for base in picked]


def _recoded(view: View) -> View:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(view).save(buffer, "JPEG", quality=95)
    with Image.open(buffer) as image:
        return np.asarray(image)


def _share(hits: Sequence[bool]) -> Score:
    return Score(value=float(np.mean(hits)))
