"""How much lawful chemistry the screen gets in the way of, and what it costs."""

import csv
import time
from collections import Counter
from importlib import util
from pathlib import Path

import pytest

from heuresis.serving.hazard import Verdict, screen
from heuresis.serving.hazard.screening import _remembered

KNOWN_BLOCKED = {"Mechlorethamine", "Erythrityl tetranitrate"}


def approved() -> list[tuple[str, str]]:
    """Read name and SMILES where admet-ai is installed; the list itself is not ours to ship."""
    if util.find_spec("admet_ai") is None:
        pytest.skip("needs the molecules extra")
    spec = util.find_spec("admet_ai")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "resources" / "data" / "drugbank_approved.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["name"], row["smiles"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def drugs() -> dict[str, Verdict]:
    rows = approved()
    verdicts = screen([smiles for _, smiles in rows])
    return {name: verdict for (name, _), verdict in zip(rows, verdicts, strict=True)}


def test_fewer_than_one_approved_drug_in_a_hundred_is_refused(drugs: dict[str, Verdict]) -> None:
    levels = Counter(verdict.level for verdict in drugs.values())
    print(f"\napproved drugs: {dict(levels)} of {len(drugs)}")
    assert levels["blocked"] / len(drugs) < 0.01
    assert levels["review"] / len(drugs) < 0.05


def test_each_refused_drug_is_known_and_meant(drugs: dict[str, Verdict]) -> None:
    assert {name for name, verdict in drugs.items() if verdict.is_blocked} == KNOWN_BLOCKED


def test_every_approved_drug_can_be_read(drugs: dict[str, Verdict]) -> None:
    assert not [n for n, v in drugs.items() if v.rule_id in {"screen.unreadable", "screen.generic"}]


def test_screening_is_cheap_and_the_second_time_free() -> None:
    texts = [smiles for _, smiles in approved() if "." not in smiles and len(smiles) < 80]
    screen(texts[:50])
    _remembered.cache_clear()
    cold = _ms_each(texts)
    warm = _ms_each(texts)
    print(f"\n{len(texts)} drug-like molecules: {cold:.3f} ms each, {warm:.4f} when remembered")
    assert cold < 2.0  # a bound for busy machines; the figure printed is the measure
    assert warm < 0.05


def _ms_each(texts: list[str]) -> float:
    start = time.process_time()
    screen(texts)
    return 1e3 * (time.process_time() - start) / len(texts)
