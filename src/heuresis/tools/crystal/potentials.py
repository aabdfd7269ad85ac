"""Machine-learned potentials that ship inside packages: energy, forces and stress of a crystal."""

import hashlib
import io
import threading
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from heuresis.errors import OutOfDomainError, ServiceError
from heuresis.settings import get_settings

MP2020 = "PBE(+U), MP2020-corrected"
RAW = "PBE(+U), uncorrected"

# MPtrj holds 89 elements: 1 to 94 without Po, At, Rn, Fr, Ra.
KNOWN = frozenset((
    "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S",
    "Cl", "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga",
    "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd",
    "Ag", "Cd", "In", "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm",
    "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os",
    "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Ac", "Th", "Pa", "U", "Np", "Pu",
))  # fmt: skip
MIN_ATOMS_TO_SHARE = 32

Evaluated = tuple[float, Any, Any]
Evaluate = Callable[[Any], Evaluated]


@dataclass(frozen=True)
class Potential:
    """What is fixed about one potential.

    Attributes:
        name: Name of the backends that use it.
        weights: The published name of the weights.
        package: Where the weights ship.
        path: The weights' file inside the package.
        cutoff_a: Neighbours farther than this are not seen.
        functional: What its raw energies imitate.
        energy_std_ev: Standard error of an energy per atom.
        hull_std_ev: Standard error of a distance to the hull per atom.
        hull_note: Published skill of its stability calls, with the source.
    """

    name: str
    weights: str
    package: str
    path: str
    cutoff_a: float
    functional: str
    energy_std_ev: float
    hull_std_ev: float
    hull_note: str


CHGNET = Potential(
    name="chgnet",
    weights="CHGNet 0.3.0",
    package="chgnet",
    path="pretrained/0.3.0/chgnet_0.3.0_e29f68s314m37.pth.tar",
    cutoff_a=6.0,
    functional=MP2020,
    energy_std_ev=0.036,
    hull_std_ev=0.103,
    hull_note=(
        "CHGNet 0.3.0 on Matbench Discovery (unique prototypes): hull distance MAE 0.063, RMSE "
        "0.103 eV/atom; 51.4 % of its 'stable' calls are right."
    ),
)
SEVENNET = Potential(
    name="sevennet",
    weights="SevenNet-l3i5",
    package="sevenn",
    path="pretrained_potentials/SevenNet_l3i5/checkpoint_l3i5.pth",
    cutoff_a=5.0,
    functional=RAW,
    energy_std_ev=0.036,
    hull_std_ev=0.087,
    hull_note=(
        "SevenNet-l3i5 on Matbench Discovery (unique prototypes): hull distance MAE 0.044, RMSE "
        "0.087 eV/atom; 70.8 % of its 'stable' calls are right."
    ),
)
POTENTIALS = {potential.name: potential for potential in (CHGNET, SEVENNET)}


class Surface:
    """Energy surface of one crystal; remembers the last geometry. What ASE's optimisers call.

    Args:
        evaluate: Atoms to energy (eV), forces (n, 3) (eV/Å), stress (6,) in Voigt order (eV/Å3).
    """

    def __init__(self, evaluate: Evaluate) -> None:
        self.n_evaluations = 0
        self._evaluate = evaluate
        self._geometry = b""
        self._last: Evaluated = (0.0, None, None)

    def get_potential_energy(self, atoms: Any, force_consistent: bool = False) -> float:
        """Energy in eV."""
        return self._at(atoms)[0]

    def get_forces(self, atoms: Any) -> Any:
        """Forces (n, 3) in eV/Å."""
        return self._at(atoms)[1].copy()

    def get_stress(self, atoms: Any) -> Any:
        """Stress (6,) in eV/Å3, Voigt order, positive in tension."""
        return self._at(atoms)[2].copy()

    def _at(self, atoms: Any) -> Evaluated:
        geometry = atoms.positions.tobytes() + atoms.cell.array.tobytes()
        if geometry != self._geometry:
            self._last = self._evaluate(atoms)
            self._geometry = geometry
            self.n_evaluations += 1
        return self._last


def surface(name: str) -> Surface:
    """Open the energy surface of a potential by backend name; loads the model once."""
    return Surface(_evaluator(name))


def missing(name: str) -> str | None:
    """Say what stops a potential and what would make it run, or None."""
    needed = (POTENTIALS[name].package, "pymatgen", "ase", "spglib", "torch")
    absent = [package for package in needed if find_spec(package) is None]
    if absent:
        return f'no {", ".join(absent)}: pip install "heuresis[crystals]"'
    path = _weights_file(name)
    return None if path.is_file() else f'no {path.name!r}: pip install "heuresis[crystals]"'


def missing_packages(*packages: str) -> str | None:
    """Say which packages are absent and how to get them, or None."""
    absent = [package for package in packages if find_spec(package) is None]
    return f'no {", ".join(absent)}: pip install "heuresis[crystals]"' if absent else None


def program_digest(*packages: str) -> str:
    """Identify programs by their versions, without importing them."""
    return "program:" + "+".join(f"{name}=={_version(name)}" for name in packages)


@cache
def digest(name: str) -> str:
    """Identify the weights by the sha256 of their file, without loading them.

    Raises:
        ServiceError: The file is not there.
    """
    reason = missing(name)
    if reason:
        raise ServiceError(f"potential {name!r}: {reason}")
    with _weights_file(name).open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def check_reach(name: str, loneliest_a: float) -> None:
    """Refuse atoms that this potential would see as isolated; raises OutOfDomainError."""
    cutoff = POTENTIALS[name].cutoff_a
    if loneliest_a > cutoff - 0.2:
        raise OutOfDomainError(
            f"crystal: got an atom {loneliest_a:.2f} Å from any other, "
            f"allowed {cutoff - 0.2:.1f} Å for {POTENTIALS[name].weights}"
        )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _weights_file(name: str) -> Path:
    potential = POTENTIALS[name]
    spec = find_spec(potential.package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0] if folders else potential.package) / potential.path


_LOCK = threading.RLock()


def _evaluator(name: str) -> Evaluate:
    with _LOCK:
        return _load(name)


@cache
def _load(name: str) -> Evaluate:
    open_model = {"chgnet": _open_chgnet, "sevennet": _open_sevennet}[name]
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):  # chgnet prints as it loads
        warnings.simplefilter("ignore")
        return open_model()


def _share_work(n_atoms: int) -> None:
    """Give large cells all threads; small ones gain nothing, and lose tenfold on a busy machine."""
    import torch

    wanted = get_settings().n_threads if n_atoms >= MIN_ATOMS_TO_SHARE else 1
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)


def _open_chgnet() -> Evaluate:
    from chgnet.model import CHGNet

    model = CHGNet.load(model_name="0.3.0", use_device=get_settings().device, verbose=False)
    model.graph_converter.set_isolated_atom_response("error")
    model.eval().requires_grad_(False)
    return partial(_run_chgnet, model, get_settings().device)


def _run_chgnet(model: Any, device: str, atoms: Any) -> Evaluated:
    """Evaluate in one backward pass; chgnet's own prediction takes two, kept for training."""
    import torch
    from ase.stress import full_3x3_to_voigt_6_stress
    from chgnet.model.model import BatchedGraph
    from pymatgen.core import Lattice, Structure

    crystal = Structure(
        Lattice(atoms.cell.array), atoms.numbers, atoms.positions, coords_are_cartesian=True
    )
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _share_work(len(atoms))
        graph = model.graph_converter(crystal).to(device)
        batch = BatchedGraph.from_graphs(
            [graph],
            bond_basis_expansion=model.bond_basis_expansion,
            angle_basis_expansion=model.angle_basis_expansion,
            compute_stress=True,
        )
        energy = model._compute(batch)["e"].sum() * len(atoms)
        (place,), (strain,) = batch.atom_positions, batch.strains
        pull, virial = torch.autograd.grad(energy, (place, strain))
        offset = float(model.composition_model([graph]).sum()) * len(atoms)
    stress = virial.cpu().numpy().astype(float) / float(crystal.volume)
    forces = -pull.cpu().numpy().astype(float)
    return float(energy) + offset, forces, full_3x3_to_voigt_6_stress(stress)


def _open_sevennet() -> Evaluate:
    from sevenn.calculator import SevenNetCalculator

    calculator = SevenNetCalculator("7net-l3i5", device=get_settings().device)
    return partial(_run_sevennet, calculator)


def _run_sevennet(calculator: Any, atoms: Any) -> Evaluated:
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _share_work(len(atoms))
        calculator.calculate(atoms)
        found = calculator.results
    return float(found["energy"]), found["forces"].astype(float), found["stress"].astype(float)
