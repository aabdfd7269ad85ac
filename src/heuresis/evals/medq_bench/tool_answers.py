"""Multiple choice answered from slots: how a tool that gives findings takes part in perception.

A fixed rule, no model: a question is matched to kinds by the synonym table, an option to a kind, a
severity, a verdict, or yes and no. Where nothing matches there is no answer, and none is guessed.
"""

import re
from collections.abc import Mapping

from heuresis.evals.medq_bench.dataset import Question
from heuresis.tools.medical.medq.reading import GENERIC, slots_in
from heuresis.tools.medical.medq.tiers import TIERS, Tier

STEPS = (
    (0, r"no|none|absent|not (?:visible|present)|negligible|clear|clean"),
    (1, r"mild(?:ly)?|slight(?:ly)?|minor|low|light|moderate(?:ly)?"),
    (2, r"severe(?:ly)?|strong(?:ly)?|heavy|heavily|high|marked(?:ly)?|significant(?:ly)?"),
)
Levels = Mapping[str, int]  # kind to 0, 1 or 2; absent kinds are 0


def letter(question: Question, levels: Levels, verdict: Tier | None) -> str:
    """Return the letter that findings give, or '' where they give none."""
    options = {key: text.lower().strip(" .") for key, text in question.options.items()}
    asked = _asked(question.question.lower())
    if set(options.values()) <= {"yes", "no"}:
        return _yes_or_no(options, asked, levels)
    for found in (
        _by_kind(options, levels),
        _by_severity(options, asked, levels),
        _by_verdict(options, verdict),
    ):
        if found:
            return found
    return ""


def _asked(text: str) -> dict[str, bool]:
    """Return kinds asked about, and whether their presence (not their absence) is asked for."""
    return {slot.kind: slot.severity != "none" for slot in slots_in(text)}


def _level(kind: str, levels: Levels) -> int:
    return max(levels.values(), default=0) if kind == GENERIC else levels.get(kind, 0)


def _yes_or_no(options: Mapping[str, str], asked: Mapping[str, bool], levels: Levels) -> str:
    if not asked:
        return ""
    is_so = any((_level(kind, levels) > 0) == present for kind, present in asked.items())
    return _only([key for key, text in options.items() if (text == "yes") == is_so])


def _by_kind(options: Mapping[str, str], levels: Levels) -> str:
    """Choose the option whose kind is worst; where nothing is wrong, the one that denies all."""
    kinds = {key: _asked(text) for key, text in options.items()}
    if sum(bool(found) for found in kinds.values()) < 2:
        return ""
    burden = {
        key: max((_level(kind, levels) for kind, shown in found.items() if shown), default=0)
        for key, found in kinds.items()
    }
    worst = max(burden.values())
    if worst == 0:
        return _only([key for key, found in kinds.items() if found and not any(found.values())])
    return _only([key for key, how in burden.items() if how == worst])


def _by_severity(options: Mapping[str, str], asked: Mapping[str, bool], levels: Levels) -> str:
    if not asked:
        return ""
    how = max(_level(kind, levels) for kind in asked)
    steps = {key: _step(text) for key, text in options.items()}
    return _only([key for key, step in steps.items() if step == how])


def _step(text: str) -> int | None:
    found = [step for step, words in STEPS if re.search(rf"\b(?:{words})\b", text)]
    return found[0] if found else None


def _by_verdict(options: Mapping[str, str], verdict: Tier | None) -> str:
    named = {key: [tier for tier in TIERS if tier in text] for key, text in options.items()}
    return _only(
        [key for key, tiers in named.items() if verdict is not None and tiers == [verdict]]
    )


def _only(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else ""
