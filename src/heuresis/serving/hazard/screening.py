"""Screen molecules for hazards: text in, one verdict each, failing closed."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from heuresis.errors import PolicyError
from heuresis.serving.hazard.canonical import (
    Component,
    component_of,
    components_of,
    specified,
    subject_of,
)
from heuresis.serving.hazard.notation import readings
from heuresis.serving.hazard.rulebook import Rulebook, rulebook
from heuresis.serving.hazard.verdict import (
    CANNOT_RUN,
    CLEAR,
    GENERIC,
    UNREADABLE,
    Finding,
    worst,
)
from heuresis.serving.policy import SEVERITY, Verdict
from heuresis.tools.rdkit_log import silent_rdkit

N_REMEMBERED = 65_536
MAX_HEAVY_ATOMS = 1_000  # larger ones would hold up the server; polymers are no subject here
_UNSPECIFIED = Finding("review", GENERIC, "structure with unspecified atoms", "own rule")


def screen(smiles: Sequence[str]) -> list[Verdict]:
    """Return one verdict per text, in order.

    SMILES, InChI and SELFIES are read, and every component of a mixture is screened. A text that
    cannot be read is blocked; where the screen itself cannot run, everything is blocked.
    """
    try:
        rulebook()
    except (PolicyError, ImportError):
        return [cannot_run(text) for text in smiles]
    with silent_rdkit():  # a refusal is no warning, and logs must not hold the structure
        return [_guarded(text) for text in smiles]


def judge(text: str, book: Rulebook) -> Verdict:
    """Return the verdict on one text by the rules of a book, without remembering it.

    Raises:
        PolicyError: A library that the text needs is not installed.
    """
    try:
        verdicts = [_verdict(text, mol, book) for mol in readings(text)]
    except (ValueError, RuntimeError):  # rdkit's own, on structures it cannot work with
        verdicts = []
    return max(verdicts, key=lambda v: SEVERITY[v.level], default=unreadable(text))


def text_digest(text: str) -> str:
    """Return 'sha256:' and the hexadecimal digest of a text."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def unreadable(text: str) -> Verdict:
    """Refuse a text that means no molecule."""
    reason = "refused: the text could not be read as a molecule"
    return Verdict("blocked", UNREADABLE, reason, text_digest(text))


def cannot_run(text: str) -> Verdict:
    """Refuse a text because the screen is out of order."""
    reason = "refused: the hazard screen could not run; see the server's installation"
    return Verdict("blocked", CANNOT_RUN, reason, text_digest(str(text)))


@lru_cache(maxsize=N_REMEMBERED)
def _remembered(text: str) -> Verdict:
    return judge(text, rulebook())


def _guarded(text: str) -> Verdict:
    if not isinstance(text, str):
        return unreadable(repr(text))
    try:
        return _remembered(text)
    except (PolicyError, ImportError):
        return cannot_run(text)


def _verdict(text: str, mol: Any, book: Rulebook) -> Verdict:
    if mol.GetNumHeavyAtoms() > MAX_HEAVY_ATOMS:
        return unreadable(text)
    mol, is_generic = specified(mol)
    parts = components_of(mol)
    found = [finding for part in parts for finding in _findings(part, book)]
    whole = parts[0] if len(parts) == 1 else component_of(mol)
    rules = book.together_for(whole.atoms.profile)
    found += [finding for rule in rules if (finding := rule.finding_on(whole))]
    if is_generic:
        found.append(_UNSPECIFIED)
    first = worst(found)
    if first is None:
        return Verdict("ok", CLEAR, "", text_digest(text))
    return Verdict(first.level, first.rule_id, first.reason, subject_of(mol) or text_digest(text))


def _findings(part: Component, book: Rulebook) -> Iterator[Finding]:
    """Yield what speaks on one part; a listed medicine silences the rules that it names."""
    listing = book.listing(part)
    yield from listing.findings
    for rule in book.patterns_for(part.atoms.profile):
        finding = rule.finding_on(part)
        if finding is not None and finding.rule_id not in listing.relieves:
            yield finding
