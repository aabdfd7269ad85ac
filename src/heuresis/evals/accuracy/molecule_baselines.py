"""Naive predictions for molecules from the other folds of the same data: mean and neighbours."""

from collections.abc import Sequence
from typing import Any, Literal

N_FOLDS = 5
MEAN = "mean of the data"  # that of other folds runs against the truth and ranks below chance
NEIGHBOURS = "nearest neighbour"  # in the name of every baseline but the mean
N_BITS = 2048
RADIUS = 2

Cut = Literal["random", "scaffold"]


def folds(smiles: Sequence[str], cut: Cut, seed: int = 0) -> Any:
    """Number the fold of each molecule, (n,); 'scaffold' keeps a Bemis-Murcko scaffold together.

    Molecules without a ring have no scaffold; each stands for itself.
    """
    import numpy as np
    from sklearn.model_selection import GroupKFold, KFold

    n_folds = min(N_FOLDS, len(smiles))
    fold = np.empty(len(smiles), dtype=int)
    if cut == "random":
        parts = KFold(n_folds, shuffle=True, random_state=seed).split(smiles)
    else:
        groups = [scaffold(text) or text for text in smiles]
        n_folds = min(n_folds, len(set(groups)))
        parts = GroupKFold(n_folds, shuffle=True, random_state=seed).split(smiles, groups=groups)
    for i, (_, held) in enumerate(parts):
        fold[held] = i
    return fold


def scaffold(smiles: str) -> str:
    """Return the Bemis-Murcko scaffold as SMILES; empty without a ring."""
    from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles

    return str(MurckoScaffoldSmiles(smiles))


def by_neighbours(smiles: Sequence[str], truth: Any, fold: Any, n_nearest: int) -> Any:
    """Predict the mean of the nearest molecules of the other folds, (n,); Tanimoto on Morgan bits.

    Args:
        smiles: Canonical.
        truth: Measured, (n,).
        fold: As `folds` gives them, (n,).
        n_nearest: Neighbours averaged, fewer where there are fewer.
    """
    import numpy as np
    from rdkit.DataStructs import BulkTanimotoSimilarity

    prints, found = _fingerprints(smiles), np.empty(len(smiles))
    for number in np.unique(fold):
        outside = np.flatnonzero(fold != number)
        pool, values = [prints[i] for i in outside], truth[outside]
        for i in np.flatnonzero(fold == number):
            alike = np.array(BulkTanimotoSimilarity(prints[i], pool))
            nearest = np.argsort(-alike, kind="stable")[:n_nearest]
            found[i] = values[nearest].mean()
    return found


def _fingerprints(smiles: Sequence[str]) -> list[Any]:
    from rdkit.Chem import MolFromSmiles
    from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator

    generator = GetMorganGenerator(radius=RADIUS, fpSize=N_BITS)
    return [generator.GetFingerprint(MolFromSmiles(text)) for text in smiles]


def naive_predictions(smiles: Sequence[str], truth: Any) -> dict[str, Any]:
    """Return the predictions of every baseline by its name, each (n,)."""
    import numpy as np

    found = {MEAN: np.full(len(truth), truth.mean())}
    cuts: tuple[tuple[Cut, str], ...] = (
        ("random", "5 random folds"),
        ("scaffold", "5 scaffold folds"),
    )
    for cut, word in cuts:
        fold = folds(smiles, cut)
        found[f"{NEIGHBOURS}, {word}"] = by_neighbours(smiles, truth, fold, 1)
        found[f"five {NEIGHBOURS}s, {word}"] = by_neighbours(smiles, truth, fold, 5)
    return found
