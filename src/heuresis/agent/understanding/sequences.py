"""Biological sequences inside a text: long runs of capital letters of one alphabet."""

import re
from collections.abc import Iterator
from typing import Literal

SequenceKind = Literal["dna", "rna", "protein"]
_DNA, _RNA = frozenset("ACGTN"), frozenset("ACGUN")
_PROTEIN = frozenset("ACDEFGHIKLMNPQRSTVWYX")
_RUN = re.compile(r"(?<![A-Za-z])[A-Z]+(?![A-Za-z])")


def sequences_in(text: str, min_letters: int = 27) -> Iterator[tuple[int, int, SequenceKind]]:
    """Yield place and type of runs of capitals; those of no alphabet are left out."""
    for run in _RUN.finditer(text):
        if run.end() - run.start() >= min_letters:
            kind = sequence_kind(run[0])
            if kind is not None:
                yield run.start(), run.end(), kind


def sequence_kind(run: str) -> SequenceKind | None:
    """Type a run of capitals: DNA before RNA before protein."""
    letters = set(run)
    if letters <= _DNA:
        return "dna"
    if letters <= _RNA:
        return "rna"
    return "protein" if letters <= _PROTEIN else None


def sequence_form(text: str) -> str:
    """Return the letters in upper case, without white space."""
    return "".join(text.split()).upper()
