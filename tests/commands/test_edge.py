"""The edge of the process: every error becomes one message and one code."""

import errno
from pathlib import Path

import pytest

from heuresis.commands.edge import guarded
from heuresis.errors import PolicyError


def raising(error: BaseException):
    def action() -> None:
        raise error

    return action


def test_a_refusal_is_one_line_and_exit_code_3(capsys) -> None:
    assert guarded(raising(PolicyError("no\x1b[2J")), as_json=False) == 3
    assert capsys.readouterr().err == "error: no\\x1b[2J\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_full_or_read_only_disk_is_told_with_what_to_do(capsys, number: int) -> None:
    assert guarded(raising(OSError(number, "disk", "place")), as_json=False) == 1
    assert "set HEURESIS_HOME" in (err := capsys.readouterr().err) or "free some space" in err
    assert "bug" not in err


def test_what_nobody_expected_is_called_a_bug_and_kept_in_a_log(capsys, home: Path) -> None:
    assert guarded(raising(ZeroDivisionError("oh")), as_json=False) == 1
    err = capsys.readouterr().err
    (log,) = (home / "logs").iterdir()
    assert "ZeroDivisionError: oh\nthis is a bug" in err
    assert str(log) in err
    assert "Traceback" not in err
    assert "Traceback" in log.read_text()


def test_an_interruption_exits_with_130(capsys) -> None:
    assert guarded(raising(KeyboardInterrupt()), as_json=True) == 130
    assert '"kind": "interrupted"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HEURESIS_N_THREADS", "many"),
        ("HEURESIS_BACKENDS", "{"),
        ("HEURESIS_LEDGER_URL", "garbage"),
        ("HEURESIS_LEDGER_URL", "mysql://x/y"),
        ("HEURESIS_VAULT_URL", "nowhere://x"),
    ],
)
def test_a_wrong_setting_is_named_without_a_traceback(run, monkeypatch, variable, value) -> None:
    monkeypatch.setenv(variable, value)
    ended = run("campaign", "list")
    assert ended.code == 2
    name = variable.removeprefix("HEURESIS_").lower()
    assert variable in ended.err or name.removesuffix("_url") in ended.err
    assert "bug" not in ended.err


def test_a_home_that_cannot_be_made_is_told(run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = run("campaign", "list", "--home", str(tmp_path / "file" / "below"))
    assert (ended.code, "HEURESIS_HOME" in ended.err) == (1, True)
