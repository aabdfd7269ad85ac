"""The same budget with controls: does the loop learn, or would luck have done as well?

Arms: `evolving` (the campaign as written), `random` (same moves, no selection), `shuffled` (every
result given to another candidate), `frozen` (results do not reach the proposer). Each arm and seed
has an empty ledger of its own, so no arm sees another's results. Then `warm`: a second campaign on
the ledger of the first, against `cold`, the same second campaign on an empty one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heuresis.agent import campaign
from heuresis.agent.spec import Budget, CampaignSpec, RandomProposer, Stop
from heuresis.agent.state import Progress
from heuresis.agent.statistics import Estimate, area, best_so_far, bootstrap_median, mean_top
from heuresis.agent.utility import utility_of
from heuresis.agent.validators.ladder import Measure, build_ladder
from heuresis.contract import Frozen
from heuresis.memory import campaigns
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings

Watch = Callable[[str, int, Progress], None]  # arm, seed, progress
CONTROLS = ("random", "shuffled", "frozen")
ROUNDS_FACTOR = 4  # arms that fail gates often need more rounds to spend the same calls
SECOND = 1_000  # added to the seed of the second campaign of the knowledge ablation


class ArmRun(Frozen):
    """One campaign of the comparison."""

    arm: str
    seed: int
    campaign_id: str
    n_calls: int
    n_candidates: int
    curve: tuple[float, ...]
    best: float
    top10: float
    area: float
    stop_reason: str


class Difference(Frozen):
    """The campaign as written minus a control, paired by seed."""

    metric: str
    minuend: str
    subtrahend: str
    estimate: Estimate
    by_seed: tuple[float, ...]


class Comparison(Frozen):
    """All runs of all arms and the differences that matter."""

    name: str
    goal: str
    n_calls: int
    runs: tuple[ArmRun, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class _Place:
    """Where the comparison keeps its ledgers, and who watches."""

    settings: Settings
    folder: Path
    n_calls: int
    on_progress: Watch


def compare(
    spec: CampaignSpec,
    settings: Settings,
    folder: Path,
    seeds: Sequence[int],
    on_progress: Watch = lambda arm, seed, progress: None,
) -> Comparison:
    """Run the campaign and its controls; what is finished already is read, not repeated.

    Args:
        spec: The campaign; its seed is replaced by each of `seeds`.
        settings: Where tools run.
        folder: Where the ledgers of all arms are kept.
        seeds: Paired seeds; five or more for intervals worth printing.
        on_progress: Told the arm, the seed and the campaign's progress.
    """
    place = _Place(settings, folder, _n_calls(spec), on_progress)
    runs = []
    for seed in seeds:
        for arm in ("evolving", *CONTROLS):
            runs.append(_run(arm, _armed(spec, arm, seed), place, folder / f"{arm}-{seed}"))
        second = _armed(spec, "evolving", seed + SECOND)
        warm = second.model_copy(update={"warm_start": True})
        runs.append(_run("warm", warm, place, folder / f"evolving-{seed}"))
        runs.append(_run("cold", second, place, folder / f"cold-{seed}"))
    pairs = [("evolving", control) for control in CONTROLS] + [
        ("warm", "cold"),
        ("shuffled", "random"),
    ]
    differences = [
        _difference(metric, a, b, runs) for metric in ("area", "best", "top10") for a, b in pairs
    ]
    return Comparison(
        name=spec.name,
        goal=spec.goal,
        n_calls=place.n_calls,
        runs=tuple(runs),
        differences=tuple(differences),
    )


def _n_calls(spec: CampaignSpec) -> int:
    """Return the budget in calls of the dearest measurement: what the arms share."""
    tools = [rung.tool for rung in build_ladder(spec) if isinstance(rung, Measure)]
    limits = [spec.budget.calls[tool] for tool in tools if tool in spec.budget.calls]
    return min(limits, default=spec.budget.rounds * spec.budget.per_round)


def _armed(spec: CampaignSpec, arm: str, seed: int) -> CampaignSpec:
    tools = {rung.tool for rung in build_ladder(spec) if isinstance(rung, Measure)}
    n = _n_calls(spec)
    budget = Budget(
        rounds=spec.budget.rounds * ROUNDS_FACTOR,
        per_round=spec.budget.per_round,
        calls={**spec.budget.calls, **dict.fromkeys(sorted(tools), n)},
    )
    update: dict[str, Any] = {"seed": seed, "budget": budget, "stop": Stop(), "warm_start": False}
    if arm == "random":
        update["proposer"] = RandomProposer(kind="random")
    if arm in ("frozen", "shuffled"):
        update["memory"] = arm
    return spec.model_copy(update=update)


def _run(arm: str, spec: CampaignSpec, place: _Place, home: Path) -> ArmRun:
    # Ledgers are apart; files are named by their content, so the images are shared.
    own = {"home": home, "ledger_url": "", "vault_url": place.settings.vault, "recall_url": ""}
    settings = place.settings.model_copy(update=own)
    lab = open_lab(settings)
    try:
        known = [row for row in campaigns.list_all(lab.ledger) if row.spec_digest == spec.digest()]
        campaign_id = known[0].id if known else campaign.start(spec, lab, settings)
        if not known or known[0].status != "done":
            campaign.drive(
                campaign_id, lab, settings, None, lambda p: place.on_progress(arm, spec.seed, p)
            )
        return _arm_run(arm, spec, campaign_id, lab.ledger, place.n_calls)
    finally:
        lab.ledger.close()


def _arm_run(arm: str, spec: CampaignSpec, campaign_id: str, ledger: Any, n: int) -> ArmRun:
    seen = campaigns.view(ledger, campaign_id)
    measured = [one for one in seen if one.values and not one.retest][:n]
    utilities = [utility_of(spec.objectives, one) for one in measured]
    curve = best_so_far(utilities)
    return ArmRun(
        arm=arm,
        seed=spec.seed,
        campaign_id=campaign_id,
        n_calls=len(measured),
        n_candidates=len(seen),
        curve=tuple(curve),
        best=curve[-1] if curve else 0.0,
        top10=mean_top(utilities),
        area=area(curve, n),
        stop_reason=campaigns.get(ledger, campaign_id).stop_reason or "",
    )


def _difference(metric: str, a: str, b: str, runs: Sequence[ArmRun]) -> Difference:
    def by_seed(arm: str) -> list[float]:
        return [float(getattr(run, metric)) for run in runs if run.arm == arm]

    values = [x - y for x, y in zip(by_seed(a), by_seed(b), strict=True)]
    return Difference(
        metric=metric,
        minuend=a,
        subtrahend=b,
        estimate=bootstrap_median(values),
        by_seed=tuple(values),
    )
