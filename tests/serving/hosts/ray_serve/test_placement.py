"""Who gets onto the accelerators: nothing is promised twice, and nobody waits for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.serving.hosts.ray_serve.placement import FORGOTTEN_S, Placement


def test_a_model_larger_than_every_accelerator_is_refused_with_both_sizes() -> None:
    decision = Placement([8000, 4000]).ask("llm", 9000, 60, 0)
    assert decision.verdict == "refused"
    assert "9000 MB" in decision.reason
    assert "allowed: 8000 MB" in decision.reason


def test_without_accelerators_whoever_needs_memory_is_refused() -> None:
    assert Placement([]).ask("net", 1, 60, 0).verdict == "refused"


def test_a_model_goes_where_the_least_is_left_over() -> None:
    book = Placement([8000, 4000])
    assert book.ask("small", 3000, 60, 0).verdict == "placed"
    assert book.residents() == {"small": (1, 3000)}
    assert book.ask("large", 8000, 60, 0).verdict == "placed"
    assert book.free_mb() == [0, 1000]


def test_whoever_does_not_fit_hears_place_and_estimate() -> None:
    book = Placement([1000])
    book.ask("first", 800, 60, 0)
    second = book.ask("second", 500, 60, 10)
    third = book.ask("third", 400, 60, 20)
    assert (second.verdict, second.position, second.estimate_s) == ("queued", 1, 50)
    assert (third.position, third.estimate_s) == (2, 40)
    assert "free: 200 MB; place 1 in the queue, about 50 s" in second.reason


def test_a_small_model_does_not_overtake_a_large_one_that_waits() -> None:
    book = Placement([1000])
    book.ask("first", 800, 60, 0)
    book.ask("large", 900, 60, 1)
    assert book.ask("tiny", 100, 60, 2).verdict == "queued"


def test_use_puts_off_the_moment_a_model_leaves() -> None:
    book = Placement([1000])
    book.ask("first", 800, 60, 0)
    book.ask("first", 800, 60, 40)
    assert book.ask("second", 800, 60, 50).estimate_s == 50


def test_room_is_given_when_a_model_has_left_the_cluster() -> None:
    book = Placement([1000])
    book.ask("first", 800, 60, 0)
    assert book.ask("second", 800, 60, 70).verdict == "queued"
    book.keep(set(), 70, grace_s=60)
    assert book.ask("second", 800, 60, 71).verdict == "placed"


def test_a_model_just_admitted_is_not_taken_for_gone() -> None:
    book = Placement([1000])
    book.ask("first", 800, 60, 0)
    book.keep(set(), 5, grace_s=60)
    assert book.residents() == {"first": (0, 800)}


def test_a_caller_that_died_in_the_queue_is_forgotten() -> None:
    book = Placement([1000])
    book.ask("first", 800, 600, 0)
    book.ask("dead", 900, 60, 1)
    book.ask("alive", 200, 60, 2)
    assert book.ask("alive", 200, 60, 1 + FORGOTTEN_S + 1).verdict == "placed"
    assert book.waiting() == []


def test_giving_up_leaves_the_queue_to_others_and_takes_no_room_from_residents() -> None:
    book = Placement([1000])
    book.ask("first", 800, 60, 0)
    book.ask("second", 800, 60, 1)
    book.give_up("second")
    book.give_up("first")
    assert (book.waiting(), book.free_mb()) == ([], [200])


ASKS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(1, 1200), st.integers(0, 40)), max_size=40
)


@given(asks=ASKS, sizes=st.lists(st.integers(1, 1000), max_size=3))
def test_no_accelerator_is_ever_promised_more_than_it_has(
    asks: list[tuple[str, int, int]], sizes: list[int]
) -> None:
    book, now_s = Placement(sizes), 0
    for name, memory_mb, later_s in asks:
        now_s += later_s
        decision = book.ask(name, memory_mb, 60, now_s)
        assert all(free >= 0 for free in book.free_mb())
        assert (decision.position > 0) == (decision.verdict == "queued")
        assert decision.estimate_s >= 0


@pytest.mark.parametrize("n", [1, 4])
def test_whoever_keeps_asking_is_served_in_the_end(n: int) -> None:
    book = Placement([1000])
    names = [f"m{i}" for i in range(n)]
    served: list[str] = []
    for now_s in range(400):
        for name in names:
            if name not in served and book.ask(name, 700, 20, now_s).verdict == "placed":
                served.append(name)
        used = {name: place for name, place in book.residents().items() if name != served[-1]}
        book.keep(set(used), now_s, grace_s=20)
    assert served == names
