"""`crystal.relax` through the lab against CHGNet's own StructOptimizer, at equal convergence.

Fairness. Both sides start from the same CIF, use the same weights on the same number of torch
threads, and stop at the same point: largest force and largest stress component below the limits of
our request. StructOptimizer keeps its own optimiser (FIRE) and cell filter, but its test of
convergence is ours: its default looks at a mixture of both. Magnetic moments and printing are off.
Our side includes what the lab does, symmetry analysis and recording among it, on a fresh ledger
each turn. The final states of both sides are evaluated once more by CHGNet's own prediction; a side
that has not converged ends the measurement, and crystals that the two sides brought to different
minima are named, since time to another place is no comparison. A last row times one evaluation of
each side.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from heuresis.errors import ServiceError
from heuresis.evals.bench.crystals import names, shaken
from heuresis.evals.bench.measure import alternate
from heuresis.evals.bench.row import Detail, Row, against_peer
from heuresis.evals.bench.workplace import silence, temporary_lab
from heuresis.serving.lab import Lab
from heuresis.settings import get_settings
from heuresis.tools.crystal.potentials import surface
from heuresis.tools.crystal.relax import RELAX, RelaxRequest
from heuresis.tools.crystal.relaxation import is_converged
from heuresis.tools.crystal.structure import read

N, TURNS, EVALUATIONS = 8, 3, 5
QUICK_N, QUICK_TURNS, QUICK_EVALUATIONS = 3, 1, 2
SLACK = 1.02  # CIF text rounds: the same place, read again, differs in the last digits
SAME_MINIMUM_MEV = 2.0  # per atom; residual forces at the limits explain less than 1
PEER = "StructOptimizer"


def measure(*, quick: bool) -> list[Row]:
    """Relax the same crystals by both sides, turn by turn.

    Raises:
        ServiceError: CHGNet is not installed, or a side did not converge.
    """
    missing = RELAX.backends[0].missing()
    if missing is not None:
        raise ServiceError(missing)
    n, turns = (QUICK_N, QUICK_TURNS) if quick else (N, TURNS)
    requests = [RelaxRequest(crystal=crystal) for crystal in shaken(n)]
    with silence(), _threads(), _labs(turns + 1) as labs:
        peer = Peer()
        _relax(labs.pop(), requests[:1])
        peer.relax(requests[0])
        ours: list[list[Any]] = []
        theirs: list[list[Any]] = []
        actions = {
            "ours": lambda turn: ours.append(_relax(labs[turn], requests)),
            "theirs": lambda _: theirs.append([peer.relax(request) for request in requests]),
        }
        seconds = alternate(actions, turns)
        details = _compare(peer, requests, ours[0], theirs[0])
        one = _one_evaluation(peer, requests[-1], QUICK_EVALUATIONS if quick else EVALUATIONS)
    note = f"ended in another minimum: {details['another_minimum'] or 'none'}"
    return [
        against_peer("relaxation.crystals", f"crystal.relax, {n} crystals", seconds["ours"],
                     (PEER, seconds["theirs"]), "s", needed=1.0, note=note, details=details),
        against_peer("relaxation.evaluation", f"one evaluation, {names(n)[-1]}", one["ours"],
                     ("CHGNetCalculator", one["theirs"]), "s", needed=None,
                     note="energy, forces, stress"),
    ]  # fmt: skip


@contextmanager
def _threads() -> Iterator[None]:
    """Give both sides the number of threads of the settings."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(get_settings().n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _labs(n: int) -> Iterator[list[Lab]]:
    """Open n labs on empty ledgers, so that no turn is a hit."""
    with ExitStack() as stack:
        yield [stack.enter_context(temporary_lab()) for _ in range(n)]


def _relax(lab: Lab, requests: Sequence[RelaxRequest]) -> list[Any]:
    outcomes = lab.run_many(RELAX.name, requests, backend="chgnet")
    for outcome in outcomes:
        if not outcome.is_usable:
            raise ServiceError(f"{RELAX.name}: {outcome.status}: {outcome.reason}")
    return [outcome.response for outcome in outcomes]


class Peer:
    """CHGNet's own relaxation and prediction, loaded once."""

    def __init__(self) -> None:
        from chgnet.model import CHGNet
        from chgnet.model.dynamics import CHGNetCalculator

        device = get_settings().device
        model = CHGNet.load(model_name="0.3.0", use_device=device, verbose=False)
        self.calculator = CHGNetCalculator(model=model, use_device=device)

    def relax(self, request: RelaxRequest) -> Any:
        """Return the relaxed structure and the number of evaluations."""
        from chgnet.model.dynamics import StructOptimizer

        optimiser = StructOptimizer(model=self.calculator, optimizer_class=_fire(request))
        found = optimiser.relax(
            read(request.crystal),
            fmax=request.fmax_ev_per_a,
            steps=10 * request.max_steps,
            verbose=False,
            assign_magmoms=False,
        )
        return found["final_structure"], len(found["trajectory"])

    def predict(self, structure: Any) -> tuple[float, float, float]:
        """Return energy (eV/atom), largest force (eV/Å) and largest stress component (GPa)."""
        import numpy as np

        said = self.calculator.model.predict_structure(structure)
        force = float(np.linalg.norm(said["f"], axis=1).max())
        return float(said["e"]), force, float(np.abs(said["s"]).max())


def _fire(request: RelaxRequest) -> Any:
    """Build FIRE with our test of convergence."""
    import numpy as np
    from ase.optimize import FIRE
    from ase.units import GPa

    class Fire(FIRE):  # type: ignore[misc]  # ase is untyped
        def gradient_converged(self, gradient: Any) -> bool:
            atoms = self.atoms.atoms
            force = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
            stress = float(np.abs(atoms.get_stress()).max() / GPa)
            return is_converged(force, stress, request.limits)

    return Fire


def _compare(
    peer: Peer, requests: Sequence[RelaxRequest], ours: Sequence[Any], theirs: Sequence[Any]
) -> dict[str, Detail]:
    """Judge the final states of both sides by CHGNet's own prediction."""
    details: dict[str, Detail] = {}
    differences: dict[str, float] = {}
    for name, request, our, (structure, n_theirs) in zip(
        names(len(requests)), requests, ours, theirs, strict=True
    ):
        a = _converged(peer, f"ours, {name}", request, read(our.crystal))
        b = _converged(peer, f"{PEER}, {name}", request, structure)
        differences[name] = 1000 * (a[0] - b[0])
        details[f"{name}: steps"] = f"{our.n_steps} against {n_theirs}"
        details[f"{name}: eV/Å"] = f"{a[1]:.4f} against {b[1]:.4f}"
        details[f"{name}: GPa"] = f"{a[2]:.3f} against {b[2]:.3f}"
        details[f"{name}: meV/atom"] = differences[name]
    apart = {name: mev for name, mev in differences.items() if abs(mev) > SAME_MINIMUM_MEV}
    told = ", ".join(f"{name} (ours {mev:+.1f} meV/atom)" for name, mev in apart.items())
    return {"another_minimum": told, **details}


def _converged(
    peer: Peer, who: str, request: RelaxRequest, structure: Any
) -> tuple[float, float, float]:
    energy, force, stress = peer.predict(structure)
    if not is_converged(force / SLACK, stress / SLACK, request.limits):
        raise ServiceError(f"{who}: not converged, got {force:.4f} eV/Å and {stress:.3f} GPa")
    return energy, force, stress


def _one_evaluation(peer: Peer, request: RelaxRequest, turns: int) -> dict[str, list[float]]:
    """Time one evaluation of each side on geometries that neither has seen."""
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms, on = AseAtomsAdaptor.get_atoms(read(request.crystal)), surface("chgnet")

    def ours(turn: int) -> None:
        atoms.rattle(1e-4, seed=turn)
        on.get_forces(atoms)

    def theirs(turn: int) -> None:
        atoms.rattle(1e-4, seed=turn)
        peer.calculator.get_forces(atoms)

    return alternate({"ours": ours, "theirs": theirs}, turns)
