"""Blood-brain barrier: molecule.admet's probability against Martins's labels (BBBP)."""

from pathlib import Path
from typing import Any

from heuresis.evals.accuracy import bootstrap, conformal
from heuresis.evals.accuracy.classification_metrics import PROBABILITY
from heuresis.evals.accuracy.measured_molecules import Answered, Source, ask
from heuresis.evals.accuracy.molecule_baselines import NEIGHBOURS, naive_predictions
from heuresis.evals.accuracy.molecule_regression import MODEL
from heuresis.evals.accuracy.regression_metrics import error_ranking, sparsification_error
from heuresis.evals.accuracy.table import AccuracyTable, Part, Row, Score, brief
from heuresis.serving.lab import Lab

SOURCE = Source(
    name="brain_barrier",
    file="molecules/bbbp.csv.gz",
    measured="p_np",
    end_point="BBB_Martins",
    unit="1",
)
LEAK = (
    "Almost total: admet-ai was trained on BBB_Martins, 1,975 of these same labels. The model's "
    "row says how well it remembers; what to expect on a new molecule is the authors' figure on "
    "test folds of this set, in the row below it."
)
PUBLISHED = {"AUROC": 0.900, "average precision": 0.959}  # admet-ai's resources/data/admet.csv
TRUST = {
    "Spearman of |error| and std": error_ranking,
    "sparsification error / random": sparsification_error,
}
BY_PROBABILITY = "root of p (1 - p), from the probability alone"
TIE = 0.5


def evaluate(lab: Lab, data: Path) -> AccuracyTable:
    """Measure ranking and calibration on BBBP.

    Raises:
        RequestError: The data are not there.
    """
    return judge(decided(ask(lab, data, SOURCE)))


def judge(found: Answered) -> AccuracyTable:
    """Score the tool and its baselines on the same molecules."""
    skill, chance = _skill(found), found.predicted
    spread = (chance * (1 - chance)).clip(min=0) ** 0.5
    trust = Part(
        caption="Does the stated std know where the errors |label - probability| are?",
        columns=dict.fromkeys(TRUST, "1"),
        rows=(
            _row(MODEL, TRUST, found.truth, found.predicted, found.std),
            _row(BY_PROBABILITY, TRUST, found.truth, found.predicted, spread),
        ),
    )
    sets = conformal.sets(found.truth, found.predicted, found.smiles)
    return AccuracyTable(
        name=SOURCE.name,
        title="Blood-brain barrier (BBBP)",
        n_offered=found.n_offered,
        n_used=len(found.smiles),
        left_out=found.left_out,
        leak=LEAK,
        finding=_finding(skill, trust, found.truth),
        parts=(skill, trust, *(() if sets is None else (sets,))),
        notes=(
            "Intervals: 95 % percentile bootstrap over molecules, 1,000 draws.",
            "ECE: expected calibration error over 10 bins of equal mass. It is never below 0, so "
            "its interval leans upward.",
            "Sparsification error / random: 0 if the std finds the worst predictions first, 1 if "
            "it is no better than chance.",
        ),
    )


def decided(found: Answered) -> Answered:
    """Leave out molecules whose repeated labels disagree evenly."""
    from dataclasses import replace

    kept = found.truth != TIE
    return replace(
        found,
        smiles=tuple(text for text, is_kept in zip(found.smiles, kept, strict=True) if is_kept),
        truth=found.truth[kept],
        predicted=found.predicted[kept],
        std=found.std[kept],
        beside=found.beside[kept],
        left_out={**found.left_out, "with labels that disagree": int((~kept).sum())},
    )


def _skill(found: Answered) -> Part:
    published = {name: Score(value=value) for name, value in PUBLISHED.items()}
    naive = naive_predictions(found.smiles, found.truth)
    rows = [
        _row(MODEL, PROBABILITY, found.truth, found.predicted),
        Row(method="the same, authors' test folds of this set", n=None, scores=published),
        *(_row(name, PROBABILITY, found.truth, guess) for name, guess in naive.items()),
    ]
    columns = dict.fromkeys(PROBABILITY, "1")
    return Part(caption="Ranking and calibration", columns=columns, rows=tuple(rows))


def _row(method: str, metrics: dict[str, bootstrap.Statistic], *arrays: Any) -> Row:
    return Row(method=method, n=len(arrays[0]), scores=bootstrap.scores(metrics, *arrays))


def _finding(skill: Part, trust: Part, truth: Any) -> str:
    own, ranks = skill.row(MODEL).scores, trust.row(MODEL).scores
    alone = trust.row(BY_PROBABILITY).scores
    told = [f"{truth.mean():.1%} of the molecules pass the barrier."]
    told += [f"{name} {brief(own[name])}." for name in ("AUROC", "Brier", "ECE") if name in own]
    naive = [row for row in skill.rows if NEIGHBOURS in row.method]
    best = max(naive, key=lambda row: row.scores["AUROC"].value if "AUROC" in row.scores else 0.0)
    if "AUROC" in best.scores:
        told.append(f"The best naive AUROC is {brief(best.scores['AUROC'])} ({best.method}).")
    told += [
        f"{name} {brief(each)} (from the probability alone {brief(alone[name])})."
        for name, each in ranks.items()
    ]
    return " ".join(told)
