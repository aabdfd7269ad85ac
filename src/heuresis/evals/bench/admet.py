"""`molecule.admet` through the lab against admet-ai called directly, on the same molecules.

Fairness. Both sides get the same canonical SMILES of approved drugs (from the table that admet-ai
ships), 300 new ones each turn, so that nothing is remembered on either side; all nets are loaded
and warm. admet-ai is asked for its 41 end points only: its physicochemical properties and DrugBank
percentiles, which we do not compute, are off. Our side includes what the lab does: hazard screen,
domain gate, checks, 41 quantities per molecule recorded, and the spread of the ensemble. Molecules
that the lab refuses do not count as answered. admet-ai runs once as torch comes, and once held to
one thread, since threads inside an operation crawl where other processes want the processors.
"""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from heuresis.contract import Outcome, Smiles
from heuresis.errors import ServiceError
from heuresis.evals.bench.machine import n_cpus
from heuresis.evals.bench.measure import alternate
from heuresis.evals.bench.row import Row, against_peer
from heuresis.evals.bench.workplace import silence, temporary_lab
from heuresis.serving.lab import Lab
from heuresis.tools.molecule.admet import ADMET, AdmetRequest

N, TURNS = 300, 5
QUICK_N, QUICK_TURNS = 40, 1
WARM_N = 40
NEEDED = 0.95
ORGANIC = {5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53}
HEAVY_ATOMS = (6, 70)
SAME = 1e-3  # relative difference of two means computed in another order


def measure(*, quick: bool) -> list[Row]:
    """Time both sides on fresh molecules, turn by turn.

    Raises:
        ServiceError: admet-ai is not installed, or the two sides disagree.
    """
    _require()
    n, turns = (QUICK_N, QUICK_TURNS) if quick else (N, TURNS)
    drugs = drug_smiles(WARM_N + n * turns)
    warm, fresh = drugs[:WARM_N], drugs[WARM_N:]
    slices = [fresh[n * turn : n * (turn + 1)] for turn in range(turns)]
    with temporary_lab() as lab, silence():
        direct = _direct()
        _agree(_ask(lab, warm), direct(warm, n_cpus()))
        answers: list[list[Outcome]] = []
        actions = {
            "ours": lambda turn: answers.append(_ask(lab, slices[turn])),
            "theirs": lambda turn: direct(slices[turn], n_cpus()),
            "one_thread": lambda turn: direct(slices[turn], 1),
        }
        seconds = alternate(actions, turns)
    return _rows(seconds, [sum(one.is_usable for one in each) for each in answers], n)


def _require() -> None:
    missing = ADMET.backends[0].missing()
    if missing is not None:
        raise ServiceError(missing)


def _rows(seconds: dict[str, list[float]], answered: Sequence[int], n: int) -> list[Row]:
    ours = [1000 * s / k for s, k in zip(seconds["ours"], answered, strict=True)]
    theirs, single = ([1000 * s / n for s in seconds[name]] for name in ("theirs", "one_thread"))
    note = f"{sum(answered)} of {n * len(answered)} molecules answered by the lab"
    what, unit = f"molecule.admet, {n} molecules", "ms/molecule"
    return [
        against_peer("admet.default", what, ours, ("admet-ai", theirs), unit,
                     needed=NEEDED, note=note),
        against_peer("admet.one_thread", what, ours, ("admet-ai, one thread", single), unit,
                     needed=NEEDED, note=note),
    ]  # fmt: skip


def _ask(lab: Lab, smiles: Sequence[str]) -> list[Outcome]:
    return lab.run_many(ADMET.name, [AdmetRequest(smiles=Smiles(text)) for text in smiles])


def _direct() -> Callable[[Sequence[str], int], Any]:
    """Load admet-ai; return its prediction on a number of torch threads."""
    import torch
    from admet_ai import ADMETModel

    model = ADMETModel(include_physchem=False, drugbank_path=None, num_workers=0)

    def predict(smiles: Sequence[str], n_threads: int) -> Any:
        torch.set_num_threads(n_threads)
        return model.predict(list(smiles))

    return predict


def _agree(ours: Sequence[Outcome], theirs: Any) -> None:
    """Raise ServiceError where the two sides do not compute the same."""
    for i, outcome in enumerate(ours):
        for name, got in outcome.quantities.items():
            other = float(theirs.iloc[i][name.removeprefix("end_points.")])
            if abs(got.value - other) > SAME * max(1.0, abs(other)):
                raise ServiceError(f"{name}: got {got.value}, admet-ai says {other}")


def drug_smiles(n: int) -> list[str]:
    """Return canonical SMILES of the first n organic, neutral, single-molecule approved drugs.

    Raises:
        ServiceError: There are not that many.
    """
    import admet_ai

    path = Path(admet_ai.__file__).parent / "resources" / "data" / "drugbank_approved.csv"
    found: dict[str, None] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            smiles = _plain_canonical(row["smiles"])
            if smiles is not None:
                found[smiles] = None
            if len(found) == n:
                return list(found)
    raise ServiceError(f"drugs: got {len(found)} that fit, needed {n}")


def _plain_canonical(smiles: str) -> str | None:
    """Choose by plain RDKit: our own functions would remember what they have read."""
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.*")
    mol = Chem.MolFromSmiles(smiles)
    RDLogger.EnableLog("rdApp.*")
    if mol is None or not HEAVY_ATOMS[0] <= mol.GetNumHeavyAtoms() <= HEAVY_ATOMS[1]:
        return None
    atoms = list(mol.GetAtoms())
    is_odd = any(
        atom.GetFormalCharge() or atom.GetIsotope() or atom.GetNumRadicalElectrons()
        or atom.GetAtomicNum() not in ORGANIC
        for atom in atoms
    )  # fmt: skip
    has_carbon = any(atom.GetAtomicNum() == 6 for atom in atoms)
    canonical = Chem.MolToSmiles(mol)
    return None if is_odd or not has_carbon or "." in canonical else canonical
