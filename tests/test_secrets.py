"""Secrets: read from the environment or a private file, and in no text that is kept or shown."""

import json
import logging
import os
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis import secrets
from heuresis.errors import RequestError

KEY = "sk-planted-0123456789-abcdef"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private file with one secret; what this process knew before is put aside."""
    monkeypatch.setattr(secrets, "_read", {})
    monkeypatch.setattr(secrets, "_asked_for", set())
    place = tmp_path / "secrets.yaml"
    place.touch(0o600)
    place.write_text(f"LLM_KEY: '{KEY}'\n")
    return place


# --- where they come from ---


def test_a_secret_is_of_the_file_and_the_environment_goes_first(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert secrets.find("LLM_KEY", file) == KEY
    assert secrets.find("OTHER_KEY", file) == ""
    monkeypatch.setenv("LLM_KEY", "of the environment")
    assert secrets.find("LLM_KEY", file) == "of the environment"


def test_a_file_that_changed_is_read_anew(file: Path) -> None:
    secrets.find("LLM_KEY", file)
    file.write_text("LLM_KEY: 'another-one-of-today'")
    assert secrets.find("LLM_KEY", file) == "another-one-of-today"


def test_no_file_is_no_secret(tmp_path: Path) -> None:
    assert secrets.find("LLM_KEY", tmp_path / "absent.yaml") == ""


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604, 0o700, 0o666])
def test_a_file_that_others_could_read_is_refused_with_what_mends_it(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(RequestError, match=rf"got the mode {mode:04o}, allowed: 0600") as caught:
        secrets.find("LLM_KEY", file)
    assert f"`chmod 600 {file}`" in str(caught.value)
    assert KEY not in str(caught.value)
    file.chmod(0o600)
    assert secrets.find("LLM_KEY", file) == KEY


def test_a_file_that_only_its_owner_reads_will_do(file: Path) -> None:
    file.chmod(0o400)
    assert secrets.find("LLM_KEY", file) == KEY


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(file: Path) -> None:
    os.chown(file, 12345, -1)
    with pytest.raises(RequestError, match="an owner with the id 12345, allowed: 0.*`chown 0 "):
        secrets.find("LLM_KEY", file)


def test_a_folder_or_a_pipe_in_its_place_is_refused_and_waits_for_nobody(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for place in (tmp_path, pipe):
        with pytest.raises(RequestError, match="no file"):
            secrets.read(place)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"LLM_KEY: '{KEY}", "line 1: no YAML"),
        (f"LLM_KEY: [{KEY}]", "LLM_KEY: got a list, allowed: a text in quotes"),
        ("PIN_KEY: 123456789012", "PIN_KEY: got a int, allowed: a text in quotes"),
        (f"- {KEY}", "got no names"),
        (f"{KEY}: 'x'", "the name of entry 1"),
        (f"!!python/object/apply:os.system ['{KEY}']", "no YAML"),
        ("\x00", "no YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_without_a_word_of_it(
    file: Path, text: str, told: str
) -> None:
    file.write_text(text)
    with pytest.raises(RequestError, match=told) as caught:
        secrets.read(file)
    assert "123456789012" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None, "the error of the parser quotes the file"


# --- where they must not go ---


@pytest.mark.parametrize(
    "quoted",
    [
        KEY,
        f"Bearer {KEY}",
        quote(f"{KEY}", safe=""),
        json.dumps({"key": KEY}),
        b64encode(KEY.encode()).decode(),
        f"key={KEY[:20]}... is wrong",
        f"key=***{KEY[-14:]}",
        f"{KEY}{KEY}",
        f"/path?token={KEY}&x=1",
    ],
)
def test_a_secret_is_taken_out_however_it_is_quoted(file: Path, quoted: str) -> None:
    secrets.find("LLM_KEY", file)
    left = secrets.redacted(f"before {quoted} after")
    assert left.startswith("before ")
    assert left.endswith(" after")
    assert not any(KEY[i : i + secrets.RUN] in left for i in range(len(KEY) - secrets.RUN + 1))
    assert b64encode(KEY.encode()).decode() not in left


@pytest.mark.parametrize("value", ['pass"word\\with\nall', "päss wörd/+=", "p%20a&b?c"])
def test_letters_that_are_written_otherwise_hide_nothing(
    value: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODD_PASSWORD", value)
    for quoted in (value, json.dumps(value), repr(value), quote(value, safe="")):
        assert secrets.redacted(quoted).strip("\"'") == secrets.GONE


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("OPENAI_API_KEY", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("HF_TOKEN", True),
        ("PGPASSWORD", True),
        ("DB_PASSWORD", True),
        ("KEYBOARD", False),
        ("TOKENIZERS_PARALLELISM", False),
        ("HEURESIS_SECRETS", False),
    ],
)
def test_a_variable_is_secret_by_its_name(
    name: str, is_secret: bool, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "a-value-of-some-length")
    assert ("a-value-of-some-length" not in secrets.redacted("a-value-of-some-length")) == is_secret


def test_a_variable_that_was_read_as_a_key_is_secret_whatever_its_name(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "tiny")
    assert secrets.redacted("tiny") == "tiny"
    secrets.find("MINE")
    assert secrets.redacted("tiny") == secrets.GONE


def test_the_password_of_an_address_is_taken_out() -> None:
    text = "cannot reach postgresql+psycopg://me:hunter2hunter2@db:5432/x and http://h/v1"
    told = secrets.redacted(text)
    assert told == "cannot reach postgresql+psycopg://me:…@db:5432/x and http://h/v1"


@given(st.text())
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    if "://" not in text:
        with pytest.MonkeyPatch.context() as patch:
            for name in list(os.environ):
                patch.delenv(name)
            patch.setattr(secrets, "_read", {})
            assert secrets.redacted(text) == secrets.settled(text) == text


@given(st.integers(1, 9), st.text(alphabet="sk-planted01 ", max_size=20))
def test_what_was_shown_of_a_growing_text_never_has_to_be_taken_back(size: int, end: str) -> None:
    whole = f"your key {KEY} is wrong, not {KEY[:15]}; {end}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLM_KEY", KEY)
        shown = ""
        for i in range(0, len(whole) + 1, size):
            seen = secrets.settled(whole[:i])
            assert seen.startswith(shown)
            shown = seen
        last = secrets.settled(whole, is_whole=True)
    assert last.startswith(shown)
    assert KEY[: secrets.RUN] not in shown


def test_a_process_that_needs_no_secret_is_given_none(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.find("LLM_KEY", file)
    given_on = {
        "PATH": "/usr/bin",
        "SOME_TOKEN": "abc",
        "LLM_KEY": "x",
        "COPY": f"prefix {KEY}",
        "STORE": "postgresql://me:hunter2@db/x",
    }
    assert secrets.withheld(given_on) == {"PATH": "/usr/bin"}


def test_a_log_holds_no_secret_not_even_of_an_error_that_caused_another(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler())
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    secrets.find("LLM_KEY", file)
    secrets.guard_logs()
    try:
        try:
            raise ValueError(f"server said {KEY}")
        except ValueError as error:
            raise RuntimeError("failed") from error
    except RuntimeError:
        logging.getLogger("some.library").exception("key %s", KEY)
    told = capsys.readouterr().err
    assert "RuntimeError: failed" in told
    assert "ValueError: server said …" in told
    assert KEY not in told
