"""The documents a plan may use: those attached now, and those attached earlier in the session."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from heuresis.agent.planning.plan import MAX_SUBJECTS, Carrier, Subject
from heuresis.agent.understanding.entities import Attachment, Understanding
from heuresis.errors import RequestError
from heuresis.memory import documents
from heuresis.memory.documents import DocumentView, NewItem
from heuresis.memory.ledger import Ledger
from heuresis.memory.sessions import MessageView

CARRIERS: Mapping[str, Carrier] = {"smiles": "smiles", "text": "text", "crystal": "crystal"}
IN_WORDS = ("pdf", "text")  # kinds of documents that are read for what they say
TELL = "ask what it says about a matter, or for something about the molecules in it"


@dataclass(frozen=True)
class Given:
    """A document of the session.

    Attributes:
        label: Its name by place, such as 'file-1.pdf'.
        view: As the ledger has it.
        items: Molecules and crystals in it, those that could not be read included.
        is_now: Whether it came with the message that is answered.
    """

    label: str
    view: DocumentView
    items: tuple[NewItem, ...]
    is_now: bool

    @property
    def is_in_words(self) -> bool:
        """Whether it is a text; otherwise a list of molecules or crystals."""
        return self.view.kind in IN_WORDS


def given_documents(
    ledger: Ledger, message: Understanding, earlier: Sequence[MessageView] = ()
) -> tuple[Given, ...]:
    """Return the documents of a session, those of this message first, withdrawn ones left out."""
    now = [(file.attachment, True) for file in message.files]
    before = [
        (Attachment.model_validate(one), False)
        for said in reversed(earlier)
        for one in said.facts.get("attachments", ())
    ]
    found: dict[str, Given] = {}
    labels: set[str] = set()
    for attachment, is_now in [*now, *before]:
        if not attachment.document or attachment.document in found:
            continue
        try:
            view = documents.get(ledger, attachment.document)
        except RequestError:  # a crate from elsewhere may lack it
            continue
        if view.status == "withdrawn":
            continue
        label = attachment.name
        if label in labels:
            label = f"{label} {view.id[-6:].lower()}"
        labels.add(label)
        items = tuple(documents.items_of(ledger, view.id)) if is_now else ()
        found[view.id] = Given(label, view, items, is_now)
    return tuple(found.values())


def _called(item: NewItem) -> str:
    """Name a thing of a document; a bare number would read like one that was measured."""
    return item.label if any(map(str.isalpha, item.label)) else f"entry {item.label}"


def with_items(
    subjects: Sequence[Subject], given: Sequence[Given], looked_in: Collection[str] = ()
) -> tuple[list[Subject], list[str]]:
    """Add the molecules and crystals of attached documents to what a message names.

    Those of a text are meant only where neither the message nor a list names any.

    Args:
        subjects: What the message names.
        given: The documents of the session.
        looked_in: Ids of those of which the message asks what they say.

    Returns:
        All subjects, and sentences on rows that gave none and on documents that gave nothing.
    """
    found = {(one.carrier, one.value): one for one in subjects}
    added: list[Subject] = []
    notes: list[str] = []
    for one in sorted((one for one in given if one.is_now), key=lambda one: one.is_in_words):
        if one.is_in_words and found:
            continue
        new = [item for item in one.items if not item.wrong and item.carrier in CARRIERS]
        for item in new:
            subject = Subject(label=_called(item), carrier=CARRIERS[item.carrier], value=item.value)
            if found.setdefault((subject.carrier, subject.value), subject) is subject:
                added.append(subject)
        notes += [f"{one.label} (document {one.view.id}): {note}." for note in one.view.notes]
        if not new and one.view.id not in looked_in:
            notes.append(f"{one.label}: no molecule or crystal was found in it; {TELL}.")
    kept = [*subjects, *added]  # the same formula may be named in two structures
    if len(kept) > MAX_SUBJECTS:
        notes.append(f"got {len(kept)} things to ask about, allowed: {MAX_SUBJECTS}; the rest "
                     "was left out")  # fmt: skip
    return kept[:MAX_SUBJECTS], notes
