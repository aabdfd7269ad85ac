"""Crystal proposers fill known structure types, learn what pays, and repeat nothing."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from heuresis.agent.proposers.crystal_fillings import Filling, fillings, log_prior
from heuresis.agent.proposers.protocol import Observation
from heuresis.agent.proposers.substitution import RandomCrystals, Substitution

SYSTEM = ("Mg", "O", "Al")
ALL = fillings(tuple(sorted(SYSTEM)), (2, 3), 10, "balanced")
Kind = type[Substitution] | type[RandomCrystals]


def proposer(kind: Kind, seed: int = 1) -> Substitution | RandomCrystals:
    return kind(elements=SYSTEM, n_elements=(2, 3), max_atoms=10, charges="balanced", seed=seed)


def find(swaps: str) -> Filling:
    return next(one for one in ALL if one.swaps == swaps)


def test_the_space_holds_what_chemistry_knows() -> None:
    names = {one.swaps for one in ALL}
    assert "Na->Mg, Cl->O in AB_cF8_225_a_b/NaCl" in names
    assert "Ca->Mg, F->O in AB2_cF12_225_a_c/CaF2" not in names


def test_without_a_charge_rule_alloys_are_in_the_space() -> None:
    free = fillings(("Al", "Mg"), (2,), 2, "any")
    assert any(dict(one.amounts) == {"Al": 1, "Mg": 1} for one in free)
    assert fillings(("Al", "Mg"), (2,), 2, "balanced") == ()


def test_a_common_swap_is_more_natural_than_a_rare_one() -> None:
    common = find("Zn->Mg, S->O in AB_cF8_216_c_a/ZnS")
    assert log_prior(common) > -20


@pytest.mark.parametrize("kind", [Substitution, RandomCrystals])
def test_nothing_known_is_proposed_and_an_end_is_an_end(kind: Kind) -> None:
    known = {one.form for one in ALL[:-3]}
    last = proposer(kind).ask(10, known)
    assert {one.form for one in last} == {one.form for one in ALL[-3:]}
    assert proposer(kind).ask(10, {one.form for one in ALL}) == []


@pytest.mark.parametrize("kind", [Substitution, RandomCrystals])
def test_the_same_seed_gives_the_same_proposals_in_every_process(kind: Kind) -> None:
    code = (
        f"from heuresis.agent.proposers.substitution import {kind.__name__} as P;"
        f"p = P(elements={SYSTEM!r}, n_elements=(2, 3), max_atoms=10, charges='balanced', seed=1);"
        "print([one.operator for one in p.ask(6, ())])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True,
            text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def mean_worth(kind: Kind, seed: int, worth: Callable[[Filling], float]) -> float:
    """Search for 24 calls in rounds of 6; return the mean worth of all after the first round."""
    by_form = {one.form: one for one in ALL}
    seen: list[Observation] = []
    for number in range(4):
        searcher = proposer(kind, 100 * seed + number)
        searcher.tell(seen)
        batch = searcher.ask(6, {one.form for one in seen})
        seen += [Observation(one.form, worth(by_form[one.form])) for one in batch]
    return sum(one.utility for one in seen[6:]) / len(seen[6:])


def test_substitution_learns_where_the_good_ones_are() -> None:
    """The worth grows with the share of aluminium, which no prior tells."""

    def worth(one: Filling) -> float:
        amounts = dict(one.amounts)
        return amounts.get("Al", 0) / sum(amounts.values())

    learned = [mean_worth(Substitution, seed, worth) for seed in range(3)]
    drawn = [mean_worth(RandomCrystals, seed, worth) for seed in range(3)]
    assert min(learned) > max(drawn)


@pytest.mark.parametrize("kind", [Substitution, RandomCrystals])
def test_as_many_are_proposed_as_were_asked_for(kind: Kind) -> None:
    made = proposer(kind).ask(30, ())
    assert len({one.form for one in made}) == 30


def test_a_parent_shares_the_structure_type() -> None:
    searcher = proposer(Substitution)
    searcher.tell([Observation(one.form, 0.5 + i / 100) for i, one in enumerate(ALL[:10])])
    made = searcher.ask(8, ())
    names = {one.form: one.prototype for one in ALL}
    assert all(names[parent] == names[one.form] for one in made for parent in one.parents)
    assert all(one.expected is not None for one in made)
