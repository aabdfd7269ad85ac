"""A secret in an error of whatever tool reaches no outcome, no row of the ledger and no crate."""

from pathlib import Path

import pytest

from heuresis.serving.lab import Lab


def bytes_of(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("number", "planted", "told"),
    [
        (-13, "brings bad luck", "13 …"),  # of a service
        (-14, "model's own error", "a …"),  # of a bug in a backend
        (-1, "got -1, allowed: others", "number: …"),  # refused before it ran
        (-3, "nonsense, allowed", "double: got …: sense"),  # of a check of the result
    ],
)
def test_what_an_error_says_is_kept_without_the_secret(
    number: int, planted: str, told: str, lab: Lab, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", planted)
    outcome = lab.run("test.echo", {"number": number})
    assert outcome.status == "failed"
    assert told in outcome.reason
    again = lab.run("test.echo", {"number": number})
    assert told in again.reason
    lab.ledger.close()
    kept = bytes_of(home)
    assert told.encode() in kept
    assert planted.encode() not in kept
