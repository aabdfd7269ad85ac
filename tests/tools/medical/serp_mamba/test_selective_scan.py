"""All forms of the scan agree with the loop that defines it, and with its derivative."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heuresis.tools.medical.serp_mamba.selective_scan import (
    Terms,
    doubling,
    recomputed,
    selective_scan,
    sequential,
    side_by_side,
)

FORMS = (doubling, side_by_side, recomputed)
Form = Callable[[Terms, int], torch.Tensor]


def terms(n: int = 2, length: int = 150, width: int = 6, states: int = 3, seed: int = 0) -> Terms:
    rng = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=rng, dtype=torch.float64)

    return Terms(
        drawn(n, length, width),
        drawn(n, length, width).abs() * 0.1,
        -drawn(states, width).abs() - 0.1,
        drawn(n, length, states),
        drawn(n, length, states),
    )


@pytest.mark.parametrize("form", FORMS)
@given(length=st.integers(1, 40), chunk=st.integers(1, 48), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_every_form_equals_the_loop_whatever_the_chunks(
    form: Form, length: int, chunk: int, seed: int
) -> None:
    given_terms = terms(length=length, seed=seed)
    torch.testing.assert_close(form(given_terms, chunk), sequential(given_terms), atol=1e-8, rtol=0)


def test_the_chosen_form_equals_the_loop_over_many_chunks() -> None:
    given_terms = terms(length=500)
    gap = (selective_scan(given_terms) - sequential(given_terms)).abs().max()
    assert float(gap) < 1e-8


def test_the_own_derivative_is_the_numerical_one() -> None:
    given_terms = [v.requires_grad_() for v in terms(2, 11, 3, 2)]
    assert torch.autograd.gradcheck(lambda *v: recomputed(Terms(*v), 4), given_terms)


def test_the_own_derivative_is_that_of_the_loop() -> None:
    found = []
    for form in (sequential, recomputed):
        given_terms = [v.requires_grad_() for v in terms(length=70)]
        form(Terms(*given_terms)).square().sum().backward()
        found.append([v.grad for v in given_terms])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_a_later_place_never_changes_an_earlier_answer() -> None:
    first = terms(length=60)
    changed = first._replace(x=first.x.clone())
    changed.x[:, 40:] += 1
    gap = (recomputed(first) - recomputed(changed)).abs().amax((0, 2))
    assert float(gap[:40].max()) == 0
    assert float(gap[40:].min()) > 0


def test_without_decay_the_scan_is_a_running_sum() -> None:
    length, ones = 30, torch.ones(1, 30, 1, dtype=torch.float64)
    still = torch.zeros(1, 1, dtype=torch.float64)
    summed = recomputed(Terms(ones, ones, still, ones, ones))
    torch.testing.assert_close(summed[0, :, 0], torch.arange(1.0, length + 1, dtype=torch.float64))
