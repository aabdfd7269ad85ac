"""Chains are read and written one way; everything else is refused with what is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.errors import RequestError
from heuresis.tools.image.restoration.chain import (
    LIMITS,
    Step,
    canonical_chain,
    read_chain,
    write_chain,
)


def _step(name: str, hundredths: int) -> Step:
    low, high = LIMITS[name]
    return Step(name, round(low + hundredths / 100 * (high - low), 2))


steps = st.builds(_step, st.sampled_from(sorted(LIMITS)), st.integers(1, 99))


@given(st.lists(steps, max_size=6).map(tuple))
def test_what_is_written_is_read_again(chain: tuple[Step, ...]) -> None:
    text = write_chain(chain)
    assert read_chain(text) == chain
    assert canonical_chain(text) == text


def test_spaces_and_zeros_make_no_difference() -> None:
    assert canonical_chain(" denoise(2.0)>contrast(1.50) ") == "denoise(2) > contrast(1.5)"


def test_nothing_is_a_chain_without_steps() -> None:
    assert read_chain("nothing") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dream(1)", "allowed: 'nothing', or steps such as"),
        ("denoise", "got 'denoise'"),
        ("denoise(1) >", "got ''"),
        ("denoise(-1)", "denoise"),
        ("denoise(1e3)", "denoise"),
        ("denoise(99)", "allowed: denoise from 0.1 to 10"),
        (" > ".join(["sharpen(1)"] * 7), "got 7 steps, allowed: up to 6"),
    ],
)
def test_what_is_no_chain_is_refused_with_what_is_allowed(text: str, words: str) -> None:
    with pytest.raises(RequestError) as told:
        read_chain(text)
    assert words in str(told.value)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        chain = read_chain(text)
    except RequestError:
        return
    assert read_chain(write_chain(chain)) == chain
