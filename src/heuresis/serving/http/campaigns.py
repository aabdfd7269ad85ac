"""Routes of campaigns: start one as a job, say how far it is, stop it."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from pydantic import Field

from heuresis.contract import Frozen
from heuresis.memory import jobs, ownership
from heuresis.serving.http.depends import IdempotencyKey, Reader, Searcher, promised_id
from heuresis.serving.http.jobs import JobView, accepted, job_view
from heuresis.serving.remote.above import Campaigns
from heuresis.serving.remote.asking import queue
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.refusals import UnknownError
from heuresis.serving.remote.sight import Sight

CampaignId = Annotated[str, Path(max_length=26, description="ULID of a campaign.")]


class CampaignView(Frozen):
    """How far a campaign is."""

    standing: dict[str, Any] = Field(description="Round, candidates, best, budget, why it ended.")
    job: JobView | None = Field(description="The job that drives it; null when it is gone.")


def routes(parts: Parts, campaigns: Campaigns) -> APIRouter:
    """Return the routes of campaigns."""
    router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])
    spec: Any = campaigns.spec

    @router.post("", status_code=202, response_model=JobView, operation_id="start_campaign")
    def start_campaign(
        who: Searcher, body: spec, idempotency_key: IdempotencyKey = None
    ) -> JSONResponse:
        """Check a campaign file and start it; the id of the job is that of the campaign."""
        campaigns.check(body)
        text = json.dumps({"spec": body.model_dump_json()})
        campaign_id = promised_id(parts.ledger, who, idempotency_key, "campaign", text)
        ownership.own(parts.ledger, who.id, "campaign", campaign_id)
        return accepted(queue(parts, who, campaign_id, "campaign", text, 0, "http"))

    @router.get("/{campaign_id}", response_model=CampaignView, operation_id="show_campaign")
    def show_campaign(who: Reader, campaign_id: CampaignId) -> dict[str, Any]:
        """Say how far a campaign is."""
        Sight(parts.ledger, who).campaign(campaign_id)
        standing, job = campaigns.standing(campaign_id), jobs.find(parts.ledger, campaign_id)
        if not standing and job is None:
            raise UnknownError(f"campaign {campaign_id!r}: got an unknown id")
        return {"standing": standing, "job": None if job is None else job_view(job)}

    @router.delete("/{campaign_id}", status_code=202, response_model=JobView,
                   operation_id="stop_campaign")  # fmt: skip
    def stop_campaign(who: Searcher, campaign_id: CampaignId) -> dict[str, Any]:
        """Stop a campaign after the step it is at; what it found stays."""
        Sight(parts.ledger, who).campaign(campaign_id)
        if jobs.find(parts.ledger, campaign_id) is None:
            raise UnknownError(f"campaign {campaign_id!r}: got one that no job drives")
        jobs.cancel(parts.ledger, campaign_id, parts.crew.kept_s)
        return job_view(jobs.get(parts.ledger, campaign_id))

    return router
