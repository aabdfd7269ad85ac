"""`python -m heuresis.evals.imaging.segments --data DIR`: are proposals of regions any good?

BSDS500 val, nuclei, blood cells and clips that nobody learnt from; every way may propose 100 masks.
"""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from heuresis.evals.accuracy import bootstrap
from heuresis.evals.accuracy.table import AccuracyTable, Part, Row, Score, as_markdown, brief
from heuresis.evals.imaging import segment_baselines as plain
from heuresis.evals.imaging import segment_scores as marks
from heuresis.evals.imaging import segment_sources as sources
from heuresis.evals.imaging.segment_baselines import Propose
from heuresis.evals.imaging.segment_partitions import partition_part
from heuresis.evals.imaging.segment_speed import speed_part
from heuresis.evals.imaging.segment_ways import OURS, STUDENT, lesser, others, ours
from heuresis.tools.vision.uniap.selection import rectangle

RANDOM = "as many random boxes as uniap-handfeat"
MOST_SMEARS, MOST_CHANGED = 12, 30
HEAD = """# Regions of pictures

Measured with `python -m heuresis.evals.imaging.segments --data DIR`, on one core.

"""
COLUMNS = {
    "covering": "first reader",
    "AR@100": "first reader",
    "covering by all readers": "mean",
    "masks": "a picture",
    "seconds": "a picture",
}


def evaluate(data: Path, limit: int | None = None, with_student: bool = True) -> AccuracyTable:
    """Measure all ways on all sets.

    Args:
        data: Folder of the data.
        limit: Pictures of BSDS500 at most; None for all 100.
        with_student: Whether the trained student takes part.

    Raises:
        RequestError: The data are not there.
    """
    known = list(sources.bsds(data, "val"))[:limit]
    mine, rest = ours(with_student), others()
    table = _bsds_part(known, {**mine, **rest})
    changed = _bsds_part(known[:MOST_CHANGED], {**mine, **lesser(with_student)})
    nuclei = list(sources.nuclei(data))
    smears = list(sources.blood(data))[:MOST_SMEARS]
    clips = list(sources.davis(data))
    strong = {name: rest[name] for name in ("Felzenszwalb, 6 scales", "SLIC merged by colour")}
    blobs = {"Otsu and watershed": plain.otsu_watershed}
    cells = _objects_part("Nuclei, held-out 20 %", nuclei, {**mine, **strong, **blobs})
    return AccuracyTable(
        name="segments",
        title="Regions of pictures (vision.segment)",
        n_offered=len(known) + len(nuclei) + len(smears) + len(clips),
        n_used=len(known) + len(nuclei) + len(smears) + len(clips),
        left_out={},
        leak=(
            "None for uniap-handfeat: no weights; thresholds and features were tuned on 20 "
            "pictures of BSDS500 train. s2-uniseg-small saw other pictures of these sets, without "
            "labels."
        ),
        finding=_finding(table, cells),
        parts=(
            table,
            changed,
            partition_part(data, known, with_student),
            cells,
            _boxes_part(smears, {**mine, **strong, **blobs}),
            _objects_part(
                "DAVIS, one object in every 20th frame of 4 unseen clips", clips, {**mine, **strong}
            ),
            speed_part(known),
        ),
        notes=(
            "Covering here is of an oracle: the best of the proposals for each region, weighted "
            "by area; it says what can be chosen from, not what is chosen.",
            "AR@100: share of regions with a mask of IoU 0.50 to 0.95 in steps of 0.05, mean; AP "
            "without classes over the same steps, ranked by score.",
            "Intervals: 95 % percentile bootstrap over pictures.",
        ),
    )


def _bsds_part(known: list[sources.Known], ways: Mapping[str, Propose]) -> Part:
    rows = {name: _judged(known, way) for name, way in ways.items()}
    if "whole image" in ways:
        counts = rows[OURS]["masks"].astype(int)
        rows[RANDOM] = _judged(known, _random(known, counts))
    return Part(
        caption=f"BSDS500 val, {len(known)} pictures, at most 100 masks",
        columns=COLUMNS,
        rows=tuple(_row(name, found) for name, found in rows.items()),
    )


def _random(known: list[sources.Known], counts: NDArray[Any]) -> Propose:
    turns = iter(range(len(known)))

    def propose(image: Any) -> plain.Proposals:
        i = next(turns)
        return plain.random_boxes(image, int(counts[i]), i)

    return propose


def _judged(known: Iterable[sources.Known], way: Propose) -> dict[str, NDArray[Any]]:
    """Return covering, hits (n, 10), regions and counts, by picture."""
    rows = []
    for one in known:
        started = time.perf_counter()
        masks, _ = way(one.image)
        seconds = time.perf_counter() - started
        found = one.regions.overlaps(masks)
        each = [marks.covering(*pair) for pair in found]
        first = found[0][0]
        rows.append(
            (each[0], np.mean(each), len(masks), seconds, first.shape[1], *marks.hits(first))
        )
    table = np.array(rows, float)
    names = ("covering", "covering by all readers", "masks", "seconds", "regions")
    return {**{name: table[:, i] for i, name in enumerate(names)}, "hits": table[:, 5:]}


def _row(name: str, found: Mapping[str, NDArray[Any]]) -> Row:
    scores = {
        key: bootstrap.score(_mean, found[key]) for key in ("covering", "covering by all readers")
    }
    scores["AR@100"] = bootstrap.score(_recall, found["hits"], found["regions"])
    for key, middle in (("masks", np.mean), ("seconds", np.median)):
        scores[key] = Score(value=float(middle(found[key])))
    return Row(
        method=name, n=len(found["hits"]), scores={k: v for k, v in scores.items() if v is not None}
    )


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean())


def _recall(hits: NDArray[Any], regions: NDArray[Any]) -> float:
    return float((hits.sum(axis=0) / regions.sum()).mean())


def _objects_part(caption: str, known: list[sources.Known], ways: Mapping[str, Propose]) -> Part:
    rows = []
    for name, way in ways.items():
        found, n_masks = [], []
        for one in known:
            masks, scores = way(one.image)
            found.append((one.regions.overlaps(masks)[0][0], scores))
            n_masks.append(len(masks))
        rows.append(_object_row(name, found, n_masks))
    columns = {"AR@100": "1", "AP": "1", "best IoU": "mean", "masks": "a picture"}
    return Part(caption=caption, columns=columns, rows=tuple(rows))


def _boxes_part(known: list[sources.Known], ways: Mapping[str, Propose]) -> Part:
    rows = []
    for name, way in ways.items():
        found, n_masks = [], []
        for one in known:
            masks, scores = way(one.image)
            own = np.array([rectangle(mask) for mask in masks if mask.any()], float).reshape(-1, 4)
            truth = one.boxes if one.boxes is not None else np.zeros((0, 4))
            found.append((marks.box_overlaps(own, truth), scores[: len(own)]))
            n_masks.append(len(masks))
        rows.append(_object_row(name, found, n_masks))
    columns = {"AR@100": "1", "AP": "1", "best IoU": "mean", "masks": "a picture"}
    caption = "Blood cells, boxes of masks against boxes of cells"
    return Part(caption=caption, columns=columns, rows=tuple(rows))


def _object_row(name: str, found: list[tuple[NDArray[Any], NDArray[Any]]], n: list[int]) -> Row:
    hits = np.array([marks.hits(iou) for iou, _ in found], float)
    regions = np.array([iou.shape[1] for iou, _ in found], float)
    best = np.concatenate(
        [iou.max(axis=0) if len(iou) else np.zeros(iou.shape[1]) for iou, _ in found]
    )
    recall = bootstrap.score(_recall, hits, regions)
    scores = {
        "AP": Score(value=marks.average_precision(found)),
        "best IoU": Score(value=float(best.mean())),
        "masks": Score(value=float(np.mean(n))),
        **({"AR@100": recall} if recall else {}),
    }
    return Row(method=name, n=len(found), scores=scores)


def _finding(table: Part, cells: Part) -> str:
    lines = []
    mine = [name for name in (OURS, STUDENT) if any(row.method == name for row in table.rows)]
    base = {**others(), RANDOM: None}
    for metric in ("covering", "AR@100"):
        best = max((table.row(name) for name in base), key=lambda r: r.scores[metric].value)
        own = ", ".join(f"{name} {brief(table.row(name).scores[metric])}" for name in mine)
        lines.append(
            f"BSDS500 val, {metric}: {own}; best baseline {brief(best.scores[metric])} "
            f"({best.method})."
        )
    own = ", ".join(f"{name} {brief(cells.row(name).scores['AR@100'])}" for name in mine)
    blobs = cells.row("Otsu and watershed").scores["AR@100"]
    best_own = max(cells.row(name).scores["AR@100"].value for name in mine)
    verdict = "" if best_own > blobs.value else " Ours lost."
    lines.append(f"Nuclei, AR@100: {own}; Otsu and watershed {brief(blobs)}.{verdict}")
    return "\n".join(f"- {line}" for line in lines)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the data.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default: print it.")
@click.option("--limit", type=int, help="Pictures of BSDS500 at most.")
@click.option("--without-student", is_flag=True, help="Leave the trained student out.")
def main(data: Path, out: Path | None, limit: int | None, without_student: bool) -> None:
    """Measure and write the page."""
    page = HEAD + as_markdown(evaluate(data, limit, not without_student))
    if out is None:
        click.echo(page)
    else:
        out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
