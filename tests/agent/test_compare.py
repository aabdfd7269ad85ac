"""A comparison gives every arm the same budget, nothing of another's, and an honest page."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from heuresis.agent.compare import Comparison, compare
from heuresis.agent.report.comparison import rows, verdict, write_comparison
from heuresis.agent.spec import CampaignSpec
from heuresis.settings import Settings
from heuresis.tools import registry

ARMS = ["evolving", "random", "shuffled", "frozen", "warm", "cold"]
N_CALLS = 30


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Path]:
    from small_campaign import small

    home = tmp_path_factory.mktemp("compare")
    spec = CampaignSpec.model_validate(
        small(
            validators=[], budget={"rounds": 3, "per_round": 10, "calls": {"test.weigh": N_CALLS}}
        )
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.BUILT_IN, "test.weigh", "weigh:WEIGH")
        registry.places.cache_clear()
        made = compare(spec, Settings(home=home), home / "arms", seeds=(1, 2, 3))
    return made, home


def test_every_arm_spends_the_same_calls(found: tuple[Comparison, Path]) -> None:
    runs = found[0].runs
    assert [run.arm for run in runs[:6]] == ARMS
    assert {run.n_calls for run in runs if run.arm != "warm"} == {N_CALLS}
    assert all(len(run.curve) == run.n_calls for run in runs)


def test_differences_are_paired_by_seed(found: tuple[Comparison, Path]) -> None:
    made = found[0]
    first = next(one for one in made.differences if one.metric == "best")
    best = {(run.arm, run.seed): run.best for run in made.runs}
    assert first.by_seed == tuple(
        best["evolving", seed] - best["random", seed] for seed in (1, 2, 3)
    )


def test_what_is_finished_is_read_and_not_repeated(
    found: tuple[Comparison, Path], spec: Callable[..., CampaignSpec]
) -> None:
    made, home = found
    again = compare(
        spec(
            validators=[], budget={"rounds": 3, "per_round": 10, "calls": {"test.weigh": N_CALLS}}
        ),
        Settings(home=home),
        home / "arms",
        seeds=(1, 2, 3),
        on_progress=lambda arm, seed, progress: pytest.fail("an arm ran again"),
    )
    assert again == made


def test_the_page_shows_every_difference_and_needs_no_network(
    found: tuple[Comparison, Path], tmp_path: Path
) -> None:
    made = found[0].model_copy(update={"goal": "<script>alert(1)</script>"})
    text = write_comparison(made, tmp_path).read_text()
    assert "<script" not in text
    assert 'src="http' not in text
    assert text.count("<tr>") >= len(rows(made)) + len(made.runs)
    assert json.loads((tmp_path / "comparison.json").read_text())["name"] == made.name
    assert len((tmp_path / "comparison.csv").read_text().splitlines()) == 1 + len(made.runs)


def test_an_interval_that_holds_zero_tells_nothing_apart(found: tuple[Comparison, Path]) -> None:
    one = found[0].differences[0]
    flat = one.estimate.model_copy(update={"low": -0.1, "high": 0.1})
    assert verdict(one.model_copy(update={"estimate": flat})) == "not told apart"
