"""How alike molecules are: Tanimoto similarity of counted Morgan environments."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

RADIUS = 2
N_BITS = 2048

Counts = NDArray[np.float32]
Matrix = NDArray[np.float64]


def one_thread() -> Any:
    """Return a context in which linear algebra uses one thread.

    The matrices are small: threads that wait for a busy core made a round four times slower. It
    also keeps the last bits of a result the same on machines with more cores.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="blas")


def count_prints(forms: Sequence[str]) -> Counts:
    """Return counted Morgan fingerprints of valid SMILES, shape (n_forms, N_BITS)."""
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator

    maker = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=N_BITS)
    rows = [maker.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(form)) for form in forms]
    return np.asarray(rows, dtype=np.float32).reshape(len(rows), N_BITS)


def similarity(left: Counts, right: Counts) -> Matrix:
    """Return sum of minima over sum of maxima for every pair, shape (n_left, n_right), in [0, 1].

    The minimum of two counts is the number of levels that both reach, so each level is one matrix
    product over the few columns that reach it.
    """
    shared = np.zeros((len(left), len(right)))
    level = 1
    while True:
        columns = (left >= level).any(axis=0) & (right >= level).any(axis=0)
        if not columns.any():
            break
        reach = (left[:, columns] >= level).astype(np.float32)
        shared += reach @ (right[:, columns] >= level).astype(np.float32).T
        level += 1
    total = left.sum(axis=1)[:, None] + right.sum(axis=1)[None, :] - shared
    return np.asarray(shared / np.maximum(total, 1.0), dtype=np.float64)
