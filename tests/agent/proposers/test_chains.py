"""Chain proposers draw from their space, learn what pays, and repeat nothing."""

import subprocess
import sys

import pytest

from heuresis.agent.proposers.chains import ChainEvolution, RandomChains
from heuresis.agent.proposers.protocol import Observation
from heuresis.errors import RequestError
from heuresis.tools.image.restoration.chain import read_chain

SPACE = {"denoise": (1.0, 2.0), "deblur": (1.0, 2.0), "gamma": (0.5, 2.0), "sharpen": (1.0,)}
Kind = type[ChainEvolution] | type[RandomChains]


def proposer(kind: Kind, seed: int = 1, max_steps: int = 3) -> ChainEvolution | RandomChains:
    return kind(operations=SPACE, max_steps=max_steps, seed=seed)


def utility(form: str) -> float:
    """Best: denoise(2), then deblur(1)."""
    steps = [str(step) for step in read_chain(form)]
    hits = (0.4 if "denoise(2)" in steps else 0) + (0.4 if "deblur(1)" in steps else 0)
    in_order = hits == 0.8 and steps.index("denoise(2)") < steps.index("deblur(1)")
    return hits + (0.2 if in_order else 0) - 0.05 * max(0, len(steps) - 2)


def searched(kind: Kind, seed: int, rounds: int = 6) -> float:
    seen: dict[str, float] = {}
    for number in range(rounds):
        one = proposer(kind, seed * 100 + number)
        one.tell([Observation(form, value) for form, value in seen.items()])
        for proposal in one.ask(6, ()):
            seen[proposal.form] = utility(proposal.form)
    return max(seen.values())


@pytest.mark.parametrize("kind", [ChainEvolution, RandomChains])
def test_proposals_are_distinct_new_and_inside_the_space(kind: Kind) -> None:
    known = {"denoise(1)", "gamma(2)"}
    one = proposer(kind)
    one.tell([Observation(form, 0.2) for form in ("sharpen(1)", "deblur(1) > gamma(2)")])
    forms = [proposal.form for proposal in one.ask(12, known)]
    assert len(forms) == len(set(forms)) == 12
    assert not known & set(forms)
    for form in forms:
        steps = read_chain(form)
        assert 1 <= len(steps) <= 3
        assert all(step.strength in SPACE[step.operation] for step in steps)


def test_a_small_space_comes_to_an_end() -> None:
    one = RandomChains(operations={"denoise": (1.0,)}, max_steps=1, seed=0)
    assert [each.form for each in one.ask(5, ())] == ["denoise(1)"]
    assert one.ask(5, {"denoise(1)"}) == []


def test_the_first_round_tries_every_operation_alone() -> None:
    forms = [one.form for one in proposer(ChainEvolution).ask(7, ())]
    assert {read_chain(form)[0].operation for form in forms} == set(SPACE)
    assert all(len(read_chain(form)) == 1 for form in forms)


def test_offspring_name_their_parents_and_what_is_expected_of_them() -> None:
    one = proposer(ChainEvolution)
    forms = ["denoise(2)", "deblur(1)", "gamma(2)", "sharpen(1)", "denoise(1)", "gamma(0.5)"]
    one.tell([Observation(form, utility(form)) for form in forms])
    bred = [each for each in one.ask(10, ()) if each.parents]
    assert bred
    assert all(set(each.parents) <= set(forms) for each in bred)
    assert all(each.expected is not None for each in bred)


def test_evolution_beats_chance_over_twelve_seeds() -> None:
    better = [searched(ChainEvolution, s) - searched(RandomChains, s) for s in range(12)]
    assert sum(better) / len(better) > 0.02


def test_the_same_seed_gives_the_same_proposals_in_every_process() -> None:
    code = (
        "from heuresis.agent.proposers.chains import ChainEvolution as P;"
        "from heuresis.agent.proposers.protocol import Observation as O;"
        f"p = P(operations={SPACE!r}, max_steps=3, seed=1);"
        "p.tell([O(f, i / 9) for i, f in enumerate("
        "['denoise(2)', 'deblur(1)', 'gamma(2)', 'sharpen(1)', 'denoise(1)', 'gamma(0.5)'])]);"
        "print([one.form for one in p.ask(6, ())])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True,
            text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_an_operation_there_is_not_is_refused() -> None:
    with pytest.raises(RequestError, match="got dream, allowed: contrast, deblur"):
        ChainEvolution(operations={"dream": (1.0,)}, max_steps=2, seed=0)


def test_a_strength_outside_the_limits_is_refused() -> None:
    with pytest.raises(RequestError, match="allowed: denoise from 0.1 to 10"):
        RandomChains(operations={"denoise": (50.0,)}, max_steps=2, seed=0)
