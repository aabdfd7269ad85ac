"""What an imaging tool drew stands in the report, made small; a lost file leaves a gap."""

from pathlib import Path

import numpy as np
import pytest

from heuresis.agent.report import overlays
from heuresis.memory.vault import Vault
from heuresis.tools.image.pixels import encode


def test_a_large_picture_becomes_a_small_copy() -> None:
    png = encode(np.random.default_rng(0).integers(0, 255, (900, 1800, 3), dtype=np.uint8))
    copy = overlays._copy(png)
    assert copy.startswith(b"\xff\xd8")
    assert len(copy) < len(png) / 5


class Row:
    path, media_type = overlays.PATH, overlays.PNG

    def __init__(self, digest: str) -> None:
        self.digest = digest


def test_a_picture_is_told_in_words_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(str(tmp_path))
    digest = vault.put(encode(np.zeros((8, 8), np.uint8)))
    monkeypatch.setattr(overlays.runs, "artifacts_of", lambda ledger, run_id: [Row(digest)])
    found = overlays._picture(None, vault, "run", "denoise(1) > <b>")
    assert found is not None
    assert 'alt="What the tool saw: denoise(1) &gt; &lt;b&gt;"' in found


def test_a_lost_picture_leaves_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Row("sha256:" + "0" * 64)
    monkeypatch.setattr(overlays.runs, "artifacts_of", lambda ledger, run_id: [lost])
    assert overlays._picture(None, Vault(str(tmp_path)), "run", "x") is None
