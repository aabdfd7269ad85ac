"""Questions on what documents say, or on what is known: found in a message, clause by clause."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from heuresis.agent.documents.wording import stems
from heuresis.agent.planning.documents import Given
from heuresis.agent.planning.plan import Look
from heuresis.agent.understanding.entities import MOLECULES, Kind, Piece, Understanding

MAX_QUERY = 1_000
MAX_FORMS = 10
_CUT = re.compile(
    r"(?<=[.!?;])\s+|\n+|(?:,\s*|\s)(?:and|then|also)(?:\s+(?:then|also|please))?\s+"
    r"(?=(?:tell|say|find|search|look|what|which|who|does|do|is|quote|cite|check what|compute|"
    r"calculate|give|keep|show|sort|predict)\b)",
    re.IGNORECASE,
)
_WHICH = (
    r"(?:attached|uploaded|enclosed|given|this|that|the|my|our|your|these|those|all|any|both|its)"
)
_TEXT = (
    r"(?:papers?|pdfs?|documents?|articles?|manuscripts?|publications?|preprints?|texts?|reports?|"
    r"thesis|theses|leaflets?|literature|notes)"
)
_LIST = r"(?:files?|attachments?|tables?|csv|tsv|spreadsheets?|sheets?|sdf|cif|data ?sheets?)"
_DOCUMENT = re.compile(
    rf"(?:\b(?:in|from|of|by|to|within|on)\s+)?(?:\b{_WHICH}\s+(?:\w+\s+){{0,2}}?|\b(?:attached|"
    rf"uploaded)\s+)(?P<noun>{_TEXT}|{_LIST})\b(?:'s)?|\bfile-\d+\.\w+",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"\b(?:says?|said|mentions?|mentioned|states?|stated|reports?|reported|tells?|claims?|"
    r"concludes?|writes|written|describes?|discuss(?:es)?|according|quote|cite|search|look|find)\b",
    re.IGNORECASE,
)
_CITES = re.compile(r"\b(?:says?|mentions?|states?|according)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"^\W*(?:(?:please|can you|could you)\s+)?(?:and\s+|in\b|from\b|what|which|who|when|where|why|"
    r"how|does|do|did|is|are|was|were|has|have)\b",
    re.IGNORECASE,
)
_THINGS = re.compile(
    r"\b(?:molecules?|compounds?|structures?|smiles|candidates?|drugs?|rows?|entries|crystals?|"
    r"materials?|ones)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:says?|mentions?|states?|reports?|tells?(?: us| me)?|claims?|search|writes?|known?|"
    r"quote|cite|find(?: out)?|anything|something|everything)\b.{0,20}?\b"
    r"(?:about|on|regarding|concerning|for)\s(.+)|\b(?:mention|state|report)\s(.+)",
    re.IGNORECASE | re.DOTALL,
)
_PICTURE = re.compile(r"\b(?:images?|pictures?|photos?|scans?|figures?|slides?)\b", re.IGNORECASE)
_SUM_UP = re.compile(r"\b(?:summari[sz]e|summary|sum up|overview|tl;?dr|gist)\b", re.IGNORECASE)
_ALL = re.compile(r"\b(?:my|all|any|our)\b.*\w+s\b|\bliterature\b", re.IGNORECASE)
_MEMORY = re.compile(
    r"\bwhat (?:do|did|have) (?:we|i) (?:already |ever )?(?:know|find|found|learn|learnt|learned|"
    r"measured?|run|computed?|say|said)\b|\bwhat is already known\b|"
    r"\bhave (?:we|i) (?:ever |already )?(?:run|computed|measured|seen|tested|tried)\b|"
    r"\b(?:in|search|from) (?:the |my |our |your )?"
    r"(?:memory|ledger|knowledge base|earlier (?:runs|work|results|sessions))\b",
    re.IGNORECASE,
)
# These ask for what was done before, too; where a quantity is named, its run is simply found again.
_WORK = (
    r"(?:look(?:ed)?\s+(?:at|into)|ask(?:ed)?(?:\s+(?:you\s+)?about)?|done?|cover(?:ed)?|"
    r"stud(?:y|ied)|analy[sz]ed?|examined?|"
    r"work(?:ed)?\s+(?:on|with)|considere?d?|check(?:ed)?|run|ran|comput(?:e|ed)|calculate?d?|"
    r"measured?|test(?:ed)?|try|tried|"
    r"see|seen|get|got|gotten|have|had|deal(?:t)?\s+with|talk(?:ed)?\s+about|discuss(?:ed)?|"
    r"mention(?:ed)?|predict(?:ed)?|evaluated?|"
    r"find|found|learn(?:ed|t)?|know|said|say|conclude?d?|determine?d?|obtain(?:ed)?)"
)
_ONCE = (
    r"(?:before|already|yet|earlier|previously|ever|so\s+far|last\s+(?:time|week|month|year)|"
    r"yesterday|the\s+other\s+day|"
    r"in\s+the\s+past|until\s+now|to\s+date|back\s+then|recently|a\s+while\s+ago|"
    r"some\s+time\s+ago|once)"
)
_DONE = re.compile(
    rf"\b(?:did|have|had|has|haven't|didn't|hadn't)\s+(?:we|i|anyone|anybody|somebody|"
    rf"you(?=[^.;!?]*"
    rf"\b{_ONCE}\b))\b[^.;!?]{{0,20}}?\b{_WORK}\b|"
    rf"\bwhat\s+(?:\w+\s+)?(?:do|did|have|had)\s+(?:we|i|you)\s+(?:\w+\s+)?{_WORK}\b|"
    rf"\b(?:we|i|you)\s+(?:\w+\s+)?{_WORK}\b(?=[^.;!?]*\b{_ONCE}\b)|"
    r"\b(?:anything|something|what(?:'s|\s+is)?|all)\s+(?:\w+\s+)?(?:on|"
    r"in)\s+(?:the\s+)?(?:record|file|books|store)s?\b|"
    r"\b(?:earlier|previous|prior|old|past|existing|stored|recorded|former)\s+(?:\w+\s+)?"
    r"(?:results?|runs?|numbers?|values?|work|data|findings?|answers?|calculations?|"
    r"predictions?)\b|"
    r"\b(?:do\s+you\s+)?(?:remember|recall|remind\s+me)\b|\bhistory\s+(?:of|on|for)\b|"
    r"\bwhat\s+(?:was|were|has\s+been|had\s+been)\s+(?:done|computed|found|said|measured|"
    r"calculated|asked)\b|"
    r"\bshow\s+(?:me\s+)?(?:everything|all|what)\s+(?:we|i|you)\b",
    re.IGNORECASE,
)
_SINCE = re.compile(
    rf"\b{_ONCE}\b|\bagain\b|\bhave\s+(?:we|i|you)\b|\bdid\s+(?:we|i|you)\b|\bhad\b", re.I
)
DEEDS = ("draw", "convert", "find", "relax")  # what was not done is done then
_THINGS_KNOWN: tuple[Kind, ...] = (*MOLECULES, "formula")
_HERE = re.compile(r"(?i)(?:files?|attachments?|uploads?)$")


def speaks_of_before(text: str) -> bool:
    """Whether a message points back at earlier results: 'again', 'last time', 'did we ever get'."""
    return bool(_MEMORY.search(text) or _DONE.search(text) or _SINCE.search(text))


@dataclass(frozen=True)
class Looks:
    """What of a message is a question to documents or memory.

    Attributes:
        steps: Without names yet: each gets its own in the plan.
        rest: The message without those clauses.
        notes: Sentences on what cannot be looked up.
    """

    steps: tuple[Look, ...]
    rest: Understanding
    notes: tuple[str, ...] = ()

    @property
    def looked_in(self) -> set[str]:
        """Ids of the documents that are asked."""
        return {document_id for step in self.steps for document_id in step.documents}

    @property
    def is_all(self) -> bool:
        """Whether nothing else is asked."""
        rest = self.rest
        others = (rest.intents, rest.conditions, rest.ordering, rest.entities)
        return bool(self.steps or self.notes) and not any(others)


def looks_in(message: Understanding, given: Sequence[Given] = ()) -> Looks:
    """Find the clauses that ask what documents say, or what is known."""
    steps: list[Look] = []
    notes: list[str] = []
    spans: list[tuple[int, int]] = []
    for start, end in _clauses(message.text):
        clause = message.text[start:end]
        inside = [one for one in message.entities if start <= one.start < end]
        forms = [one.canonical for one in inside if one.kind in _THINGS_KNOWN and one.canonical]
        asked = any(one.kind in ("property", "notation", "tool") for one in inside) or any(
            one.kind in DEEDS and start <= one.start < end for one in message.intents
        )
        if _is_of_picture(clause, message, given):
            continue
        if not asked and forms and _DONE.search(clause) and not _MEMORY.search(clause):
            found: Look | str | None = _recalled(clause, tuple(forms)[:MAX_FORMS])
        else:
            found = _look(clause, given, tuple(forms)[:MAX_FORMS])
        if found is None:
            continue
        spans.append((start, end))
        if isinstance(found, Look):
            steps.append(found)
        else:
            notes.append(found)
    return Looks(tuple(steps), _without(message, spans), tuple(notes))


def _is_of_picture(clause: str, message: Understanding, given: Sequence[Given]) -> bool:
    """Whether 'the attachment' is a picture, and no document."""
    document = _DOCUMENT.search(clause)
    is_file = document is not None and bool(_HERE.search(document["noun"] or ""))
    pictures = any(one.kind in ("image", "volume", "video") for one in message.files)
    return is_file and pictures and not any(one.is_now for one in given)


def _recalled(clause: str, forms: tuple[str, ...]) -> Look:
    return Look(id="s1", query=clause.strip(" ,.;:?!")[:MAX_QUERY], scope="memory", forms=forms)


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for cut in _CUT.finditer(text):
        yield at, cut.start()
        at = cut.end()
    yield at, len(text)


def _look(clause: str, given: Sequence[Given], forms: tuple[str, ...]) -> Look | str | None:
    """Return the step for a clause, why there is none, or None where it asks something else."""
    if (memory := _MEMORY.search(clause)) is not None:
        query = _query(clause, memory.span())
        query = re.sub(r"^(?:about|on|of|for)\s", "", query)
        is_said = bool(stems(query))
        return Look(id="s1", query=query, scope="memory", forms=forms) if is_said else None
    document = _DOCUMENT.search(clause)
    if document is None or not _asks_for_words(clause, document):
        return None
    said = repr(clause.strip()[:200])
    if _SUM_UP.search(clause):
        return f"{said}: summaries are not written here; name the matter, and words are quoted."
    query = _query(clause, document.span())
    if not stems(query):
        return f"{said}: about what? Name the matter, and words are quoted."
    return _scoped(clause, query, document, given)


def _asks_for_words(clause: str, document: re.Match[str]) -> bool:
    """Whether a clause asks what a document says, not something about the molecules in it."""
    noun = document["noun"] or ""
    is_text = not noun or re.fullmatch(_TEXT, noun, re.IGNORECASE) is not None
    if _SUM_UP.search(clause):
        return is_text
    beside = f"{clause[: document.start()]} {clause[document.end() :]}"  # 'report' is a verb, too
    if (_THINGS.search(beside) and not _CITES.search(beside)) or _PICTURE.search(beside):
        return False
    return _SAYS.search(beside) is not None or (is_text and _ASKS.search(clause) is not None)


def _scoped(clause: str, query: str, document: re.Match[str], given: Sequence[Given]) -> Look | str:
    """Decide where to look: in one document of the session, in several, or in all there are."""
    phrase, noun = document[0], (document["noun"] or "").lower()
    now = [one for one in given if one.is_now] or list(given)
    named = [one for one in given if one.label.lower() in clause.lower()]
    labels = {one.view.id: one.label for one in given}
    if _ALL.search(phrase) and not named:
        return Look(id="s1", query=query, scope="documents", documents=labels)
    chosen = named or _of_noun(now, noun)
    if not chosen:
        why = "no such document is attached; attach it, or ask of 'my documents'"
        return f"{phrase.strip()!r}: {why}."
    only = {one.view.id: one.label for one in chosen}
    return Look(id="s1", query=query, scope="given", documents=only)


def _of_noun(given: Sequence[Given], noun: str) -> list[Given]:
    """Return the documents that a noun can mean: a paper is no table where there is a text."""
    is_text = re.fullmatch(_TEXT, noun) is not None
    fits = [one for one in given if one.is_in_words == is_text]
    if noun.startswith("pdf"):
        fits = [one for one in given if one.view.kind == "pdf"] or fits
    return fits or list(given)


def _query(clause: str, phrase: tuple[int, int]) -> str:
    left = f"{clause[: phrase[0]]} {clause[phrase[1] :]}"
    about = _ABOUT.search(left)
    if about is not None and stems(matter := about[1] or about[2]):
        left = matter
    plain = re.sub(r"^\W*(?:according\b\W*)?", "", " ".join(left.split()), flags=re.IGNORECASE)
    return plain.rstrip(" ,.;:?!")[:MAX_QUERY]


def _without(message: Understanding, spans: Sequence[tuple[int, int]]) -> Understanding:
    """Return a message without what stands in some stretches of its text."""

    def is_outside(piece: Piece) -> bool:
        return not any(a <= piece.start and piece.end <= b for a, b in spans)

    names = ("entities", "intents", "conditions", "ordering", "references", "leftover")
    kept = {name: tuple(filter(is_outside, getattr(message, name))) for name in names}
    return message.model_copy(update=kept) if spans else message
