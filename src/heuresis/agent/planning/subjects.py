"""What a message is about: named things, earlier results and attached files, as subjects."""

import re
from collections.abc import Sequence

from heuresis.agent.planning.plan import Carrier, Subject
from heuresis.agent.planning.structures import said_of
from heuresis.agent.understanding.entities import Entity, File, Kind, Shown, Understanding

AS_TEXT: tuple[Kind, ...] = ("smiles", "inchi", "selfies", "name")
MINERALS = {
    "diamond": "C", "fluorite": "CaF2", "rutile": "TiO2", "anatase": "TiO2", "corundum": "Al2O3",
    "spinel": "MgAl2O4", "zincblende": "ZnS", "wurtzite": "ZnS", "graphite": "C", "pyrite": "FeS2",
    "rocksalt": "NaCl", "cesium chloride": "CsCl", "perovskite": "CaTiO3", "nickeline": "NiAs",
}  # fmt: skip
AS_CLASS = ("rocksalt", "cesium chloride", "perovskite", "spinel", "nickeline")  # of many compounds
BESIDE = 6  # characters between a structure type and the formula it is said of
_TYPE_NEXT = re.compile(r"(?i)[\s-]*(?:structure|type|lattice|phase|form|prototype|cubic)")
_AGAINST = re.compile(r"(?i)\b(?:vs|versus|and|or|than|with|to)\b")
FILES: dict[str, Carrier] = {"image": "original", "volume": "original", "video": "original"}


def subjects_of(message: Understanding) -> tuple[list[Subject], list[str]]:
    """Return the subjects in the order of the text, and sentences on what is none.

    A thing named twice is one subject.
    """
    found: dict[tuple[str, str], Subject] = {}
    notes: list[str] = []
    for one in _named(message):
        found.setdefault((one.carrier, one.value + _form_in(one.label)), one)
    attached = {file.attachment.name for file in message.files}
    for reference in message.references:
        if reference.kind == "attachment":
            continue  # files are taken below
        for shown in reference.resolved:
            if shown.kind == "file" and shown.canonical in attached:
                continue
            one = _earlier(shown)
            found.setdefault((one.carrier, one.value), one)
    for file in message.files:
        notes += _attached(file, found)
    unmet = [one for one in message.references if one.why and not one.resolved]
    if not found:  # else: the things just named, or attached
        notes += [f"{one.text!r}: {one.why}." for one in unmet if one.kind != "attachment"]
    return list(found.values()), notes


def _named(message: Understanding) -> list[Subject]:
    """Return what is named, in order; elements and minerals where crystals are spoken of."""
    labels = _labels(message)
    return [
        Subject(label=labels[one.start], carrier=_carrier(one), value=_value(one))
        for one in _things(message)
    ]


def _things(message: Understanding) -> list[Entity]:
    kinds: list[Kind] = [*AS_TEXT, "formula", "cif"]
    if _is_about_crystals(message):
        kinds += ["element", "structure_type"]
    return [
        one
        for one in message.of_kind(*kinds)
        if not _is_part_of_a_system(one, message.entities)
        and (one.kind != "structure_type" or _is_mineral(one, message))
    ]


def _forms(message: Understanding) -> dict[int, str]:
    """Return the structure type said of each crystal, by where it is named."""
    things = [one for one in _things(message) if _carrier(one) == "formula"]
    minerals = {one.start: one.canonical for one in things if one.kind == "structure_type"}
    types = [one for one in message.of_kind("structure_type") if one.start not in minerals]
    named = [one for one in things if one.start not in minerals]
    said = said_of(message.text, named, types) if types else []
    return {one.start: form for one, form in zip(named, said, strict=False)} | minerals


def _labels(message: Understanding) -> dict[int, str]:
    """Name each thing; the same formula in several structures by these: 'Fe (bcc)'."""
    forms, things = _forms(message), _things(message)
    kinds: dict[str, set[str]] = {}
    for one in things:
        kinds.setdefault(_value(one), set()).add(forms.get(one.start, ""))
    return {
        one.start: f"{_label(one.text)} ({forms.get(one.start)})"
        if len(kinds[_value(one)]) > 1 and forms.get(one.start)
        else _label(one.text)
        for one in things
    }


def _form_in(label: str) -> str:
    return f" {label[label.rindex('(') :]}" if label.endswith(")") and " (" in label else ""


def forms_by_label(message: Understanding) -> dict[str, str]:
    """Return the structure type said of each crystal, by its label."""
    labels = _labels(message)
    return {labels[start]: form for start, form in _forms(message).items()}


def _is_about_crystals(message: Understanding) -> bool:
    if message.of_kind("system") or any(one.kind == "find" for one in message.intents):
        return False  # elements of a space that is searched
    asked = any(one.canonical.startswith("crystal.") for one in message.of_kind("property"))
    return asked or bool(message.of_kind("structure_type"))


def _is_mineral(one: Entity, message: Understanding) -> bool:
    """Whether the name of a structure type stands for the mineral: no formula is beside it."""
    if one.canonical not in MINERALS:
        return False
    after = message.text[one.end : one.end + 20]
    if _TYPE_NEXT.match(after) or one.text.lower().endswith("s"):
        return False
    if one.canonical in AS_CLASS and message.of_kind("formula", "element", "cif"):
        return False
    return not any(
        _is_said_of(message.text, one, other) for other in message.of_kind("formula", "element")
    )


def _is_said_of(text: str, one: Entity, other: Entity) -> bool:
    """Whether a structure type stands beside a formula, and is not set against it."""
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    return len(between) <= BESIDE and not _AGAINST.search(between)


def _label(text: str) -> str:
    return re.sub("['\N{RIGHT SINGLE QUOTATION MARK}]s$", "", text)[:300] or text[:300]


def _carrier(one: Entity) -> Carrier:
    if one.kind in AS_TEXT:
        return "text"
    return "crystal" if one.kind == "cif" else "formula"


def _value(one: Entity) -> str:
    if one.kind == "structure_type":
        return MINERALS[one.canonical]
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
    if file.attachment.document:
        return []  # what is in it is added by `with_items`
    if file.attachment.unread:
        return [f"{name!r}: {file.attachment.unread}."]
    carrier = FILES.get(file.kind)
    if carrier is None or not digest:
        why = f"files of this kind ({file.kind}) are not read here"
        why = "it is not stored" if carrier else why
        return [f"{name!r}: {why}."]
    found.setdefault((carrier, digest), Subject(label=name[:300], carrier=carrier, value=digest))
    return []
