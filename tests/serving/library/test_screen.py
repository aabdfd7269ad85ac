"""A screen keeps what passes, says what failed by number, is done once, and goes on."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fixtures_lab import MakeLab, rows

from heuresis.errors import RequestError, ServiceError
from heuresis.serving.lab import Lab
from heuresis.serving.library.crew import Alone, Job
from heuresis.serving.library.files import Folder
from heuresis.serving.library.planning import Wish, plan_for
from heuresis.serving.library.records import open_library
from heuresis.serving.library.screen import Screen
from heuresis.serving.library.summing import summed_up
from heuresis.tools import registry

from .conftest import Refusing

TEXTS = ["CCO", "C", "never", "far away", "bad one", "odd one", "fail", "void", "CCCCO", "CCC\ta"]
Do = Callable[..., dict[str, Any]]


@pytest.fixture
def refusing_lab(make_lab: MakeLab) -> Lab:
    return make_lab(Refusing())


@pytest.fixture
def do(refusing_lab: Lab, tmp_path: Path) -> Do:
    """Screen a library of some texts; `shown` gets how far it is after every shard."""

    def do(
        texts: list[str], out: str = "out", n_each: int = 3, shown: Any = None, **wish: Any
    ) -> dict[str, Any]:
        place = tmp_path / "library.smi"
        place.write_text("\n".join(texts) + "\n")
        library = open_library(place)
        plan = plan_for(refusing_lab, library, Wish(("test.letters",), **wish))
        work = Screen(refusing_lab, Folder(tmp_path / out), plan)
        job = Job(plan, library, n_each, work.begin())
        crew = Alone(refusing_lab.policies)
        screened = work.work(crew, job, shown or (lambda _: None))
        return summed_up(refusing_lab, work.folder, plan, screened)

    return do


def kept(folder: Path) -> list[dict[str, Any]]:
    """Return all rows with the numbers of their records, in the order of the library."""
    found = []
    for line in (folder / "index.jsonl").read_text().splitlines():
        at = json.loads(line)
        for row in pq.read_table(folder / at["file"]).to_pylist():
            found.append({"number": at["first"] + row.pop("row"), **row})
    return found


def underscored(texts: list[str]) -> list[str]:
    return [text.replace(" ", "_") for text in texts]


def test_what_passes_is_kept_with_its_numbers_and_names(do: Do, tmp_path: Path) -> None:
    found = do(["CCO x", "C", "CCCCO y"], keep="mass > 2 and mass < 4 Da")
    assert (found["records"], found["kept"], found["dropped"]) == (3, 1, 2)
    assert kept(tmp_path / "out") == [
        {"number": 1, "name": "x", "structure": "cco", "notice": None, "test.letters.mass": 3.0}
    ]
    file = next((tmp_path / "out/shards").iterdir())
    assert pq.read_schema(file).field("test.letters.mass").metadata == {b"unit": b"Da"}


def test_every_failure_is_told_by_number_and_a_blocked_one_by_no_structure(
    do: Do, tmp_path: Path
) -> None:
    found = do(underscored(TEXTS), n_each=4, keep="spread > 0")
    assert found["failed"] == {
        "undecided": 1, "invalid": 1, "out_of_domain": 1, "blocked": 1, "failed": 1, "empty": 1,
    }  # fmt: skip
    assert found["kept"] + found["dropped"] + sum(found["failed"].values()) == found["records"]
    text = (tmp_path / "out/failures.csv").read_text()
    lines = [line.split(",")[:3] for line in text.splitlines()]
    assert lines[1:] == [
        ["2", "", "undecided"],
        ["3", "test.letters", "invalid"],
        ["4", "test.letters", "out_of_domain"],
        ["5", "test.letters", "blocked"],
        ["7", "test.letters", "failed"],
        ["8", "test.letters", "empty"],
    ]
    assert "bad_one" not in text
    assert [row["number"] for row in kept(tmp_path / "out") if row["notice"]] == [6]


def test_what_screens_say_is_logged_once_with_the_shard(
    do: Do, tmp_path: Path, refusing_lab: Lab
) -> None:
    for _ in range(2):
        do(underscored(TEXTS), keep="mass > 0")
    events = rows(refusing_lab.ledger, "policy_event")
    assert [(one["rule_id"], one["level"]) for one in events] == [
        ("refusing.bad", "blocked"), ("refusing.odd", "review"),
    ]  # fmt: skip


def test_without_an_expression_all_that_is_answered_is_kept_with_all_numbers(
    do: Do, tmp_path: Path
) -> None:
    found = do(underscored(TEXTS))
    assert (found["kept"], found["dropped"]) == (5, 0)
    assert {name for name in kept(tmp_path / "out")[0] if name.startswith("test.")} == {
        "test.letters.mass", "test.letters.spread", "test.letters.n_letters", "test.letters.is_odd",
    }  # fmt: skip


def test_a_second_call_computes_nothing_and_says_the_same(do: Do, tmp_path: Path) -> None:
    first = do(underscored(TEXTS), keep="mass > 2")
    files = {file: file.stat().st_mtime_ns for file in (tmp_path / "out/shards").iterdir()}
    again = do(underscored(TEXTS), keep="mass > 2")
    assert again["shards_known"] == again["shards"] == 4
    changing = ("seconds", "records_per_s", "shards_known")
    assert {name: one for name, one in first.items() if name not in changing} == {
        name: one for name, one in again.items() if name not in changing
    }
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "out/shards").iterdir()} == files


def test_a_line_more_at_the_end_costs_the_last_shard_only(do: Do) -> None:
    do(["CCO", "C", "CC", "CCC"], keep="mass > 2")
    again = do(["CCO", "C", "CC", "CCC", "N"], keep="mass > 2")
    assert (again["shards"], again["shards_known"], again["records"]) == (2, 1, 5)


def test_files_of_shards_that_are_done_are_brought_to_another_folder(
    do: Do, tmp_path: Path
) -> None:
    do(["CCO", "C", "CC", "CCC"], keep="mass > 2")
    again = do(["CCO", "C", "CC", "CCC"], keep="mass > 2", out="elsewhere")
    assert again["shards_known"] == 2
    assert kept(tmp_path / "elsewhere") == kept(tmp_path / "out") != []


def test_a_file_that_was_altered_is_made_anew_and_counted(
    do: Do, tmp_path: Path, refusing_lab: Lab
) -> None:
    do(["CCO", "C", "CC", "CCC"], keep="mass > 2")
    before = kept(tmp_path / "out")
    one, _ = sorted((tmp_path / "out/shards").iterdir())
    one.write_bytes(one.read_bytes()[:-1])
    again = do(["CCO", "C", "CC", "CCC"], keep="mass > 2")
    assert (again["shards_known"], kept(tmp_path / "out")) == (1, before)
    attempts = sorted(row["attempt"] for row in rows(refusing_lab.ledger, "library_shard"))
    assert attempts == [1, 2]


def test_equal_parts_of_a_library_share_a_file_and_both_count(do: Do, tmp_path: Path) -> None:
    found = do(["CCO", "C", "CC"] * 3, keep="mass > 2")
    assert (found["records"], found["kept"], found["shards"]) == (9, 3, 3)
    assert len([*(tmp_path / "out/shards").iterdir()]) == 1
    assert [row["number"] for row in kept(tmp_path / "out")] == [1, 4, 7]


def test_the_best_are_few_ranked_and_each_number_has_a_run(do: Do, refusing_lab: Lab) -> None:
    texts = ["C" * n for n in (3, 1, 9, 4, 9, 7, 2)]
    found = do(texts, keep="mass > 1", top=3, by="mass")
    best = found["best"]
    assert [(one["number"], one["numbers"]["test.letters.mass"]) for one in best] == [
        (3, 9.0), (6, 7.0), (4, 4.0),
    ]  # fmt: skip
    runs = {row["id"]: row["status"] for row in rows(refusing_lab.ledger, "run")}
    assert [runs[one["runs"]["test.letters"]] for one in best] == ["ok"] * 3
    assert not any(one["differs"] for one in best)
    assert (found["kept"], found["stored"]) == (6, 6)
    worst = do(texts, keep="mass > 1", top=2, by="mass", lowest=True)
    assert [one["number"] for one in worst["best"]] == [7, 1]


def test_a_shard_that_met_a_service_that_is_away_is_tried_again(
    do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heuresis.serving.execution.BACKOFF_S", 0.0)
    away = tmp_path / "away"
    monkeypatch.setenv("LETTERS_AWAY", str(away))

    def leave(progress: Any) -> None:
        if progress.n_shards == 1:
            away.touch()

    found = do(["CCO", "C", "CC", "CCC"], keep="mass > 2", shown=leave)
    assert (found["shards"], found["shards_left"], found["records"]) == (2, 1, 3)
    assert found["left_because"] == "letters are away"
    away.unlink()
    again = do(["CCO", "C", "CC", "CCC"], keep="mass > 2")
    assert (again["shards_left"], again["shards_known"], again["records"]) == (0, 1, 4)


def test_a_shard_of_which_every_record_breaks_the_tool_is_not_done(do: Do) -> None:
    found = do(["fail1", "fail2", "fail3", "CCO"], keep="mass > 2")
    assert (found["shards_left"], found["left_because"]) == (1, "this text breaks it")


def test_an_interrupted_screen_goes_on_after_the_shards_that_are_done(
    do: Do, tmp_path: Path
) -> None:
    def stop(progress: Any) -> None:
        if progress.n_shards == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do(["C" * n for n in range(1, 10)], keep="mass > 2", n_each=2, shown=stop)
    again = do(["C" * n for n in range(1, 10)], keep="mass > 2", n_each=2)
    assert (again["shards_known"], again["shards"], again["kept"]) == (2, 5, 7)


def test_what_a_process_that_ended_left_unfinished_is_cleared_away(do: Do, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    folder.open()
    folder.prepare("a" * 64, b"half")
    (left,) = (tmp_path / "out/shards").iterdir()
    mine = left.rename(left.with_name(left.name.replace(f".{os.getpid()}.", ".4194999.")))
    do(["CCO"], keep="mass > 2")
    assert not mine.exists()


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_recorded(
    do: Do, tmp_path: Path, refusing_lab: Lab
) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(ServiceError, match="cannot write: .*; free some space or choose another"):
        do(["CCO"], keep="mass > 2")
    assert rows(refusing_lab.ledger, "library_shard") == []


@pytest.mark.parametrize(
    ("wish", "match"),
    [
        ({"top": 3}, "got one of --top and --by"),
        ({"by": "mass"}, "got one of --top and --by"),
        ({"top": 20_000, "by": "mass"}, "allowed: 1 to 10,000"),
        ({"lowest": True}, "got no --by"),
        ({"keep": "colour > 2"}, "unknown name, allowed: test.letters.mass"),
        ({"keep": "mass >"}, "its end"),
        ({"columns": ("colour",)}, "unknown name"),
    ],
)
def test_a_wish_that_cannot_be_meant_is_refused(do: Do, wish: Any, match: str) -> None:
    with pytest.raises(RequestError, match=match):
        do(["CCO"], **wish)


@pytest.mark.parametrize("tool", ["test.sum", "test.echo", "crystal.relax", "test.gone"])
def test_only_tools_of_one_structure_that_stand_alone_may_screen(
    refusing_lab: Lab, write: Any, tool: str
) -> None:
    if tool in registry.places() and registry.load(tool).backends[0].missing():
        pytest.skip(f"{tool} cannot run here")
    library = open_library(write("a.smi", "CCO\n"))
    with pytest.raises(RequestError, match="allowed"):
        plan_for(refusing_lab, library, Wish((tool,)))


def test_a_plan_is_another_where_anything_that_decides_differs(
    refusing_lab: Lab, make_lab: MakeLab, write: Any
) -> None:
    library = open_library(write("a.smi", "CCO\n"))

    def digest(lab: Lab = refusing_lab, **wish: Any) -> str:
        return plan_for(lab, library, Wish(("test.letters",), **wish)).digest

    plans = [digest(keep="mass > 2"), digest(keep="mass > 2 "), digest(keep="mass > 3"),
             digest(keep="mass > 2", columns=("spread",)), digest(make_lab(), keep="mass > 2"),
             digest(keep="mass > 2", top=1, by="mass")]  # fmt: skip
    assert plans[0] == plans[1]
    assert len({*plans}) == 5
