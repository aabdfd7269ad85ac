"""The answer's draft from a finished plan: references for numbers, words for the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from heuresis.agent.assistant.answers import at_path, response_of
from heuresis.agent.assistant.cells import cell, names_in
from heuresis.agent.assistant.looked_up import looked_up
from heuresis.agent.assistant.rows import row
from heuresis.agent.assistant.steps import Progress
from heuresis.agent.assistant.telling import told as told_beside
from heuresis.agent.planning.plan import Plan, Shown, Sort
from heuresis.memory.ledger import Ledger
from heuresis.tools import registry

MAX_ROWS = 50  # of a table in an answer; the rest is counted
NOTHING = "Nothing was asked of a tool, so there is nothing to tell."


@dataclass(frozen=True)
class Draft:
    """An answer before its references are filled.

    Attributes:
        text: Markdown with references.
        runs: Ids of the runs it rests on.
        reasons: Recorded sentences that it quotes.
        names: Names with digits that may stand in it.
        sources: The tools that answered, cited; the end of `text`.
        documents: Name by id of the documents it may quote.
        campaigns: Ids of campaigns whose candidates it counts.
    """

    text: str
    runs: frozenset[str]
    reasons: tuple[str, ...]
    names: tuple[str, ...]
    sources: str = ""
    documents: Mapping[str, str] = field(default_factory=dict)
    campaigns: frozenset[str] = frozenset()


def compose(plan: Plan, progress: Progress, ledger: Ledger) -> Draft:
    """Write what was found, what was left out and why, what was not understood, and sources."""
    responses = {
        run_id: response_of(ledger, run_id)
        for runs in progress.runs.values()
        for run_id in runs.values()
    }
    shows = _shows(plan)
    looked = looked_up(plan, progress, ledger)
    sources = _sources(plan, progress, looked.sources)
    beside = told_beside(plan, progress)
    verdicts = [part.text for part in beside]
    found = _found(plan, progress, shows, responses)
    is_list_wanted = any(isinstance(step, Sort) for step in plan.steps)
    blocks = [
        *([found, *verdicts] if is_list_wanted else [*verdicts, found]),
        looked.text,
        _left_out(plan, progress),
        _refused(plan, progress),
        "\n".join(plan.not_understood),
        sources,
    ]
    reasons = [*progress.left_out.values(), *_reasons(progress), *plan.not_understood]
    reasons += [reason for part in beside for reason in part.reasons] + list(looked.reasons)
    return Draft(
        text="\n\n".join(block for block in blocks if block) or NOTHING,
        runs=frozenset([*responses, *looked.runs])
        | {run_id for part in beside for run_id in part.runs},
        reasons=tuple(dict.fromkeys(reasons)),
        names=tuple(
            dict.fromkeys(
                [
                    *_names(plan, shows, responses),
                    *(name for part in beside for name in part.names),
                    *looked.documents.values(),
                ]
            )
        ),
        sources=sources,
        documents=looked.documents,
        campaigns=frozenset(one for part in beside for one in part.campaigns),
    )


def with_sources(text: str, own: Draft) -> str:
    """Put the citations under a text that somebody else wrote."""
    return f"{text}\n\n{own.sources}" if own.sources else text


def _shows(plan: Plan) -> tuple[Shown, ...]:
    seen: dict[tuple[str, str], Shown] = {}
    for one in plan.shows:
        seen.setdefault((one.step, one.path), one)
    return tuple(seen.values())


def _found(
    plan: Plan, progress: Progress, shows: Sequence[Shown], responses: dict[str, Any]
) -> str:
    places = [i for i in progress.standing if any(_run(progress, one, i) for one in shows)]
    if not places or not shows:
        return "" if plan.steps else NOTHING
    if len(places) == 1:
        label = plan.subjects[places[0]].label
        told = [
            f"- {one.words}: {_cell(progress, one, places[0], responses)}"
            for one in shows
            if _run(progress, one, places[0])
        ]
        return "\n".join([f"**{label}**", *told])
    head = ["", *(one.words for one in shows)]
    rows = [
        [plan.subjects[i].label, *(_cell(progress, one, i, responses) for one in shows)]
        for i in places[:MAX_ROWS]
    ]
    return "\n".join([row(head), row(["---"] * len(head)), *map(row, rows)])


def _run(progress: Progress, shown: Shown, i: int) -> str | None:
    if i in progress.refused.get(shown.step, {}):
        return None
    return progress.runs.get(shown.step, {}).get(i)


def _cell(progress: Progress, shown: Shown, i: int, responses: dict[str, Any]) -> str:
    run_id = _run(progress, shown, i)
    if run_id is None:
        return "no answer"
    value = at_path(responses.get(run_id), shown.path)
    return cell(run_id, shown.path, value, shown.unit)


def _left_out(plan: Plan, progress: Progress) -> str:
    if not progress.left_out:
        return ""
    by_reason: dict[str, list[str]] = {}
    for i, why in progress.left_out.items():
        by_reason.setdefault(why, []).append(plan.subjects[i].label)
    return "\n".join(f"Left out, {why}: {', '.join(labels)}." for why, labels in by_reason.items())


def _refused(plan: Plan, progress: Progress) -> str:
    told: dict[tuple[str, str], None] = {}
    for refused in progress.refused.values():
        for i, why in refused.items():
            told[_called(plan, progress, i), why] = None
    return "\n".join(f"No answer for {label}: {why}." for label, why in told)


def _called(plan: Plan, progress: Progress, i: int) -> str:
    """Name a subject; one that a rule refused is not written out where its name is its notation."""
    subject = plan.subjects[i]
    is_written = subject.label == subject.value and subject.carrier != "text"
    if not is_written or not progress.is_blocked(i):
        return subject.label
    return "one of those asked about" if len(plan.subjects) > 1 else "what was asked about"


def _reasons(progress: Progress) -> list[str]:
    return [why for refused in progress.refused.values() for why in refused.values()]


def _sources(plan: Plan, progress: Progress, documents: Sequence[str]) -> str:
    """Cite every tool that answered, and every document that is quoted."""
    answered = [call.tool for call in plan.calls if progress.runs.get(call.id)]
    if not answered and not documents:
        return ""
    lines = [*documents]
    for name in dict.fromkeys(answered):
        card = registry.load(name).card
        notice = f" {card.notice}" if card.notice else ""
        cited = "; ".join(card.citations)
        lines.append(f"- {name}, version {card.version}: {cited}.{notice}")
    return "\n".join(["Sources:", *lines])


def _names(plan: Plan, shows: Sequence[Shown], responses: dict[str, Any]) -> list[str]:
    """List what may stand as a name: labels, paths, and values that are words."""
    found = [one.label for one in plan.subjects] + [one.words for one in shows]
    found += [one.path for one in shows]
    for call in plan.calls:
        card = registry.load(call.tool).card
        found += [call.tool, *card.citations, card.notice or ""]
    for response in responses.values():
        for one in shows:
            found += names_in(at_path(response, one.path))
    return found
