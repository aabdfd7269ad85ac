"""A campaign as one step of a plan: begun once for a message, driven to its end, resumed."""

import contextvars
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from heuresis.agent.assistant.answers import as_argument, at_path, response_of
from heuresis.agent.planning.plan import Campaign
from heuresis.agent.spec import CampaignSpec, MoleculeSpace, explain_fields
from heuresis.errors import RequestError
from heuresis.memory import campaigns
from heuresis.memory.ledger import derived_id
from heuresis.memory.tables import RUNNING
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab

if TYPE_CHECKING:
    from heuresis.agent.assistant.steps import Progress  # which carries these out

SMALLEST, GROWTH, LARGEST = 20, 8, 100  # heavy atoms that candidates of a search may have
BEST = 5  # candidates that an answer names


def search(step: Campaign, progress: "Progress", lab: Lab, context: Context) -> dict[str, Any]:
    """Run a campaign and return its best candidates, as JSON data.

    Its id comes from the message, so a step repeated after a crash goes on with the campaign.
    """
    try:
        spec = CampaignSpec.model_validate(_with_starts(step, progress, lab))
    except ValidationError as error:
        return {"campaign_id": None, "why": explain_fields(error)}
    except RequestError as error:
        return {"campaign_id": None, "why": str(error)}
    campaign_id = campaign_of(context)
    try:
        _drive(spec, campaign_id, lab, context)
    except RequestError as error:
        return {"campaign_id": None, "why": str(error)}
    return found(lab, campaign_id)


def campaign_of(context: Context) -> str:
    """Name the campaign of a step: always the same for the same step of the same message."""
    message_id = context.origin.split(":")[2]
    return derived_id(context.origin, message_id)


def _with_starts(step: Campaign, progress: "Progress", lab: Lab) -> dict[str, Any]:
    if step.starts is None:
        return step.spec
    refused = progress.refused.get(step.starts, {})
    answers = [
        as_argument(at_path(response_of(lab.ledger, run_id), step.start_path))
        for i, run_id in progress.runs.get(step.starts, {}).items()
        if i in progress.standing and i not in refused
    ]
    starts = [one for one in answers if one]
    if not starts:
        raise RequestError(next(iter(refused.values()), "nothing to start from was read"))
    return _put(step.spec, starts)


def tools_of(step: Campaign, progress: "Progress", lab: Lab) -> tuple[str, ...]:
    """Name the tools that a campaign would ask; none where it cannot be begun."""
    from heuresis.agent.validators.ladder import build_ladder, tool_of

    try:
        spec = CampaignSpec.model_validate(_with_starts(step, progress, lab))
        found = (tool_of(rung) for rung in build_ladder(spec))
        return tuple(dict.fromkeys(name for name in found if name is not None))
    except (ValidationError, RequestError):  # the step says why, when it is done
        return ()


def _put(spec: dict[str, Any], starts: list[Any]) -> dict[str, Any]:
    """Put the starts into the space, or into every judge of restoration chains as their image."""
    space = spec["space"]
    if space["kind"] == "molecule":
        return {**spec, "space": {**_room(starts), **space, "start": starts}}
    judged = [
        {**one, "arguments": {**one.get("arguments", {}), "clean": starts[0]}}
        for one in spec["objectives"]
    ]
    return {**spec, "objectives": judged}


def _room(starts: list[Any]) -> dict[str, Any]:
    """Let a search use the elements of its starts, and molecules somewhat larger than they are."""
    from rdkit import Chem

    atoms = [
        [atom.GetSymbol() for atom in mol.GetAtoms()]
        for mol in map(Chem.MolFromSmiles, starts)
        if mol is not None
    ]
    usual = MoleculeSpace.model_fields["elements"].default
    largest = max((len(symbols) for symbols in atoms), default=0)
    return {
        "elements": sorted({*usual, *(symbol for symbols in atoms for symbol in symbols)} - {"H"}),
        "max_heavy_atoms": min(LARGEST, max(SMALLEST, largest + GROWTH)),
    }


def _drive(spec: CampaignSpec, campaign_id: str, lab: Lab, began: Context) -> None:
    from heuresis.agent.campaign import drive, start
    from heuresis.serving.open_lab import open_recall

    start(spec, lab, lab.settings, campaign_id)
    if campaigns.get(lab.ledger, campaign_id).status != RUNNING:
        return
    recall = open_recall(lab, lab.settings)
    # A graph within a graph would take the outer one's checkpoints for its own.
    go_on = partial(drive, campaign_id, lab, lab.settings, recall, began=began)
    contextvars.Context().run(go_on)


def found(lab: Lab, campaign_id: str) -> dict[str, Any]:
    """Return what a campaign that has ended came to."""
    from heuresis.agent.report.answer import ended, verdict
    from heuresis.agent.report.pictures import label
    from heuresis.agent.report.record import gather
    from heuresis.agent.report.standing import baseline, mark

    record = gather(lab.ledger, campaign_id)
    start = baseline(record)
    best = [
        {
            "label": label(one.kind, record.shown(one)),
            "form": record.shown(one),
            "values": {name: [number.run_id, number.path] for name, number in one.values.items()},
            "against_start": mark(record, one, start),
        }
        for one in record.ranked[:BEST]
    ]
    told = {"ended": ended(record), "verdict": verdict(record)}
    return {"campaign_id": campaign_id, "kind": record.spec.kind, "best": best, **told}
