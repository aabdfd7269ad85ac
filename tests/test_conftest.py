"""What tests/conftest.py promises."""

import os
import socket
from pathlib import Path

import pytest

from heuresis.settings import get_settings


def test_a_connection_to_another_computer_is_refused() -> None:
    with socket.socket() as sock, pytest.raises(RuntimeError, match="allowed: this computer"):
        sock.connect(("192.0.2.1", 80))


def test_a_name_of_another_computer_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match=r"'example\.org', allowed: this"):
        socket.create_connection(("example.org", 80), timeout=1)


def test_this_computer_may_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


def test_the_home_of_results_is_a_scratch_folder() -> None:
    home = get_settings().home
    assert home == Path(os.environ["HEURESIS_HOME"]).resolve()
    assert Path.home() / ".heuresis" != home


def test_settings_follow_the_environment_within_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings()
    monkeypatch.setenv("HEURESIS_N_THREADS", "1")
    get_settings.cache_clear()
    assert get_settings().n_threads == 1
