"""Molecules of a table, a list or an SDF file as the starts of a campaign."""

from pathlib import Path

from heuresis.agent.documents.content import wrong_ones
from heuresis.agent.documents.reading import read
from heuresis.errors import RequestError

SUFFIXES = (".csv", ".tsv", ".smi", ".smiles", ".sdf", ".mol")


def smiles_of(path: Path, data: bytes) -> list[str]:
    """Return the SMILES of every row or record, each once, in order.

    Raises:
        RequestError: A row cannot be read, or there is no column of SMILES: a campaign begins
            with all of a file, or not at all.
    """
    name = str(path)
    try:
        content = read(data, path.name)
    except RequestError as error:
        raise RequestError(f"{name!r}: {error}") from error
    if wrong := wrong_ones(content.items, content.unit):
        raise RequestError(f"{name!r}: {wrong}; allowed: none that cannot be read")
    found = [item.value for item in content.items if item.carrier == "smiles"]
    if not found or len(found) < len(content.items):
        raise RequestError(f"{name!r}: got no column of SMILES, allowed: one, or an SDF file")
    return list(dict.fromkeys(found))
