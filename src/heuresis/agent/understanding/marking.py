"""Scientific strings in tags, as an index or a language model gets a text; and the text again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from heuresis.agent.understanding.spans import ALL, MAX_BYTES, Detector, SpanKind, segment

NAMES: dict[SpanKind, str] = {
    "smiles": "SMILES",
    "selfies": "SELFIES",
    "iupac": "IUPAC",
    "formula": "MOLFORMULA",
    "dna": "dna",
    "rna": "rna",
    "protein": "protein",
    "sirna": "sirna",
    "material": "material",
}
_TAG = re.compile(rf"</?(?:{'|'.join(NAMES.values())})>")
CUT = MAX_BYTES // 4  # characters segmented at once: four bytes each at most


@dataclass(frozen=True)
class Marked:
    """A text with tags that were put in.

    Attributes:
        text: With tags; those that it had itself are as they were.
        inserted: Where the tags that were put in stand in it, half-open, in order.
    """

    text: str
    inserted: tuple[tuple[int, int], ...]

    @property
    def plain(self) -> str:
        """The text as it was, character by character."""
        parts, at = [], 0
        for start, end in self.inserted:
            parts.append(self.text[at:start])
            at = end
        return "".join([*parts, self.text[at:]])


def mark(text: str, detectors: Sequence[Detector] = ALL) -> Marked:
    """Put every scientific string that is found, and has no tag of its own, into tags.

    Source: the switch between tokenizers of arXiv:2508.15763, here with its own tags.
    """
    parts: list[str] = []
    inserted: list[tuple[int, int]] = []
    length = 0
    for piece in pieces(text):
        at = 0
        for span in segment(piece, detectors).spans:
            if span.is_tagged:
                continue
            name = NAMES[span.kind]
            for part, is_tag in (
                (piece[at : span.start], False),
                (f"<{name}>", True),
                (piece[span.start : span.end], False),
                (f"</{name}>", True),
            ):
                parts.append(part)
                if is_tag:
                    inserted.append((length, length + len(part)))
                length += len(part)
            at = span.end
        parts.append(piece[at:])
        length += len(piece) - at
    return Marked("".join(parts), tuple(inserted))


def unmarked(text: str) -> str:
    """Take the tags out of a string that a model was shown with them."""
    return _TAG.sub("", text)


def pieces(text: str) -> list[str]:
    """Cut a text at white space, where it is too long to be segmented at once."""
    cut: list[str] = []
    while len(text) > CUT:
        at = max(text.rfind(" ", 0, CUT), text.rfind("\n", 0, CUT))
        at = at + 1 if at > 0 else CUT
        cut.append(text[:at])
        text = text[at:]
    return [*cut, text]
