"""`python -m heuresis.evals.imaging.quality --data DIR`: findings and verdicts on simulated losses.

Clean images of six modalities; test images of the sources that were learned from, and sources that
were never looked at. The network is asked as the tool asks it, without the modality gate, which is
counted apart.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from heuresis.evals.accuracy.bootstrap import score
from heuresis.evals.accuracy.table import AccuracyTable, Part, Row, Score, as_markdown
from heuresis.evals.imaging import quality_baselines as baselines
from heuresis.evals.imaging.quality_items import Item, groups
from heuresis.evals.imaging.quality_probes import probes
from heuresis.evals.imaging.quality_scores import (
    KIND_SCORES,
    TIER_SCORES,
    calibration_error,
)
from heuresis.evals.imaging.quality_sources import Base, bases
from heuresis.tools.image.degradations.kinds import MODALITIES, KindName, Modality, kinds_of
from heuresis.tools.medical.medq.findings import level
from heuresis.tools.medical.medq.judging import Verdict, verdicts
from heuresis.tools.medical.medq.network import KNOWN
from heuresis.tools.medical.medq.tiers import TIERS

SEED = 77
N_DRAWS = 200
PER_MODALITY = {"test": 110, "unseen": 110, "learn": 200}  # groups of three images
TRAINED = {m: tuple(kind for kind in kinds_of(m) if kind in KNOWN) for m in MODALITIES}
SEEN, UNSEEN = "seen sources, unseen images", "unseen sources"
MODEL, HAND = "medq-small", "15 hand features, logistic"


@dataclass(frozen=True)
class Judgement:
    """Items with what was told of them."""

    items: list[Item]
    told: list[Verdict]

    @property
    def tiers(self) -> Any:
        """Verdicts told, n."""
        return np.array([TIERS.index(one.tier) for one in self.told])

    @property
    def chances(self) -> Any:
        """Probability of the verdict told, n."""
        return np.array([max(one.tier_chances) for one in self.told])

    def levels(self, kinds: Sequence[KindName]) -> Any:
        """Levels told, n x kinds."""
        found = np.zeros((len(self.told), len(kinds)), int)
        for row, one in enumerate(self.told):
            for finding in one.findings:
                if finding.kind in kinds:
                    found[row, kinds.index(finding.kind)] = level(finding.severity)
        return found

    def of(self, modality: Modality) -> "Judgement":
        """Those of one modality."""
        at = [i for i, item in enumerate(self.items) if item.modality == modality]
        return Judgement([self.items[i] for i in at], [self.told[i] for i in at])


def evaluate(data: Path, net: Any = None) -> AccuracyTable:
    """Measure the shipped network, or the one given."""
    from heuresis.tools.medical.medq.network import loaded

    net, clean = net or loaded(), bases(data)
    parts = [*simulated(net, clean, "test"), *simulated(net, clean, "unseen"), *probes(net, clean)]
    return table_of(len(clean), parts)


def simulated(net: Any, clean: Sequence[Base], part: str) -> list[Part]:
    """Score verdicts, kinds and comparisons on one part of the clean images."""
    learn = _items(clean, "train", PER_MODALITY["learn"], SEED)
    found = judged(net, _items(clean, part, PER_MODALITY[part], SEED + 1))
    caption = SEEN if part == "test" else UNSEEN
    return [
        _verdict_part(found, learn, caption),
        _kind_part(found, learn, caption),
        _pair_part(found, caption),
    ]


def table_of(n_clean: int, parts: Sequence[Part]) -> AccuracyTable:
    """Put parts together with what is to be said of them."""
    return AccuracyTable(
        name="quality",
        title="Quality of medical images: kinds, severities, verdicts (simulated)",
        n_offered=n_clean,
        n_used=n_clean,
        left_out={},
        leak="Seen sources: other images of the same sets. Unseen sources: nothing.",
        finding=_finding(parts),
        parts=tuple(parts),
        notes=(
            "Unseen: chest_regions (X-ray), MedNIST HeadCT, MedNIST BreastMRI, STARE and DRIMDB "
            "good (fundus), BCCD (microscopy). Ultrasound has one source: no unseen split.",
            "Groups of three images of one clean image; intervals draw clean images.",
            "'Untouched' means that nothing was added: it is not a reader's opinion.",
        ),
    )


def judged(net: Any, items: Sequence[Item]) -> Judgement:
    """Ask the network about items, forty at a time."""
    told: list[Verdict] = []
    for start in range(0, len(items), 40):
        some = items[start : start + 40]
        told += verdicts(net, [item.view for item in some], [item.modality for item in some])
    return Judgement(list(items), told)


def summary(table: AccuracyTable) -> dict[str, Any]:
    """Return every value of a table by part, method and metric, for a model's card."""
    return {
        part.caption: {
            row.method: {name: round(score.value, 4) for name, score in row.scores.items()}
            for row in part.rows
        }
        for part in table.parts
    }


def _items(clean: Sequence[Base], part: str, n: int, seed: int) -> list[Item]:
    chosen = [base for base in clean if base.part == part]
    wanted = {m: n for m in MODALITIES if any(base.modality == m for base in chosen)}
    return groups(chosen, wanted, seed, TRAINED)


def _verdict_part(found: Judgement, learn: Sequence[Item], caption: str) -> Part:
    truth = baselines.tiers_of(found.items)
    rows = [_tier_row(MODEL, truth, found.tiers, found.chances)]
    for modality in MODALITIES:
        some = found.of(modality)
        if some.items:
            own = baselines.tiers_of(some.items)
            rows.append(_tier_row(f"{MODEL}: {modality}", own, some.tiers, some.chances))
    rows += [
        _tier_row(HAND, truth, baselines.hand_tiers(learn, found.items)),
        _tier_row("mean light, logistic", truth, baselines.hand_tiers(learn, found.items, True)),
        _tier_row("modality only", truth, baselines.modality_only(learn, found.items)),
        _tier_row("always the majority", truth, baselines.majority(learn, found.items)),
    ]
    columns = {name: "1" for name in (*TIER_SCORES, "ECE")}
    return Part(caption=f"Verdicts, {caption}", columns=columns, rows=tuple(rows))


def _kind_part(found: Judgement, learn: Sequence[Item], caption: str) -> Part:
    truth = baselines.levels_of(found.items, KNOWN)
    hand = baselines.hand_levels(learn, found.items, KNOWN)
    names = np.array([item.modality for item in found.items])
    rows = [_kind_row(MODEL, truth, found.levels(KNOWN)), _kind_row(HAND, truth, hand)]
    for modality in MODALITIES:
        at = names == modality
        if at.any():
            own = found.of(modality).levels(KNOWN)
            rows.append(_kind_row(f"{MODEL}: {modality}", truth[at], own))
            rows.append(_kind_row(f"{HAND}: {modality}", truth[at], hand[at]))
    prior = np.random.default_rng(0).permutation(truth)
    rows.append(_kind_row("prior: another image's truth", truth, prior))
    columns = {name: "1" for name in KIND_SCORES}
    return Part(caption=f"Kinds and severities, {caption}", columns=columns, rows=tuple(rows))


def _pair_part(found: Judgement, caption: str) -> Part:
    q = np.array([one.q for one in found.told])
    sharp = np.array([baselines.sharpness(item) for item in found.items])
    size = np.array([baselines.file_bytes(item) for item in found.items])
    like = _likeness(found.items)
    scores = {
        MODEL: q,
        "variance of the Laplacian wins": sharp,
        "larger JPEG wins": size,
        "oracle: SSIM to the clean image wins": like,
    }
    burden = np.array([item.burden for item in found.items])
    names = np.array([item.modality for item in found.items])
    rows = [
        _pair_row(name, value, burden, names, "oracle" in name) for name, value in scores.items()
    ]
    columns = {"same clean image": "1", "different images, one modality": "1"}
    return Part(caption=f"Comparisons, {caption}", columns=columns, rows=tuple(rows))


def _pair_row(name: str, value: Any, burden: Any, names: Any, is_same_only: bool) -> Row:
    grouped = (value.reshape(-1, 3), burden.reshape(-1, 3))
    scores = {"same clean image": score(_pairs_right, *grouped, n_draws=N_DRAWS)}
    if not is_same_only:
        right, n = 0.0, 0
        for modality in np.unique(names):
            at = names == modality
            worse = burden[at][:, None] > burden[at][None, :]
            group = np.arange(int(at.sum())) // 3
            worse &= group[:, None] != group[None, :]
            right += _wins(value[at])[worse].sum()
            n += int(worse.sum())
        scores["different images, one modality"] = Score(value=right / n)
    return Row(method=name, n=len(burden), scores={k: v for k, v in scores.items() if v})


def _pairs_right(value: Any, burden: Any) -> float:
    """Share of pairs in a group in which the one to which less was done wins; ties count half."""
    worse = burden[:, :, None] > burden[:, None, :]
    wins = np.where(value[:, :, None] == value[:, None, :], 0.5, value[:, :, None] < value[:, None])
    return float(wins[worse].mean())


def _wins(value: Any) -> Any:
    """Return n x n: 1 where the second has the larger value, one half where equal."""
    return np.where(value[:, None] == value[None, :], 0.5, value[:, None] < value[None, :])


def _likeness(items: Sequence[Item]) -> Any:
    from skimage.metrics import structural_similarity

    found = []
    for i, item in enumerate(items):
        clean = items[i - i % 3].view
        alike = item.view.shape == clean.shape
        axis = 2 if clean.ndim == 3 else None
        found.append(
            structural_similarity(clean, item.view, data_range=255, channel_axis=axis)
            if alike
            else 0.0
        )
    return np.array(found)


def _tier_row(name: str, truth: Any, told: Any, chances: Any = None) -> Row:
    grouped = (truth.reshape(-1, 3), told.reshape(-1, 3))
    scores = {k: score(f, *grouped, n_draws=N_DRAWS) for k, f in TIER_SCORES.items()}
    if chances is not None:
        known = chances.reshape(-1, 3)
        scores["ECE"] = score(calibration_error, *grouped, known, n_draws=N_DRAWS)
    return Row(method=name, n=len(truth), scores={k: v for k, v in scores.items() if v})


def _kind_row(name: str, truth: Any, told: Any) -> Row:
    grouped = tuple(levels.reshape(-1, 3, levels.shape[1]) for levels in (truth, told))
    scores = {k: score(f, *grouped, n_draws=N_DRAWS) for k, f in KIND_SCORES.items()}
    return Row(method=name, n=len(truth), scores={k: v for k, v in scores.items() if v})


def _finding(parts: Sequence[Part]) -> str:
    told = []
    for caption in (SEEN, UNSEEN):
        part = next(one for one in parts if one.caption == f"Verdicts, {caption}")
        kinds = next(one for one in parts if one.caption == f"Kinds and severities, {caption}")
        own, hand = part.row(MODEL).scores, part.row(HAND).scores
        told.append(
            f"On {caption} the verdict is right for {own['accuracy'].value:.3f} of images "
            f"({hand['accuracy'].value:.3f} by hand features), macro F1 of kinds "
            f"{kinds.row(MODEL).scores['kind macro F1'].value:.3f}, false alarms "
            f"{own['false alarm'].value:.3f}, mild noticed {own['mild noticed'].value:.3f}, severe "
            f"rejected {own['severe rejected'].value:.3f}."
        )
    return " ".join(told)


def main() -> None:
    """Print the page."""
    import torch

    torch.set_num_threads(1)
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    print(as_markdown(evaluate(parser.parse_args().data)))


if __name__ == "__main__":
    main()
