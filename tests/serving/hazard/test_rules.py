"""The rules as data: named, dated by digest, and saying nothing a reader could misuse."""

import re

import pytest

from heuresis.errors import PolicyError
from heuresis.serving.hazard import Verdict, rules, rules_digest, screen
from heuresis.serving.hazard.rules import RULE_FILES, ExactRule, load_rules

SARIN_LIKE = "CP(=O)(F)OC(C)C"
LISTED = [rule for rule in load_rules() if isinstance(rule, ExactRule)]


def test_the_digest_is_stable_and_follows_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = rules_digest()
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    assert rules_digest() == digest
    monkeypatch.setattr(rules, "RULE_FILES", RULE_FILES[:-1])
    assert rules_digest() != digest


def test_no_file_speaks_of_making_using_or_spreading() -> None:
    banned = re.compile(
        r"synthes|reagent for|react(s|ed|ion)\b|\broute|yield|dose|ld50|lethal|dispers|aerosol"
        r"|deliver|weaponi|purif|detonat|made from|prepared from",
        re.IGNORECASE,
    )
    for name in RULE_FILES:
        text = rules._bytes_of(name).decode()
        prose = re.sub(r"name: [^,]+, smiles: \"[^\"]*\"", "", text)
        assert not banned.search(prose), name


@pytest.mark.parametrize("rule", LISTED, ids=lambda rule: rule.id)
def test_a_message_names_the_class_and_not_the_structure(rule: ExactRule) -> None:
    for member, verdict in zip(rule.members, screen([m.smiles for m in rule.members]), strict=True):
        assert member.smiles not in verdict.reason
        assert not re.search(rf"\b{re.escape(member.name)}\b", verdict.reason)
        assert not re.search(r"smarts|similarity of|tanimoto|threshold", verdict.reason, re.I)


def test_two_rules_may_not_share_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULE_FILES", (RULE_FILES[0], RULE_FILES[0]))
    with pytest.raises(PolicyError, match="one id"):
        load_rules()


def test_a_rule_names_rules_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULE_FILES", ("chemical_weapons_review.yaml",))
    with pytest.raises(PolicyError, match=r"allowed a rule's id"):
        load_rules()


def test_one_structure_is_listed_once() -> None:
    names = [member.name for rule in LISTED for member in rule.members]
    assert len(set(names)) == len(names)


def test_all_spellings_of_a_refused_molecule_share_one_subject() -> None:
    spellings = [SARIN_LIKE, "C[P@](=O)(F)OC(C)C", "[13CH3]P(=O)(F)OC(C)C", "FP(C)(OC(C)C)=O"]
    assert len({verdict.subject for verdict in screen(spellings)}) == 1


def test_a_verdict_cannot_be_changed() -> None:
    (verdict,) = screen(["CCO"])
    with pytest.raises(AttributeError):
        verdict.level = "ok"  # type: ignore[misc]  # what is tested


def test_answers_come_in_order_and_do_not_depend_on_company() -> None:
    texts = ["CCO", SARIN_LIKE, "COP(C)(=O)OC", "CCO", "nonsense"]
    together = screen(texts)
    assert [v.level for v in together] == ["ok", "blocked", "review", "ok", "blocked"]
    assert together == [screen([text])[0] for text in texts]
    assert all(isinstance(v, Verdict) for v in together)
    assert screen([]) == []


def test_a_medicine_is_held_but_its_mixture_with_an_agent_is_refused() -> None:
    fentanyl = "CCC(=O)N(C1CCN(CCc2ccccc2)CC1)c1ccccc1"
    held, refused = screen([fentanyl, f"{fentanyl}.{SARIN_LIKE}"])
    assert (held.level, refused.level) == ("review", "blocked")
