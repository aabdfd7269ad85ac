"""CIF: each block a crystal; blocks without one, or with disorder, are named with the reason."""

import re
from collections.abc import Iterator

from heuresis.agent.documents.content import Content, Stretch, label_of, wrong_ones
from heuresis.agent.documents.text import decoded
from heuresis.errors import OutOfDomainError, RequestError
from heuresis.memory.documents import NewItem

READER = "cif-1"
MAX_BLOCKS = 500
_BLOCK = re.compile(r"^data_(\S*)", re.MULTILINE | re.IGNORECASE)
_CELL = re.compile(r"^\s*_cell_length_a\b", re.MULTILINE | re.IGNORECASE)
_TOLD = re.compile(
    r"^\s*(_(?:chemical|publ|journal|citation|cell|symmetry_space|space_group_(?:name|IT)|exptl|"
    r"diffrn|refine)\w*)[ \t]+(\S[^\n]*)",
    re.MULTILINE | re.IGNORECASE,
)


def is_cif(text: str) -> bool:
    """Whether a text holds blocks with a cell."""
    return _BLOCK.search(text) is not None and _CELL.search(text) is not None


def read_cif(data: bytes) -> Content:
    """Read the blocks of a CIF.

    Raises:
        RequestError: No block, or too many.
    """
    text, notes = decoded(data, "CIF")
    starts = list(_BLOCK.finditer(text))
    if not starts or not is_cif(text):
        raise RequestError("CIF: got no 'data_' block with a cell, allowed: at least one")
    if len(starts) > MAX_BLOCKS:
        raise RequestError(f"CIF: got {len(starts)} blocks, allowed: {MAX_BLOCKS}")
    ends = [start.start() for start in starts[1:]] + [len(text)]
    blocks = [(one[1], text[one.start() : end]) for one, end in zip(starts, ends, strict=True)]
    said = list(notes)
    items = tuple(_items(blocks, said))
    said += [wrong_ones(items, "block")] * any(item.wrong for item in items)
    texts = tuple(
        Stretch(n, n, _line(item, block))
        for n, (item, (_, block)) in enumerate(zip(items, blocks, strict=True), start=1)
    )
    return Content(READER, "crystals", "block", len(blocks), texts, items, tuple(said))


def _items(blocks: list[tuple[str, str]], said: list[str]) -> Iterator[NewItem]:
    from heuresis.tools.crystal.structure import canonical_text, read

    for number, (name, block) in enumerate(blocks, start=1):
        place = f"block {number}"
        label, why = label_of(name, place)
        if _CELL.search(block) is None:
            yield NewItem(number, label, wrong="it has no cell")
            continue
        try:
            form = canonical_text(block)
            formula = str(read(form).composition.reduced_formula)
        except (RequestError, OutOfDomainError) as error:
            yield NewItem(number, label, wrong=str(error)[:300])
            continue
        said += [why] * bool(why)
        yield NewItem(number, label, "crystal", form, {"formula": formula})


def _line(item: NewItem, block: str) -> str:
    """Write what a block tells in words: its names, its source, its cell."""
    told = "; ".join(f"{tag}: {' '.join(value.split())}" for tag, value in _TOLD.findall(block))
    head = f"{item.label}: {item.facts.get('formula') or item.wrong}"
    return f"{head}; {told}" if told else head
