"""A crate is run again elsewhere: the same where it is the same, every difference named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import noop
import pytest
from fixtures_crate import Files, files_of, finished_campaign, write_zip

from heuresis.contract import Quantity
from heuresis.errors import RequestError
from heuresis.memory import runs
from heuresis.serving.crate.export import export_campaign
from heuresis.serving.crate.items import ENVIRONMENT_FILE, RUNS_FILE
from heuresis.serving.differences import Tolerance
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_lab
from heuresis.serving.replay import NOISE, replay, within
from heuresis.settings import Settings

Change = Callable[[dict[str, Any]], None]


def run_lines(files: Files) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[RUNS_FILE].splitlines()]


def write_lines(files: Files, rows: list[dict[str, Any]]) -> None:
    files[RUNS_FILE] = "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def change_response(tool: str, change: Change) -> Callable[[Files], None]:
    """Alter the response of the first answered run of a tool."""

    def alter(files: Files) -> None:
        row = next(r for r in run_lines(files) if r["tool"] == tool and r["response"])
        response = json.loads(files[row["response"]])
        change(response)
        files[row["response"]] = json.dumps(response).encode()

    return alter


def test_a_crate_repeats_itself_in_a_fresh_place(made: Path) -> None:
    report = replay(made)
    n_left = sum(row["status"] == "failed" for row in run_lines(files_of(made)))
    assert (report.share, report.is_repeated) == (1.0, True)
    assert report.n_runs == report.n_same == len(run_lines(files_of(made))) - n_left
    assert len(report.left_out) == n_left
    assert (report.versions, report.differences, report.files, report.skipped) == ((), (), (), ())


def test_every_run_is_executed_again_and_none_is_found(made: Path, executions, monkeypatch) -> None:
    cache = {"HEURESIS_LEDGER_URL": f"sqlite:///{made.parent}/home/ledger.sqlite3"}
    for name, value in cache.items():
        monkeypatch.setenv(name, value)
    replay(made)
    assert executions() == [0, 3, 4, 5, 2000]


def test_an_altered_answer_is_found_and_named(altered) -> None:
    def raise_it(response: dict[str, Any]) -> None:
        response["qed"]["value"] += 0.01

    report = replay(altered(change_response("molecule.describe", raise_it), seal=True))
    (found,) = report.differences
    assert (found.tool, found.path) == ("molecule.describe", "qed.value")
    assert float(found.before) - float(found.after) == pytest.approx(0.01)
    assert found.tolerance == "relative 1e-05 or absolute 1e-08"
    assert (report.n_runs - report.n_same, report.is_repeated) == (1, False)


def test_an_alteration_within_tolerance_is_the_same(altered) -> None:
    def nudge(response: dict[str, Any]) -> None:
        response["average_mass"]["value"] *= 1 + 5e-4

    crate = altered(change_response("molecule.describe", nudge), seal=True)
    assert not replay(crate).is_repeated
    assert replay(crate, tolerance=Tolerance(relative=1e-3)).is_repeated


def test_a_drawing_of_other_bytes_is_listed_apart(altered) -> None:
    def redraw(response: dict[str, Any]) -> None:
        response["depiction"]["digest"] = "sha256:" + "0" * 64

    report = replay(altered(change_response("molecule.describe", redraw), seal=True))
    (found,) = report.files
    assert (found.path, found.before) == ("depiction", "sha256:" + "0" * 64)
    assert report.is_repeated


def test_a_changed_status_is_a_difference(altered) -> None:
    def claim_an_answer(files: Files) -> None:
        rows = run_lines(files)
        next(row for row in rows if row["status"] == "out_of_domain")["status"] = "ok"
        write_lines(files, rows)

    (found,) = replay(altered(claim_an_answer, seal=True)).differences
    assert (found.path, found.before) == ("status", "ok")
    assert found.after.startswith("out_of_domain (number: got -2")


def test_a_model_that_now_fails_is_never_repeated(made: Path, monkeypatch) -> None:
    def break_down(_: Any, __: Any) -> Any:
        raise ZeroDivisionError("broken here")

    monkeypatch.setattr(noop.EchoBackend, "run", break_down)
    report = replay(made)
    assert any(one.after.startswith("failed (") for one in report.differences)
    assert not report.is_repeated


def test_a_model_that_now_says_otherwise_is_found(made: Path, monkeypatch) -> None:
    def triple(_: Any, requests: Any) -> Any:
        return [noop.EchoResponse(double=Quantity.exact(3 * r.number, "1")) for r in requests]

    monkeypatch.setattr(noop.EchoBackend, "run", triple)
    paths = {(one.tool, one.path) for one in replay(made).differences}
    assert {("test.echo", "double.value"), ("test.echo", "file"),
            ("test.sum", "total.value")} == paths  # fmt: skip


def test_what_is_not_here_is_skipped_with_the_reason_and_counts_against(altered) -> None:
    def rename(files: Files) -> None:
        rows = run_lines(files)
        of_echo = [row for row in rows if row["tool"] == "test.echo"]
        of_echo[0]["tool"], of_echo[1]["backend"] = "test.gone", "gone"
        write_lines(files, rows)

    report = replay(altered(rename, seal=True))
    reasons = " ".join(one.reason for one in report.skipped)
    assert "got an unknown name" in reasons
    assert "got backend 'gone'" in reasons
    assert report.n_same == report.n_runs - 2
    assert not report.is_repeated


def test_other_versions_are_named_tools_first(altered) -> None:
    def age(files: Files) -> None:
        rows = run_lines(files)
        for row in rows:
            if row["tool"] == "test.echo":
                row["tool_version"], row["weights_digest"] = "0.9.0", "program:echo==0"
        write_lines(files, rows)
        environment = json.loads(files[ENVIRONMENT_FILE])
        environment["python"] = "3.9.1"
        environment["packages"] |= {"rdkit": "2020.1.1", "gone": "1"}
        files[ENVIRONMENT_FILE] = json.dumps(environment).encode()

    found = [(one.what, one.before, one.after) for one in replay(altered(age, seal=True)).versions]
    assert found[:2] == [
        ("tool test.echo", "0.9.0", "1.0.0"),
        ("weights of test.echo, echo", "program:echo==0", "program:echo==1"),
    ]
    names = [what for what, _, _ in found[2:]]
    assert names == ["python", "package gone", "package rdkit"]
    assert ("package gone", "1", "not installed") in found


def test_inputs_by_digest_travel_with_the_crate(lab: Lab, tmp_path: Path) -> None:
    campaign_id = finished_campaign(lab)
    digest = lab.vault.put(b"an image")
    with lab.ledger.write() as connection:
        connection.exec_driver_sql(
            "UPDATE run SET request = json_set(request, '$.note', ?) WHERE tool = 'test.sum'",
            (digest,),
        )
    export_campaign(lab, campaign_id, tmp_path / "c.zip")
    elsewhere = tmp_path / "elsewhere"
    replay(tmp_path / "c.zip", elsewhere)
    other = open_lab(Settings(home=elsewhere))
    assert other.vault.get(digest) == b"an image"
    other.ledger.close()


def test_a_home_that_holds_runs_is_refused(made: Path, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    assert replay(made, place).is_repeated
    with pytest.raises(RequestError, match="holds runs, which would be found instead of repeated"):
        replay(made, place)
    other = open_lab(Settings(home=place))
    with other.ledger.read() as connection:
        (origin,) = {row[0] for row in connection.exec_driver_sql(
            "SELECT origin FROM run WHERE tool = 'molecule.describe'")}  # fmt: skip
    assert origin.startswith("replay:sha256:")
    assert runs.get(other.ledger, "none") is None
    other.ledger.close()


@pytest.mark.parametrize(
    ("line", "match"), [(b"{}\n", "a row that is no run"), (b"[3]\n", "got a list")]
)
def test_runs_that_cannot_be_read_are_refused(altered, line: bytes, match: str) -> None:
    with pytest.raises(RequestError, match=match):
        replay(altered(lambda files: files.update({RUNS_FILE: line}), seal=True))


def test_a_request_that_is_no_json_is_refused(altered) -> None:
    def spoil(files: Files) -> None:
        name = next(name for name in files if name.endswith("request.json"))
        files[name] = b"{"

    with pytest.raises(RequestError, match="no valid JSON"):
        replay(altered(spoil, seal=True))


def test_a_crate_without_runs_proves_nothing(altered) -> None:
    report = replay(altered(lambda files: files.update({RUNS_FILE: b""}), seal=True))
    assert (report.n_runs, report.share, report.is_repeated) == (0, 0.0, False)


def test_noise_that_is_stated_is_the_least_tolerance() -> None:
    assert within("crystal.relax", Tolerance()) == NOISE["crystal.relax"]
    assert within("crystal.relax", Tolerance(relative=0.5)).relative == 0.5
    assert within("molecule.describe", Tolerance()) == Tolerance()


def test_progress_is_told(made: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    replay(write_zip(files_of(made), tmp_path / "c.zip"), None, None, lambda *n: told.append(n))
    assert told[-1][0] == told[-1][1]
