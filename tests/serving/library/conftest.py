"""A tool that counts letters, and a screen that refuses some of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from heuresis.contract import Request, Response
from heuresis.serving.policy import OK, Verdict
from heuresis.tools import registry


class Refusing:
    """Blocks texts that begin with 'bad', and holds those that begin with 'odd' for review."""

    name = "refusing"

    def digest(self) -> str:
        return "refusing:1"

    def judge(self, kind: str, forms: Sequence[str]) -> list[Verdict]:
        return [OK] * len(forms)

    def before(self, tool: str, requests: Sequence[Request]) -> list[Verdict]:
        return [self._judge(getattr(one, "smiles", "")) for one in requests]

    def after(
        self, tool: str, requests: Sequence[Request], responses: Sequence[Response]
    ) -> list[Verdict]:
        return [OK] * len(responses)

    def _judge(self, text: str) -> Verdict:
        if text.startswith("bad"):
            return Verdict("blocked", "refusing.bad", "it is bad", f"subject of {len(text)}")
        if text.startswith("odd"):
            return Verdict("review", "refusing.odd", "it is odd", f"subject of {len(text)}")
        return OK


@pytest.fixture(autouse=True)
def letters_tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(registry.BUILT_IN, "test.letters", "letters:LETTERS")
    registry.places.cache_clear()
    yield
    registry.places.cache_clear()


@pytest.fixture
def write(tmp_path: Path) -> "Write":
    return Write(tmp_path)


class Write:
    """Writes libraries."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str, text: str | bytes) -> Path:
        place = self.folder / name
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place
