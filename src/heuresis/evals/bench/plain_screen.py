"""What anybody would write: RDKit in a pool of processes, a CSV of what is kept.

It is the other side of the `screening` measurement: same molecules, same numbers, same limits, and
a canonical SMILES for each. It screens no hazards, checks no answer and cannot go on after a stop.
`python -m heuresis.evals.bench.plain_screen LIBRARY OUT N_PROCESSES WHICH` prints how many it kept.
"""

import csv
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

CHUNK = 1_000
SIX = (
    "average_mass", "log_p", "tpsa", "n_h_bond_donors", "n_h_bond_acceptors", "n_rotatable_bonds",
)  # fmt: skip
CHEAP = (
    *SIX, "exact_mass", "synthetic_accessibility", "fraction_sp3", "n_rings", "n_aromatic_rings",
    "n_heavy_atoms", "n_stereo_centres", "formal_charge_e", "n_lipinski_violations",
)  # fmt: skip
WHICH = {"six": SIX, "cheap": CHEAP, "all": (*CHEAP, "qed")}


@cache
def _ways() -> dict[str, Callable[[Any], float]]:
    """Return what computes each number; those of the rule of five come from the others."""
    from rdkit import RDConfig
    from rdkit.Chem import Crippen, Descriptors, GetFormalCharge
    from rdkit.Chem import rdMolDescriptors as of
    from rdkit.Chem.QED import qed

    sys.path.append(str(Path(RDConfig.RDContribDir) / "SA_Score"))
    import sascorer  # type: ignore[import-not-found]  # of RDKit's Contrib

    return {
        "average_mass": Descriptors.MolWt,
        "log_p": Crippen.MolLogP,
        "tpsa": of.CalcTPSA,
        "n_h_bond_donors": of.CalcNumHBD,
        "n_h_bond_acceptors": of.CalcNumHBA,
        "n_rotatable_bonds": of.CalcNumRotatableBonds,
        "exact_mass": of.CalcExactMolWt,
        "synthetic_accessibility": sascorer.calculateScore,
        "fraction_sp3": of.CalcFractionCSP3,
        "n_rings": of.CalcNumRings,
        "n_aromatic_rings": of.CalcNumAromaticRings,
        "n_heavy_atoms": lambda mol: mol.GetNumHeavyAtoms(),
        "n_stereo_centres": of.CalcNumAtomStereoCenters,
        "formal_charge_e": GetFormalCharge,
        "n_lipinski_violations": _violations,
        "qed": qed,
    }


def _violations(mol: Any) -> int:
    ways = _ways()
    limits = {"average_mass": 500, "log_p": 5, "n_h_bond_donors": 5, "n_h_bond_acceptors": 10}
    return sum(ways[name](mol) > limit for name, limit in limits.items())


def numbers(names: tuple[str, ...], lines: list[str]) -> list[tuple[Any, ...]]:
    """Return the kept molecules of some lines, with their numbers."""
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.*")
    ways = [_ways()[name] for name in names]
    found = []
    for line in lines:
        smiles, name = line.split(None, 1)
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            continue
        row = [way(mol) for way in ways]
        text = Chem.MolToSmiles(mol)
        if row[0] < 500 and row[1] < 5:
            found.append((text, name.strip(), *row))
    return found


def chunks(path: Path) -> Iterator[list[str]]:
    """Read a library in lists of lines."""
    with path.open(encoding="utf-8") as file:
        while lines := list(islice(file, CHUNK)):
            yield lines


def screen(path: Path, out: Path, n_processes: int, which: str) -> int:
    """Screen a library; return how many were kept."""
    n_kept, work = 0, partial(numbers, WHICH[which])
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if n_processes == 1:
            for rows in map(work, chunks(path)):
                writer.writerows(rows)
                n_kept += len(rows)
            return n_kept
        with get_context("spawn").Pool(n_processes) as pool:
            for rows in pool.imap(work, chunks(path)):
                writer.writerows(rows)
                n_kept += len(rows)
    return n_kept


if __name__ == "__main__":
    print(screen(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
