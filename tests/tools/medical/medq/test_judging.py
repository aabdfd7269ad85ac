"""Verdicts: the network and the fundus rule are joined into shares of one."""

import numpy as np
import pytest

from heuresis.tools.medical.medq.judging import combined


@pytest.mark.parametrize("reject", [0.0, 0.5, 1 - 1e-9, 1 - 1e-12, 1.0])
@pytest.mark.parametrize("missing_structure", [0.0, 0.3, 1.0])
def test_joined_verdicts_are_shares_of_one(reject: float, missing_structure: float) -> None:
    rest = 1 - reject
    tiers = np.array([[0.3 * rest, 0.7 * rest, reject]])
    joined = combined(tiers, np.array([missing_structure]))
    assert joined.sum() == pytest.approx(1)
    assert joined.min() >= 0
    assert joined[0, 2] == pytest.approx((reject + missing_structure) / 2)
