"""Judge a request that can be answered: what is missing or wrong, or nothing."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from heuresis.evals.assistant.looking import (
    citing,
    has_run,
    is_sorted,
    orders,
    shows,
    spread,
    values,
)
from heuresis.evals.assistant.properties import says, tools_for
from heuresis.evals.assistant.subjects import is_about, skeleton
from heuresis.evals.assistant.told import Told
from heuresis.evals.assistant.wanted import (
    Answer,
    Best,
    Cited,
    Claimed,
    Difference,
    Kept,
    Ordered,
    Ran,
    Searched,
)

ENOUGH_STDS = 1.645  # below, the ledger leaves a claim open
GOALS = {"highest": "maximise", "lowest": "minimise"}


def judge_answer(want: Answer, told: Told) -> Iterator[str]:
    """Yield what is wrong with an answer."""
    if told.ending == "waiting":
        yield "it waits for an approval"
    for ran in want.runs:
        if not has_run(ran, told):
            yield f"no answer of {' or '.join(ran.tools)} about {ran.of} with {ran.arguments}"
    yield from _judge_text(want, told)
    for part, judge in _JUDGES.items():
        if (wanted := getattr(want, part)) is not None:
            yield from judge(wanted, told)


def _judge_text(want: Answer, told: Told) -> Iterator[str]:
    for cited in want.cites:
        yield from _judge_cited(cited, told, recalls=want.recalls)
    for shown in want.shows:
        if not shows(shown, told):
            yield f"the {shown.what} of {shown.of} is not in the text"
    for spared in want.spares:
        if citing(spared, told):
            yield f"the {spared.what} of {spared.of} is told, and was not asked for"
    if any(secret.lower() in told.text.lower() for secret in want.secrets):
        yield "the answer holds what it must not"


def _judge_cited(want: Cited, told: Told, *, recalls: bool = False) -> Iterator[str]:
    found = citing(want, told)
    unit = f" in {want.unit}" if want.unit else ""
    if not found:
        yield f"no reference to the {want.what} of {want.of}{unit}"
    elif recalls and not any(one.run_id in told.earlier for one in found):
        yield f"the {want.what} of {want.of} is not that of the earlier run"


def _judge_best(want: Best, told: Told) -> Iterator[str]:
    sign = -1 if want.direction == "highest" else 1
    known = False
    for numbers in values(want.of, want.what, told):
        known = True
        top = min(sign * number for number in numbers.values())
        winners = {one for one, number in numbers.items() if sign * number <= top + 1e-9}
        if any(order and order[0] in winners for order in orders(want.of, told)):
            then = [Cited(of=one, what=want.then) for one in winners if want.then]
            if then and not any(citing(one, told) for one in then):
                yield f"no reference to the {want.then} of the {want.direction}"
            return
    yield (
        f"the {want.direction} {want.what} is not named first"
        if known
        else f"the {want.what} of {want.of} was not computed for all"
    )


def _judge_order(want: Ordered, told: Told) -> Iterator[str]:
    known = False
    for numbers in values(want.of, want.what, told):
        known = True
        falling = want.direction == "highest"
        ideal = sorted(numbers.values(), reverse=falling)[: want.n]
        for order in orders(want.of, told):
            got = [numbers[one] for one in order[: want.n]]
            if len(got) == len(ideal) and all(
                abs(a - b) < 1e-9 for a, b in zip(got, ideal, strict=True)
            ):
                return
    yield (
        f"not in order of {want.what}, {want.direction} first"
        if known
        else f"the {want.what} of {want.of} was not computed for all"
    )


def _judge_kept(want: Kept, told: Told) -> Iterator[str]:
    numbers = next(values(want.of, want.what, told), None)
    if numbers is None:
        yield f"the {want.what} of {want.of} was not computed for all"
        return
    kept = [one for one in want.of if _passes(numbers[one], want)]
    for one in want.of:
        is_told = bool(citing(Cited(of=one, what=want.then), told))
        if is_told != (one in kept):
            yield f"{one}: {'told though dropped' if is_told else f'kept, but no {want.then}'}"
    if want.sorted or want.last_tool:
        yield from _judge_kept_order(want, kept, told)


def _passes(number: float, want: Kept) -> bool:
    return number >= want.above if want.above is not None else number <= float(want.below or 0)


def _judge_kept_order(want: Kept, kept: list[str], told: Told) -> Iterator[str]:
    then = next(values(kept, want.then, told), None)
    if then is None:
        yield f"the {want.then} of those kept was not computed for all"
        return
    direction = want.sorted or "highest"
    ways = [[then[one] for one in order if one in then] for order in orders(kept, told)]
    if want.sorted and not any(len(w) == len(kept) and is_sorted(w, direction) for w in ways):
        yield f"those kept are not in order of {want.then}"
    first = sorted(kept, key=lambda one: then[one], reverse=direction == "highest")[:1]
    if want.last_tool and not has_run(Ran(tool=want.last_tool, of=tuple(first)), told):
        yield f"no answer of {want.last_tool} about the first"


def _judge_difference(want: Difference, told: Told) -> Iterator[str]:
    for fill in told.fills:
        places = [(told.run(run_id), path) for run_id, path in fill.places]
        pair = [run for run, path in places if run and says(want.what, run.tool, path)]
        if fill.kind != "derived" or len(pair) != 2:
            continue
        if any(
            is_about(pair[0], (a,), told) and is_about(pair[1], (b,), told)
            for a, b in (want.of, want.of[::-1])
        ):
            return
    yield f"no number derived from the {want.what} of both"


def _judge_claim(want: Claimed, told: Told) -> Iterator[str]:
    numbers = next(values(want.of, want.what, told), None)
    if numbers is None:
        yield f"the {want.what} of {want.of} was not computed for all"
        return
    limit = numbers[want.of[1]] if len(want.of) > 1 else float(want.value or 0)
    apart = numbers[want.of[0]] - limit
    allowed = {"supported" if (apart > 0) == (want.relation == "above") else "refuted"}
    if abs(apart) < ENOUGH_STDS * spread(want.of, want.what, told):
        allowed.add("proposed")  # the numbers lie within their uncertainty of each other
    about = [one for one in told.claims if _rests_on(one, want, told)]
    if not about:
        yield f"no claim that rests on the {want.what} of {want.of}"
    elif all(one["status"] not in allowed for one in about):
        yield f"the claim is {about[0]['status']}; the runs say: {' or '.join(sorted(allowed))}"


def _rests_on(claim: dict[str, Any], want: Claimed, told: Told) -> bool:
    """Whether a run about a subject is its evidence, or is what its test asks for."""
    cited = {row["run_id"] for row in claim["evidence"]}
    test = json.loads(claim.get("test") or "{}")
    asked = [test.get("request"), test.get("other_request")]
    runs = [
        run
        for run in told.runs
        if run.tool in tools_for(want.what) and (run.id in cited or _holds(run.request, asked))
    ]
    return any(is_about(run, (one,), told) for run in runs for one in want.of)


def _holds(request: dict[str, Any], asked: list[Any]) -> bool:
    return any(one and all(request.get(key) == one[key] for key in one) for one in asked)


def _judge_campaign(want: Searched, told: Told) -> Iterator[str]:
    for one in told.campaigns:
        spec = one["spec"]
        starts = {skeleton(text) for text in spec.get("space", {}).get("start", ())}
        aims = [
            goal
            for goal in spec.get("objectives", ())
            if says(want.what, goal.get("tool", ""), goal.get("path", ""))
            and goal.get("direction") == GOALS[want.direction]
        ]
        if aims and skeleton(want.start) in starts:
            if one["status"] != "done":
                yield f"the campaign is {one['status']}"
            elif not any(fill.kind in ("number", "derived") for fill in told.fills):
                yield "the answer tells no number of the campaign"
            return
    yield f"no campaign for {want.direction} {want.what} from {want.start}"


_JUDGES: dict[str, Callable[[Any, Told], Iterator[str]]] = {
    "best": _judge_best,
    "order": _judge_order,
    "kept": _judge_kept,
    "difference": _judge_difference,
    "claim": _judge_claim,
    "campaign": _judge_campaign,
}
