"""Baselines never see what they predict, and a table reads as Markdown."""

import numpy as np
import pytest

from heuresis.contract import Crystal, Formula
from heuresis.evals.accuracy import composition_baselines, molecule_baselines
from heuresis.evals.accuracy.mp_entries import Entry
from heuresis.evals.accuracy.table import AccuracyTable, Part, Row, Score, as_markdown

ALKANES = ["CCCC", "CCCCC", "CCCCCC", "CCCCCCC", "CCCCCCCC"]
RINGS = ["c1ccccc1", "Cc1ccccc1", "CCc1ccccc1", "c1ccncc1", "Cc1ccncc1"]


def entry(name: str, formula: str, **shares: float) -> Entry:
    return Entry(
        name=name, system="A-B", crystal=Crystal("-"), formula=Formula(formula), shares=shares,
        n_atoms=2, raw_ev=0.0, corrected_ev=0.0, above_hull_ev=0.0,
    )  # fmt: skip


def test_scaffolds_stay_together_and_chains_stand_alone() -> None:
    smiles = RINGS + ALKANES
    fold = molecule_baselines.folds(smiles, "scaffold")
    assert len(set(fold[:3])) == 1
    assert len(set(fold[3:5])) == 1
    assert len(set(fold)) == 5
    assert (fold == molecule_baselines.folds(smiles, "scaffold")).all()


def test_a_neighbour_comes_from_another_fold() -> None:
    smiles = ["CCO", "CCCO", "c1ccccc1", "Cc1ccccc1"]
    truth, fold = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 1, 0, 1])
    found = molecule_baselines.by_neighbours(smiles, truth, fold, 1)
    assert found.tolist() == [2.0, 1.0, 4.0, 3.0]
    both = molecule_baselines.by_neighbours(smiles, truth, fold, 5)
    assert both.tolist() == [3.0, 2.0, 3.0, 2.0]


def test_the_nearest_formula_is_never_the_own_one() -> None:
    entries = [
        entry("1", "A", A=1.0),
        entry("2", "A", A=1.0),
        entry("3", "AB", A=0.5, B=0.5),
        entry("4", "B", B=1.0),
    ]
    values = np.array([1.0, 3.0, 10.0, 20.0])
    found = composition_baselines.naive_predictions(entries, values)
    nearest = found["nearest other formula, 5 folds by formula"]
    assert nearest[:2].tolist() == [10.0, 10.0]
    assert nearest[3] == 10.0
    assert nearest[2] == pytest.approx((1 + 3 + 20) / 3)
    assert found["mean of the system"].tolist() == [8.5] * 4


def test_a_linear_law_is_found_from_other_formulas() -> None:
    shares = [(a / 10, 1 - a / 10) for a in range(11)]
    entries = [entry(str(i), f"A{i}B", A=a, B=b) for i, (a, b) in enumerate(shares)]
    values = np.array([-3 * a - 5 * b for a, b in shares])
    found = composition_baselines.naive_predictions(entries, values)
    linear = found["linear in atomic fractions, 5 folds by formula"]
    assert linear == pytest.approx(values)


def test_a_table_reads_as_markdown() -> None:
    scores = {"MAE": Score(value=0.5, low=0.4, high=0.6), "of |x|": Score(value=1.0)}
    rows = (Row(method="ours", n=1200, scores=scores), Row(method="other", n=None, scores={}))
    table = AccuracyTable(
        name="x", title="X", n_offered=1300, n_used=1200, left_out={"odd": 100, "none": 0},
        leak="None.", finding="Good.", notes=("A note.",),
        parts=(Part(caption="Error", columns={"MAE": "eV", "of |x|": "1"}, rows=rows),),
    )  # fmt: skip
    page = as_markdown(table)
    assert "| method | n | MAE, eV | of \\|x\\| |" in page
    assert "| ours | 1,200 | 0.500 [0.400, 0.600] | 1.000 |" in page
    assert "| other |  |  |  |" in page
    assert "left out: 100 odd." in page
    assert AccuracyTable.model_validate_json(table.model_dump_json()) == table
