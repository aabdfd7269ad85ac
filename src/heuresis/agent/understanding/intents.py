"""What is to be done: the verbs of a message."""

import re
from collections.abc import Sequence
from functools import cache
from typing import get_args

from heuresis.agent.understanding.entities import Entity, Intent, IntentKind
from heuresis.agent.understanding.places import tail
from heuresis.agent.understanding.vocabulary.reading import table
from heuresis.agent.understanding.words import Hit, Phrases, Word

KINDS: tuple[IntentKind, ...] = get_args(IntentKind)
# Verbs that say little: they give way to a stronger one, or to what is asked for.
_WEAK_PHRASES = (
    "give, give me, show, show me, tell me, get, get me, what is, what's, whats, what are, "
    "list, report, provide, i need to know, how, obtain"
)
_WEAK = frozenset(_WEAK_PHRASES.split(", "))
# These ask a question only where they begin a sentence.
_AT_START_PHRASES = (
    "is, are, does, do, can, will, has, is it, is this, are these, is there, could it"
)
_AT_START = frozenset(_AT_START_PHRASES.split(", "))
_IN_QUESTIONS = frozenset(("mean",))
# These are verbs only where they begin a clause or follow 'to', 'please', 'and'.
_AS_VERB_PHRASES = (
    "order, rank, top, screen, read, load, open, get, show, report, list, mask, grade, rate, "
    "judge, lower, measure, display, render, remove, drop, keep, contrast them, contrast, "
    "structure of, make it, make them, reduce, increase"
)
_AS_VERB = frozenset(_AS_VERB_PHRASES.split(", "))
_CLAUSE = re.compile(
    r"(?i)(?:^|[.;:!?,]\s*|\b(?:and|then|to|please|now|just|also|but|or|not|don't|i|we|you|me|"
    r"could you|can you|kindly)\s+)\W*$"
)
_START = re.compile(
    r"(?i)(?:^|[.;:!?]\s*|\b(?:and|then|but|or|so|please|hi|hello|hey|now)[\s,]+)\W*$"
)
_NOT = re.compile(r"(?i)\b(?:not|don't|do not|never|without|n't|no need to)\s+(?:to\s+)?$")


def intents_in(text: str, words: Sequence[Word]) -> list[Intent]:
    """Find the verbs of intent."""
    found = []
    for hit in _phrases().find(words):
        start, end = words[hit.first].start, words[hit.last].end
        phrase, kind = hit.value
        if kind in KINDS and _is_meant(text, start, end, phrase):
            is_negated = bool(_NOT.search(tail(text, start)))
            found.append(Intent(text=text[start:end], start=start, end=end, kind=kind,
                                is_negated=is_negated))  # fmt: skip
    return found


def settled(intents: Sequence[Intent], entities: Sequence[Entity]) -> list[Intent]:
    """Let weak verbs give way: 'give me the SMILES' converts, 'show me better ones' finds."""
    wanted = any(entity.kind == "notation" for entity in entities)
    asks = any(entity.kind == "property" for entity in entities)
    strong = [each for each in intents if each.text.lower() not in _WEAK]
    kinds = {each.kind for each in strong}
    kept: list[Intent] = []
    for each in intents:
        if each.text.lower() in ("keep", "retain") and "find" in kinds:
            continue  # a wish about what is to be found
        is_weak = each.text.lower() in _WEAK
        if is_weak and wanted and not asks and each.kind == "compute":
            kept.append(each.model_copy(update={"kind": "convert"}))
        elif is_weak and kinds & {
            "find",
            "convert",
            "draw",
            "explain",
            "identify",
            "help",
            "order",
        }:
            continue
        else:
            kept.append(each)
    return kept


def intent_words() -> frozenset[str]:
    """Return every word of a phrase of intent."""
    return _phrases().vocabulary


def phrases_at(words: Sequence[Word]) -> list[Hit[tuple[str, str]]]:
    """Return every phrase found, those that only hide others too."""
    return _phrases().find(words)


def _is_meant(text: str, start: int, end: int, phrase: str) -> bool:
    """Whether a phrase is used as a verb here; many are nouns or auxiliaries elsewhere."""
    if phrase in _AT_START:
        return bool(_START.search(tail(text, start))) and not re.match(
            r"(?i)\s*(?:not|n't)\b", text[end:]
        )
    if phrase in _IN_QUESTIONS:
        return bool(re.search(r"(?i)\b(?:what|does|do)\b[^.!?]*$", tail(text, start)))
    return phrase not in _AS_VERB or bool(_CLAUSE.search(tail(text, start)))


@cache
def _phrases() -> Phrases[tuple[str, str]]:
    return Phrases({
        str(phrase): (str(phrase), kind)
        for kind, phrases in table("intents").items()
        for phrase in phrases
    })  # fmt: skip
