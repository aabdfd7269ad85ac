"""What a message is about: named things, earlier results and attached files, as subjects."""

import re
from collections.abc import Sequence

from heuresis.agent.planning.plan import Carrier, Subject
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
FILES: dict[str, Carrier] = {"image": "original", "volume": "original", "video": "original"}


def subjects_of(message: Understanding) -> tuple[list[Subject], list[str]]:
    """Return the subjects in the order of the text, and sentences on what is none.

    A thing named twice is one subject.
    """
    found: dict[tuple[str, str], Subject] = {}
    notes: list[str] = []
    for one in _named(message):
        found.setdefault((one.carrier, one.value), one)
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
    kinds: list[Kind] = [*AS_TEXT, "formula", "cif"]
    if _is_about_crystals(message):
        kinds += ["element", "structure_type"]
    return [
        Subject(label=_label(one.text), carrier=_carrier(one), value=_value(one))
        for one in message.of_kind(*kinds)
        if not _is_part_of_a_system(one, message.entities)
        and (one.kind != "structure_type" or _is_mineral(one, message))
    ]


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
        min(abs(one.start - other.end), abs(other.start - one.end)) <= BESIDE
        for other in message.of_kind("formula", "element")
    )


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
