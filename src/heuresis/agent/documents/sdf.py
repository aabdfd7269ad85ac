"""SDF and MOL: each record a molecule with its properties; what cannot be read is named."""

import re
from collections.abc import Iterator
from importlib.util import find_spec

from heuresis.agent.documents.content import MAX_ITEMS, Content, Stretch, label_of, wrong_ones
from heuresis.agent.documents.text import decoded
from heuresis.errors import RequestError, ServiceError
from heuresis.memory.documents import NewItem
from heuresis.tools.rdkit_log import silent_rdkit

READER = "sdf-1"
MAX_FACT = 200
MAX_FACTS = 40
_END = re.compile(r"^\$\$\$\$.*$", re.MULTILINE)
_PROPERTY = re.compile(r"^>[^<\n]*<([^>\n]+)>[^\n]*\n((?:[^\n]+\n?)*)", re.MULTILINE)
_BLOCK = re.compile(r"^M  END|V[23]000\s*$", re.MULTILINE)


def is_sdf(text: str) -> bool:
    """Whether a text holds blocks of atoms and bonds."""
    return _BLOCK.search(text) is not None


def read_sdf(data: bytes) -> Content:
    """Read the records of an SDF file, or the one of a MOL file.

    Raises:
        RequestError: No record, or too many.
        ServiceError: RDKit is not installed.
    """
    text, notes = decoded(data, "SDF")
    if not is_sdf(text):
        raise RequestError("SDF: got no block of atoms (V2000 or V3000), allowed: at least one")
    first, *others = _END.split(text)
    records = [first, *(part.removeprefix("\n") for part in others)]  # a title may be empty
    if not records[-1].strip():
        records.pop()
    if len(records) > MAX_ITEMS:
        raise RequestError(f"SDF: got {len(records)} records, allowed: {MAX_ITEMS}")
    said = list(notes)
    items = tuple(_items(records, said))
    said += [wrong_ones(items, "record")] * any(item.wrong for item in items)
    texts = tuple(Stretch(item.place, item.place, _line(item)) for item in items)
    return Content(READER, "molecules", "record", len(records), texts, items, tuple(said))


def _items(records: list[str], said: list[str]) -> Iterator[NewItem]:
    if find_spec("rdkit") is None:
        fix = "pip install 'heuresis[molecules]'"
        raise ServiceError(f"SDF needs rdkit, which is not installed: {fix}")
    with silent_rdkit():
        for number, record in enumerate(records, start=1):
            yield _item(number, record, said)


def _item(number: int, record: str, said: list[str]) -> NewItem:
    from rdkit import Chem

    place = f"record {number}"
    facts = {
        name.strip()[:MAX_FACT]: " ".join(value.split())[:MAX_FACT]
        for name, value in _PROPERTY.findall(record)[:MAX_FACTS]
    }
    try:
        mol = Chem.MolFromMolBlock(record)
        form = Chem.MolToSmiles(mol) if mol is not None else ""
    except (RuntimeError, ValueError) as error:  # rdkit's own, on blocks it cannot work with
        return NewItem(number, place, facts=facts, wrong=f"RDKit: {str(error)[:100]}")
    if not form:
        return NewItem(number, place, facts=facts, wrong="RDKit cannot read it, or it is empty")
    label, why = label_of(record.split("\n", 1)[0], place, form)
    said += [why] * bool(why)
    return NewItem(number, label, "smiles", form, facts)


def _line(item: NewItem) -> str:
    """Write a record as one line of text."""
    pairs = "".join(f"; {name}: {value}" for name, value in item.facts.items())
    return f"{item.label}: {item.value or item.wrong}{pairs}"
