"""Verdicts against real labels, on drawn photographs; the real ones where the folder is named."""

import numpy as np
import pictures
import pytest

from heuresis.evals.imaging.fundus_tiers import _row
from heuresis.tools.image.degradations.simulate import simulate
from heuresis.tools.medical.medq.judging import combined, structure_chances, verdicts
from heuresis.tools.medical.medq.network import loaded


def test_the_row_counts_accepted_and_rejected() -> None:
    is_bad = np.array([0, 0, 1, 1])
    scores = _row("rule", is_bad, [0.1, 0.6, 0.7, 0.9], [False, True, True, True]).scores
    assert scores["accuracy"].value == 0.75
    assert scores["AUC"].value == 1
    assert scores["good accepted"].value == 0.5
    assert scores["bad rejected"].value == 1


def test_network_and_rule_joined_still_sum_to_one() -> None:
    tiers = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    joined = combined(tiers, np.array([0.9, 0.1]))
    assert joined.sum(axis=1) == pytest.approx(1)
    assert joined[0, 2] == pytest.approx(0.5)


def test_a_photograph_without_structure_is_told_by_the_rule_and_rejected() -> None:
    clean = pictures.fundus(128)
    empty = simulate(clean, "fundus", "blur", 4.0, 0)
    chances = structure_chances(loaded(), [clean, empty])
    assert chances[1] > 0.5 > chances[0]
    assert verdicts(loaded(), [empty], ["fundus"])[0].tier == "reject"
