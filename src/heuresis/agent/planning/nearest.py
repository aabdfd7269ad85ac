"""What was not understood, said plainly, and the nearest thing that can be done."""

import re
from collections.abc import Collection, Sequence

from heuresis.agent.planning.catalogue import READERS, catalogue
from heuresis.agent.planning.drafting import Draft
from heuresis.agent.planning.plan import Carrier
from heuresis.agent.planning.ranking import rank, scored
from heuresis.agent.planning.wishes import Wish, reachable, usual_wishes, wishes_for
from heuresis.agent.understanding.entities import Kind, Leftover, Understanding

SURE = 0.45  # likeness from which a tool is taken to be meant
OFFERED = 0.2  # likeness from which it is offered
THINGS: tuple[Kind, ...] = (
    "smiles", "inchi", "selfies", "name", "formula", "element", "cif", "structure_type", "system",
)  # fmt: skip
_JOINT = re.compile(r"(?i)\s*(?:[,;/&+]|[,;]?\s*\b(?:and|or|vs\.?|versus)\b)\s*")
_ABOUT = re.compile(
    r"(?i)\b(?:about|describe|descri\w+|propert(?:y|ies)|overview|profile|characteri[sz]\w+|summar\w+|"
    r"info\w*|facts?|data|basics|everything|anything|key\s+(?:numbers|figures)|what\s+do\s+(?:you|we)\s+know)\b"
)
_QUESTION = re.compile(
    r"(?i)(?:^|[.;:!?,]\s*|\b(?:and|but|so)\s+)(?:how\s+(?!about)\w+|when|where|why|who|"
    r"(?:does|do|did|is|are|was|can|could|will|would|has|have|should|might|may)\s+"
    r"(?!(?:you|we|i|there|it\s+(?:be\s+)?possible|someone|anybody|anyone)\b))\s*\w"
)
_ASKING = (
    r"\b(?:what(?:'s|\s+is|\s+are)?|calculate|compute|predict|estimate|determine|evaluate|give\s+me|get|"
    r"find|tell\s+me|report|need|want|know|measure)\s+(?:me\s+)?(?:(?:the|its|their|an?|all)\s+)?(?:\w+\s+)?"
)
UNUSED = ("this word was not used", "these words were not used")
SPACES = (
    "What can be searched: molecules around given ones, crystals of given elements, and chains of "
    "filters for a clean fundus photograph."
)


def leftover_notes(draft: Draft, message: Understanding, *, has_subjects: bool) -> list[str]:
    """Say what was not interpreted; a word like 'those' means the things just named.

    Where something is done, words that were merely not used are told only with what is nearest.
    """
    pointers = {(one.start, one.end) for one in message.references}
    left = [
        one for one in message.leftover if (one.start, one.end) not in pointers or not has_subjects
    ]
    is_done = bool(draft.steps)
    told = [
        one for one in left
        if not (is_done and one.why in UNUSED and _is_idle(draft, one))
        or _is_in_a_list(message, one)
    ]  # fmt: skip
    notes = [_note(one) for one in told]
    if not (is_done or draft.notes or any(one.nearest for one in told)) and message.text.strip():
        notes += _offers(message)
    return notes


def _is_in_a_list(message: Understanding, one: Leftover) -> bool:
    """Whether a word that was not read stands in a list of things that were: it must be told."""
    for thing in message.of_kind(*THINGS):
        before, after = sorted(((thing.start, thing.end), (one.start, one.end)))
        if one.why in UNUSED and _JOINT.fullmatch(message.text[before[1] : after[0]]):
            return True
    return False


def _is_idle(draft: Draft, one: Leftover) -> bool:
    """Whether nothing is to be said of an unused word: nothing is near it, or that is done."""
    return not one.nearest or one.nearest in draft.at or "." not in one.nearest


def _note(one: Leftover) -> str:
    near = f"; nearest: {one.nearest}." if one.nearest else "."
    return f"{one.text!r}: {one.why}{near}"


def _offers(message: Understanding) -> list[str]:
    """Offer the tool that the message is most like."""
    scores = scored(message.text)
    best = max(scores, key=lambda name: (scores[name], name))
    if scores[best] < OFFERED:
        return ["Nothing here does this; `heuresis tool list` names what can be asked."]
    return [f"Nearest: {best} ({catalogue()[best].summary})"]


def suggested(draft: Draft, message: Understanding, carriers: Collection[Carrier]) -> list[Wish]:
    """Take what a message most resembles, where rules found nothing, and say so.

    Where nothing was left over, the mere naming of a thing asks for its usual numbers; where
    something was asked that nothing here does, they are no answer.
    """
    words = [one.text for one in message.leftover if one.why in UNUSED]
    beyond = [one for one in message.leftover if one.why not in UNUSED]
    if not carriers or beyond or _asks_something(message, words):
        return []
    if words:
        for name in _fitting(rank(message.text, 3), carriers):
            if scored(message.text)[name] >= SURE:
                draft.notes.append(f"{', '.join(words)!r}: taken as a question to {name}.")
                return wishes_for(name)
    return usual_wishes(message, carriers)


def _asks_something(message: Understanding, words: Sequence[str]) -> bool:
    """Whether a certain thing is asked, so that the usual numbers of a subject are no answer."""
    if _ABOUT.search(message.text):
        return False
    if _QUESTION.search(message.text):
        return True
    return any(
        re.search(
            rf"(?i){re.escape(one)}\W+(?:\w+\W+){{0,2}}?(?:of|for|in|on|from|with|at)\b",
            message.text,
        )
        or re.search(rf"(?i){_ASKING}{re.escape(one)}", message.text)
        for one in words
    )


def _fitting(names: Sequence[str], carriers: Collection[Carrier]) -> list[str]:
    """Return the tools that what was given can lead to, readers left out."""
    known = reachable(carriers)
    readers = {tool for tool, _, _ in READERS.values()}
    return [
        name
        for name in names
        if name not in readers
        and any(catalogue()[name].subject_field(carrier) for carrier in known)
    ]


def help_lines() -> list[str]:
    """Tell what can be asked: every tool with its line."""
    tools = [f"{name}: {entry.summary}" for name, entry in catalogue().items()]
    return ["What can be asked here:", *tools, SPACES]
