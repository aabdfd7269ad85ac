"""Free text about two images to slots of each, and which of them it calls the better one."""

import re
from typing import Literal

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.tools.medical.medq.findings import level
from heuresis.tools.medical.medq.reading import Slot, sentences, slots_in, worst
from heuresis.tools.medical.medq.wording import Better

Which = Literal["first", "second"]
_NOUN = r"(?:image|picture|scan|slice|one|photo(?:graph)?)"
_NAMES: dict[Which, re.Pattern[str]] = {
    "first": re.compile(rf"\b(?:first|1st|left)\b(?: {_NOUN})?|\b{_NOUN} (?:1|a|one)\b"),
    "second": re.compile(rf"\b(?:second|2nd|right)\b(?: {_NOUN})?|\b{_NOUN} (?:2|b|two)\b"),
}
_THAN = re.compile(r"\b(?:than|compared (?:to|with)|(?<=preferred )over)\b[^,;.]*")
_TIE = re.compile(
    r"\b(?:same|equal(?:ly)?|similar|comparable|identical|tie)\b|neither .*\bbetter|"
    r"no (?:clear )?difference"
)
_UP = re.compile(r"\b(?:better|superior|higher|best|preferable|preferred)\b")
_DOWN = re.compile(r"\b(?:worse|inferior|lower|poorer|worst)\b")
_LESS = re.compile(r"\b(?:less|fewer|weaker|reduced|lower)\b")
_CUT = re.compile(r"[;,]|\b(?:and|but|while|whereas|although|though|however)\b")


class PairReading(Frozen):
    """What a comparison says, as far as it was understood."""

    first: tuple[Slot, ...] = Field(description="Of the first image, in the order of kinds.")
    second: tuple[Slot, ...] = Field(description="Of the second image, in the order of kinds.")
    better: Better | None = Field(description="Of the last sentence; None where it names none.")
    n_sentences: int = Field(ge=0, description="Sentences of the text.")
    n_read: int = Field(ge=0, description="Sentences in which a slot or the verdict was found.")

    @property
    def coverage(self) -> float:
        """Share of sentences in which anything was found; 0 for an empty text."""
        return self.n_read / self.n_sentences if self.n_sentences else 0.0

    def worse_by_kind(self) -> dict[str, Which]:
        """Return, for each kind in which they differ, the image that shows more of it."""
        here = {slot.kind: level(slot.severity) for slot in self.first}
        there = {slot.kind: level(slot.severity) for slot in self.second}
        found: dict[str, Which] = {}
        for kind in [*here, *(kind for kind in there if kind not in here)]:
            difference = here.get(kind, 0) - there.get(kind, 0)
            if difference:
                found[kind] = "first" if difference > 0 else "second"
        return found


def read_pair(text: str) -> PairReading:
    """Read a comparison of two images."""
    said = sentences(text)
    better = better_in(said[-1]) if said else None
    found: dict[Which, list[Slot]] = {"first": [], "second": []}
    n_read = 0
    for sentence in said:
        slots = _slots_by_image(sentence)
        n_read += any(slots.values())
        for which, each in slots.items():
            found[which] += each
    if better is not None and not any(_slots_by_image(said[-1]).values()):
        n_read += 1
    return PairReading(
        first=worst(found["first"]),
        second=worst(found["second"]),
        better=better,
        n_sentences=len(said),
        n_read=n_read,
    )


def better_in(sentence: str) -> Better | None:
    """Return which image a last sentence calls the better one; None where it calls none."""
    subject = _THAN.sub(" ", sentence)
    named = [which for which, pattern in _NAMES.items() if pattern.search(subject)]
    is_up, is_down = bool(_UP.search(subject)), bool(_DOWN.search(subject))
    if (_TIE.search(subject) and not (is_up or is_down)) or "neither" in subject:
        return "tie"
    if len(named) == 1 and is_up != is_down:
        other: Which = "second" if named[0] == "first" else "first"
        return named[0] if is_up else other
    if len(named) == 1 and len(sentence.split()) <= 4 and not is_down:
        return named[0]  # "The first image."
    return None


def _slots_by_image(sentence: str) -> dict[Which, list[Slot]]:
    """Give each part of a sentence to the image it names; a part that names none goes on."""
    found: dict[Which, list[Slot]] = {"first": [], "second": []}
    both = re.search(r"\bboth\b|\bneither\b", sentence)
    if both and not any(pattern.search(sentence) for pattern in _NAMES.values()):
        slots = slots_in(sentence.replace("neither", "no"))
        return {"first": slots, "second": slots}
    for which, part in _parts(sentence):
        other: Which = "second" if which == "first" else "first"
        shows = _THAN.sub(" ", part)
        is_less = bool(_LESS.search(shows)) and shows != part
        for slot in slots_in(shows):
            found[other if is_less and slot.severity != "none" else which].append(slot)
    return found


def _parts(sentence: str) -> list[tuple[Which, str]]:
    """Cut a sentence where the image it speaks of changes."""
    starts = sorted(
        (match.start(), which)
        for which, pattern in _NAMES.items()
        for match in pattern.finditer(_THAN.sub(lambda m: " " * len(m[0]), sentence))
    )
    parts: list[tuple[Which, str]] = []
    for i, (start, which) in enumerate(starts):
        end = starts[i + 1][0] if i + 1 < len(starts) else len(sentence)
        parts.append((which, sentence[start if i else _head(sentence, start) : end]))
    return parts


def _head(sentence: str, start: int) -> int:
    """Let the first part reach back to where its clause begins ("severe noise in the first")."""
    cuts = [match.end() for match in _CUT.finditer(sentence, 0, start)]
    return cuts[-1] if cuts else 0
