"""Two spellings of one chain are one candidate."""

from collections.abc import Callable

from heuresis.agent.spec import CampaignSpec, Distinct
from heuresis.agent.validators.distinct import judge_distinct
from heuresis.memory.campaigns import CandidateView

SPACE = {"kind": "restoration", "operations": {"denoise": [1, 2]}, "max_steps": 2}


def candidate(name: str, form: str) -> tuple[CandidateView, str]:
    one = CandidateView(name, 1, "restoration", form, name, (), "evolution", "", None, "")
    return one, form


def test_a_chain_in_another_spelling_is_refused(spec: Callable[..., CampaignSpec]) -> None:
    campaign = spec(space=SPACE, proposer={"kind": "evolution"})
    rung = Distinct(kind="distinct")
    pair = [candidate("a", "denoise(1) > denoise(2)"), candidate("b", "denoise(1.0)>denoise(2)")]
    passed = [one.passed for one in judge_distinct(rung, pair, [], campaign)]
    assert passed == [True, False]
