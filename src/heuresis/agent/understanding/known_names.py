"""Names of molecules from tables: common ones, those the rules list, approved drugs."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from heuresis.agent.understanding.elements import NAMES
from heuresis.agent.understanding.vocabulary.reading import english, named_molecules
from heuresis.errors import PolicyError
from heuresis.serving.hazard.names import listed_names
from heuresis.tools.programs import package_folder

SHORT = 3  # letters up to which case counts: 'VX' is a name, 'vx' is not
SHORTEST_DRUG = 5
DRUGS = "resources/data/drugbank_approved.csv"


@dataclass(frozen=True)
class Known:
    """A compound that a table lists.

    Attributes:
        name: As the table writes it.
        smiles: Its structure.
        why: Which table.
    """

    name: str
    smiles: str
    why: str


@cache
def known_names() -> Mapping[str, Known]:
    """Return every listed compound by name; what is refused by name must be known by it too."""
    found = {one.name: one for one in _drugs()}
    found |= {one.name: one for one in _refused()}
    for name, (_, smiles) in named_molecules().items():
        found[name] = Known(name, smiles, f"the common name {name!r}")
    return found


def _refused() -> Iterator[Known]:
    try:
        listed = listed_names()
    except PolicyError:  # nothing runs then, and the gate says why
        return
    for name, smiles in listed.items():
        if "annex" not in name:
            yield Known(name, smiles, f"the name {name!r} of the hazard rules")


def _drugs() -> Iterator[Known]:
    """Read the table that admet-ai ships; salts and elements are left to other readers."""
    folder = package_folder("admet_ai")
    path = folder / DRUGS if folder else None
    if path is None or not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name, smiles = row["name"].strip().lower(), row["smiles"]
            is_organic = "." not in smiles and "c" in smiles.lower().replace("cl", "")
            is_plain = name in english() or name in NAMES or len(name) < SHORTEST_DRUG
            if is_organic and not is_plain:
                yield Known(name, smiles, f"{name!r} in admet-ai's table of approved drugs")
