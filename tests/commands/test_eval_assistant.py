"""`heuresis eval assistant`: a request is put, judged, told and written down."""

import json
from pathlib import Path

from click.testing import CliRunner

from heuresis.cli import cli


def test_the_scores_are_told_as_a_table_and_written_as_json(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    options = ["eval", "assistant", "--planner", "silent", "--only", "d-impossible-2"]
    done = CliRunner().invoke(cli, [*options, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "refused rightly" in done.output
    scores = json.loads(out.read_text())[0]["scores"]
    assert [one["id"] for one in scores] == ["d-impossible-2"]
    assert scores[0]["passed"]


def test_a_half_that_does_not_exist_is_refused_with_those_that_do() -> None:
    done = CliRunner().invoke(cli, ["eval", "assistant", "--half", "third"])
    assert done.exit_code == 2
    assert "'development', 'test', 'fresh', 'last'" in done.output
