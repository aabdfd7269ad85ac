"""`heuresis eval medq` from the command line."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

HERE = str(Path(__file__).resolve().parent.parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from scripted_model import ScriptedModel  # noqa: E402  # the path comes first

from heuresis.cli import cli  # noqa: E402  # as above
from heuresis.settings import get_settings  # noqa: E402  # as above


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["eval", *words])
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = str(tmp_path_factory.mktemp("set"))
    code, out = run("medq-set", place, "--per-modality", "1", "--json")
    assert code == 0, out
    assert json.loads(out)["description"] == 6
    return place


def test_the_protocol_runs_on_a_set_made_here(folder: str) -> None:
    code, out = run("medq", folder, "--json")
    assert code == 0, out
    found = json.loads(out)
    assert found["tables"] == ["QA", "description", "paired_description"]
    assert all(one["judge_kind"] == "rule" for one in found["description"])
    code, out = run("medq", folder)
    assert code == 0, out
    assert "baseline: always A" in out
    assert "compare only approximately" in out


def test_a_model_at_an_address_takes_it_where_pictures_may_go(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedModel(otherwise=lambda _: "A") as server:
        words = ("--model", "toy", "--base-url", server.url, "--limit", "1", "--json")
        code, out = run("medq", folder, *words)
        assert (code, server.n_asked) == (3, 0), out
        monkeypatch.setenv("HEURESIS_EGRESS_ALLOWED", json.dumps([server.url]))
        get_settings.cache_clear()
        code, out = run("medq", folder, *words)
    assert code == 0, out
    assert json.loads(out)["perception"][0]["overall"]["n"] == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--model", "toy", "--tool", "medical.quality"), 2, "allowed: one of them"),
        (("--judge", "llm"), 1, "set HEURESIS_CHAT_MODEL"),
        (("--split", "dev"), 2, "medqbench_QA_dev.tsv"),
    ],
)
def test_what_is_missing_is_said(folder: str, words: tuple[str, ...], code: int, said: str) -> None:
    found = run("medq", folder, *words)
    assert (found[0], said in found[1]) == (code, True), found[1]
