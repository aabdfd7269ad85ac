"""Plans about pictures: filters and faults put on them in order, and two set side by side."""

import re
from collections.abc import Collection, Sequence
from itertools import groupby

from heuresis.agent.planning.catalogue import catalogue
from heuresis.agent.planning.drafting import Draft
from heuresis.agent.planning.plan import (
    Answered,
    Call,
    Carrier,
    Constant,
    Shown,
    Source,
    Subject,
)
from heuresis.agent.understanding.entities import Operation, Understanding

RESTORE, SPOIL, PAIR = "image.restore", "image.degrade", "medical.compare_quality"
QUALITY = "medical.quality"
PICTURES: tuple[Carrier, ...] = ("original", "image")
RECOVERY = "medical.recovery"
USUAL_FAULTS = ("noise", "blur")
_RECOVERY = re.compile(r"(?i)\b(?:recover\w*|gives?\s+back|brings?\s+back|clean)\b")
USUAL = "moderate"  # where no severity is stated
# Where two pictures came and something like this is said, they are set side by side.
_BETTER = re.compile(
    r"(?i)\b(?:better|worse|best|worst|\w+[^\W\d_]ier|sharper|clearer|cleaner|crisper|brighter|darker|smoother|"
    r"compar\w+|comparison|improv\w+|gain|help(?:ed|s)?|before\s+and\s+after|superior|inferior|prefer\w*|rather|"
    r"keep|keeper|pick|choos\w+|decid\w+|rank\w*|order|versus|vs|winner|wins?|beats?|outperform\w*|outdo\w*|which|difference|differ|"
    r"(?:more|less|most|least|fewer)\s+\w+|higher|lower|highest|lowest|retak\w+|retook|second\s+take|top|"
    r"between\s+(?:the|these|those|them|both)|against|as\s+good\s+as|equal(?:ly)?|same)\b"
)
_JUDGED = re.compile(
    r"(?i)\b(?:better|best|worse|worst|quality|sharp\w*|clear\w*|nois\w+|blur\w+|keep|prefer|usab\w+)\b"
)
_SET_BESIDE = re.compile(r"(?i)\b(?:compar\w+|before\s+and\s+after|original)\b")
_AFTER = re.compile(
    r"(?i)\b(?:compar\w+|before\s+and\s+after|than\s+(?:before|the\s+original)|help(?:ed|s)?|(?<!be\s)improv(?:ed|es|ement)|"
    r"(?:did|does|has|will|would|whether|if)\s+(?:it|that|this)\s+(?:help|improve|work|get|got|look|make)\w*|better|worse|"
    r"original|any\s+good|difference|pay\s+off|paid\s+off|worth\s+it)\b"
)


def add_operations(draft: Draft, message: Understanding) -> list[Shown]:
    """Put filters and faults on the picture, in order; later steps see the result."""
    came = next((one for one in PICTURES if one in draft.ready), None)
    if came is None or not message.operations:
        return []
    if came == "original" and draft.reach("image.read", "read what was given") is None:
        return []
    before = draft.ready[came]["image"]
    if _RECOVERY.search(message.text) and (shows := _recovered(draft, came, message)):
        return shows
    shows = []
    for does, group in groupby(message.operations, key=lambda one: one.does):
        parts = list(group)
        if does == "restore":
            chain = " > ".join(dict.fromkeys(one.what for one in parts))
            shows += _restored(draft, came, chain)
        else:
            for part in parts:
                shows += _spoilt(draft, came, part)
    after = draft.ready[came]["image"]
    is_restored = any(one.does == "restore" for one in message.operations)
    cue = _AFTER if is_restored else _SET_BESIDE
    if cue.search(message.text) and after != before:
        pair: dict[str, Source] = {"first": before, "second": after}
        step = draft.call(PAIR, pair, None, "compares the picture before and after")
        draft.at[PAIR] = step
        shows += [Shown(step=step, path=path, words=f"{path} (first: before)")
                  for path in ("better", "text")]  # fmt: skip
    return shows


def _recovered(draft: Draft, came: Carrier, message: Understanding) -> list[Shown]:
    """Judge a chain on a clean photograph that is spoilt on purpose."""
    chain = " > ".join(one.what for one in message.operations if one.does == "restore")
    if not chain:
        return []
    kinds = [one for one in message.operations if one.does == "spoil"]
    cases = [{"kind": one.what, "severity": one.severity or USUAL} for one in kinds]
    if not cases:
        cases = [{"kind": kind, "severity": USUAL} for kind in USUAL_FAULTS]
        draft.notes.append(
            f"No fault was named: the chain is judged on {USUAL} {' and '.join(USUAL_FAULTS)}."
        )
    fields: dict[str, Source] = {
        "clean": draft.ready[came]["image"],
        "chain": Constant(value=chain),
        "cases": Constant(value=cases),
    }
    over = came if len(draft.ready) > 1 else None
    step = draft.call(RECOVERY, fields, over, f"judges {chain}")
    draft.at[RECOVERY] = step
    return [
        Shown(step=step, path=path, words=path.replace("_", " "))
        for path in ("agreement_after", "gain", "worst_gain", "looks_better")
    ]


def _restored(draft: Draft, came: Carrier, chain: str) -> list[Shown]:
    fields: dict[str, Source] = {"chain": Constant(value=chain)}
    step = _changed(draft, came, RESTORE, fields, f"filters: {chain}")
    return [
        Shown(step=step, path="chain", words="filters"),
        Shown(step=step, path="image", words="filtered picture"),
        Shown(step=step, path="mean_change", words="mean change"),
    ]


def _spoilt(draft: Draft, came: Carrier, one: Operation) -> list[Shown]:
    severity = one.severity or USUAL
    if not one.severity:
        draft.notes.append(f"{one.text!r}: no severity was stated; {USUAL} is taken.")
    fields: dict[str, Source] = {
        "kind": Constant(value=one.what), "severity": Constant(value=severity),
    }  # fmt: skip
    step = _changed(draft, came, SPOIL, fields, f"puts on {severity} {one.what}")
    return [
        Shown(step=step, path="image", words="spoilt picture"),
        Shown(step=step, path="ssim", words="likeness to the original (SSIM)"),
    ]


def _changed(draft: Draft, came: Carrier, tool: str, fields: dict[str, Source], why: str) -> str:
    entry = catalogue()[tool]
    ready = draft.ready[came]
    over = came if len(draft.ready) > 1 else None
    step = draft.call(entry.name, {"image": ready["image"], **fields}, over, why)
    draft.at[tool] = step
    draft.ready[came] = {**ready, "image": Answered(step=step, path="image")}
    return step


def add_pair(
    draft: Draft, message: Understanding, subjects: Sequence[Subject], asked: Collection[str] = ()
) -> bool:
    """Set two pictures side by side where their quality is to be compared; say whether it is so.

    Args:
        draft: The plan so far.
        message: What was understood.
        subjects: In order.
        asked: Tools that the message asks of each picture.
    """
    places = [i for i, one in enumerate(subjects) if one.carrier in PICTURES]
    if len(places) != 2 or len(subjects) != 2 or not set(asked) <= {QUALITY, "image.modality"}:
        return False
    if not _BETTER.search(message.text) or message.operations:
        return False
    if "image.modality" in asked and not _JUDGED.search(message.text):
        return False  # 'which of them is the CT'
    came = subjects[places[0]].carrier
    if came == "original" and draft.reach("image.read", "read what was given") is None:
        return False
    ready = draft.ready[came]["image"]
    if not isinstance(ready, Answered):
        return False
    first, second = (ready.model_copy(update={"subject": i}) for i in places)
    name = draft.next_id()
    fields: dict[str, Source] = {"first": first, "second": second}
    draft.steps.append(
        Call(id=name, tool=PAIR, fields=fields, among=(places[0],), why="compares both pictures")
    )
    draft.at[PAIR] = name
    return True
