"""What steps beside calls came to, in words: comparisons, checks, claims and campaigns."""

from dataclasses import dataclass
from typing import Any

from heuresis.agent.assistant.rows import row
from heuresis.agent.assistant.steps import Progress
from heuresis.agent.numbers.references import write, write_derived
from heuresis.agent.planning.plan import Campaign, Check, Claim, Compare, Plan

COUNTED = ("rounds", "candidates", "stopped", "measured")
HIGHEST = {"descending": ("highest", "higher"), "ascending": ("lowest", "lower")}


@dataclass(frozen=True)
class Told:
    """A part of an answer.

    Attributes:
        text: Markdown with references.
        runs: Ids of the runs it rests on.
        reasons: Recorded sentences that it quotes.
        names: Names with digits that may stand in it.
        campaigns: Ids of campaigns whose candidates it counts.
    """

    text: str
    runs: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()


def told(plan: Plan, progress: Progress) -> list[Told]:
    """Tell what each finished step of these kinds came to, in the order of the plan."""
    parts = []
    for step in plan.steps:
        body = progress.told.get(step.id)
        if body is None:
            continue
        if isinstance(step, Compare):
            parts.append(_comparison(step, body, plan))
        elif isinstance(step, Check):
            parts.append(_check(step, body, plan))
        elif isinstance(step, Claim):
            parts.append(_claim(step, body, plan))
        elif isinstance(step, Campaign):
            parts.append(_campaign(step, body))
    return [part for part in parts if part.text]


def _comparison(step: Compare, body: dict[str, Any], plan: Plan) -> Told:
    labels = [one.label for one in plan.subjects]
    reasons = [*body["silent"].values()]
    why = body["silent"].get("why")
    if body["pair"] is None:
        text = f"{step.words} cannot be compared: {why}." if why else ""
        return Told(text, reasons=tuple(reasons), names=(step.words,))
    first, second = body["pair"]
    ends = [(run_id, step.path) for run_id in body["runs"]]
    number = write_derived(step.measure, ends[0], ends[1], unit=step.unit)
    sign = "\N{MINUS SIGN}" if step.measure == "diff" else "/"
    name = "Difference" if step.measure == "diff" else "Ratio"
    lines = [_order(step, body, labels)]
    lines.append(f"{name} in {step.words}, {labels[first]} {sign} {labels[second]}: {number}.")
    return Told(
        " ".join(line for line in lines if line),
        runs=tuple(body["runs"]),
        reasons=tuple(reasons),
        names=(step.words,),
    )


def _order(step: Compare, body: dict[str, Any], labels: list[str]) -> str:
    """Say in words who leads, or that it cannot be told."""
    first, second = (labels[i] for i in body["pair"])
    most, more = HIGHEST[step.direction]
    verdict = body["verdict"]
    if verdict == "open":
        return _undecided(step, body, labels)
    if verdict == "same":
        word = "No: " if step.is_question else ""
        return f"{word}{first} and {second} have the same {step.words}."
    if step.is_question:
        word = "Yes" if verdict == "leads" else "No"
        leader, other = (first, second) if verdict == "leads" else (second, first)
        return f"{word}: {leader} has the {more} {step.words}, {other} the other."
    leader = labels[body["order"][0]]
    if len(body["order"]) > len(body["pair"]):
        return f"The {most} {step.words}: {leader}; at the other end: {labels[body['order'][-1]]}."
    return f"The {more} {step.words}: {leader}."


def _undecided(step: Compare, body: dict[str, Any], labels: list[str]) -> str:
    """Name who has the larger value all the same, as people ask for one; then that it is open."""
    word = "Undecided: by" if step.is_question else "By"
    first, second = (labels[i] for i in sorted(body["pair"], key=body["order"].index))
    more = HIGHEST[step.direction][1]
    return (
        f"{word} value alone {first} has the {more} {step.words}, but {first} and {second} cannot "
        "be told apart: the difference lies within its uncertainty."
    )


def _check(step: Check, body: dict[str, Any], plan: Plan) -> Told:
    words = {"yes": "yes", "no": "no", "open": "undecided, the limit is within its uncertainty"}
    lines = []
    for i, said in body["said"].items():
        label, run_id = plan.subjects[int(i)].label, body["runs"][i]
        answer = words["yes" if said == "yes" else said]
        lines.append(f"- {label}, {step.words}: {answer} ({write(run_id, step.path)})")
    return Told(
        "\n".join(lines),
        runs=tuple(body["runs"].values()),
        reasons=tuple(body["silent"].values()),
        names=(step.words,),
    )


def _claim(step: Claim, body: dict[str, Any], plan: Plan) -> Told:
    if body["claim_id"] is None:
        text = f"Not stated as a claim, for want of evidence: {step.text} ({body['why']})."
        return Told(text, reasons=(step.text, body["why"]))
    undecided = body["status"] == "proposed"
    status = "undecided" if undecided else body["status"]
    lines = [f"Claim {body['claim_id']}, {status}: {step.text}"]
    if undecided:
        lines.append(f"- {body['reason']}")
    places = [step.subject] if step.other is None else [step.subject, step.other]
    stances = {(run_id, path): stance for run_id, path, stance in body["evidence"]}
    for i, run_id in zip(places, body["runs"], strict=True):
        stance = stances.get((run_id, step.path), "leaves it open")
        number = write(run_id, step.path)
        lines.append(
            f"- evidence: {step.words} of {plan.subjects[i].label}, {number}, "
            f"{write(run_id)}, {stance}"
        )
    if step.other is not None:
        ends = [(run_id, step.path) for run_id in body["runs"]]
        lines.append(f"- difference: {write_derived('diff', ends[0], ends[1])}")
    lines.append(f"- `heuresis claim show {body['claim_id']}` tells both sides of the evidence")
    return Told(
        "\n".join(lines),
        runs=tuple(body["runs"]),
        reasons=(step.text, body["reason"]),
        names=(step.words, step.path),
    )


def _campaign(step: Campaign, body: dict[str, Any]) -> Told:
    if body["campaign_id"] is None:
        return Told(f"The search was not begun: {body['why']}.", reasons=(body["why"],))
    campaign_id = body["campaign_id"]
    of = {name: "{{count:" + f"{campaign_id}.{name}" + "}}" for name in COUNTED}
    lines = [
        f"Campaign {campaign_id}. Rounds: {of['rounds']}; candidates: {of['candidates']}, of which "
        f"stopped by gates: {of['stopped']}, measured: {of['measured']}.",
        " ".join(part for part in (body["ended"], body["verdict"]) if part),
    ]
    names = list(dict.fromkeys(name for one in body["best"] for name in one["values"]))
    if body["best"]:
        heads = ["best first", *(name.replace("_", " ") for name in names), "against the start"]
        lines += ["", row(heads), row(["---"] * len(heads))]
    runs = []
    for one in body["best"]:
        cells = [write(*one["values"][name]) if name in one["values"] else "" for name in names]
        lines.append(row([one["label"], *cells, one["against_start"] or "no start"]))
        runs += [run_id for run_id, _ in one["values"].values()]
    lines += ["", f"The report: `heuresis campaign report {campaign_id}`."]
    quoted = [body["ended"], body["verdict"]]
    marks = [one["against_start"] for one in body["best"]]
    return Told(
        "\n".join(lines),
        runs=tuple(dict.fromkeys(runs)),
        reasons=tuple(dict.fromkeys([*quoted, *marks])),
        names=tuple(one["label"] for one in body["best"]) + tuple(names),
        campaigns=(campaign_id,),
    )
