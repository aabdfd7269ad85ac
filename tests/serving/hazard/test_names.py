"""Names are screened too: listed ones by the rules, systematic ones through OPSIN."""

import shutil

import pytest

from heuresis.serving.hazard import rules, screen_names
from heuresis.tools.molecule import opsin

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="OPSIN needs Java")


@pytest.mark.parametrize("name", ["sarin", "SARIN", "Sulfur-Mustard", " vx "])
def test_a_listed_name_is_refused_without_java(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(opsin, "which", lambda _: None)
    (verdict,) = screen_names([name])
    assert verdict.level == "blocked"
    assert not verdict.rule_id.startswith("screen.")


@needs_java
def test_systematic_names_are_read_in_one_batch_and_in_order() -> None:
    names = ["ethanol", "no such thing", "propan-2-yl methylphosphonofluoridate", "sarin", ""]
    verdicts = screen_names(names)
    assert [v.level for v in verdicts] == ["ok", "blocked", "blocked", "blocked", "blocked"]
    assert [v.rule_id for v in verdicts][1::3] == ["screen.unreadable"] * 2
    assert verdicts[2].subject == verdicts[3].subject


def test_names_without_java_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opsin, "which", lambda _: None)
    assert [v.rule_id for v in screen_names(["heptan-3-ol", "sarin"])] == ["screen.cannot_run"] * 2


def test_names_without_rules_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from heuresis.serving.hazard import names

    names.listed_names.cache_clear()
    names._by_folded_name.cache_clear()
    monkeypatch.setattr(rules, "RULE_FILES", ("nowhere.yaml",))
    assert screen_names(["ethanol"])[0].rule_id == "screen.cannot_run"


def test_no_names_give_no_verdicts() -> None:
    assert screen_names([]) == []
