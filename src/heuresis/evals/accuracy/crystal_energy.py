"""Relaxed energies: crystal.relax with both potentials against Materials Project energies."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from heuresis.evals.accuracy import bootstrap, conformal
from heuresis.evals.accuracy.asking import ask_in_parts
from heuresis.evals.accuracy.composition_baselines import Guess, chosen, guess_all
from heuresis.evals.accuracy.mp_entries import FAR_EV, LEAK, SYSTEMS, WILD, Entry, read, sample
from heuresis.evals.accuracy.regression_metrics import ERRORS, IN_UNIT, coverage
from heuresis.evals.accuracy.table import AccuracyTable, Part, Row, brief
from heuresis.serving.lab import Lab
from heuresis.tools.crystal.hull import PhaseEnergy, corrected
from heuresis.tools.crystal.potentials import MP2020, POTENTIALS, Potential
from heuresis.tools.crystal.relax import RelaxResponse

NAME = "crystal_energy"
TOOL = "crystal.relax"
UNIT = "eV/atom"
AGAINST = "against"  # in the name of every row but a baseline's
MAX_ATOMS = 20
N_SAMPLED: Mapping[str, int] = {"chgnet": 60, "sevennet": 25}  # of each system


def evaluate(
    lab: Lab, data: Path, n_sampled: Mapping[str, int] = N_SAMPLED, max_atoms: int = MAX_ATOMS
) -> AccuracyTable:
    """Relax a sample of both systems and compare energies per atom.

    Args:
        lab: Where the relaxations run.
        data: Folder of the user's data.
        n_sampled: Entries of each system, by backend.
        max_atoms: Largest cell sampled.

    Raises:
        RequestError: The data are not there.
    """
    import numpy as np

    systems = [read(data, system) for system in SYSTEMS]
    parts, left_out, used = [], Counter[str](), set[str]()
    everything = [entry for entries in systems for entry in entries]
    naive = guess_all(everything, np.array([entry.corrected_ev for entry in everything]))
    for backend, n in n_sampled.items():
        asked = sample(systems, n, max_atoms)
        found = relaxed(lab, asked, backend)
        left_out[f"not relaxed by {backend}"] += len(asked) - len(found)
        used |= {entry.name for entry, _ in found}
        parts += _parts(POTENTIALS[backend], found, naive)
    return AccuracyTable(
        name=NAME,
        title="Energy of relaxed crystals (Materials Project, Li-Co-Ni-O and Na-Fe-P-O)",
        n_offered=len(sample(systems, max(n_sampled.values()), max_atoms)),
        n_used=len(used),
        left_out=dict(left_out),
        leak=LEAK,
        finding="\n".join(
            f"- {_sentence(part)}" for part in parts if part.columns.keys() == ERRORS.keys()
        ),
        parts=tuple(parts),
        notes=(
            f"Sample: first entries by a hash of their number, cells up to {max_atoms} atoms, "
            f"{', '.join(f'{n} a system for {name}' for name, n in n_sampled.items())}.",
            "Each relaxation starts at the DFT minimum and moves atoms and cell. CHGNet imitates "
            "MP2020-corrected energies, SevenNet uncorrected ones.",
            WILD,
            "Baselines are fitted to every other entry of the system, cells of any size.",
        ),
    )


def relaxed(
    lab: Lab, entries: Sequence[Entry], backend: str, **limits: Any
) -> list[tuple[Entry, RelaxResponse]]:
    """Relax entries through the lab; those without an answer are left out."""
    asked = [{"crystal": entry.crystal, **limits} for entry in entries]
    outcomes = ask_in_parts(lab, TOOL, asked, NAME, backend)
    return [
        (entry, outcome.response)
        for entry, outcome in zip(entries, outcomes, strict=True)
        if outcome.is_usable and isinstance(outcome.response, RelaxResponse)
    ]


def _parts(
    potential: Potential, found: Sequence[tuple[Entry, RelaxResponse]], naive: Mapping[str, Guess]
) -> list[Part]:
    """Errors against both kinds of energy, and what the stated std is worth."""
    import numpy as np

    entries = [entry for entry, _ in found]
    own = np.array([answer.energy_per_atom.value for _, answer in found])
    std = np.array([answer.energy_per_atom.std or 0.0 for _, answer in found])
    meant = _true(entries, "corrected_ev" if potential.functional == MP2020 else "raw_ev")
    rows = _pairs(potential, found, own) | {
        f"{name}, corrected energies": (_true(entries, "corrected_ev"), guess)
        for name, guess in chosen(naive, entries).items()
    }
    near = np.array([entry.above_hull_ev <= FAR_EV for entry in entries])
    what = f"{potential.weights}, which imitates {potential.functional}"
    stated = Part(
        caption=f"Stated std of {potential.weights}, {potential.energy_std_ev} eV/atom for all",
        columns={"coverage of nominal 90 %": "1"},
        rows=(_row(TOOL, {"coverage of nominal 90 %": coverage}, meant, own, std),),
    )
    widths = conformal.intervals(meant, own, std, [entry.name for entry in entries], UNIT)
    return [
        _error_part(f"Error of {what}", rows, np.ones_like(near)),
        _error_part(f"{what}: entries up to {FAR_EV} eV/atom above the hull", rows, near),
        stated,
        *(() if widths is None else (widths,)),
    ]


def _pairs(
    potential: Potential, found: Sequence[tuple[Entry, RelaxResponse]], own: Any
) -> dict[str, tuple[Any, Any]]:
    """Truth and the potential's energies by what is compared; each (n,)."""
    import numpy as np

    entries, name = [entry for entry, _ in found], potential.weights
    raw, true = _true(entries, "raw_ev"), _true(entries, "corrected_ev")
    rows = {f"{name} as it comes, against corrected energies": (true, own)}
    if potential.functional != MP2020:
        brought = np.array([_corrected_ev(answer) for _, answer in found])
        rows[f"{name} + MP2020 corrections, against corrected ones"] = (true, brought)
    return rows | {f"{name} as it comes, against uncorrected energies": (raw, own)}


def _true(entries: Sequence[Entry], kind: str) -> Any:
    import numpy as np

    return np.array([getattr(entry, kind) for entry in entries])


def _error_part(caption: str, rows: Mapping[str, tuple[Any, Any]], kept: Any) -> Part:
    return Part(
        caption=caption,
        columns={name: UNIT if name in IN_UNIT else "1" for name in ERRORS},
        rows=tuple(_row(name, ERRORS, a[kept], b[kept]) for name, (a, b) in rows.items()),
    )


def _corrected_ev(answer: RelaxResponse) -> float:
    phase = PhaseEnergy(
        label="",
        crystal=answer.crystal,
        formula=answer.formula,
        energy_per_atom_ev=answer.energy_per_atom.value,
        functional=answer.functional,
    )
    return corrected(phase).energy_per_atom_ev


def _row(method: str, metrics: Mapping[str, bootstrap.Statistic], *arrays: Any) -> Row:
    return Row(method=method, n=len(arrays[0]), scores=bootstrap.scores(dict(metrics), *arrays))


def _sentence(errors: Part) -> str:
    """Tell the model's best row and the best baseline."""
    scored = [(row.scores["MAE"], row.method) for row in errors.rows]
    own = min((s for s in scored if AGAINST in s[1]), key=lambda pair: pair[0].value)
    naive = min((s for s in scored if AGAINST not in s[1]), key=lambda pair: pair[0].value)
    median = errors.row(own[1]).scores["median |error|"].value
    return (
        f"{errors.caption}: mean absolute error {brief(own[0])} {UNIT}, median {median:.3f} "
        f"({own[1]}); the best baseline has {brief(naive[0])} ({naive[1]})."
    )
