import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heuresis.agent.proposers.molecule_kernel import count_prints, similarity
from heuresis.agent.proposers.surrogate import Surrogate, fit

ALKANES = ["C" * n for n in range(4, 24)]
AMINES = ["N" + "C" * n for n in range(4, 24)]
ARENES = ["c1ccccc1" + "C" * n for n in range(1, 13)]


def learn(forms: list[str], utilities: list[float]) -> Surrogate:
    return Surrogate(count_prints(forms), utilities, similarity)


def test_similarity_is_minima_over_maxima_of_counts() -> None:
    rng = np.random.default_rng(0)
    left, right = (rng.poisson(0.4, (n, 2048)).astype(np.float32) for n in (5, 7))
    low = np.minimum(left[:, None], right[None]).sum(axis=2)
    high = np.maximum(left[:, None], right[None]).sum(axis=2)
    assert similarity(left, right) == pytest.approx(low / high)


def test_a_molecule_is_like_itself_and_counts_matter() -> None:
    prints = count_prints(["CCCCCCCC", "CCCCCCCCCCCCCC"])
    likeness = similarity(prints, prints)
    assert np.diag(likeness) == pytest.approx(1)
    assert likeness[0, 1] < 0.8


def test_the_fit_finds_that_pure_noise_is_noise() -> None:
    prints = count_prints(ALKANES + AMINES)
    values = np.random.default_rng(0).random(len(prints))
    process = fit(similarity(prints, prints), values)
    mean, _ = process.predict(similarity(prints, prints))
    assert np.std(mean) < 0.5 * np.std(values)


def test_many_failures_teach_avoidance_and_do_not_flatten_the_good() -> None:
    good = {form: 0.3 + 0.03 * i for i, form in enumerate(ALKANES[::2])}
    bad = dict.fromkeys(AMINES + ARENES, 0.0)
    told = {**bad, **good}
    surrogate = learn(list(told), list(told.values()))
    short, long, amine = surrogate.forecast(
        count_prints(["CCCCC", "C" * 21, "N" + "C" * 24]), 0.0
    ).expected
    assert amine < 0.5 * short
    assert long > short + 0.1


def test_with_nothing_but_failures_it_hopes_for_what_is_unlike_them() -> None:
    surrogate = learn(AMINES, [0.0] * len(AMINES))
    hope = surrogate.forecast(count_prints(["NCCCCCC", "c1ccsc1C"]), 1.0).optimistic
    assert hope[1] >= hope[0]


@settings(max_examples=20)
@given(st.lists(st.sampled_from([0.0, 0.2, 0.7, 1.0]), min_size=12, max_size=12))
def test_expected_utility_is_a_utility(utilities: list[float]) -> None:
    surrogate = learn(ALKANES[:12], utilities)
    for expected in surrogate.forecast(count_prints(AMINES + ARENES), 1.0).expected:
        assert 0 <= expected <= 1


def test_more_points_than_it_can_hold_keep_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heuresis.agent.proposers.surrogate.MAX_POINTS", 20)
    forms = ALKANES + AMINES
    surrogate = learn(forms, [i / 40 for i in range(40)])
    last = surrogate.forecast(count_prints([forms[-1]]), 0.0).expected[0]
    assert last == pytest.approx(39 / 40, abs=0.1)
