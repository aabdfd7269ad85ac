"""From a draft to an answer: references filled, every other numeral judged, once, in one place."""

from dataclasses import dataclass, replace

from heuresis.agent.numbers.gate import gate
from heuresis.agent.numbers.passages import quotations_in
from heuresis.agent.numbers.renderer import Fill, Rendered, Sources, render
from heuresis.agent.numbers.verdict import Flag, Flaw, Mode, Verdict, judge, moved
from heuresis.memory.ledger import Ledger


@dataclass(frozen=True)
class Settled:
    """An answer as it may be shown, or the reason why it must be asked for again.

    Attributes:
        text: What to show; empty where the answer is refused.
        fills: Where numbers, runs and counts stand in `text`, to be linked.
        verdict: The gate's word; its places are those of the text before marks.
    """

    text: str
    fills: tuple[Fill, ...]
    verdict: Verdict


def settle(draft: str, ledger: Ledger, sources: Sources, mode: Mode = Mode.STRICT) -> Settled:
    """Fill a draft and judge it.

    Args:
        draft: What rules or a language model wrote, with references.
        ledger: Where the numbers are.
        sources: What this answer may use.
        mode: Strict refuses an answer with flags, lenient marks them in it.
    """
    rendered = render(draft, ledger, sources)
    verdict = check(rendered, sources, mode, ledger)
    if verdict.is_refused:
        return Settled("", (), verdict)
    flags = verdict.flags
    fills = tuple(
        replace(fill, start=moved(flags, fill.start), end=moved(flags, fill.end))
        for fill in rendered.fills
        if not any(flag.start < fill.end and fill.start < flag.end for flag in flags)
    )
    return Settled(verdict.shown, fills, verdict)


def check(
    rendered: Rendered, sources: Sources, mode: Mode = Mode.STRICT, ledger: Ledger | None = None
) -> Verdict:
    """Judge a rendered draft; what could not be filled is flagged too.

    Args:
        rendered: The draft, filled.
        sources: What this answer may use.
        mode: See `settle`.
        ledger: Where quotations that are written out are looked up; None: they may not be.
    """
    text = rendered.text
    taken = [*rendered.fills, *rendered.refusals]
    right, wrong = ([], []) if ledger is None else quotations_in(
        text, ledger, sources.documents, taken
    )  # fmt: skip
    places = sorted([*taken, *right, *wrong], key=lambda one: one.start)
    verdict = gate(text, mode=mode, said=sources.said, names=sources.names, filled=places)
    refused = [
        Flag(
            start=one.start,
            end=one.end,
            text=text[one.start : one.end],
            flaw=Flaw.REFUSED,
            reason=one.reason,
        )
        for one in rendered.refusals
    ]
    refused += [
        Flag(start=one.start, end=one.end, text=text[one.start : one.end], flaw=Flaw.MISQUOTED,
             reason=one.reason)
        for one in wrong
    ]  # fmt: skip
    if not refused:
        return verdict
    return judge(text, [*verdict.flags, *refused], list(verdict.excused), mode)
