"""The nets of admet-ai, member by member: what each end point means, and running all of them."""

import logging
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import inf
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from heuresis.errors import ServiceError
from heuresis.settings import get_settings
from heuresis.tools.molecule.structure import mol_of
from heuresis.tools.programs import package_folder

_N_TOGETHER = 32

_lock = Lock()


class EndPoint(NamedTuple):
    """Unit and physical limits of one end point.

    Attributes:
        unit: Unit of the value.
        low: Least possible value.
        high: Greatest possible value.
        is_class: Whether it is the probability of a class.
    """

    unit: str
    low: float
    high: float
    is_class: bool


_PROBABILITY = EndPoint("1", 0.0, 1.0, True)

# Units are those of admet-ai's own table but for Caco2_Wang: the table says log(10^-6 cm/s), the
# set holds log10(cm/s), as its values of -8 to -4 show.
END_POINTS: dict[str, EndPoint] = {
    **{
        name: _PROBABILITY
        for name in (
            "AMES", "BBB_Martins", "Bioavailability_Ma", "CYP1A2_Veith", "CYP2C19_Veith",
            "CYP2C9_Substrate_CarbonMangels", "CYP2C9_Veith", "CYP2D6_Substrate_CarbonMangels",
            "CYP2D6_Veith", "CYP3A4_Substrate_CarbonMangels", "CYP3A4_Veith",
            "Carcinogens_Lagunin", "ClinTox", "DILI", "HIA_Hou", "NR-AR-LBD", "NR-AR", "NR-AhR",
            "NR-Aromatase", "NR-ER-LBD", "NR-ER", "NR-PPAR-gamma", "PAMPA_NCATS",
            "Pgp_Broccatelli", "SR-ARE", "SR-ATAD5", "SR-HSE", "SR-MMP", "SR-p53",
            "Skin_Reaction", "hERG",
        )
    },
    "Caco2_Wang": EndPoint("log10(cm/s)", -inf, inf, False),
    "Clearance_Hepatocyte_AZ": EndPoint("uL/min/10^6 cells", 0.0, inf, False),
    "Clearance_Microsome_AZ": EndPoint("uL/min/mg", 0.0, inf, False),
    "Half_Life_Obach": EndPoint("h", 0.0, inf, False),
    "HydrationFreeEnergy_FreeSolv": EndPoint("kcal/mol", -inf, inf, False),
    "LD50_Zhu": EndPoint("log10(kg/mol)", -inf, inf, False),
    "Lipophilicity_AstraZeneca": EndPoint("log10(ratio)", -inf, inf, False),
    "PPBR_AZ": EndPoint("%", 0.0, 100.0, False),
    "Solubility_AqSolDB": EndPoint("log10(mol/L)", -inf, inf, False),
    "VDss_Lombardo": EndPoint("L/kg", 0.0, inf, False),
}  # fmt: skip


def checkpoints() -> list[Path]:
    """List the checkpoint files in admet-ai's order, without importing it."""
    folder = package_folder("admet_ai")
    return sorted((folder / "resources" / "models").glob("*/*.pt")) if folder else []


def predict(smiles: Sequence[str]) -> tuple[list[str], list[list[float]], list[list[float]]]:
    """Run every member of both ensembles.

    Returns:
        Names of the end points (41); their means, (n, 41); standard deviations over the five
        members, (n, 41), with n - 1 in the denominator.
    """
    import torch

    if not smiles:
        return list(END_POINTS), [], []
    ensembles, graphs = _ensembles(), _graphs(smiles)
    names = [end_point for end_points, _ in ensembles for end_point in end_points]
    with _pool() as pool:
        runs = [[pool.submit(_run, net, graphs) for net in nets] for _, nets in ensembles]
        # shape of each (members, n, end_points)
        values = [torch.stack([each.result() for each in members]) for members in runs]
    mean = torch.cat([each.mean(dim=0) for each in values], dim=1)
    std = torch.cat([each.std(dim=0) for each in values], dim=1)
    return names, mean.tolist(), std.tolist()


def _pool() -> ThreadPoolExecutor:
    """Give each member its own thread: threads inside an operation crawl on a busy machine."""
    import torch

    n_threads = get_settings().n_threads
    return ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,))


def _run(net: Any, graphs: Sequence[Any]) -> Any:
    """Return the member's predictions, (n, end_points)."""
    import torch

    with torch.inference_mode():
        return torch.cat([net(graph) for graph in graphs]).cpu()


def _graphs(smiles: Sequence[str]) -> list[Any]:
    from chemprop.data import BatchMolGraph
    from chemprop.featurizers import SimpleMoleculeMolGraphFeaturizer

    device = get_settings().device
    featurise = SimpleMoleculeMolGraphFeaturizer()
    single = [featurise(mol_of(text)) for text in smiles]
    batches = [
        BatchMolGraph(single[start : start + _N_TOGETHER])
        for start in range(0, len(single), _N_TOGETHER)
    ]
    for batch in batches:
        batch.to(device)
    return batches


def _ensembles() -> tuple[tuple[list[str], list[Any]], ...]:
    with _lock:
        return _load()


@cache
def _load() -> tuple[tuple[list[str], list[Any]], ...]:
    """Load the nets of each folder, once per process."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from chemprop.models import load_model
        from chemprop.models.utils import load_output_columns

        folders: dict[Path, list[Path]] = {}
        for path in checkpoints():
            folders.setdefault(path.parent, []).append(path)
        loaded = tuple(
            (list(load_output_columns(paths[0])), [_ready(load_model(path)) for path in paths])
            for paths in folders.values()
        )
    names = {name for end_points, _ in loaded for name in end_points}
    if names != END_POINTS.keys():
        odd = sorted(names ^ END_POINTS.keys())
        raise ServiceError(f"admet-ai: got end points differing in {odd}, allowed: those of 2.0.1")
    return loaded


def _ready(net: Any) -> Any:
    return net.eval().to(get_settings().device)
