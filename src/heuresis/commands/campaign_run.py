"""Drive a campaign for a person who watches, and say how to go on where it is interrupted."""

from dataclasses import dataclass
from typing import Any

from heuresis.agent.campaign import drive
from heuresis.agent.spec import CampaignSpec, Take
from heuresis.agent.state import Progress
from heuresis.commands import exit_codes, output
from heuresis.commands.campaign_view import ending, show_ending
from heuresis.errors import RequestError
from heuresis.memory import campaigns
from heuresis.memory.tables import RUNNING
from heuresis.serving.context import Context
from heuresis.serving.ingest import image_of
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_recall
from heuresis.settings import Settings


def take_into(lab: Lab) -> Take:
    """Return what reads the images that a campaign file names into a lab's vault."""
    context = Context()
    return lambda place: image_of(lab, place, context)


@dataclass(frozen=True)
class Drive:
    """How campaigns are driven from a command line."""

    lab: Lab
    settings: Settings
    n_best: int
    as_json: bool

    def go(self, campaign_id: str) -> int:
        """Run a campaign to its end, print what came out, return the exit code."""
        output.say(f"campaign {campaign_id}")
        try:
            place = self._watch(campaign_id)
        except RequestError:
            raise  # the file or the caller is wrong: resuming would meet the same
        except BaseException:
            output.say(f"to go on: {self._resume(campaign_id)}")
            raise
        row = campaigns.get(self.lab.ledger, campaign_id)
        found = ending(self.lab, row, place, self.n_best)
        if self.as_json:
            output.emit(found)
        else:
            show_ending(found)
        return exit_codes.OK if found["best"] else exit_codes.EMPTY

    def _watch(self, campaign_id: str) -> Any:
        recall = open_recall(self.lab, self.settings)
        with output.progress() as bars:
            bar = bars.add_task("starting", total=None)

            def show(progress: Progress) -> None:
                text = f"round {progress.round}: {progress.node}, {progress.text}"
                done = progress.round - (progress.node != "report")
                bars.update(bar, description=text, completed=done, total=progress.rounds)

            return drive(campaign_id, self.lab, self.settings, recall, show)

    def _resume(self, campaign_id: str) -> str:
        from heuresis.settings import get_settings

        is_usual = self.settings.home == get_settings().home
        home = "" if is_usual else f" --home {str(self.settings.home)!r}"
        return f"heuresis campaign resume {campaign_id}{home}"


def note_unfinished(lab: Lab, spec: CampaignSpec) -> None:
    """Say where the same file was begun before and not ended."""
    digest = spec.digest()
    for row in campaigns.list_all(lab.ledger):
        if row.spec_digest == digest and row.status == RUNNING:
            output.say(f"note: {row.id} of the same file was not ended; "
                       f"`heuresis campaign resume {row.id}` goes on with it")  # fmt: skip
