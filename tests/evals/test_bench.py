"""The bench counts rightly, runs in small, and leaves no trace. What it measures is not judged."""

import json
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from heuresis.evals.bench.__main__ import main
from heuresis.evals.bench.crystals import PHASES, shaken
from heuresis.evals.bench.measure import alternate, quantile, ratio_of
from heuresis.evals.bench.row import Report, Row, against_goal, against_peer
from heuresis.evals.bench.workplace import TOOLS, bench_tools
from heuresis.tools import registry


class Clock:
    """Time passes only when an action says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, seconds: float) -> None:
        self.now += seconds


def test_actions_take_turns_and_each_gets_its_own_time() -> None:
    clock = Clock()
    order: list[tuple[str, int]] = []

    def act(name: str, seconds: float, turn: int) -> None:
        order.append((name, turn))
        clock.work(seconds)

    actions = {"a": partial(act, "a", 1.0), "b": partial(act, "b", 3.0)}
    seconds = alternate(actions, 2, clock)
    assert order == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert seconds == {"a": [1.0, 1.0], "b": [3.0, 3.0]}


def test_a_slow_spell_of_the_machine_does_not_change_the_ratio() -> None:
    clock, spells = Clock(), [1.0, 50.0, 1.0, 7.0, 1.0]
    seconds = alternate(
        {
            "ours": lambda turn: clock.work(2.0 * spells[turn]),
            "theirs": lambda turn: clock.work(3.0 * spells[turn]),
        },
        len(spells),
        clock,
    )
    ratio = ratio_of(seconds["theirs"], seconds["ours"])
    assert (ratio.median, ratio.low, ratio.high, ratio.n) == pytest.approx((1.5, 1.5, 1.5, 5))


def test_the_ratio_is_the_median_of_ratios_and_not_the_ratio_of_medians() -> None:
    ratio = ratio_of([1.0, 10.0, 100.0], [1.0, 5.0, 10.0])
    assert ratio.median == 2.0
    assert (ratio.low, ratio.high) == (1.5, 6.0)


@pytest.mark.parametrize(
    ("theirs", "ours"), [([], []), ([1.0], [1.0, 2.0]), ([0.0], [1.0]), ([1.0], [-1.0])]
)
def test_times_that_cannot_be_are_refused(theirs: list[float], ours: list[float]) -> None:
    with pytest.raises(ValueError, match="as many, all above 0 s"):
        ratio_of(theirs, ours)


def test_quantiles_are_interpolated() -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    assert [quantile(values, share) for share in (0.0, 0.5, 1.0)] == [1.0, 2.5, 4.0]
    assert quantile([7.0], 0.95) == 7.0


def test_a_verdict_follows_from_the_ratio() -> None:
    def verdict(seconds: float, needed: float | None) -> str:
        peer = ("peer", [1.0])
        return against_peer("a.b", "", [seconds], peer, "s", needed=needed).verdict

    assert [verdict(1.05, 0.95), verdict(1.06, 0.95), verdict(9.0, None)] == [
        "met",
        "missed",
        "told",
    ]
    assert against_goal("a.b", "", [0.5, 0.9, 2.0], 1.0, "s").verdict == "met"


def test_a_row_holds_positive_numbers_only() -> None:
    row = against_goal("a.b", "", [1.0], 1.0, "s").model_dump(exclude={"verdict"})
    with pytest.raises(ValidationError, match="greater than 0"):
        Row(**{**row, "ours": 0.0})


def test_the_tools_of_the_bench_are_in_the_registry_only_while_it_runs() -> None:
    before = dict(registry.BUILT_IN)
    with bench_tools():
        assert {registry.load(name).name for name in TOOLS} == set(TOOLS)
    assert before == registry.BUILT_IN
    assert not TOOLS.keys() & registry.places().keys()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    file = tmp_path_factory.mktemp("bench") / "folder" / "bench.json"
    result = CliRunner().invoke(main, ["--quick", "--only", "lab_calls", "--json", str(file)])
    assert result.exit_code == 0, result.output
    yield result.output, file


def test_the_json_says_what_was_measured_where(written: tuple[str, Path]) -> None:
    content = json.loads(written[1].read_text())
    assert set(content) == {
        "schema_version", "at", "seconds", "quick", "machine", "rows", "skipped",
    }  # fmt: skip
    assert set(content["machine"]) == {
        "n_cpus", "load_before", "load_after", "system", "python", "versions",
    }  # fmt: skip
    assert set(content["rows"][0]) == {*Row.model_fields, "verdict"}
    assert content["quick"] and not content["skipped"]


def test_the_numbers_of_the_lab_are_positive_and_finite(written: tuple[str, Path]) -> None:
    content = json.loads(written[1].read_text())
    for row in content["rows"]:
        row.pop("verdict")  # computed, so not a field that can be given
    rows = Report.model_validate(content).rows
    assert [row.name for row in rows] == ["lab_calls.single", "lab_calls.batch", "lab_calls.hit"]
    numbers = [x for row in rows for x in (row.ours, row.other, row.ratio, row.low, row.high)]
    assert all(math.isfinite(number) and number > 0 for number in numbers)


def test_the_table_names_the_machine(written: tuple[str, Path]) -> None:
    assert "CPUs" in written[0]
    assert "a cached call in 100" in written[0]


def test_an_unknown_measurement_is_the_callers_mistake() -> None:
    result = CliRunner().invoke(main, ["--only", "everything"])
    assert result.exit_code == 2
    assert "lab_calls" in result.output


def test_the_crystals_are_real_and_always_the_same() -> None:
    structure = pytest.importorskip("heuresis.tools.crystal.structure")
    crystals = shaken(len(PHASES))
    assert crystals[:3] == shaken(3)
    read = [structure.read(crystal) for crystal in crystals]
    assert [len(one) for one in read] == [2, 2, 2, 4, 4, 6, 14, 40]
    for one in read:
        apart = one.distance_matrix[~np.eye(len(one), dtype=bool)]
        assert 1.5 < apart.min() < 3.5
