"""Reading one message: what it names, what it asks for, and what it leaves unclear. No model."""

from collections.abc import Iterator, Sequence

from heuresis.agent.understanding import names
from heuresis.agent.understanding.attachments import files_of
from heuresis.agent.understanding.comparisons import comparison_in
from heuresis.agent.understanding.conditions import Mention, Reading, comparatives, conditions_in
from heuresis.agent.understanding.counts import counts_in
from heuresis.agent.understanding.entities import (
    Attachment,
    Context,
    Correction,
    Entity,
    Leftover,
    Operation,
    Piece,
    Reference,
    Understanding,
)
from heuresis.agent.understanding.gathering import Worded, exact, gathered, worded
from heuresis.agent.understanding.hypotheses import hypothesis_in
from heuresis.agent.understanding.intents import intents_in, phrases_at, settled
from heuresis.agent.understanding.leftovers import beyond_in, broken_smiles, unresolved, words_left
from heuresis.agent.understanding.operations import operations_in
from heuresis.agent.understanding.orderings import orderings_in
from heuresis.agent.understanding.picking import picked
from heuresis.agent.understanding.places import Cover, Place, places
from heuresis.agent.understanding.quantities import numbers_in, signs_in
from heuresis.agent.understanding.references import implied, references_in
from heuresis.agent.understanding.unit_wishes import units_in
from heuresis.agent.understanding.words import without

MAX_CHARS = 20_000
DEEDS = (
    "segment",
    "assess",
    "restore",
    "relax",
    "identify",
    "draw",
    "convert",
    "order",
    "deidentify",
)


def understand(
    text: str,
    attachments: Sequence[Attachment] = (),
    context: Context | None = None,
    *,
    read_names: names.Reader = names.opsin,
) -> Understanding:
    """Read a message; never raises, whatever the text.

    Args:
        text: What was written; what is beyond 20,000 characters is left over.
        attachments: Files that came along.
        context: What was shown before.
        read_names: Reads systematic names, all of a message in one call.
    """
    head = text[:MAX_CHARS]
    known = exact(head, attachments)
    rest = worded(head, known)
    entities = gathered(head, known, rest, read_names)
    reading = _reading(head, rest, entities)
    conditions = conditions_in(reading)
    ordering = orderings_in(head, reading.mentions, reading.used)
    files = files_of(attachments)
    references = references_in(head, entities, context or Context(), files)
    stated = Cover(places([*entities, *conditions, *ordering, *references]))
    entities = sorted([*entities, *stated.free(counts_in(head))], key=lambda e: e.start)
    solid = [e for e in entities if e.kind not in ("property", "notation")]
    intents = settled(intents_in(head, without(rest.words, places(solid))), entities)
    ordering = picked(head, ordering, entities, intents)
    asks = any(one.kind in DEEDS for one in intents)
    references += implied(head, entities, references, context or Context(), files, asks=asks)
    operations, units = operations_in(head), list(units_in(head))
    comparison, hypothesis = comparison_in(head), hypothesis_in(head)
    asides: list[Piece] = [*operations, *units, *([comparison] if comparison else [])]
    asides += [hypothesis.lead] if hypothesis else []
    used: list[Piece] = [*entities, *intents, *conditions, *ordering, *references, *asides]
    left = [*_left(head, rest, used, known.hidden), *unresolved(entities, references)]
    return Understanding(
        text=text,
        entities=tuple(entities),
        intents=tuple(intents),
        conditions=tuple(conditions),
        ordering=tuple(ordering),
        references=tuple(references),
        files=files,
        corrections=tuple(_corrections(rest, used)),
        comparison=comparison,
        units=tuple(units),
        operations=tuple(operations),
        hypothesis=hypothesis,
        leftover=(*sorted(left, key=lambda each: (each.start, each.end)), *_unread(text)),
        warnings=known.warnings,
    )


def _reading(text: str, rest: Worded, entities: Sequence[Entity]) -> Reading:
    """Collect properties, numbers and comparisons outside of everything else."""
    kept = {entity.start for entity in entities if entity.kind == "property"}
    words = rest.words
    found = (Mention(words[h.first].start, words[h.last].end, h.value) for h in rest.said)
    mentions = [mention for mention in found if mention.start in kept]
    taken = places(entities)
    numbers = numbers_in(text, without(words, taken), taken)
    solid = Cover(places(e for e in entities if e.kind not in ("property", "notation")))
    signs = [*solid.free(signs_in(text, words)), *comparatives(text, mentions)]
    return Reading(text, mentions, numbers, sorted(signs, key=lambda sign: sign.start))


def _corrections(rest: Worded, used: Sequence[Piece]) -> Iterator[Correction]:
    """Tell which typing errors were undone, where the word was then used."""
    cover = Cover(places(used))
    for word in rest.words:
        if word.meant and cover.touches(word):
            yield Correction(text=word.text, start=word.start, end=word.end, read_as=word.meant)
    for piece in used:
        if isinstance(piece, Entity) and piece.read_as:
            place = {"start": piece.start, "end": piece.end}
            yield Correction(text=piece.text, read_as=piece.read_as, **place)


def _left(
    text: str, rest: Worded, used: Sequence[Piece], hidden: Sequence[Place]
) -> list[Leftover]:
    """Find what nothing used: what is not done here, broken SMILES, words."""
    words = rest.words
    solid = [
        p for p in used
        if isinstance(p, Reference | Operation) or (isinstance(p, Entity) and p.kind != "element")
    ]  # fmt: skip
    cover = Cover([*places(solid), *rest.spoken])
    beyond = [b for b in beyond_in(text, words) if not _is_inside(b, cover)]
    broken = list(broken_smiles(text, Cover([*places(used), *hidden])))
    phrases = [(words[hit.first].start, words[hit.last].end) for hit in phrases_at(words)]
    silent = [*phrases, *places(signs_in(text, words)), *hidden, *rest.spoken]
    taken = [*places(used), *silent, *places(beyond), *places(broken)]
    return [*beyond, *broken, *words_left(text, words, taken)]


def _is_inside(piece: Piece, cover: Cover) -> bool:
    return cover.taken.issuperset(range(piece.start, piece.end))


def _unread(text: str) -> Iterator[Leftover]:
    if len(text) > MAX_CHARS:
        yield Leftover(
            text=text[MAX_CHARS : MAX_CHARS + 80],
            start=MAX_CHARS,
            end=len(text),
            why=f"got {len(text)} characters, allowed {MAX_CHARS}; the rest was not read",
            nearest="attach it as a file",
        )
