"""A finished campaign in a ledger of its own, made through the door with a tool that guesses."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import Field

from heuresis.agent.report.write import write_report
from heuresis.agent.spec import CampaignSpec
from heuresis.contract import (
    Card,
    Cost,
    Quantity,
    Request,
    Response,
    Smiles,
    Tool,
    TrainingData,
)
from heuresis.errors import OutOfDomainError
from heuresis.memory import campaigns
from heuresis.memory.campaigns import NewCandidate, Verdict, form_digest
from heuresis.memory.ledger import Ledger
from heuresis.memory.policy_log import log_policy_events
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings
from heuresis.tools import registry

START = "CN1C=NC2=C1C(=O)N(C)C(=O)N2C"
EVIL = "<script>alert('x')</script>"


class GuessRequest(Request):
    smiles: Smiles = Field(description="Any text.")


class GuessResponse(Response):
    good: Quantity = Field(description="Length, with a std.")
    size: Quantity = Field(description="Number of capital letters, exact.")


class GuessBackend:
    """Counts letters."""

    name, kind, batch_size = "counting", "embedded", 100

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:counting==1"

    def run(self, requests: Sequence[GuessRequest]) -> list[GuessResponse]:
        return [_guess(request.smiles) for request in requests]


def _guess(form: str) -> GuessResponse:
    good = Quantity(value=-3.0 + 0.0731 * len(form), unit="log10(mol/L)", std=0.3617)
    size = Quantity.exact(float(sum(c.isupper() for c in form)), "1")
    return GuessResponse(good=good, size=size)


def check_domain(request: GuessRequest) -> None:
    if "Cl" in request.smiles:
        raise OutOfDomainError(f"got chlorine {EVIL}, allowed: none")


GUESS = Tool(
    card=Card(
        name="test.guess",
        version="1.2.0",
        summary="Counts letters.",
        citations=("Counting: doi:10.0000/none, https://example.org/counting",),
        licence_code="Apache-2.0",
        licence_weights="none used",
        training_data=(TrainingData(name="letters", licence="none", split="none stated"),),
        domain="text",
        failures=("It counts.",),
        accuracy="MAE 0.69 log units on nothing in particular.",
        cost=Cost.FREE,
        notice="For tests only.",
    ),
    example=GuessRequest(smiles=Smiles("CCO")),
    response=GuessResponse,
    backends=(GuessBackend(),),
    check_domain=check_domain,
    check_result=lambda request, response: None,
)


@contextmanager
def _opened(home: Path) -> Iterator[Lab]:
    """Open a lab that also knows the guessing tool."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "guess", SimpleNamespace(GUESS=GUESS))
        patch.setitem(registry.BUILT_IN, "test.guess", "guess:GUESS")
        registry.places.cache_clear()
        yield open_lab(Settings(home=home))
    registry.places.cache_clear()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with _opened(tmp_path / "home") as lab:
        yield lab


def spec(**changes: Any) -> CampaignSpec:
    reading = {"tool": "test.guess", "unit": "log10(mol/L)"}
    objectives = [
        {**reading, "name": "good", "path": "good", "direction": "maximise", "worst": -4,
         "best": 1},
        {**reading, "name": "size", "path": "size", "unit": "1", "direction": "window", "low": 3,
         "high": 9, "margin": 12, "weight": 0.5},
    ]  # fmt: skip
    content = {
        "name": "solubility_of_xanthines",
        "goal": "more soluble relatives of caffeine that can still be made",
        "seed": 7,
        "space": {"kind": "molecule", "start": [START]},
        "objectives": objectives,
        "validators": [{"kind": "distinct"}],
        "proposer": {"kind": "evolution"},
        "budget": {"rounds": 3, "per_round": 8, "calls": {"test.guess": 100}},
        **changes,
    }
    return CampaignSpec.model_validate(content)


def begin(lab: Lab, spec: CampaignSpec) -> Any:
    cards = {"test.guess": {"version": "1.2.0", "backend": "counting",
                            "weights_digest": "program:counting==1"}}  # fmt: skip
    row = {"name": spec.name, "goal": spec.goal, "kind": spec.kind, "seed": spec.seed,
           "spec": spec.model_dump_json(), "spec_digest": spec.digest(), "cards": json.dumps(cards),
           "code_version": "0.1.0+src.test"}  # fmt: skip
    return campaigns.get(lab.ledger, campaigns.start(lab.ledger, row))


ROUNDS: tuple[tuple[tuple[str, str], ...], ...] = (
    ((START, "start"), ("Cn1cnc2c1c(=O)[nH]c(=O)n2C", "delete atom"),
     ("CCn1cnc2c1c(=O)n(C)c(=O)n2C", "insert atom"), ("Clc1nc2c(n1C)c(=O)n(C)c(=O)n2C", "append"),
     ("c1ccccc1", "ring")),
    (("COCCn1cnc2c1c(=O)n(C)c(=O)n2C", "append, then swap"),
     ("OCCn1cnc2c1c(=O)n(C)c(=O)n2C", EVIL), ("NCCn1cnc2c1c(=O)n(C)c(=O)n2C", "swap"),
     ("O=C(O)CCn1cnc2c1c(=O)n(C)c(=O)n2C", "append"), ("CCOP(C)(F)=O", "append")),
    (("OCC(O)CCn1cnc2c1c(=O)n(CCO)c(=O)n2C", "append"),
     ("OCC(O)CCCn1cnc2c1c(=O)n(CCO)c(=O)n2C", "append"), ("CNCCn1cnc2c1c(=O)n(C)c(=O)n2C", "swap"),
     ("CCCn1cnc2c1c(=O)n(C)c(=O)n2C", "append")),
)  # fmt: skip


def play(lab: Lab, campaign: Any, number: int) -> None:
    """Record one round as the loop would."""
    forms = ROUNDS[number - 1]
    parents = () if number == 1 else (form_digest(ROUNDS[number - 2][2][0]),)
    new = [
        NewCandidate(form, () if op == "start" else parents or (form_digest(START),), "evolution",
                     op, None if number == 1 else 0.3 + 0.02 * i, "")
        for i, (form, op) in enumerate(forms)
    ]  # fmt: skip
    campaigns.open_round(lab.ledger, campaign, number, new, {"retrieved": {"observations": 0}})
    for one in campaigns.view(lab.ledger, campaign.id, number):
        _climb(lab, campaign, one)


def _climb(lab: Lab, campaign: Any, one: Any) -> None:
    origin = f"campaign:{campaign.id}:{one.round}:"
    is_hazard = "P(" in one.form
    verdicts = [
        Verdict(one.id, "hazard", not is_hazard, "blocked agents.g close" if is_hazard else "ok")
    ]
    if is_hazard:
        event = {
            "origin": origin + "screen",
            "tool": "molecule",
            "phase": "candidate",
            "level": "blocked",
            "rule_id": "agents.g",
            "reason": "close to an agent",
            "subject": one.digest,
            "rules_digest": "r",
            "at": "2026-01-01T00:00:00.000Z",
        }
        log_policy_events(lab.ledger, [event])  # fmt: skip
    else:
        is_new = one.form != "c1ccccc1"
        verdicts.append(
            Verdict(one.id, "distinct", is_new, f"same as {EVIL}" if not is_new else "")
        )
        if is_new:
            verdicts.append(_measure(lab, campaign, one, origin))
    campaigns.note_verdicts(lab.ledger, verdicts)


def _measure(lab: Lab, campaign: Any, one: Any, origin: str) -> Verdict:
    context = Context(origin=origin + "measure_1_test_guess", campaign_id=campaign.id)
    outcome = lab.run("test.guess", {"smiles": one.form}, context)
    reason = "measured" if outcome.is_usable else f"test.guess out_of_domain: {outcome.reason}"
    if outcome.is_usable:
        objectives = json.loads(campaign.spec)["objectives"]
        campaigns.note_measurements(
            lab.ledger, [(one.id, o["name"], outcome.run_id, o["path"]) for o in objectives]
        )
    return Verdict(one.id, "measure_1_test_guess", outcome.is_usable, reason, outcome.run_id)


def _make(lab: Lab, n_rounds: int = len(ROUNDS), stop: str = "budget", **changes: Any) -> str:
    """Play a campaign and return its id."""
    campaign = begin(lab, spec(**changes))
    for number in range(1, n_rounds + 1):
        play(lab, campaign, number)
    campaigns.end(lab.ledger, campaign.id, stop)
    return str(campaign.id)


@pytest.fixture
def make_campaign(lab: Lab) -> Callable[..., str]:
    """Return a maker of campaigns: rounds played, fields of the file changed."""
    return partial(_make, lab)


@dataclass(frozen=True)
class Finished:
    """A campaign with its report, made once for the tests that only read."""

    ledger: Ledger
    campaign_id: str
    folder: Path


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    home = tmp_path_factory.mktemp("finished")
    with _opened(home) as lab:
        campaign_id = _make(lab, goal=f"=cmd {EVIL}")
        write_report(lab, campaign_id, home / "report")
        yield Finished(lab.ledger, campaign_id, home / "report")
