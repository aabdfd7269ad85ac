"""A tool takes the benchmark through the lab; what it refuses is counted, not dropped."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures_lab import home, make_lab, store
from scripted_model import ScriptedModel

from heuresis.evals.medq_bench.run import Plan, run
from heuresis.evals.medq_bench.simulated import write_set
from heuresis.evals.medq_bench.tools import ToolAnswers
from heuresis.settings import get_settings

__all__ = ["home", "make_lab", "store"]


def noisy(asked: Any) -> str:
    if "first image" in str(asked["messages"][0]["content"][0]):
        return "The first image shows mild noise. Overall, the second image has the better quality."
    return "There is mild noise. Overall, the quality of this image is usable."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    with ScriptedModel(otherwise=noisy) as model:
        monkeypatch.setenv("HEURESIS_CHAT_MODEL", "toy")
        monkeypatch.setenv("HEURESIS_CHAT_BASE_URL", model.url)
        monkeypatch.setenv("HEURESIS_EGRESS_ALLOWED", json.dumps([model.url]))
        get_settings.cache_clear()
        yield model
        get_settings.cache_clear()


def test_every_item_is_a_run_and_refusals_are_counted(
    tmp_path: Path, server: ScriptedModel, make_lab: Any
) -> None:
    write_set(tmp_path / "set", 1, 0)
    lab = make_lab()
    found = run(Plan(folder=tmp_path / "set", candidate=ToolAnswers(lab, "endpoint")))
    tool, *_ = found.perception
    assert tool.method.endswith("backend endpoint")
    assert tool.overall.n == found.perception[-1].overall.n
    assert tool.overall.n_failed < tool.overall.n, "the gate of modality knows some of the drawings"
    described, compared = found.description[0], found.comparison[0]
    assert described.n - described.n_without_text > 0
    assert described.n_without_verdict == compared.n_without_verdict == 0
    n_pictures = 2 * 3 - described.n_without_text
    assert server.n_asked <= n_pictures + compared.n, "one image is judged once, whatever is asked"
