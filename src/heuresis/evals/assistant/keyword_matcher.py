"""A trivial planner to compare with: the tool whose card shares most words, the first subject."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, get_args

from heuresis.agent.numbers.answer import settle
from heuresis.agent.numbers.references import write
from heuresis.agent.numbers.renderer import Sources
from heuresis.agent.numbers.verdict import Mode
from heuresis.contract import FileRef, Outcome, Smiles
from heuresis.evals.assistant.converse import Said
from heuresis.memory import sessions
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.settings import Settings
from heuresis.tools import registry

SILENCE = "I cannot answer this."
_WORD = re.compile(r"[a-z][a-z-]+")


def answers_nothing(message_id: str, lab: Lab, settings: Settings) -> Said:
    """Say that it cannot be answered, whatever was asked."""
    return Said(SILENCE)


def keyword_matcher(message_id: str, lab: Lab, settings: Settings) -> Said:
    """Ask one tool about one subject, and tell all its numbers."""
    message = sessions.get_message(lab.ledger, message_id)
    words = set(_WORD.findall(message.body.lower()))
    name = max(registry.places(), key=lambda one: _overlap(one, words))
    context = Context(origin=f"session:{message.session_id}:{message_id}:baseline")
    if not _overlap(name, words):
        return Said(SILENCE)
    request = _request(name, message.body, message.facts, lab, context)
    if request is None:
        return Said(SILENCE)
    return _told(lab.run(name, request, context), lab)


def _overlap(name: str, words: set[str]) -> int:
    card = registry.load(name).card
    return sum(set(_WORD.findall(keyword.lower())) <= words for keyword in card.keywords)


def _request(
    name: str, text: str, facts: Mapping[str, Any], lab: Lab, context: Context
) -> dict[str, Any] | None:
    """Fill the first required field with the first subject that fits it; None where none does."""
    for field, info in registry.load(name).request.model_fields.items():
        kinds = (info.annotation, *get_args(info.annotation))
        if not info.is_required():
            continue
        if name == "molecule.parse" or Smiles in kinds:
            found = next(_molecules(text, lab, context), None)
            return None if found is None else {field: found}
        if any(isinstance(kind, type) and issubclass(kind, FileRef) for kind in kinds):
            found = next(_pictures(facts, field, lab, context), None)
            return None if found is None else {field: found}
    return None


def _molecules(text: str, lab: Lab, context: Context) -> Iterator[str]:
    """Yield the words that are molecules, one after another."""
    words = [word.strip(".,;:?!'\"") for word in re.split(r"\s+|,\s", text)]
    asked = [{"text": word} for word in words if len(word) > 3]
    for read in lab.run_many("molecule.parse", asked, context):
        smiles = getattr(read.response, "smiles", None)
        if smiles:
            yield str(smiles)


def _pictures(facts: Mapping[str, Any], field: str, lab: Lab, context: Context) -> Iterator[str]:
    for one in facts.get("attachments", ()):
        if field == "original":
            yield one["digest"]
            continue
        read = lab.run("image.read", {"original": one["digest"]}, context)
        for image in getattr(read.response, "images", ()):
            yield str(image.digest)


def _told(outcome: Outcome, lab: Lab) -> Said:
    if not outcome.is_usable:
        return Said(f"{outcome.status.value}: {outcome.reason}")
    lines = [f"{path}: {write(outcome.run_id, path)}" for path in outcome.quantities]
    settled = settle(
        "\n".join(lines) or "It ran.",
        lab.ledger,
        Sources(frozenset({outcome.run_id}), names=frozenset(outcome.quantities)),
        Mode.LENIENT,
    )
    facts = {"runs": [outcome.run_id], "fills": [asdict(one) for one in settled.fills]}
    return Said(settled.text, facts=facts)
