"""Aqueous solubility: molecule.admet against Delaney's measured set (ESOL), log10(mol/L)."""

from pathlib import Path

from heuresis.evals.accuracy.measured_molecules import Source, ask
from heuresis.evals.accuracy.molecule_regression import judge
from heuresis.evals.accuracy.table import AccuracyTable
from heuresis.serving.lab import Lab

SOURCE = Source(
    name="solubility",
    file="molecules/esol.csv.gz",
    measured="measured log solubility in mols per litre",
    end_point="Solubility_AqSolDB",
    unit="log10(mol/L)",
    beside="ESOL predicted log solubility in mols per litre",
)
LEAK = (
    "admet-ai was trained on all of AqSolDB, a collection of nine sets (doi:10.1038/"
    "s41597-019-0151-1) that overlaps ESOL largely or wholly. The package ships no list of its "
    "training molecules, so seen ones cannot be told from unseen ones: read the model's figures "
    "as optimistic. The authors' figure on test folds is of all AqSolDB, a harder set."
)
EQUATION = "ESOL equation (Delaney; fitted to these data)"
PUBLISHED = {"MAE": 0.692, "R2": 0.817}  # admet-ai's own table, resources/data/admet.csv


def evaluate(lab: Lab, data: Path) -> AccuracyTable:
    """Measure the error on ESOL.

    Raises:
        RequestError: The data are not there.
    """
    return judge(
        ask(lab, data, SOURCE),
        SOURCE,
        title="Aqueous solubility (ESOL)",
        leak=LEAK,
        published=PUBLISHED,
        beside=EQUATION,
    )
