"""Screen names: those the rules list, and those OPSIN can read as a structure."""

import re
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from heuresis.errors import PolicyError
from heuresis.serving.hazard.rules import ExactRule, load_rules
from heuresis.serving.hazard.screening import cannot_run, screen, text_digest, unreadable
from heuresis.serving.policy import Verdict


def screen_names(names: Sequence[str]) -> list[Verdict]:
    """Return one verdict per name, in order; a name that nothing can read is blocked.

    Give all names at once: OPSIN starts a Java machine for each call.
    """
    try:
        listed = [_listed_names().get(_folded(name), "") for name in names]
        unknown = [name for name, smiles in zip(names, listed, strict=True) if not smiles]
        read = dict(zip(unknown, _read_by_opsin(unknown), strict=True))
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
def _listed_names() -> dict[str, str]:
    rules = [rule for rule in load_rules() if isinstance(rule, ExactRule)]
    return {_folded(m.name): m.smiles for rule in rules for m in rule.members}


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name.casefold())


def _read_by_opsin(names: list[str]) -> list[str]:
    """Return a SMILES for each name, empty where it is not read.

    Raises:
        PolicyError: OPSIN or its Java is not installed, or it did not answer.
    """
    if not names:
        return []
    try:
        from py2opsin import py2opsin
    except ImportError as error:
        raise PolicyError("names: got no py2opsin, install heuresis[molecules]") from error
    if shutil.which("java") is None:
        raise PolicyError("names: got no Java on PATH, install a Java runtime")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one for every name that it cannot read
        answers = py2opsin([" ".join(name.split()) or "-" for name in names])
    if not isinstance(answers, list) or len(answers) != len(names):
        raise PolicyError("names: got no answer from OPSIN for each name")
    return [str(answer or "") for answer in answers]
