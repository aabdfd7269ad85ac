"""A measured property of molecules against molecule.admet: errors, baselines, uncertainty."""

from collections.abc import Mapping
from typing import Any

from heuresis.evals.accuracy import bootstrap, conformal
from heuresis.evals.accuracy.measured_molecules import Answered, Source
from heuresis.evals.accuracy.molecule_baselines import NEIGHBOURS, naive_predictions
from heuresis.evals.accuracy.regression_metrics import ERRORS, IN_UNIT, UNCERTAINTY
from heuresis.evals.accuracy.table import AccuracyTable, Part, Row, Score, brief

MODEL = "molecule.admet (admet-ai)"
_RANKS = "Spearman of |error| and std"
_COVERS = "coverage of nominal 90 %"
NOTES = (
    "Intervals: 95 % percentile bootstrap over molecules, 1,000 draws. Folds and halves are fixed.",
    "std: spread of five nets. Sparsification error / random: 0 if the std finds the worst "
    "predictions first, 1 if it is no better than chance.",
)


def judge(  # noqa: PLR0913  # what differs between the two evals, by name
    found: Answered,
    source: Source,
    *,
    title: str,
    leak: str,
    published: Mapping[str, float],
    beside: str = "",
) -> AccuracyTable:
    """Score the tool and its baselines on the same molecules.

    Args:
        found: Truth beside answers.
        source: Where they come from.
        title: Heading.
        leak: What the model had seen.
        published: The authors' own test figures by metric.
        beside: What the file's own prediction is called; empty where there is none.
    """
    errors = _errors(found, source, published, beside)
    trust = Part(
        caption="Does the stated std know where the errors are?",
        columns=dict.fromkeys(UNCERTAINTY, "1"),
        rows=(_row(MODEL, UNCERTAINTY, found.truth, found.predicted, found.std),),
    )
    widths = conformal.intervals(found.truth, found.predicted, found.std, found.smiles, source.unit)
    told = _width_sentences(trust, widths, source.unit)
    parts = (errors, trust, *(() if widths is None else (widths,)))
    return AccuracyTable(
        name=source.name,
        title=title,
        n_offered=found.n_offered,
        n_used=len(found.smiles),
        left_out=found.left_out,
        leak=leak,
        finding=" ".join([_error_sentence(errors, source), *told]),
        parts=parts,
        notes=NOTES,
    )


def _errors(found: Answered, source: Source, published: Mapping[str, float], beside: str) -> Part:
    rows = [_row(MODEL, ERRORS, found.truth, found.predicted)]
    if published:
        figures = {name: Score(value=value) for name, value in published.items()}
        rows.append(Row(method="the same, authors' test folds", n=None, scores=figures))
    if beside:
        rows.append(_row(beside, ERRORS, found.truth, found.beside))
    naive = naive_predictions(found.smiles, found.truth)
    rows += [_row(name, ERRORS, found.truth, guess) for name, guess in naive.items()]
    units = {name: source.unit if name in IN_UNIT else "1" for name in ERRORS}
    return Part(caption="Error", columns=units, rows=tuple(rows))


def _row(method: str, metrics: Mapping[str, bootstrap.Statistic], *arrays: Any) -> Row:
    scored = bootstrap.scores(dict(metrics), *arrays)
    return Row(method=method, n=len(arrays[0]), scores=scored)


def _error_sentence(errors: Part, source: Source) -> str:
    own = errors.row(MODEL).scores["MAE"]
    naive = [row for row in errors.rows if NEIGHBOURS in row.method]
    best = min(naive, key=lambda row: row.scores["MAE"].value)
    return (
        f"Mean absolute error {brief(own)} {source.unit}; the best naive prediction "
        f"({best.method}) has {brief(best.scores['MAE'])}."
    )


def _width_sentences(trust: Part, widths: Part | None, unit: str) -> list[str]:
    said = trust.row(MODEL).scores
    told = []
    if _RANKS in said:
        told.append(f"The std ranks the errors with Spearman {brief(said[_RANKS])}.")
    if _COVERS in said:
        told.append(f"Its nominal 90 % interval holds {brief(said[_COVERS])} of the truths.")
    if widths is not None:
        by_std = widths.row(conformal.NORMALISED).scores
        plain = widths.row(conformal.PLAIN).scores
        told.append(
            f"For 90 % the std must be multiplied by {by_std['factor'].value:.2f} (coverage "
            f"{brief(by_std['coverage'])}, mean width {by_std['mean width'].value:.2f} "
            f"{unit}); one width of {2 * plain['half width'].value:.2f} {unit} for all "
            f"molecules holds {brief(plain['coverage'])}."
        )
    return told
