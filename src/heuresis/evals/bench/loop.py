"""What the campaign loop costs per step, without its tools and its proposer.

How. A real campaign is driven to its end by `campaign.drive`: all nodes, the ledger, and LangGraph
with a checkpoint written after every step. Time is taken between the moment the first round's
proposals are known and the same moment of the last round, which holds whole rounds only and leaves
start and report out. From it we take away (a) the seconds spent inside the backend of the tool, by
a stopwatch in the host, and (b) the proposer's own seconds, by asking the same proposer again
afterwards with the same observations. All else counts: the lab's door and its recording too.

Fairness: the tool counts letters; the `random` proposer hands out the start molecules; the lab has
no policies, as the hazard screen of molecules is chemistry and not loop.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from heuresis.agent import campaign
from heuresis.agent.knowledge import own_observations, told
from heuresis.agent.proposers.build import build_proposer
from heuresis.agent.spec import CampaignSpec
from heuresis.agent.state import Progress
from heuresis.agent.validators.ladder import build_ladder
from heuresis.contract import Backend, Request, Response
from heuresis.evals.bench.measure import median
from heuresis.evals.bench.row import Row, against_goal
from heuresis.evals.bench.workplace import bench_tools, temporary_settings
from heuresis.memory import campaigns
from heuresis.memory.campaigns import CandidateView
from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault
from heuresis.serving.host import Host
from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

GOAL_MS = 5.0
ROUNDS, PER_ROUND, CAMPAIGNS = 15, 5, 5
QUICK_ROUNDS, QUICK_CAMPAIGNS = 4, 1
NODES_BESIDE_RUNGS = 4  # propose, screen, record, learn

Moment = tuple[float, float]  # seconds of the clock, seconds of the processor
TOOL = {"tool": "bench.length", "path": "length", "unit": "1"}


@dataclass
class Stopwatch:
    """A host that counts the seconds its backends take; times of calls by when they ended."""

    host: Host
    name: str = "stopwatch"
    calls: list[tuple[float, float]] = field(default_factory=list)

    def call(
        self, backend: Backend[Any, Any], requests: Sequence[Request], timeout_s: float
    ) -> list[Response]:
        """See `Host.call`."""
        began = time.perf_counter()
        try:
            return self.host.call(backend, requests, timeout_s)
        finally:
            ended = time.perf_counter()
            self.calls.append((ended, ended - began))

    def between_s(self, start: float, end: float) -> float:
        """Seconds of the calls that ended between two moments."""
        return sum(seconds for at, seconds in self.calls if start <= at <= end)


def measure(*, quick: bool) -> list[Row]:
    """Drive some campaigns and share out their time."""
    rounds, n = (QUICK_ROUNDS, QUICK_CAMPAIGNS) if quick else (ROUNDS, CAMPAIGNS)
    spec = _spec(rounds)
    _drive(_spec(2))  # loads what is loaded on first use
    parts = [_drive(spec) for _ in range(n)]
    n_steps = (rounds - 1) * (len(build_ladder(spec)) + NODES_BESIDE_RUNGS)
    per_step = [{name: 1000 * s / n_steps for name, s in part.items()} for part in parts]
    ours = [part["whole"] - part["tool"] - part["proposer"] for part in per_step]
    tool, proposer, cpu = (
        median([part[name] for part in per_step]) for name in ("tool", "proposer", "processor")
    )
    return [
        against_goal(
            "loop.step",
            "a step of the campaign loop, checkpointed",
            ours,
            GOAL_MS,
            "ms/step",
            note=f"{n_steps} steps, {PER_ROUND} candidates a round; "
            f"without {tool:.2f} of tool and {proposer:.2f} of proposer; "
            f"{cpu:.2f} ms of processor time",
            details={
                "tool_ms": tool,
                "proposer_ms": proposer,
                "processor_ms": cpu,
                "steps": n_steps,
            },
        )
    ]


def _drive(spec: CampaignSpec) -> dict[str, float]:
    """Run one campaign; return its seconds by part."""
    with bench_tools(), temporary_settings() as settings:
        watch = Stopwatch(InProcessHost())
        lab = Lab(Ledger(settings.ledger), Vault.of(settings), watch, (), settings)
        try:
            (start, cpu_start), (end, cpu_end) = _moments(spec, lab, settings)
            [of_campaign] = campaigns.list_all(lab.ledger)
            seen = campaigns.view(lab.ledger, of_campaign.id)
        finally:
            lab.ledger.close()
    asked = [_ask_again(spec, seen, number) for number in range(2, spec.budget.rounds + 1)]
    proposer_s, proposer_cpu_s = (sum(seconds) for seconds in zip(*asked, strict=True))
    return {
        "whole": end - start,
        "tool": watch.between_s(start, end),
        "proposer": proposer_s,
        "processor": cpu_end - cpu_start - proposer_cpu_s,
    }


def _moments(spec: CampaignSpec, lab: Lab, settings: Settings) -> tuple[Moment, Moment]:
    """Return when the first and the last round's proposals were known."""
    known: list[Moment] = []

    def note(progress: Progress) -> None:
        if progress.node == "propose":
            known.append((time.perf_counter(), time.process_time()))

    campaign_id = campaign.start(spec, lab, settings)
    campaign.drive(campaign_id, lab, settings, on_progress=note)
    if len(known) != spec.budget.rounds:
        raise AssertionError(f"rounds: got {len(known)}, planned {spec.budget.rounds}")
    return known[0], known[-1]


def _ask_again(spec: CampaignSpec, seen: Sequence[CandidateView], number: int) -> Moment:
    """Time what the proposer of one round did."""
    before = [one for one in seen if one.round < number]
    observations = told(spec, own_observations(spec, before), [], number)
    known = {one.form for one in before}
    began, cpu_began = time.perf_counter(), time.process_time()
    proposer = build_proposer(spec, number)
    proposer.tell(observations)
    proposer.ask(spec.budget.per_round, known)
    return time.perf_counter() - began, time.process_time() - cpu_began


def _spec(rounds: int) -> CampaignSpec:
    n = rounds * PER_ROUND
    start = [f"{'C' * length}{end}" for length in range(4, 40) for end in ("O", "N", "F", "Cl")]
    return CampaignSpec.model_validate(
        {
            "name": "bench",
            "goal": "measure the loop",
            "space": {"kind": "molecule", "start": start[:n], "max_heavy_atoms": 50},
            "objectives": [
                {"name": "length", "direction": "maximise", "worst": 0.0, "best": 99.0, **TOOL}
            ],
            "validators": [
                {"kind": "distinct"},
                {"kind": "expect", "name": "text", "tool": "bench.length", "path": "is_text",
                 "one_of": [True]},
            ],
            "proposer": {"kind": "random"},
            "warm_start": False,
            "budget": {"rounds": rounds, "per_round": PER_ROUND},
        }
    )  # fmt: skip
