"""What a message is about: named things, earlier results and attached files, as subjects."""

from collections.abc import Sequence

from heuresis.agent.planning.plan import Carrier, Subject
from heuresis.agent.understanding.entities import Entity, File, Kind, Shown, Understanding

AS_TEXT: tuple[Kind, ...] = ("smiles", "inchi", "selfies", "name")
FILES: dict[str, Carrier] = {"image": "original", "volume": "original", "video": "original"}


def subjects_of(message: Understanding) -> tuple[list[Subject], list[str]]:
    """Return the subjects in the order of the text, and sentences on what is none.

    A thing named twice is one subject.
    """
    found: dict[tuple[str, str], Subject] = {}
    notes: list[str] = []
    for one in _named(message):
        found.setdefault((one.carrier, one.value), one)
    for reference in message.references:
        if reference.kind == "attachment":
            continue  # files are taken below
        for shown in reference.resolved:
            one = _earlier(shown)
            found.setdefault((one.carrier, one.value), one)
        if not reference.resolved and reference.why and not found:  # else: the things just named
            notes.append(f"{reference.text!r}: {reference.why}.")
    for file in message.files:
        notes += _attached(file, found)
    return list(found.values()), notes


def _named(message: Understanding) -> list[Subject]:
    return [
        Subject(label=one.text[:300], carrier=_carrier(one), value=_value(one))
        for one in message.of_kind(*AS_TEXT, "formula", "cif")
        if not _is_part_of_a_system(one, message.entities)
    ]


def _carrier(one: Entity) -> Carrier:
    if one.kind in AS_TEXT:
        return "text"
    return "formula" if one.kind == "formula" else "crystal"


def _value(one: Entity) -> str:
    return one.canonical or one.text


def _is_part_of_a_system(one: Entity, others: Sequence[Entity]) -> bool:
    """Whether a formula lies inside a longer entity, such as 'the Li-Co-O system'."""
    return any(
        other is not one and other.start <= one.start and one.end <= other.end for other in others
    )


def _earlier(shown: Shown) -> Subject:
    others: dict[Kind, Carrier] = {"formula": "formula", "file": "original"}
    carrier = "text" if shown.kind in AS_TEXT else others.get(shown.kind, "crystal")
    label = (shown.label or shown.canonical)[:300]
    return Subject(label=label, carrier=carrier, value=shown.canonical)


def _attached(file: File, found: dict[tuple[str, str], Subject]) -> list[str]:
    name, digest = file.attachment.name, file.attachment.digest
    carrier = FILES.get(file.kind)
    if carrier is None or not digest:
        why = f"files of this kind ({file.kind}) are not read here"
        why = "it is not stored" if carrier else why
        return [f"{name!r}: {why}."]
    found.setdefault((carrier, digest), Subject(label=name[:300], carrier=carrier, value=digest))
    return []
