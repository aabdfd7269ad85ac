"""Lipophilicity: molecule.admet against AstraZeneca's measured logD at pH 7.4."""

from pathlib import Path

from heuresis.evals.accuracy.measured_molecules import Source, ask
from heuresis.evals.accuracy.molecule_regression import judge
from heuresis.evals.accuracy.table import AccuracyTable
from heuresis.serving.lab import Lab

SOURCE = Source(
    name="lipophilicity",
    file="molecules/lipophilicity.csv.gz",
    measured="exp",
    end_point="Lipophilicity_AstraZeneca",
    unit="log10(ratio)",
)
LEAK = (
    "Total: this is the very set admet-ai was trained on (Lipophilicity_AstraZeneca, 4,200 "
    "molecules). The model's row says how well it remembers; what to expect on a new molecule is "
    "the authors' figure on test folds of this set, in the row below it."
)
PUBLISHED = {"MAE": 0.407, "R2": 0.771}  # admet-ai's own table, resources/data/admet.csv


def evaluate(lab: Lab, data: Path) -> AccuracyTable:
    """Measure the error on the AstraZeneca set.

    Raises:
        RequestError: The data are not there.
    """
    return judge(
        ask(lab, data, SOURCE),
        SOURCE,
        title="Lipophilicity, logD at pH 7.4 (AstraZeneca)",
        leak=LEAK,
        published=PUBLISHED,
    )
