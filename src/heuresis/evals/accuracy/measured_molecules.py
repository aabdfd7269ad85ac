"""Measured molecules from a file, asked of molecule.admet through the lab: truth beside answer."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from heuresis.contract import Outcome
from heuresis.errors import RequestError
from heuresis.evals.accuracy.asking import ask_in_parts
from heuresis.serving.lab import Lab
from heuresis.tools.molecule.admet import AdmetResponse

TOOL = "molecule.admet"


@dataclass(frozen=True)
class Source:
    """One file of measurements and the end point it is compared with.

    Attributes:
        name: Name of the eval.
        file: Path under the data folder.
        measured: Column of the measurement.
        end_point: Key of the tool's answer.
        unit: Unit of both.
        beside: Column of another prediction that the file brings, or "".
    """

    name: str
    file: str
    measured: str
    end_point: str
    unit: str
    beside: str = ""


@dataclass(frozen=True)
class Answered:
    """Molecules with truth and answer, one entry per distinct molecule; arrays (n,).

    Attributes:
        smiles: Canonical.
        truth: Measured; the median where a molecule was measured repeatedly.
        predicted: The tool's value.
        std: The tool's standard deviation.
        beside: The other prediction of the file; nan where there is none.
        n_offered: Rows of the file.
        left_out: Rows without an answer by reason, and repeats.
    """

    smiles: tuple[str, ...]
    truth: Any
    predicted: Any
    std: Any
    beside: Any
    n_offered: int
    left_out: dict[str, int]


def path_of(data: Path, file: str) -> Path:
    """Return a file of the data folder.

    Raises:
        RequestError: It is not there; names the path.
    """
    path = data / file
    if not path.is_file():
        raise RequestError(f"data: got no file {str(path)!r}, allowed: a folder that holds it")
    return path


def ask(lab: Lab, data: Path, source: Source) -> Answered:
    """Predict every molecule of a file through the lab.

    Raises:
        RequestError: The file is absent or lacks a column.
    """
    rows = list(_rows(path_of(data, source.file), source))
    asked = [{"smiles": smiles} for smiles, _, _ in rows]
    outcomes = ask_in_parts(lab, TOOL, asked, source.name)
    return _joined(rows, outcomes, source)


def _rows(path: Path, source: Source) -> Iterable[tuple[str, float, float]]:
    columns = ["smiles", source.measured, *([source.beside] if source.beside else [])]
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        absent = set(columns) - set(reader.fieldnames or ())
        if absent:
            raise RequestError(f"{str(path)!r}: got no column {sorted(absent)}, allowed: {columns}")
        for row in reader:
            beside = float(row[source.beside]) if source.beside else float("nan")
            yield row["smiles"].strip(), float(row[source.measured]), beside


def _joined(
    rows: Sequence[tuple[str, float, float]], outcomes: Sequence[Outcome], source: Source
) -> Answered:
    import numpy as np

    answers: dict[str, AdmetResponse] = {}
    measured: dict[str, list[tuple[float, float]]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    for (_, truth, beside), outcome in zip(rows, outcomes, strict=True):
        if not outcome.is_usable or not isinstance(outcome.response, AdmetResponse):
            left_out[_why(outcome)] += 1
            continue
        answers[outcome.response.smiles] = outcome.response
        measured[outcome.response.smiles].append((truth, beside))
    quantities = [answers[smiles].end_points[source.end_point] for smiles in measured]
    left_out["repeats of a molecule (median taken)"] = sum(len(v) - 1 for v in measured.values())
    return Answered(
        smiles=tuple(measured),
        truth=np.array([median(t for t, _ in found) for found in measured.values()]),
        predicted=np.array([quantity.value for quantity in quantities]),
        std=np.array([quantity.std or 0.0 for quantity in quantities]),
        beside=np.array([found[0][1] for found in measured.values()]),
        n_offered=len(rows),
        left_out=dict(left_out),
    )


def _why(outcome: Outcome) -> str:
    if outcome.error_kind == "request" and outcome.status == "failed":
        return "not readable"
    return {"out_of_domain": "out of domain", "blocked": "blocked by the hazard screen"}.get(
        outcome.status, str(outcome.status)
    )
