"""Materials Project entries of a chemical system: structures, energies, distances to the hull."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heuresis.contract import Crystal, Formula
from heuresis.evals.accuracy.measured_molecules import path_of
from heuresis.tools.crystal.structure import checked, write

SYSTEMS = ("Li-Co-Ni-O", "Na-Fe-P-O")
FAR_EV = 0.5
WILD = (
    f"Some entries lie eV/atom above the Materials Project's own hull, a few with quite ordinary "
    f"structures, where the DFT energy itself may be at fault. They stay in; the parts 'up to "
    f"{FAR_EV} eV/atom above the hull' show the figures without them, for the baselines too."
)
LEAK = (
    "CHGNet 0.3.0 and SevenNet-l3i5 were trained on MPtrj, the Materials Project's own relaxations "
    "(about 146,000 compounds), so the structures and energies here are of the kind they learned, "
    "if not the same. No list of training entries ships: the overlap is unknown and likely almost "
    "total; read the figures as optimistic. For new crystals see the published test figures "
    "(Matbench Discovery) on the cards."
)


@dataclass(frozen=True)
class Entry:
    """One phase; energies in eV/atom.

    Attributes:
        name: Its Materials Project number.
        system: The chemical system of the file.
        crystal: The relaxed DFT structure.
        formula: Reduced formula.
        shares: Atomic fraction by element.
        n_atoms: Atoms in the cell.
        raw_ev: PBE(+U) energy as calculated.
        corrected_ev: The same with the MP2020 corrections.
        above_hull_ev: Distance to the Materials Project's hull.
    """

    name: str
    system: str
    crystal: Crystal
    formula: Formula
    shares: dict[str, float]
    n_atoms: int
    raw_ev: float
    corrected_ev: float
    above_hull_ev: float


def read(data: Path, system: str) -> list[Entry]:
    """Read every entry of a system, in the order of a hash of its number.

    Raises:
        RequestError: The file is not there; names the path.
    """
    path = path_of(data, f"materials/mp_entries/{system}.json.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = [_entry(raw, system) for raw in json.load(file)]
    return sorted(found, key=lambda entry: hashlib.sha256(entry.name.encode()).hexdigest())


def sample(systems: Sequence[Sequence[Entry]], n: int, max_atoms: int) -> list[Entry]:
    """Return the first n entries in small cells of each system, each phase once.

    The order of a system is a hash's, so the sample is random. Two systems share the phases of
    the elements they share; the first keeps them.
    """
    found: dict[str, Entry] = {}
    for entries in systems:
        for entry in [entry for entry in entries if entry.n_atoms <= max_atoms][:n]:
            found.setdefault(entry.name, entry)
    return list(found.values())


def _entry(raw: dict[str, Any], system: str) -> Entry:
    from pymatgen.core import Structure

    structure = checked(Structure.from_dict(raw["structure"]), raw["entry_id"])
    n_atoms, composition = len(structure), structure.composition
    return Entry(
        name=raw["data"]["material_id"],
        system=system,
        crystal=write(structure),
        formula=Formula(composition.reduced_formula),
        shares={str(e): float(composition.get_atomic_fraction(e)) for e in composition},
        n_atoms=n_atoms,
        raw_ev=raw["energy"] / n_atoms,
        corrected_ev=(raw["energy"] + raw["correction"]) / n_atoms,
        above_hull_ev=float(raw["e_above_hull"]),
    )
