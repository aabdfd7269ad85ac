"""Synthetic accessibility of a molecule, 1 (easy) to 10 (hard), by the score in RDKit Contrib."""

import warnings
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Lock
from typing import Any

from heuresis.errors import ServiceError

_lock = Lock()


def accessibility(mol: Any) -> float:
    """Score an RDKit molecule. Source: doi:10.1186/1758-2946-1-8.

    Raises:
        ServiceError: RDKit was built without its Contrib folder.
    """
    with _lock:
        scorer = _scorer()
    return float(scorer.calculateScore(mol))


@cache
def _scorer() -> Any:
    from rdkit import RDConfig

    path = Path(RDConfig.RDContribDir) / "SA_Score" / "sascorer.py"
    spec = spec_from_file_location("heuresis_sascorer", path) if path.is_file() else None
    if spec is None or spec.loader is None:
        raise ServiceError(f"no {str(path)!r}: install RDKit from its wheel, pip install rdkit")
    scorer = module_from_spec(spec)
    spec.loader.exec_module(scorer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the score file open
        scorer.readFragmentScores()
    return scorer
