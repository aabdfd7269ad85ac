"""Start, drive and resume campaigns; one process drives one campaign at a time."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from heuresis.agent.checkpoints import ElsewhereError, saver_for
from heuresis.agent.proposers.build import build_proposer
from heuresis.agent.spec import CampaignSpec
from heuresis.agent.state import Desk, Progress
from heuresis.agent.validators.ladder import build_ladder, check_ladder, tool_of
from heuresis.errors import RequestError, ServiceError
from heuresis.memory import campaigns
from heuresis.memory.recall import Recall
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab, choose_backend
from heuresis.settings import Settings
from heuresis.tools import registry
from heuresis.version import code_version

STEPS_BESIDE_RUNGS = 6


def check(spec: CampaignSpec) -> list[str]:
    """Refuse a campaign that cannot be judged or cannot propose, before anything runs.

    Returns:
        Warnings.

    Raises:
        RequestError: Its tools or its space do not fit; the message says how.
    """
    warnings = check_ladder(spec)
    build_proposer(spec, 1)
    return warnings


def start(spec: CampaignSpec, lab: Lab, settings: Settings, campaign_id: str | None = None) -> str:
    """Check and record a campaign; nothing has run yet.

    Args:
        spec: The campaign.
        lab: The door to tools, and the ledger.
        settings: Chosen backends.
        campaign_id: Its id; the same one a second time changes nothing. None for a fresh one.

    Returns:
        Its id.

    Raises:
        RequestError: It cannot be judged by the tools that exist.
        ServiceError: A tool it needs cannot run here.
    """
    check(spec)
    row = {
        "name": spec.name,
        "goal": spec.goal,
        "kind": spec.kind,
        "seed": spec.seed,
        "spec": spec.model_dump_json(),
        "spec_digest": spec.digest(),
        "cards": json.dumps(_cards(spec, settings), sort_keys=True),
        "code_version": code_version(),
    }
    return campaigns.start(lab.ledger, row, campaign_id)


def _cards(spec: CampaignSpec, settings: Settings) -> dict[str, dict[str, str]]:
    """Name every tool of the ladder by version, backend and weights."""
    cards = {}
    names = {name for rung in build_ladder(spec) if (name := tool_of(rung)) is not None}
    for name in sorted(names):
        tool = registry.load(name)
        backend = choose_backend(tool, settings.backends.get(name))
        missing = backend.missing()
        if missing:
            raise ServiceError(f"tool {name!r}, backend {backend.name!r}: {missing}")
        cards[name] = {
            "version": tool.card.version,
            "backend": backend.name,
            "weights_digest": backend.digest(),
        }
    return cards


def drive(  # noqa: PLR0913, PLR0917  # what a campaign is driven with
    campaign_id: str,
    lab: Lab,
    settings: Settings,
    recall: Recall | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    began: Context | None = None,
) -> Path:
    """Run a campaign to its end, from wherever it stands.

    Args:
        campaign_id: Which.
        lab: The door to tools.
        settings: Where its checkpoints and its report are.
        recall: The index of what is known, if there is one.
        on_progress: Told what happens.
        began: The call that began it, to whose rules of approval it is then held; None where a
            person did, by a command of their own.

    Returns:
        Folder of the report.

    Raises:
        RequestError: No such campaign, or another process drives it.
    """
    campaign = campaigns.get(lab.ledger, campaign_id)
    folder = report_folder(settings, campaign.id)
    spec = CampaignSpec.model_validate_json(campaign.spec)
    with _alone(settings, campaign.id):

        def go_on() -> None:
            desk = Desk(campaign, spec, build_ladder(spec), lab, recall, on_progress, began)
            _run_graph(desk, settings, folder)

        try:
            lab.ledger.outlast(go_on)
        except ElsewhereError:
            raise
        except RequestError:
            campaigns.end(lab.ledger, campaign.id, "error")
            raise
    return folder


def report_folder(settings: Settings, campaign_id: str) -> Path:
    """Return where a campaign's report lies."""
    return settings.home / "reports" / campaign_id


def _run_graph(desk: Desk, settings: Settings, folder: Path) -> None:
    from heuresis.agent.campaign_graph import build

    n_steps = desk.spec.budget.rounds * (len(desk.ladder) + STEPS_BESIDE_RUNGS) + 10
    config: Any = {
        "configurable": {"thread_id": desk.campaign.id},
        "recursion_limit": n_steps,
    }
    with saver_for(desk.lab.ledger, settings, alone=desk.campaign.id) as saver:
        campaigns.take_over(desk.lab.ledger, desk.campaign.id)
        graph = build(desk, folder, saver)
        has_begun = bool(graph.get_state(config).values)
        first = {"campaign_id": desk.campaign.id, "round": 1, "rung": 0}
        graph.invoke(None if has_begun else first, config, durability="sync")


@contextmanager
def _alone(settings: Settings, campaign_id: str) -> Iterator[None]:
    lock = FileLock(settings.home / "campaigns" / f"{campaign_id}.lock")
    Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RequestError(f"campaign {campaign_id!r}: another process drives it") from error
    try:
        yield
    finally:
        lock.release()
