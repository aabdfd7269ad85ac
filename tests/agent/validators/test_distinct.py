"""A candidate that is an earlier one respelled, or that became one when prepared, is refused."""

import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parents[2])
if HERE not in sys.path:
    sys.path.append(HERE)

from small_campaign import small  # noqa: E402  # the path comes first

from heuresis.agent.spec import CampaignSpec, Distinct  # noqa: E402  # as above
from heuresis.agent.validators.distinct import Formed, judge_distinct  # noqa: E402  # as above
from heuresis.memory.campaigns import CandidateView, Verdict  # noqa: E402  # as above
from heuresis.tools.crystal.prototypes import build  # noqa: E402  # as above
from heuresis.tools.crystal.structure import write  # noqa: E402  # as above

RUNG = Distinct(kind="distinct")
CRYSTALS = small(
    space={"kind": "crystal", "elements": ["Mg", "O"], "n_elements": [2]},
    proposer={"kind": "substitution"},
)


def candidate(name: str, form: str, *gates: Verdict) -> Formed:
    view = CandidateView(name, 1, "molecule", form, name, (), "random", "", None, "", gates)
    return view, form


def judged(name: str) -> Verdict:
    return Verdict(name, RUNG.name, True, "new")


def passed(new: list[Formed], earlier: list[Formed], spec: CampaignSpec) -> list[bool]:
    return [verdict.passed for verdict in judge_distinct(RUNG, new, earlier, spec)]


def test_two_spellings_and_two_tautomers_of_one_molecule_are_one() -> None:
    spec = CampaignSpec.model_validate(small())
    new = [candidate("a", "OCC"), candidate("b", "CCO"), candidate("c", "O=c1cccc[nH]1")]
    earlier = [candidate("d", "Oc1ccccn1", judged("d"))]
    assert passed(new, earlier, spec) == [True, False, False]


def test_a_candidate_stopped_before_this_gate_is_no_twin() -> None:
    spec = CampaignSpec.model_validate(small())
    stopped = candidate("a", "CCO", Verdict("a", "hazard", False, "blocked"))
    assert passed([candidate("b", "CCO")], [stopped], spec) == [True]


def test_crystals_are_one_whatever_the_cell_and_the_scale() -> None:
    spec = CampaignSpec.model_validate(CRYSTALS)
    rocksalt = build("MgO", "rocksalt")
    large = rocksalt.copy()
    large.make_supercell([2, 1, 1])
    large.scale_lattice(large.volume * 1.05)
    forms = [write(rocksalt), write(large), write(build("MgO", "zincblende"))]
    new = [candidate(str(i), form) for i, form in enumerate(forms)]
    assert passed(new, [], spec) == [True, False, True]


def test_what_was_prepared_is_compared_and_not_what_was_proposed() -> None:
    spec = CampaignSpec.model_validate(CRYSTALS)
    same = write(build("MgO", "rocksalt"))
    new = [(candidate(name, name)[0], same) for name in ("as one type", "as another type")]
    verdicts = judge_distinct(RUNG, new, [], spec)
    assert [one.passed for one in verdicts] == [True, False]
    assert "equals candidate as one type of round 1" in verdicts[1].reason
