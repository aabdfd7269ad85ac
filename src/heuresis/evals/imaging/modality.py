"""Kinds of pictures: does `image.modality` tell them, and does it refuse what is none of them?

Held-out pictures of the training sources, the same made worse, pictures of no known kind, and
networks trained without a source and asked about it. Baselines answer the same pictures.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.evals.accuracy import bootstrap
from heuresis.evals.accuracy.classification_metrics import calibration_error
from heuresis.evals.accuracy.table import AccuracyTable, Part, Row, Score, brief
from heuresis.evals.imaging.modality_baselines import Answers, baselines, evenly
from heuresis.evals.imaging.modality_degradations import changes
from heuresis.evals.imaging.modality_drawings import DRAWINGS, drawn
from heuresis.evals.imaging.modality_phantoms import drawn_ct, drawn_fundus
from heuresis.evals.imaging.modality_samples import packaged
from heuresis.evals.imaging.modality_sources import Picture, all_pictures, outliers
from heuresis.tools import models
from heuresis.tools.image.modality import KINDS, MEDICAL
from heuresis.tools.image.modality_view import view

NAME = "modality-small"
OURS = "modality-small (image.modality)"
MOST_PER_PART, MOST_WORSE, N_DRAWN, MOST_PX, BATCH = 250, 40, 40, 640, 64
FIRST_TEST_SEED = 10_000
Verdicts = list[Any]


def evaluate(data: Path) -> AccuracyTable:
    """Measure the shipped model.

    Raises:
        RequestError: The data are not there.
    """
    from heuresis.tools.image.modality_net import loaded

    pictures = all_pictures(data, MOST_PX)
    drawn_for_training = drawings("train", N_DRAWN, 0)
    ways = {
        OURS: _by(loaded()),
        **baselines([*(p for p in pictures if p.split == "train"), *drawn_for_training]),
    }
    held = [p for p in pictures if p.split == "test"]
    held = [*evenly(held, MOST_PER_PART), *drawings("test", N_DRAWN, FIRST_TEST_SEED)]
    found = {name: answer([p.pixels for p in held]) for name, answer in ways.items()}
    skill = _skill(held, found)
    strange = _strange(data)
    sure = _calibration(held)
    return AccuracyTable(
        name="modality",
        title="Kinds of pictures (image.modality)",
        n_offered=sum(p.split == "test" for p in pictures) + N_DRAWN * len(DRAWINGS),
        n_used=len(held),
        left_out={f"more than {MOST_PER_PART} of a part": _n_spare(pictures)},
        leak=(
            "Held-out pictures are of the sources the model was trained on, cut by picture; some "
            "may show a neighbouring slice of a body in training. Whole sources were left out for "
            "the part that says so. The samples in pydicom and the outliers were never trained on."
        ),
        finding=_finding(skill),
        parts=(
            skill,
            _by_source([*held, *packaged()], ways),
            _worse(held, ways),
            _refusals(strange, ways),
            sure,
            *_left_out_part(),
        ),
        notes=(
            "'unknown' counts as wrong for a picture of a known kind.",
            "Balanced accuracy: recall of each kind, averaged over kinds.",
            "Passed as medical: photographs that got the name of a medical kind.",
            "Intervals: 95 % percentile bootstrap over pictures, 1,000 draws.",
        ),
    )


def drawings(style: Any, n: int, first_seed: int) -> list[Picture]:
    """Draw `n` 'other' pictures of each sort."""
    return [
        Picture(f"{what}/{i}", "other", "drawn", f"drawn/{what}", "", drawn(what, style, i))
        for what in DRAWINGS
        for i in range(first_seed, first_seed + n)
    ]


def left_out(net: Any, kept: Sequence[Picture], held: Sequence[Picture]) -> dict[str, Any]:
    """Ask a network, and baselines fitted alike, about sources they were not trained on.

    Args:
        net: Trained without the sources of `held`.
        kept: What it may have seen.
        held: Of sources left out; kinds with one source only are told apart by the summary.

    Returns:
        By 'kind/source': count, and by method the recall, and how many passed as medical.
    """
    kinds = {picture.kind for picture in kept}
    chosen = evenly([p for p in held if p.kind in kinds], MOST_PER_PART)
    ways = {OURS: _by(net), **baselines(kept)}
    parts = _grouped(chosen, lambda p: f"{p.kind}/{p.source}")
    return {name: _asked(part, ways) for name, part in sorted(parts.items())}


def left_out_summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Average recalls over the sources of a kind, then over kinds that have two sources."""
    kinds = _grouped(list(found), lambda name: name.split("/")[0])
    several = {kind: names for kind, names in kinds.items() if len(names) > 1}
    methods = {method for each in found.values() for method in each["recall"]}
    balanced = {
        method: float(
            np.mean(
                [
                    np.mean([found[name]["recall"][method] for name in names])
                    for names in several.values()
                ]
            )
        )
        for method in sorted(methods)
    }
    return {"balanced_accuracy": balanced, "by_source": dict(found)}


def weighted_quantile(parts: Sequence[NDArray[Any]], level: float) -> float:
    """Return the quantile of values in parts that weigh the same, whatever their size."""
    values = np.concatenate(parts)
    weights = np.concatenate([np.full(len(part), 1 / len(part)) for part in parts])
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(share, level)), len(values) - 1)])


def balanced_accuracy(truth: NDArray[Any], answer: NDArray[Any]) -> float:
    """Recall of each kind, averaged over kinds; arrays of names (n,)."""
    return float(np.mean([(answer[truth == kind] == kind).mean() for kind in np.unique(truth)]))


def passed_as_medical(truth: NDArray[Any], answer: NDArray[Any]) -> float:
    """Share of photographs that got the name of a medical kind."""
    photographs = truth == "photograph"
    return float(np.isin(answer[photographs], MEDICAL).mean()) if photographs.any() else np.nan


def refused(truth: NDArray[Any], answer: NDArray[Any]) -> float:
    """Share of pictures of known kinds that were called 'unknown'."""
    return float((answer == "unknown").mean())


SKILL: dict[str, bootstrap.Statistic] = {
    "balanced accuracy": balanced_accuracy,
    "photographs passed as medical": passed_as_medical,
    "called unknown": refused,
}


def _by(net: Any) -> Answers:
    return lambda arrays: [
        KINDS[int(np.argmax(v.chances))] if v.is_known else "unknown" for v in _judged(net, arrays)
    ]


def _judged(net: Any, arrays: Sequence[NDArray[Any]]) -> Verdicts:
    from heuresis.tools.image.modality_net import verdicts

    found: Verdicts = []
    for start in range(0, len(arrays), BATCH):
        found += verdicts(net, [view(array) for array in arrays[start : start + BATCH]])
    return found


def _skill(held: Sequence[Picture], found: Mapping[str, Sequence[str]]) -> Part:
    truth = np.array([picture.kind for picture in held])
    return Part(
        caption="Held-out pictures of the training sources, and drawings in another style",
        columns=dict.fromkeys(SKILL, "1"),
        rows=tuple(
            Row(
                method=name,
                n=len(held),
                scores=bootstrap.scores(SKILL, truth, np.array(answers)),
            )
            for name, answers in found.items()
        ),
    )


def _by_source(held: Sequence[Picture], ways: Mapping[str, Answers]) -> Part:
    parts = _grouped(held, lambda p: f"{p.kind}, {p.source}")
    asked = {name: _asked(part, ways) for name, part in sorted(parts.items())}
    return _recall_part("Recall by kind and source (method: source; columns: who answers)", asked)


def _recall_part(caption: str, asked: Mapping[str, Any]) -> Part:
    methods = {method: "1" for each in asked.values() for method in each["recall"]}
    rows = [
        Row(
            method=name,
            n=each["n"],
            scores={method: Score(value=value) for method, value in each["recall"].items()},
        )
        for name, each in asked.items()
    ]
    return Part(caption=caption, columns=methods, rows=tuple(rows))


def _asked(part: Sequence[Picture], ways: Mapping[str, Answers]) -> dict[str, Any]:
    answers = {name: np.array(answer([p.pixels for p in part])) for name, answer in ways.items()}
    truth = np.array([picture.kind for picture in part])
    return {
        "n": len(part),
        "recall": {name: float((got == truth).mean()) for name, got in answers.items()},
        "passed_as_medical": {
            name: float(np.isin(got, MEDICAL).mean()) for name, got in answers.items()
        },
        "called_unknown": {name: float((got == "unknown").mean()) for name, got in answers.items()},
    }


def _worse(held: Sequence[Picture], ways: Mapping[str, Answers]) -> Part:
    """Score pictures of the data made worse; drawings are left out, as many are noise already."""
    chosen = evenly([p for p in held if p.source != "drawn"], MOST_WORSE)
    truth = np.array([picture.kind for picture in chosen])
    rows = []
    for what, change in changes().items():
        arrays = [change(picture.pixels) for picture in chosen]
        for name, answer in ways.items():
            got = np.array(answer(arrays))
            scores = {m: Score(value=each(truth, got)) for m, each in SKILL.items()}
            rows.append(Row(method=f"{what}: {name}", n=len(chosen), scores=scores))
    return Part(caption="The same, changed", columns=dict.fromkeys(SKILL, "1"), rows=tuple(rows))


def _strange(data: Path) -> dict[str, list[NDArray[Any]]]:
    """Collect pictures of no medical kind by sort, and phantoms that are drawn like one."""
    chance = np.random.default_rng(9)
    strange = {what: [p.pixels for p in part] for what, part in _drawn_by_sort().items()}
    strange["uniform noise, 128 px"] = [
        chance.integers(0, 256, (128, 128, 3), np.uint8) for _ in range(N_DRAWN)
    ]
    strange["eyes from outside, dark rooms (DRIMDB outliers)"] = [p.pixels for p in outliers(data)]
    strange["phantoms of a fundus, unseen seeds (should pass)"] = [
        drawn_fundus(FIRST_TEST_SEED + i) for i in range(N_DRAWN)
    ]
    strange["phantoms of CT, unseen seeds (should pass)"] = [
        drawn_ct(FIRST_TEST_SEED + i) for i in range(N_DRAWN)
    ]
    return strange


def _drawn_by_sort() -> dict[str, list[Picture]]:
    held = drawings("test", N_DRAWN, FIRST_TEST_SEED + N_DRAWN)
    return _grouped(held, lambda p: p.part.replace("drawn/", ""))


def _refusals(strange: Mapping[str, list[NDArray[Any]]], ways: Mapping[str, Answers]) -> Part:
    rows = []
    for what, arrays in strange.items():
        for name, answer in ways.items():
            got = np.array(answer(arrays))
            scores = {
                "refused by a medical gate": Score(value=float(1 - np.isin(got, MEDICAL).mean())),
                "called unknown": Score(value=float((got == "unknown").mean())),
            }
            rows.append(Row(method=f"{what}: {name}", n=len(arrays), scores=scores))
    columns = {"refused by a medical gate": "1", "called unknown": "1"}
    return Part(caption="Pictures of no medical kind", columns=columns, rows=tuple(rows))


def _calibration(held: Sequence[Picture]) -> Part:
    from heuresis.tools.image.modality_net import loaded

    found = _judged(loaded(), [picture.pixels for picture in held])
    sure = np.array([float(v.chances.max()) for v in found])
    right = np.array(
        [KINDS[int(np.argmax(v.chances))] == p.kind for v, p in zip(found, held, strict=True)]
    ).astype(float)
    ours = {
        "ECE": bootstrap.score(calibration_error, right, sure),
        "mean confidence": Score(value=float(sure.mean())),
        "accuracy of nearest": Score(value=float(right.mean())),
    }
    always = {"ECE": bootstrap.score(calibration_error, right, np.full(len(right), right.mean()))}
    rows = (
        Row(method=OURS, n=len(held), scores={k: v for k, v in ours.items() if v}),
        Row(
            method="always the mean accuracy",
            n=len(held),
            scores={k: v for k, v in always.items() if v},
        ),
    )
    columns = dict.fromkeys(("ECE", "mean confidence", "accuracy of nearest"), "1")
    return Part(caption="Is the confidence a rate?", columns=columns, rows=rows)


def _left_out_part() -> list[Part]:
    """Report what the recipe measured with sources left out; it is not trained anew here."""
    known = models.card(NAME).metrics.get("left_out")
    if known is None:
        return []
    part = _recall_part(
        "Sources left out of training whole (from the model card)", known["by_source"]
    )
    mean = {name: Score(value=value) for name, value in known["balanced_accuracy"].items()}
    row = Row(method="balanced, kinds with two sources and more", n=None, scores=mean)
    return [part.model_copy(update={"rows": (row, *part.rows)})]


def _grouped(items: Sequence[Any], key: Callable[[Any], str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return dict(found)


def _n_spare(pictures: Sequence[Picture]) -> int:
    held = [p for p in pictures if p.split == "test"]
    return len(held) - len(evenly(held, MOST_PER_PART))


def _finding(skill: Part) -> str:
    own = skill.row(OURS).scores
    told = [f"{name}: {brief(score)}." for name, score in own.items()]
    best = max(
        (row for row in skill.rows if row.method != OURS),
        key=lambda row: row.scores["balanced accuracy"].value,
    )
    told.append(
        f"The best baseline has {brief(best.scores['balanced accuracy'])} balanced accuracy "
        f"({best.method})."
    )
    return " ".join(told)
