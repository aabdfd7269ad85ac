"""Distance to the hull and 'stable' calls of both potentials against the Materials Project.

Two questions. Over the Materials Project's own hull: crystal.stability is given every other phase
with its DFT energy, as Matbench Discovery does. Over the potential's own hull: every entry in a
small cell gets its energy from crystal.relax with limits so loose (0.5 eV/Å, fixed cell) that a DFT
minimum stays where it is; both hulls are then built from the same entries.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from heuresis.evals.accuracy import conformal
from heuresis.evals.accuracy.asking import ask_in_parts
from heuresis.evals.accuracy.composition_baselines import (
    Guess,
    chosen,
    guess_all,
    naive_predictions,
)
from heuresis.evals.accuracy.crystal_energy import MAX_ATOMS, N_SAMPLED, UNIT, relaxed
from heuresis.evals.accuracy.hull_scores import CALLS, calls_parts, distance_parts
from heuresis.evals.accuracy.mp_entries import LEAK, SYSTEMS, WILD, Entry, read, sample
from heuresis.evals.accuracy.table import AccuracyTable, Part, brief
from heuresis.serving.lab import Lab
from heuresis.tools.crystal.hull import PhaseEnergy, corrected, locate
from heuresis.tools.crystal.potentials import MP2020, POTENTIALS
from heuresis.tools.crystal.relax import RelaxResponse
from heuresis.tools.crystal.stability import StabilityResponse

NAME = "crystal_hull"
TOOL = "crystal.stability"
REFERENCE = "Materials Project entries of the system but the crystal itself, MP2020-corrected"
LOOSE = {"fmax_ev_per_a": 0.5, "relax_cell": False, "max_steps": 50}
MAX_ATOMS_OF_HULL: Mapping[str, int] = {"chgnet": 40}


def evaluate(
    lab: Lab,
    data: Path,
    n_sampled: Mapping[str, int] = N_SAMPLED,
    hulls: Mapping[str, int] = MAX_ATOMS_OF_HULL,
) -> AccuracyTable:
    """Compare hull distances and 'stable' calls.

    Args:
        lab: Where the tools run.
        data: Folder of the user's data.
        n_sampled: Entries of each system placed over the Materials Project's hull, by backend.
        hulls: Backends that get a hull of their own, with the largest cell in it.

    Raises:
        RequestError: The data are not there.
    """
    import numpy as np

    systems = [read(data, system) for system in SYSTEMS]
    tried, used, parts = set[str](), set[str](), list[Part]()
    everything = [entry for entries in systems for entry in entries]
    naive = guess_all(everything, np.array([entry.above_hull_ev for entry in everything]))
    offered = {entry.name for entry in everything}
    for backend, n in n_sampled.items():
        asked = sample(systems, n, MAX_ATOMS)
        tried |= {entry.name for entry in asked}
        found = _over_the_given_hull(lab, asked, systems, backend)
        used |= {entry.name for entry, *_ in found}
        parts += _given_parts(backend, found, naive)
    for backend, max_atoms in hulls.items():
        held = [[e for e in entries if e.n_atoms <= max_atoms] for entries in systems]
        answers = [relaxed(lab, entries, backend, **LOOSE) for entries in held]
        tried |= {entry.name for entries in held for entry in entries}
        used |= {entry.name for each in answers for entry, _ in each}
        parts += _own_parts(backend, max_atoms, answers)
    return AccuracyTable(
        name=NAME,
        title="Distance to the hull (Materials Project, Li-Co-Ni-O and Na-Fe-P-O)",
        n_offered=len(offered),
        n_used=len(used),
        left_out={
            "in larger cells": len(offered - tried),
            "without an answer": len(tried - used),
        },
        leak=LEAK,
        finding="\n".join(f"- {_sentence(part)}" for part in parts if part.columns.keys() & CALLS),
        parts=tuple(parts),
        notes=(
            "Over the given hull both distances are relative to the other entries, below 0 where "
            "the crystal undercuts them; over its own hull the least distance is 0.",
            "Baselines of the first parts are fitted to the Materials Project's distances of every "
            "other entry of the system; those of the last to the entries of that hull.",
            WILD,
            "Stable at 0 means up to 0.001 eV/atom.",
            "Precision: share of calls that are right. Recall: share of stable ones that are "
            "called. Intervals of these shares are Wilson's. 'always stable' is the prior: its "
            "precision is the share of stable entries.",
        ),
    )


def _over_the_given_hull(
    lab: Lab, asked: Sequence[Entry], systems: Sequence[Sequence[Entry]], backend: str
) -> list[tuple[Entry, float, StabilityResponse]]:
    """Ask for each crystal; return it with its true distance to the same phases."""
    others = {entries[0].system: entries for entries in systems if entries}
    lowest = [_lowest(others[entry.system], entry) for entry in asked]
    requests = [
        {
            "crystal": entry.crystal,
            "reference": [{"formula": f, "energy_per_atom_ev": e} for f, e in phases.items()],
            "reference_name": REFERENCE,
            "reference_functional": MP2020,
        }
        for entry, phases in zip(asked, lowest, strict=True)
    ]
    outcomes = ask_in_parts(lab, TOOL, requests, NAME, backend)
    return [
        (entry, _true_distance(entry, phases), outcome.response)
        for entry, phases, outcome in zip(asked, lowest, outcomes, strict=True)
        if outcome.is_usable and isinstance(outcome.response, StabilityResponse)
    ]


def _lowest(entries: Sequence[Entry], but: Entry) -> dict[str, float]:
    """Lowest corrected energy of each formula, eV/atom, without one entry."""
    found: dict[str, float] = {}
    for entry in entries:
        if entry.name != but.name:
            best = found.get(entry.formula, entry.corrected_ev)
            found[entry.formula] = min(best, entry.corrected_ev)
    return dict(sorted(found.items()))


def _true_distance(entry: Entry, phases: Mapping[str, float]) -> float:
    own = _phase(entry.formula, entry.corrected_ev)
    return locate(own, [_phase(formula, energy) for formula, energy in phases.items()]).beyond_ev


def _phase(formula: str, energy_ev: float, crystal: Any = None, kind: str = MP2020) -> PhaseEnergy:
    return PhaseEnergy.model_validate(
        {
            "label": "",
            "crystal": crystal,
            "formula": formula,
            "energy_per_atom_ev": energy_ev,
            "functional": kind,
        }
    )


def _given_parts(
    backend: str,
    found: Sequence[tuple[Entry, float, StabilityResponse]],
    naive: Mapping[str, Guess],
) -> list[Part]:
    import numpy as np

    entries = [entry for entry, *_ in found]
    true = np.array([distance for _, distance, _ in found])
    said = np.array([answer.relative_to_competitors.value for *_, answer in found])
    std = np.array([answer.relative_to_competitors.std or 0.0 for *_, answer in found])
    what = f"{POTENTIALS[backend].weights}, relaxed, over the Materials Project's hull"
    guesses = chosen(naive, entries)
    widths = conformal.intervals(true, said, std, [entry.name for entry in entries], UNIT)
    return [
        *distance_parts(what, true, said, std, guesses),
        *calls_parts(what, true, said, guesses),
        *(() if widths is None else (widths,)),
    ]


def _own_parts(
    backend: str, max_atoms: int, answers: Sequence[Sequence[tuple[Entry, RelaxResponse]]]
) -> list[Part]:
    import numpy as np

    entries = [entry for each in answers for entry, _ in each]
    true = np.concatenate([_distances([e for e, _ in each], _given) for each in answers])
    own = dict(pair for each in answers for pair in _own_energies(each).items())
    said = np.concatenate(
        [_distances([e for e, _ in each], lambda entry: own[entry.name]) for each in answers]
    )
    n_moved = sum(answer.n_steps > 0 for each in answers for _, answer in each)
    what = (
        f"{POTENTIALS[backend].weights}, at the DFT structures "
        f"({n_moved} of {len(entries)} moved), over its own hull, cells up to {max_atoms} atoms"
    )
    guesses = naive_predictions(entries, true)
    distances = distance_parts(what, true, said, None, guesses)
    return [*distances, *calls_parts(what, true, said, guesses)]


def _given(entry: Entry) -> float:
    return entry.corrected_ev


def _own_energies(answers: Sequence[tuple[Entry, RelaxResponse]]) -> dict[str, float]:
    """MP2020-like energy of each entry by the potential, eV/atom."""
    return {
        entry.name: corrected(
            _phase(answer.formula, answer.energy_per_atom.value, answer.crystal, answer.functional)
        ).energy_per_atom_ev
        for entry, answer in answers
    }


def _distances(entries: Sequence[Entry], energy: Any) -> Any:
    """Distance of each entry to the hull of them all, eV/atom, (n,)."""
    import numpy as np
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    held = []
    for entry in entries:
        composition = Composition(entry.formula)
        held.append(PDEntry(composition, energy(entry) * composition.num_atoms))
    diagram = PhaseDiagram(held)
    return np.array([max(0.0, float(diagram.get_e_above_hull(one))) for one in held])


def _sentence(calls: Part) -> str:
    own = calls.rows[0].scores
    told = [f"{name} {brief(score)}" for name, score in own.items()]
    return f"{calls.caption}: {', '.join(told)}." if told else ""
