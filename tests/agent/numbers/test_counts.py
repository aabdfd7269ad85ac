"""Candidates of a campaign are counted from the ledger, as its report counts them."""

from collections.abc import Callable

from heuresis.agent import campaign
from heuresis.agent.numbers.renderer import Sources, render
from heuresis.agent.report.record import gather
from heuresis.agent.spec import CampaignSpec
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

Spec = Callable[..., CampaignSpec]


def test_a_campaign_is_counted_as_its_report_counts_it(
    spec: Spec, lab: Lab, settings: Settings
) -> None:
    campaign_id = campaign.start(spec(), lab, settings)
    campaign.drive(campaign_id, lab, settings)
    record = gather(lab.ledger, campaign_id)
    sources = Sources(frozenset(), frozenset({campaign_id}))
    draft = " ".join(
        f"{{{{count:{campaign_id}.{what}}}}}"
        for what in ("candidates", "rounds", "measured", "stopped", "not_asked", "unfinished")
    )
    rendered = render(draft, lab.ledger, sources)
    assert not rendered.refusals
    assert [int(n) for n in rendered.text.split()] == [
        len(record.candidates),
        record.n_rounds,
        record.count("measured"),
        record.count("stopped"),
        record.count("not asked"),
        record.count("unfinished"),
    ]
    for what in ("", ".best"):
        (refusal,) = render(f"{{{{count:{campaign_id}{what}}}}}", lab.ledger, sources).refusals
        assert "allowed: candidates, measured, not_asked, rounds" in refusal.reason
