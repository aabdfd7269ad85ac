"""Screen names: those the rules list, and those OPSIN can read as a structure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from heuresis.errors import PolicyError, ServiceError
from heuresis.serving.hazard.rules import ExactRule, load_rules
from heuresis.serving.hazard.screening import cannot_run, screen, text_digest, unreadable
from heuresis.serving.policy import Verdict
from heuresis.tools.molecule.opsin import smiles_of_names


def screen_names(names: Sequence[str]) -> list[Verdict]:
    """Return one verdict per name, in order; a name that nothing can read is blocked.

    Give all names at once: OPSIN starts a Java machine for each call.
    """
    try:
        listed = [_by_folded_name().get(_folded(name), "") for name in names]
        unknown = [name for name, smiles in zip(names, listed, strict=True) if not smiles]
        read = _read_by_opsin(unknown)
    except PolicyError:
        return [cannot_run(name) for name in names]
    texts = [smiles or read[name] for name, smiles in zip(names, listed, strict=True)]
    verdicts = zip(names, texts, screen(texts), strict=True)
    return [_about(name, text, verdict) for name, text, verdict in verdicts]


def _about(name: str, text: str, verdict: Verdict) -> Verdict:
    """Let a verdict speak about the name, where it has no InChIKey to speak about."""
    if not text:
        return unreadable(name)
    is_text = verdict.subject.startswith("sha256:")
    return replace(verdict, subject=text_digest(name)) if is_text else verdict


@cache
def listed_names() -> dict[str, str]:
    """Return the SMILES of every compound that the rules name, by its name.

    Raises:
        PolicyError: The rules cannot be read.
    """
    rules = [rule for rule in load_rules() if isinstance(rule, ExactRule)]
    return {m.name: m.smiles for rule in rules for m in rule.members}


@cache
def _by_folded_name() -> dict[str, str]:
    return {_folded(name): smiles for name, smiles in listed_names().items()}


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name.casefold())


def _read_by_opsin(names: list[str]) -> dict[str, str]:
    """Return a SMILES for each name, empty where it is not read.

    Raises:
        PolicyError: OPSIN or its Java is not installed, or it did not answer.
    """
    lines = {name: " ".join(name.split()) for name in names}
    try:
        read = smiles_of_names(line for line in lines.values() if line)
    except ServiceError as error:
        raise PolicyError(str(error)) from error
    return {name: read.get(line) or "" for name, line in lines.items()}
