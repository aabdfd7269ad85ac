"""R7.2 is judged by running a crate again."""

import json
from pathlib import Path

from fixtures_crate import Files, altered, made
from fixtures_lab import test_tools

from heuresis.evals.replay_audit import audit_replay

__all__ = ["altered", "made", "test_tools"]  # fixtures of this file alone


def test_a_crate_that_repeats_passes_with_its_counts(made: Path) -> None:
    found = audit_replay(made)
    assert (found.statement, found.verdict) == ("R7.2", "pass")
    assert found.reason.startswith(f"{found.report.n_runs} of {found.report.n_runs} runs the same")


def test_a_crate_that_does_not_fails_and_shows_why(altered) -> None:
    def alter(files: Files) -> None:
        name = next(name for name in files if name.endswith("response.json"))
        response = json.loads(files[name])
        response["double"]["value"] += 1
        files[name] = json.dumps(response).encode()

    found = audit_replay(altered(alter, seal=True))
    assert found.verdict == "fail"
    assert [one.path for one in found.report.differences] == ["double.value"]
