"""Run as a process by tests that kill it: start the small campaign in a home, or go on with it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from small_campaign import small  # the path comes first

from heuresis.agent import campaign  # as above
from heuresis.agent.spec import CampaignSpec  # as above
from heuresis.memory import campaigns  # as above
from heuresis.serving.open_lab import open_lab  # as above
from heuresis.settings import Settings  # as above
from heuresis.tools import registry  # as above


def main(home: Path) -> None:
    registry.BUILT_IN["test.weigh"] = "weigh:WEIGH"
    settings = Settings(home=home)
    lab = open_lab(settings)
    known = campaigns.list_all(lab.ledger)
    if not known:
        campaign.start(CampaignSpec.model_validate(small()), lab, settings)
        known = campaigns.list_all(lab.ledger)
    campaign.drive(known[0].id, lab, settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
