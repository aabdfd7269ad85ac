"""Whoever is refused learns the class of rule; which rule it was stands in the log alone."""

import re

import pytest
from fixtures_lab import MakeLab

from heuresis.contract import Status
from heuresis.memory.policy_log import policy_events
from heuresis.serving.context import Context
from heuresis.serving.hazard.policy import HazardPolicy
from heuresis.serving.hazard.rules import ExactRule, Rule, load_rules
from heuresis.serving.hazard.verdict import CLASSES, told
from heuresis.serving.policy import Verdict

TNT = "Cc1c(cc(cc1[N+](=O)[O-])[N+](=O)[O-])[N+](=O)[O-]"
POLYNITRO = "c1(c(cc(cc1[N+](=O)[O-])[N+](=O)[O-])[N+](=O)[O-])CCCC"
RULES = load_rules()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_is_told_names_neither_the_rule_nor_its_pattern(rule: Rule) -> None:
    said = told(Verdict("blocked", rule.id, rule.class_name, "sha256:x"))
    assert rule.id.partition(".")[0] in CLASSES
    assert rule.id not in said
    assert rule.source not in said
    assert not re.search(r"family|listed|similar|structure|schedule|[0-9]", said, re.IGNORECASE)
    if isinstance(rule, ExactRule):
        assert not any(member.smiles in said for member in rule.members)


def test_list_family_and_likeness_of_one_class_sound_alike() -> None:
    names = ("cwc.schedule_1.listed", "cwc.sulfur_mustard", "similar.mustard", "agents.g")
    assert len({told(Verdict("blocked", name, "x")) for name in names}) == 1


def test_a_listed_and_an_unlisted_explosive_are_refused_in_the_same_words(
    make_lab: MakeLab,
) -> None:
    lab = make_lab(HazardPolicy())
    context = Context(origin="session:S:M:s1")
    asked = [{"smiles": TNT}, {"smiles": POLYNITRO}]
    outcomes = lab.run_many("molecule.describe", asked, context)
    assert {one.status for one in outcomes} == {Status.BLOCKED}
    assert len({one.reason for one in outcomes}) == 1
    assert outcomes[0].reason.startswith("hazard.energetic: refused: explosives")
    logged = {event.rule_id for event in policy_events(lab.ledger)}
    assert len(logged) == 2
