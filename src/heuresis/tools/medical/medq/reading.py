"""Free text about an image's quality to slots: kind and severity, what is denied, the verdict.

A synonym table, denial within four words before a kind (or right after it: "noise is not visible"),
and the verdict from the last sentence alone. How much of a text was understood is stated with it:
`coverage` is the share of sentences in which anything was found.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.tools.medical.medq.findings import KINDS, Finding, Severity, level
from heuresis.tools.medical.medq.synonyms import (
    ALL_KINDS,
    DENIAL,
    PRAISE,
    SEVERITY,
    UNSAID,
    WORDS,
    compiled,
)
from heuresis.tools.medical.medq.tiers import MAX_MILD, Tier
from heuresis.tools.medical.medq.verdict_reading import verdict_in

GENERIC = "artefact"  # says that something is there, not what
REACH = 4  # words before a kind in which a denial counts
NEAR = 3  # words between a severity and its kind
_WORDS, _PRAISE = compiled(WORDS), compiled(PRAISE)
_TURN = re.compile(r"[;:]|\b(?:but|while|whereas|although|though|however|yet|except)\b")
_LIST = re.compile(r"^(?:\s|,|/|&|and|or|nor|as well as|also|visible|any)*$")
_SEVERE = {name: re.compile(rf"\b(?:{words})\b") for name, words in SEVERITY.items()}
_DENIAL = re.compile(rf"(?<![\w'])(?:{DENIAL})(?![\w'])")
_AFTER = re.compile(r"^\W*(?:\w+ly )?(?:is|are|was|were|appears?|looks?|seems?|remains?)\b(.*)")
_FREE = re.compile(r"^[ -]free\b(?! of| from)")


class Slot(Frozen):
    """One thing said of an image: a kind, of the tools' or beyond, and how severe it is."""

    kind: str = Field(description="Kind of degradation.")
    severity: Severity = Field(description="'none' where it is denied.")


class Reading(Frozen):
    """What a text says, as far as it was understood."""

    slots: tuple[Slot, ...] = Field(description="In the order of kinds; denied ones as 'none'.")
    verdict: Tier | None = Field(description="Of the last sentence; None where it gives none.")
    n_sentences: int = Field(ge=0, description="Sentences of the text.")
    n_read: int = Field(ge=0, description="Sentences in which a slot or the verdict was found.")

    @property
    def coverage(self) -> float:
        """Share of sentences in which anything was found; 0 for an empty text."""
        return self.n_read / self.n_sentences if self.n_sentences else 0.0

    @property
    def present(self) -> tuple[Slot, ...]:
        """The slots above none."""
        return tuple(slot for slot in self.slots if slot.severity != "none")

    def findings(self) -> tuple[Finding, ...]:
        """Return what is present among the kinds that the tools know."""
        return tuple(
            Finding.model_validate(slot.model_dump()) for slot in self.present if slot.kind in KINDS
        )


@dataclass(frozen=True)
class _Mention:
    start: int
    end: int
    kind: str
    is_praise: bool


def read(text: str) -> Reading:
    """Read a description of one image."""
    said = sentences(text)
    found = [slots_in(sentence) for sentence in said]
    verdict = verdict_in(said[-1]) if said else None
    n_read = sum(bool(slots) for slots in found)
    if verdict is not None and not found[-1]:
        n_read += 1
    return Reading(
        slots=worst(slot for slots in found for slot in slots),
        verdict=verdict,
        n_sentences=len(said),
        n_read=n_read,
    )


def sentences(text: str) -> list[str]:
    """Split into lower-case sentences, without marks of emphasis; list items are sentences."""
    plain = re.sub(r"[*_`#>\[\]\"\u201c\u201d]+", " ", text.replace("\u2019", "'"))
    parts = re.split(r"(?<=[.!?])\s+|\n+", plain)
    trimmed = (re.sub(r"\s+", " ", part).strip(" -•\t").lower() for part in parts)
    return [part for part in trimmed if re.search(r"[a-z]", part)]


def slots_in(sentence: str) -> list[Slot]:
    """Read the kinds of one lower-case sentence, each with its severity or 'none'."""
    found: list[Slot] = []
    for clause in _TURN.split(sentence):
        earlier: tuple[_Mention, Severity] | None = None
        mentions = _mentions(clause)
        for i, mention in enumerate(mentions):
            until = mentions[i + 1].start if i + 1 < len(mentions) else len(clause)
            severity = _severity(clause, mention, until, earlier)
            found.append(Slot(kind=mention.kind, severity=severity))
            earlier = (mention, severity)
    return found


def worst(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Keep the worst of each kind, in the order of kinds."""
    kept: dict[str, Slot] = {}
    for slot in slots:
        before = kept.get(slot.kind)
        if before is None or level(slot.severity) > level(before.severity):
            kept[slot.kind] = slot
    return tuple(kept[kind] for kind in ALL_KINDS if kind in kept)


def specific(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Leave out "artefacts" and "degradation" where something more exact is said to be there."""
    given = tuple(slots)
    if any(slot.severity != "none" and slot.kind != GENERIC for slot in given):
        return tuple(slot for slot in given if slot.kind != GENERIC)
    return given


def implied_tier(slots: Iterable[Slot]) -> Tier:
    """Return the verdict that slots imply: the rule of `tiers`, for all kinds readers name."""
    shown = [level(slot.severity) for slot in specific(slots) if slot.severity != "none"]
    if not shown:
        return "good"
    return "reject" if max(shown) > 1 or len(shown) > MAX_MILD else "usable"


def _mentions(clause: str) -> list[_Mention]:
    """Find kinds from left to right; where two overlap the longer one stays."""
    found = [
        _Mention(match.start(), match.end(), kind, is_praise)
        for is_praise, table in ((False, _WORDS), (True, _PRAISE))
        for kind, pattern in table.items()
        for match in pattern.finditer(clause)
    ]
    kept: list[_Mention] = []
    for one in sorted(found, key=lambda m: (-(m.end - m.start), m.start)):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda m: m.start)


def _severity(
    clause: str, mention: _Mention, until: int, earlier: tuple[_Mention, Severity] | None
) -> Severity:
    """Say how severe a mention is; in a list it inherits from the one before."""
    since = earlier[0].end if earlier else 0
    before, after = clause[since : mention.start], clause[mention.end : until]
    is_listed = earlier is not None and bool(_LIST.match(before))
    is_denied = _is_denied(before, after)
    said = _stated(before, after)
    if earlier is not None and is_listed and not is_denied and said is None:
        is_absent = earlier[1] == "none" and not earlier[0].is_praise
        is_denied, said = is_absent, None if is_absent else earlier[1]
    if mention.is_praise:
        is_denied = not is_denied
    if is_denied:
        return "none"
    return said if said not in (None, "none") else UNSAID


def _is_denied(before: str, after: str) -> bool:
    if _FREE.match(after):
        return True
    near = " ".join(before.split()[-REACH:])
    n_denials = len(_DENIAL.findall(near))
    said = _AFTER.match(after)
    if said is not None:
        n_denials += len(_DENIAL.findall(" ".join(said[1].split()[:NEAR])))
    return n_denials % 2 == 1  # "not free of noise" is noisy


def _stated(before: str, after: str) -> Severity | None:
    """Return the severity said right after ("blur is mild") or just before ("mild blur")."""
    said = _AFTER.match(after)
    if said is not None and (found := _in_words(said[1].split()[:NEAR])) is not None:
        return found
    return _in_words(before.split()[-NEAR:])


def _in_words(words: Sequence[str]) -> Severity | None:
    """Return the last severity named in some words."""
    text = " ".join(words)
    places = {match.start(): name for name, how in _SEVERE.items() for match in how.finditer(text)}
    return places[max(places)] if places else None
