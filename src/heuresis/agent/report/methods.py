"""The methods paragraph: how the result came about, every number from the ledger, with sources."""

from collections.abc import Sequence
from dataclasses import dataclass

from heuresis.agent.report.judges import Judge
from heuresis.agent.report.record import Record
from heuresis.agent.spec import Maximise, Minimise, Objective

UTILITY_SOURCE = (
    "Derringer and Suich, Journal of Quality Technology 12, 214 (1980), "
    "doi:10.1080/00224065.1980.11980968"
)
PROPOSERS = {
    "evolution": "a graph genetic algorithm whose offspring a learned surrogate picks",
    "random": "random draws that look at no result (a control)",
    "substitution": "element substitution in known structure types",
}
MEMORY = {
    "evolving": "Every result was told to the proposer.",
    "frozen": "As a control, no result of this campaign was told to the proposer.",
    "shuffled": "As a control, every result was told to the proposer of another candidate.",
}


@dataclass(frozen=True)
class Methods:
    """Paragraphs with bracketed numbers, and what these refer to."""

    paragraphs: tuple[str, ...]
    references: tuple[str, ...]


def methods(record: Record, judges: Sequence[Judge]) -> Methods:
    """Write the paragraphs."""
    references = [UTILITY_SOURCE]
    for judge in judges:
        for source in judge.card.citations if judge.card else ():
            if source not in references:
                references.append(source)
    paragraphs = (_search(record), _utility(record), _judging(record, judges, references))
    return Methods(paragraphs, tuple(references))


def _search(record: Record) -> str:
    spec = record.spec
    n_told = next((s["body"].get("observations", 0) for s in record.stages
                   if s["name"] == "retrieved" and s["round"] == 1), 0)  # fmt: skip
    earlier = f"{n_told} measured candidates of earlier campaigns were known at the start. "
    return (
        f"{len(record.candidates)} {spec.kind} candidates were proposed in {record.n_rounds} "
        f"round(s) of up to {spec.budget.per_round}, by the {spec.proposer.kind} proposer: "
        f"{PROPOSERS[spec.proposer.kind]}. {earlier if n_told else ''}{MEMORY[spec.memory]} "
        f"All chance came from seed {spec.seed}. The code was heuresis "
        f"{record.campaign.code_version}; the resolved campaign file has sha256 "
        f"{record.campaign.spec_digest}."
    )


def _utility(record: Record) -> str:
    aims = "; ".join(aim(objective) for objective in record.spec.objectives)
    return (
        "Candidates were ranked by utility, the weighted geometric mean of one desirability "
        f"between 0 and 1 for each objective [1]. Objectives: {aims}. "
        "A candidate stopped by a gate has utility 0."
    )


def aim(objective: Objective) -> str:
    """Say in words what an objective wants."""
    unit = "" if objective.unit == "1" else f" {objective.unit}"
    match objective:
        case Maximise():
            want = f"as high as possible, useless at {objective.worst:g}{unit}, no gain above"
            want += f" {objective.best:g}{unit}"
        case Minimise():
            want = f"as low as possible, useless at {objective.worst:g}{unit}, no gain below"
            want += f" {objective.best:g}{unit}"
        case _:
            want = f"between {objective.low:g} and {objective.high:g}{unit}"
            want += f", useless {objective.margin:g}{unit} outside"
    caution = f", judged {objective.caution:g} standard deviations to the unlucky side"
    return (
        f"{objective.name} ({want}; weight {objective.weight:g}"
        f"{caution if objective.caution else ''})"
    )


def _judging(record: Record, judges: Sequence[Judge], references: Sequence[str]) -> str:
    order = ", then ".join(["the hazard screen", *(rung.name for rung in record.ladder)])
    asked = "; ".join(_asked(judge, references) for judge in judges)
    fresh = sum(not one.cached for one in record.answers)
    return (
        f"Each candidate met {order}, and went on only while it passed. Tools: {asked}. "
        f"{len(record.answers)} answers were given: {fresh} first recorded for this campaign and "
        f"{len(record.answers) - fresh} found in the ledger from before."
    )


def _asked(judge: Judge, references: Sequence[str]) -> str:
    sources = judge.card.citations if judge.card else ()
    numbers = ", ".join(str(references.index(source) + 1) for source in sources)
    cited = f" [{numbers}]" if numbers else ""
    return f"{judge.tool} {judge.version}, backend {judge.backend}{cited}"
