"""`heuresis eval` judges from the command line, and its exit code says whether all passed."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

HERE = str(Path(__file__).resolve().parent.parent)
if HERE not in sys.path:
    sys.path.append(HERE)

import yaml  # noqa: E402  # the path comes first
from small_campaign import small  # noqa: E402  # as above

from heuresis.cli import cli  # noqa: E402  # as above
from heuresis.tools import registry  # noqa: E402  # as above


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(registry.BUILT_IN, "test.weigh", "weigh:WEIGH")
    registry.places.cache_clear()
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, list(words))
    return result.exit_code, result.stdout


def test_a_campaign_is_audited_and_scored(home: Path) -> None:
    file = home / "small.yaml"
    file.write_text(yaml.safe_dump(small(budget={"rounds": 2, "per_round": 4})))
    code, out = run("campaign", "run", str(file), "--home", str(home), "--json")
    assert code == 0, out
    campaign_id = json.loads(run("campaign", "list", "--home", str(home), "--json")[1])[0]["id"]
    code, out = run("eval", "audit", campaign_id, "--home", str(home), "--json")
    found = {one["statement"]: one["verdict"] for one in json.loads(out)}
    assert code == 0
    assert found["R1.1"] == "pass"
    assert found["R1.5"] == "not yet applicable"
    code, out = run("eval", "process", campaign_id, "--home", str(home), "--json")
    assert json.loads(out)["process"]["stage_completeness"] == 1
    assert run("eval", "timeliness", "--home", str(home), "--json") == (0, "[]\n")


def test_a_file_that_is_no_comparison_is_the_callers_mistake(home: Path) -> None:
    (home / "c.json").write_text("{}")
    assert run("eval", "ablation", str(home / "c.json"))[0] == 2
    assert run("eval", "ablation", str(home / "nothing.json"))[0] == 2
