"""Whatever goes wrong, nothing passes, and no exception leaves the screen."""

import builtins
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heuresis.errors import PolicyError
from heuresis.serving.hazard import rules, screen
from heuresis.serving.hazard.rulebook import compile_rules, rulebook
from heuresis.serving.hazard.rules import ClassRule, ExactRule, Member, SimilarityRule
from heuresis.serving.hazard.screening import _remembered

HEAD = {"id": "a.rule", "class_name": "a class", "source": "a list", "level": "blocked"}


@pytest.fixture
def fresh() -> Iterator[None]:
    """Forget the compiled rules before and after."""
    rulebook.cache_clear()
    _remembered.cache_clear()
    yield
    rulebook.cache_clear()
    _remembered.cache_clear()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "not a molecule",
        "CCO CP",
        "C\u200bCO",
        "C1CC",
        "C(C)(C)(C)(C)(C)C",
        "xx>>CC",
        "CC>CC",
        "InChI=1S/nonsense",
        "BSYNRYMUTXBXSQ-UHFFFAOYSA-N",
        "[Xx][Yy]",
        "C" * 2_000,
        "C" * 20_000,
        "\ud800",
        "C\0C",
    ],
)
def test_what_cannot_be_read_is_blocked(text: str) -> None:
    (verdict,) = screen([text])
    assert (verdict.level, verdict.rule_id) == ("blocked", "screen.unreadable")
    assert verdict.subject.startswith("sha256:")


def test_what_is_no_text_is_blocked() -> None:
    verdicts = screen([None, 3, b"CCO"])  # type: ignore[list-item]  # what is tested
    assert {v.rule_id for v in verdicts} == {"screen.unreadable"}


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=300)
def test_no_text_makes_it_raise(text: str) -> None:
    assert screen([text])[0].level in {"ok", "review", "blocked"}


@given(st.text(alphabet="CNOPSFcno[]()=#.+-@/\\123HAs>*~$%:", max_size=30))
@settings(deadline=None, max_examples=500)
def test_no_broken_smiles_makes_it_raise(text: str) -> None:
    assert screen([text])[0].level in {"ok", "review", "blocked"}


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"rules: [", "no YAML"),
        (b"", "empty"),
        (b"rules: 3", "no list"),
        (b"- rules", "no mapping"),
        (b"\xff\xfe\x00", "no text"),
        (b"rules: [{tier: exact, id: a.b}]", "field absent"),
        (b"rules: [{tier: none, id: a.b}]", "unknown tier"),
    ],
)
def test_a_broken_rules_file_blocks_everything(
    monkeypatch: pytest.MonkeyPatch, data: bytes, what: str
) -> None:
    monkeypatch.setattr(rules, "_bytes_of", lambda name: data)
    assert {v.rule_id for v in screen(["CCO", "C"])} == {"screen.cannot_run"}, what


@pytest.mark.usefixtures("fresh")
def test_an_absent_rules_file_blocks_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULE_FILES", ("nowhere.yaml",))
    (verdict,) = screen(["CCO"])
    assert (verdict.level, verdict.rule_id) == ("blocked", "screen.cannot_run")
    with pytest.raises(PolicyError, match="got no file"):
        rules.rules_digest()


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(("absent", "text"), [("rdkit", "CCO"), ("selfies", "[C][C][O]")])
def test_an_absent_library_blocks_what_needs_it(
    monkeypatch: pytest.MonkeyPatch, absent: str, text: str
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == absent:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, absent, raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    (verdict,) = screen([text])
    assert (verdict.level, verdict.rule_id) == ("blocked", "screen.cannot_run")


@pytest.mark.usefixtures("fresh")
def test_it_recovers_once_the_rules_are_whole_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(rules, "RULE_FILES", ("nowhere.yaml",))
        assert screen(["CCO"])[0].is_blocked
    assert screen(["CCO"])[0].level == "ok"


def test_a_structure_that_does_not_fit_its_formula_is_no_rule() -> None:
    member = Member(name="x", smiles="CCO", formula="C2H5O")
    with pytest.raises(PolicyError, match="formula"):
        compile_rules((ExactRule(**HEAD, tier="exact", members=(member,)),))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"smarts": ("C(",)}, "cannot be read"),
        ({"smarts": ("C",), "near": ("nonsense",)}, "cannot be read"),
        ({"smarts": ("C",), "needs": {"Qq": 1}}, "unknown element"),
    ],
)
def test_a_broken_pattern_is_no_rule(changes: dict[str, Any], words: str) -> None:
    from rdkit import rdBase

    with rdBase.BlockLogs(), pytest.raises(PolicyError, match=words):
        compile_rules((ClassRule(**HEAD, tier="class", **changes),))


def test_thresholds_are_in_order() -> None:
    head = {name: HEAD[name] for name in ("id", "class_name", "source")}
    with pytest.raises(ValueError, match="review_at"):
        SimilarityRule(
            **head, tier="similarity", against=("a.b",), kin=("C",), review_at=0.9, blocked_at=0.5
        )
