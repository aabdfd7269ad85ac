"""What pointers of a message point at: things shown before, runs, attached files."""

from collections.abc import Sequence

from heuresis.agent.understanding.entities import Context, Entity, File, Kind, Reference, Shown
from heuresis.agent.understanding.pointing import pointers_in

NOTHING = "nothing was shown yet"
Found = tuple[Sequence[Shown], str]
_SOFT: tuple[Kind, ...] = ("modality", "property", "count", "element")  # may hold a pointer inside
_OF_KIND: dict[str, tuple[Kind, ...]] = {
    "molecule": ("smiles", "inchi", "selfies", "name"),
    "compound": ("smiles", "name", "formula"),
    "drug": ("smiles", "name"),
    "crystal": ("cif", "poscar", "structure_type", "formula"),
    "structure": ("cif", "poscar", "smiles", "name"),
    "material": ("cif", "formula"),
    "image": ("modality", "file"),
    "picture": ("modality", "file"),
    "run": ("run",),
}


def references_in(
    text: str, entities: Sequence[Entity], context: Context, files: Sequence[File]
) -> list[Reference]:
    """Find pointers and resolve them; longer ones win over those inside."""
    runs = [_run(entity) for entity in entities if entity.kind == "run"]
    hard = [e for e in entities if e.kind not in _SOFT and e.kind != "run"]
    kept: list[Reference] = []
    for each in sorted([*pointers_in(text), *runs], key=lambda r: (r.start - r.end, r.start)):
        is_free = all(each.end <= k.start or k.end <= each.start for k in kept)
        if is_free and not any(e.start <= each.start and each.end <= e.end for e in hard):
            kept.append(each)
    return [_resolved(each, context, files) for each in sorted(kept, key=lambda r: r.start)]


def implied(  # noqa: PLR0913  # what was read of a message
    text: str,
    entities: Sequence[Entity],
    references: Sequence[Reference],
    context: Context,
    files: Sequence[File],
    *,
    asks: bool,
) -> list[Reference]:
    """Return what a message goes on about, where it asks for something and names nothing."""
    things: tuple[Kind, ...] = (
        "smiles", "inchi", "selfies", "name", "formula", "cif", "poscar", "structure_type",
        "system", "file", "run", "sequence",
    )  # fmt: skip
    asks = asks or any(one.kind in ("property", "notation", "tool") for one in entities)
    names = any(one.kind in things for one in entities)
    if not asks or names or references or files or not context.shown:
        return []
    return [Reference(text="", start=len(text), end=len(text), kind="all", resolved=context.shown)]


def _run(entity: Entity) -> Reference:
    return Reference(
        text=entity.text, start=entity.start, end=entity.end, kind="run", target=entity.canonical
    )


def _resolved(reference: Reference, context: Context, files: Sequence[File]) -> Reference:
    found, why = _looked_up(reference, context, files)
    return reference.model_copy(update={"resolved": tuple(found), "why": why})


def _looked_up(reference: Reference, context: Context, files: Sequence[File]) -> Found:
    if reference.kind == "run":
        return _of_run(reference, context)
    if reference.kind == "attachment":
        given = [Shown(kind="file", canonical=file.attachment.name) for file in files]
        return given, "" if given else "nothing is attached"
    if reference.kind == "single":
        return _subject(reference, context, files)
    return _listed(reference, context) if context.shown else ((), NOTHING)


def _of_run(reference: Reference, context: Context) -> Found:
    everything = (*context.shown, *context.subjects)
    held = [each for each in everything if each.run_id == reference.target]
    return held, "" if held else "not shown in this session"


def _listed(reference: Reference, context: Context) -> Found:
    """Return the part of the last list that is meant."""
    shown, n = context.shown, reference.position or 1
    if reference.kind == "ordinal":
        at = n - 1 if n > 0 else len(shown) + n
        is_there = 0 <= at < len(shown)
        return (shown[at : at + 1], "") if is_there else ((), f"{len(shown)} were shown")
    if reference.kind == "best" and not context.is_ranked:
        return (), "what was shown is in no order of merit"
    if reference.kind == "all":
        return shown, ""
    return (shown[-n:] if reference.kind == "last" else shown[:n]), ""


def _subject(reference: Reference, context: Context, files: Sequence[File]) -> Found:
    """Return the latest thing of the kind the noun names."""
    kinds = _OF_KIND.get(reference.noun)
    held = [each for each in context.subjects if kinds is None or each.kind in kinds]
    if held:
        return held[-1:], ""
    if len(context.shown) == 1:
        return context.shown, ""
    if len(files) == 1 and kinds is None:
        return [Shown(kind="file", canonical=files[0].attachment.name)], ""
    return (), "several were shown" if context.shown else "nothing was spoken of yet"
