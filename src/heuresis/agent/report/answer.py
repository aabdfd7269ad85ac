"""The answer in plain words: what was sought, what was found, why it ended."""

from dataclasses import dataclass

from heuresis.agent.report.numerals import Shown, show
from heuresis.agent.report.pictures import label
from heuresis.agent.report.record import Record
from heuresis.agent.report.standing import baseline, is_better, mark
from heuresis.agent.report.tables import utility_shown

ENDINGS = {
    "goal met": "It ended because a candidate reached the utility that counts as good enough.",
    "budget": "It ended because its budget was used up, not because the goal was reached.",
    "no candidate": "It ended because the proposer had no further candidate.",
    "patience": "It ended because no better candidate had been found for the set number of rounds.",
    "person": "It ended because a person stopped it.",
    "error": "It ended because of an error; what is shown is what was recorded until then.",
}


@dataclass(frozen=True)
class Best:
    """The best candidate as the first paragraph names it."""

    form: str
    label: str
    round: int
    utility: Shown
    values: tuple[tuple[str, Shown], ...]
    mark: str


def best_found(record: Record) -> Best | None:
    """Return the best candidate; None where no candidate passed every gate."""
    one = record.best
    if one is None:
        return None
    return Best(
        form=record.shown(one),
        label=label(one.kind, record.shown(one)),
        round=one.round,
        utility=utility_shown(record, one),
        values=tuple((o.name, show(one.values[o.name])) for o in record.spec.objectives),
        mark=mark(record, one, baseline(record)),
    )


def counted(record: Record) -> str:
    """Say how many candidates met which fate."""
    n_rounds = record.n_rounds
    parts = [f"{record.count('stopped')} stopped by gates", f"{record.count('measured')} measured"]
    if n := record.count("not asked"):
        parts.append(f"{n} not judged to the end because a budget of calls was used up")
    if n := record.count("unfinished"):
        parts.append(f"{n} left unfinished")
    rounds = "1 round" if n_rounds == 1 else f"{n_rounds} rounds"
    proposed = f"{len(record.candidates)} candidate{'' if len(record.candidates) == 1 else 's'}"
    return f"In {rounds}, {proposed} were proposed: {', '.join(parts)}."


def ended(record: Record) -> str:
    """Say why the campaign ended."""
    reason = record.campaign.stop_reason
    if reason is None:
        return "It has not ended: this report shows how far it has come."
    return ENDINGS.get(reason, f"It ended: {reason}.")


def verdict(record: Record) -> str:
    """Say what the numbers do and do not show."""
    best = record.best
    if best is None:
        return (
            "No candidate passed every gate and was measured: there is no result to report but "
            "the failures."
        )
    if record.utilities[best.id] == 0:
        return (
            "Every measured candidate has utility 0: each is useless in at least one objective, "
            "so the ranking below means nothing."
        )
    start = baseline(record)
    if start is not None and best.id == start.id:
        return "Nothing better than the start molecule was found."
    if start is not None and not is_better(record, best, start):
        return (
            "Within the stated uncertainties the best candidate is not distinguishable from the "
            "start molecule."
        )
    return ""
