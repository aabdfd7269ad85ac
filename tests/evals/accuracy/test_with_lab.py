"""The evals on tiny files of their own, through the real lab; without files they say what lacks."""

import csv
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from heuresis.errors import RequestError
from heuresis.evals.accuracy import (
    brain_barrier,
    crystal_energy,
    crystal_hull,
    lipophilicity,
    page,
    solubility,
)
from heuresis.evals.accuracy.molecule_regression import MODEL
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings

MOLECULES = {
    "CCO": 1.1, "CCCCO": 0.0, "CCCCCCO": -1.2, "c1ccccc1": -1.6, "Cc1ccccc1": -2.2,
    "Oc1ccccc1": 0.0, "Nc1ccccc1": -0.4, "CC(=O)Oc1ccccc1C(=O)O": -1.7, "CCOC(C)=O": 0.0,
    "Clc1ccccc1": -2.4, "CC(C)=O": 1.0, "c1ccc2ccccc2c1": -3.6,
}  # fmt: skip
REFUSED = "[Na+].[Cl-]"
DATA = os.environ.get("HEURESIS_DATA", "")  # read here: the session takes it away


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = open_lab(Settings(home=tmp_path_factory.mktemp("lab")))
    yield lab
    lab.ledger.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve molecules, one of them twice, and a salt."""
    folder = tmp_path_factory.mktemp("data")
    numbers = {**MOLECULES, "OCC": 1.3, REFUSED: 0.8}
    _write(folder, solubility.SOURCE, numbers)
    _write(folder, brain_barrier.SOURCE, {text: float(n > -1) for text, n in numbers.items()})
    return folder


def _write(folder: Path, source: Any, numbers: dict[str, float]) -> None:
    path = folder / source.file
    path.parent.mkdir(exist_ok=True)
    columns = ["smiles", source.measured, *([source.beside] if source.beside else [])]
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        n_numbers = len(columns) - 1
        writer.writerows([f"{text} ", *[number] * n_numbers] for text, number in numbers.items())


@pytest.mark.parametrize("name", page.EVALS)
def test_without_data_the_path_is_named(name: str, lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"got no file .*\.gz'"):
        page.evaluation(name)(lab, tmp_path)
    found = page.measure(lab, tmp_path, [name])
    assert str(found[name]).startswith("skipped: data: got no file")
    assert f"## {name}" in page.write(found)


def test_an_unknown_eval_is_refused(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="allowed: solubility"):
        page.measure(lab, tmp_path, ["taste"])
    said = CliRunner().invoke(page.main, ["--data", str(tmp_path), "taste"])
    assert said.exit_code == 2


def test_a_file_without_its_column_is_refused(lab: Lab, tmp_path: Path) -> None:
    _write(tmp_path, solubility.SOURCE, {})
    (tmp_path / lipophilicity.SOURCE.file).write_bytes(
        (tmp_path / solubility.SOURCE.file).read_bytes()
    )
    with pytest.raises(RequestError, match=r"got no column \['exp'\]"):
        lipophilicity.evaluate(lab, tmp_path)


@pytest.mark.slow
def test_twelve_molecules_are_scored_beside_their_baselines(lab: Lab, data: Path) -> None:
    table = solubility.evaluate(lab, data)
    assert (table.n_offered, table.n_used) == (14, 12)
    assert table.left_out == {"out of domain": 1, "repeats of a molecule (median taken)": 1}
    errors, trust = table.parts[:2]
    assert 0 < errors.row(MODEL).scores["MAE"].value < 1.5
    assert errors.row("mean of the data").scores["R2"].value == pytest.approx(0)
    assert errors.row(solubility.EQUATION).scores["MAE"].value == pytest.approx(0.1 / 12, abs=0.01)
    assert trust.row(MODEL).n == 12
    assert solubility.evaluate(lab, data) == table


@pytest.mark.slow
def test_labels_are_scored_as_probabilities(lab: Lab, data: Path) -> None:
    table = brain_barrier.evaluate(lab, data)
    skill = table.parts[0].row(MODEL)
    assert skill.n == 12
    assert 0 <= skill.scores["ECE"].value <= 1
    assert table.parts[0].row("mean of the data").scores["ECE"].value == pytest.approx(0)
    assert "admet-ai" in page.write({"brain_barrier": table})


FCC = [[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]
PHASES = {  # cubic edge in Å, formula, energy in eV/atom
    "Li": (4.3, ["Li"], -1.9), "Co": (3.5, ["Co"], -7.1), "Ni": (3.5, ["Ni"], -5.8),
    "O": (3.2, ["O"], -3.5), "NiO": (4.2, ["Ni", "O"], -6.4), "CoO": (4.3, ["Co", "O"], -6.7),
    "Na": (5.2, ["Na"], -1.3), "Fe": (3.5, ["Fe"], -8.2), "P": (4.0, ["P"], -4.9),
    "FeO": (4.3, ["Fe", "O"], -6.9),
}  # fmt: skip
SYSTEMS = {
    "Li-Co-Ni-O": ("Li", "Co", "Ni", "O", "NiO", "CoO"),
    "Na-Fe-P-O": ("Na", "Fe", "P", "O", "FeO"),
}


@pytest.fixture(scope="module")
def crystals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small cubic phases of both systems, with energies of the right order."""
    from pymatgen.core import Lattice, Structure

    folder = tmp_path_factory.mktemp("crystals")
    (folder / "materials/mp_entries").mkdir(parents=True)
    for system, names in SYSTEMS.items():
        entries = []
        for name in names:
            edge, elements, energy = PHASES[name]
            lattice = Lattice([[edge * x for x in row] for row in FCC])
            places = [[0, 0, 0], [0.5, 0.5, 0.5]][: len(elements)]
            structure = Structure(lattice, elements, places)
            entries.append({
                "entry_id": f"{name}-GGA", "data": {"material_id": f"mp-{name}"},
                "structure": structure.as_dict(), "energy": energy * len(elements),
                "correction": 0.0, "e_above_hull": 0.0,
            })  # fmt: skip
        with gzip.open(folder / f"materials/mp_entries/{system}.json.gz", "wt") as file:
            json.dump(entries, file)
    return folder


@pytest.mark.slow
def test_crystals_are_relaxed_and_placed_over_both_hulls(lab: Lab, crystals: Path) -> None:
    energies = crystal_energy.evaluate(lab, crystals, {"chgnet": 6})
    assert energies.n_used + sum(energies.left_out.values()) == energies.n_offered == 10
    row = energies.parts[0].rows[0]
    assert row.scores["MAE"].value < 2
    table = crystal_hull.evaluate(lab, crystals, {"chgnet": 6}, {"chgnet": 4})
    own = [part for part in table.parts if "over its own hull" in part.caption]
    assert len(own) == 4
    always = own[2].row("always stable").scores
    assert always["recall"].value == 1
    assert "Distance to the hull" in page.write({"crystal_hull": table})


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="HEURESIS_DATA names no folder of measured data")
def test_the_model_beats_the_naive_predictions_on_real_data(lab: Lab) -> None:
    table = solubility.evaluate(lab, Path(DATA))
    ours, equation = (table.parts[0].row(name).scores for name in (MODEL, solubility.EQUATION))
    assert ours["MAE"].value < equation["MAE"].value
