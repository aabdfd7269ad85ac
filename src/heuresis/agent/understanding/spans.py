"""Scientific strings inside a text: tagged or detected spans, each with a canonical form and hash.

Source: the span segmenter described for Intern-S1's tokenizer, arXiv:2508.15763; ours are offsets.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from heuresis.agent.understanding.formulas import formulas_in, hill
from heuresis.agent.understanding.sequences import sequence_form, sequences_in
from heuresis.agent.understanding.smiles_runs import smiles_form, smiles_runs
from heuresis.agent.understanding.tags import TagName, read_tags
from heuresis.contract import Frozen, digest_of
from heuresis.errors import RequestError

MAX_BYTES = 1_000_000
Detector = Literal["tag", "smiles", "fasta", "formula"]
ALL: tuple[Detector, ...] = ("tag", "smiles", "fasta", "formula")
SpanKind = Literal[
    "smiles", "selfies", "iupac", "formula", "dna", "rna", "protein", "sirna", "material"
]


class Span(Frozen):
    """A stretch of text that is one scientific string."""

    start: int = Field(ge=0, description="First character.")
    end: int = Field(ge=0, description="One after the last character.")
    kind: SpanKind = Field(description="What it is.")
    is_tagged: bool = Field(description="True where a tag says so, False where it was detected.")
    canonical: str = Field(description="Canonical form; the text itself where it is not readable.")
    digest: str = Field(description="SHA-256 of the canonical form.")


class Segments(Frozen):
    """The spans of a text."""

    spans: tuple[Span, ...] = Field(description="In order, not overlapping.")
    marks: tuple[tuple[int, int], ...] = Field(description="Where the tags themselves stand.")
    warnings: tuple[str, ...] = Field(description="Tags that were read as plain text, and why.")


def segment(
    text: str,
    detectors: Sequence[Detector] = ALL,
    *,
    min_smiles_units: int = 10,
    min_sequence: int = 27,
) -> Segments:
    """Find the scientific strings of a text.

    Args:
        text: Up to 1 MB of UTF-8.
        detectors: Which ones to use.
        min_smiles_units: Shortest SMILES, in atoms, bonds, digits and parentheses.
        min_sequence: Shortest sequence, in letters.

    Raises:
        RequestError: The text is too long.
    """
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise RequestError(f"text: got {len(text)} characters, allowed {MAX_BYTES} bytes of UTF-8")
    read = read_tags(text) if "tag" in detectors else read_tags("")
    found = [_span(text, tag.start, tag.end, _kind(tag.name), is_tagged=True)
             for tag in read.tags]  # fmt: skip
    if "smiles" in detectors:
        found += [_span(text, *place, "smiles") for place in smiles_runs(text, min_smiles_units)]
    if "fasta" in detectors:
        for start, end, kind in sequences_in(text, min_sequence):
            found.append(_span(text, start, end, kind))
    if "formula" in detectors:
        found += [_span(text, *place, "formula") for place in formulas_in(text)]
    spans = without_overlap([span for span in found if not _touches(span, read.marks)])
    return Segments(spans=tuple(spans), marks=read.marks, warnings=read.warnings)


def without_overlap(spans: Sequence[Span]) -> list[Span]:
    """Let a tag beat a detection, a longer span a shorter one, an earlier one a later one."""
    ranked = sorted(spans, key=lambda s: (not s.is_tagged, s.start - s.end, s.start))
    kept: list[Span] = []
    taken: set[int] = set()
    for span in ranked:
        if span.start not in taken and span.end - 1 not in taken:
            kept.append(span)
            taken.update(range(span.start, span.end))
    return sorted(kept, key=lambda s: s.start)


def canonical(kind: SpanKind, text: str) -> str:
    """Return RDKit's SMILES, the Hill formula, an upper-case sequence, or the text, trimmed.

    A second pass changes nothing.
    """
    plain = text.strip()
    if kind == "smiles":
        return smiles_form(plain) or plain
    if kind == "formula":
        return hill(plain) or plain
    return sequence_form(plain) if kind in ("dna", "rna", "protein", "sirna") else plain


def _kind(tag: TagName) -> SpanKind:
    return "formula" if tag == "molformula" else tag


def _span(text: str, start: int, end: int, kind: SpanKind, *, is_tagged: bool = False) -> Span:
    form = canonical(kind, text[start:end])
    return Span(
        start=start,
        end=end,
        kind=kind,
        is_tagged=is_tagged,
        canonical=form,
        digest=digest_of(form.encode(errors="replace")),
    )


def _touches(span: Span, marks: Sequence[tuple[int, int]]) -> bool:
    """Whether a detection reaches into a tag's own letters."""
    return not span.is_tagged and any(a < span.end and span.start < b for a, b in marks)
