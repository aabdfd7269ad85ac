"""SMILES inside a text: long runs of their letters and signs that make a molecule."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec

from heuresis.errors import RequestError

MIN_LETTERS = 5
_ATOM = r"\[[^\[\]\s]{1,40}\]|Cl|Br|[BCNOPSFI]|[bcnops]"
_UNIT = rf"(?:{_ATOM}|%\d\d|\d|[-=#$:/\\.~()])"
_UNITS = re.compile(_UNIT)
_RUN = re.compile(rf"{_UNIT}+")
_TWO_BONDS = re.compile(r"[-=#$:][-=#$:]")
_RING = re.compile(r"%\d\d|\d")
_BRACKET = re.compile(r"\[[^\]]*\]")


def smiles_runs(text: str, min_units: int = 10) -> Iterator[tuple[int, int]]:
    """Yield the places of SMILES of at least so many units, from left to right."""
    for run in _RUN.finditer(text):
        if run.end() - run.start() < min_units:
            continue
        place = _trimmed(text, *run.span())
        if place is None or not _stands_alone(text, *place):
            continue
        part = text[slice(*place)]
        if _is_long(part, min_units) and smiles_form(part) is not None:
            yield place


@lru_cache(maxsize=20_000)
def smiles_form(text: str) -> str | None:
    """Return the canonical form of SMILES, or None; without RDKit, the text if rules allow it."""
    if find_spec("rdkit") is None:
        return text if obeys_rules(text) else None
    from heuresis.tools.molecule.structure import canonical_smiles

    try:
        return str(canonical_smiles(text))
    except RequestError:
        return None


def obeys_rules(text: str) -> bool:
    """Check SMILES by rules: brackets balanced, rings closed, no two bonds in a row.

    Text all in lower case needs two digits, so that words do not pass.
    """
    outside = _BRACKET.sub("", text)
    rings = _RING.findall(outside)
    is_word = text.islower() and sum(c.isdigit() for c in text) < 2
    is_closed = all(rings.count(ring) % 2 == 0 for ring in set(rings))
    is_spelled = "".join(_UNITS.findall(text)) == text
    return is_spelled and is_closed and not is_word and _is_balanced(outside) and not (
        _TWO_BONDS.search(outside)
    )  # fmt: skip


def n_units(text: str) -> int:
    """Count atoms, bonds, ring digits and parentheses."""
    return len(_UNITS.findall(text))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Cut signs that belong to the sentence: ends of it, and parentheses around."""
    while start < end and text[start] in ":.=)-#":
        start += 1
    while start < end and (text[end - 1] in ":.=(-#/\\" or _has_odd_end(text[start:end])):
        end -= 1
    while start < end and text[start] == "(":
        end -= text[end - 1] == ")" and _is_balanced(text[start:end])
        start += 1
    return (start, end) if start < end else None


def _has_odd_end(part: str) -> bool:
    return part.endswith(")") and part.count(")") > part.count("(")


def _is_long(part: str, min_units: int) -> bool:
    letters = sum(c.isalpha() for c in part)
    return letters >= MIN_LETTERS and n_units(part) >= min_units


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no letter touches it; digits of a word would be read as rings."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return not (before.isalpha() or after.isalpha() or before in ("_", "@") or after in ("_", "@"))


def _is_balanced(part: str) -> bool:
    depth = 0
    for sign in part:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0
