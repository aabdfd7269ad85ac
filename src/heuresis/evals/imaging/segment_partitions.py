"""One partition a picture: which level, and how it compares with people's, by four measures."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.evals.accuracy.table import Part, Row, Score
from heuresis.evals.imaging import segment_baselines as plain
from heuresis.evals.imaging import segment_scores as marks
from heuresis.evals.imaging import segment_sources as sources
from heuresis.evals.imaging.segment_scores import Labels
from heuresis.evals.imaging.segment_ways import OURS, STUDENT, Uniap, by_hand, by_student
from heuresis.tools.image.pixels import Pixels
from heuresis.tools.vision.segment_student import THRESHOLDS

MEASURES = ("covering", "PRI", "VoI", "boundary F")
Partitions = Callable[[Pixels], Sequence[Labels]]


def partition_part(data: Path, known: Sequence[sources.Known], with_student: bool) -> Part:
    """Score one level fixed on the tuning pictures, the best one for all, the best for each."""
    ways: dict[str, Partitions] = {OURS: Uniap(by_hand).partitions}
    if with_student:
        ways[STUDENT] = Uniap(by_student(), THRESHOLDS).partitions
    ways |= {
        "Felzenszwalb": plain.felzenszwalb_partitions,
        "SLIC merged by colour": plain.slic_partitions,
        "whole image": lambda image: [np.zeros(image.shape[:2], np.int64)],
    }
    tuning = sources.tuning(data)
    rows = [row for name, way in ways.items() for row in _rows(name, way, known, tuning)]
    return Part(
        caption="One partition a picture, BSDS500 val, mean over all readers",
        columns={name: "bits, lower is better" if name == "VoI" else "1" for name in MEASURES},
        rows=tuple(rows),
    )


def _rows(
    name: str, way: Partitions, known: Sequence[sources.Known], tuning: Sequence[sources.Known]
) -> list[Row]:
    table, tuned = _table(way, known), _table(way, tuning)
    n, n_levels = table.shape[:2]
    fixed = int(tuned[:, :, 0].mean(axis=0).argmax())
    best = table[np.arange(n), table[:, :, 0].argmax(axis=1)]
    dataset = int(table[:, :, 0].mean(axis=0).argmax())
    if n_levels == 1:
        return [_row(name, table[:, 0])]
    return [
        _row(f"{name}, level {fixed} of {n_levels} (fixed on tuning pictures)", table[:, fixed]),
        _row(f"{name}, optimal dataset scale", table[:, dataset]),
        _row(f"{name}, optimal image scale", best),
    ]


def _table(way: Partitions, known: Sequence[sources.Known]) -> NDArray[Any]:
    """Return measures by picture and level, (n, levels, 4)."""
    rows = []
    for one in known:
        readers = marks.Readers(one.readers)
        judged = [readers.judge(_numbered(labels)) for labels in way(one.image)]
        rows.append([[found[name] for name in MEASURES] for found in judged])
    return np.array(rows)


def _numbered(labels: Labels) -> Labels:
    return np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int64)


def _row(name: str, table: NDArray[Any]) -> Row:
    means = table.mean(axis=0)
    return Row(
        method=name,
        n=len(table),
        scores={key: Score(value=float(mean)) for key, mean in zip(MEASURES, means, strict=True)},
    )
