"""Convex hull arithmetic: one functional, one set of corrections, no model."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from heuresis.contract import Crystal, Formula, Frozen
from heuresis.errors import RequestError, ServiceError
from heuresis.tools.crystal.potentials import MP2020, RAW
from heuresis.tools.crystal.structure import read, read_formula

# The Materials Project's Hubbard terms in oxides and fluorides; doi:10.1103/PhysRevB.84.045115
HUBBARD_EV = {
    "Co": 3.32,
    "Cr": 3.7,
    "Fe": 5.3,
    "Mn": 3.9,
    "Mo": 4.38,
    "Ni": 6.2,
    "V": 3.25,
    "W": 6.2,
}


class PhaseEnergy(Frozen):
    """One relaxed phase, as it enters the hull."""

    label: str = Field(description="Where it comes from.")
    crystal: Crystal | None = Field(description="The relaxed crystal; None for a given entry.")
    formula: Formula = Field(description="Its formula.")
    energy_per_atom_ev: float = Field(description="Energy, eV/atom.")
    functional: str = Field(description="What the energy imitates.")


class Part(Frozen):
    """One phase of the decomposition."""

    label: str = Field(description="Where the phase comes from.")
    formula: Formula = Field(description="Its formula.")
    fraction: float = Field(gt=0, le=1.000001, description="Share of atoms.")


@dataclass(frozen=True)
class Position:
    """Where a phase lies relative to a hull; all energies in eV/atom.

    Attributes:
        energy_ev: Its energy as it entered the hull.
        beyond_ev: Energy minus the competitors' hull; negative below it.
        formation_ev: Energy of formation from the elements.
        parts: Competing phases on the hull at its composition.
    """

    energy_ev: float
    beyond_ev: float
    formation_ev: float
    parts: tuple[Part, ...]


def corrected(phase: PhaseEnergy) -> PhaseEnergy:
    """Bring a phase to MP2020-corrected energies, as the potential's training set was mixed.

    Raises:
        ServiceError: pymatgen knows no correction for it, or its functional is unknown.
    """
    if phase.functional == MP2020:
        return phase
    if phase.functional != RAW or phase.crystal is None:
        raise ServiceError(f"functional: got {phase.functional!r}, allowed {MP2020!r} or {RAW!r}")
    structure = read(phase.crystal)
    energy = _adjusted(structure, phase.energy_per_atom_ev * len(structure)) / len(structure)
    return phase.model_copy(update={"energy_per_atom_ev": energy, "functional": MP2020})


def locate(target: PhaseEnergy, competitors: Sequence[PhaseEnergy]) -> Position:
    """Place a phase over the hull of its competitors.

    Raises:
        RequestError: Two functionals, or an element without a reference.
    """
    check_one_functional([target, *competitors])
    check_elements(target.formula, competitors)
    return _position(target, competitors)


def check_one_functional(phases: Sequence[PhaseEnergy]) -> None:
    """Refuse energies of different kinds in one hull; raises RequestError."""
    kinds = sorted({phase.functional for phase in phases})
    if len(kinds) > 1:
        raise RequestError(f"functional: got {kinds}, allowed one in a hull")


def check_elements(formula: str, phases: Sequence[PhaseEnergy]) -> None:
    """Insist on a pure phase of every element; raises RequestError."""
    pure = {symbol for phase in phases for symbol in _pure(phase.formula)}
    absent = sorted(set(read_formula(formula)) - pure)
    if absent:
        raise RequestError(f"reference: got no pure {', '.join(absent)}, allowed: every element")


def _pure(formula: str) -> set[str]:
    symbols = set(read_formula(formula))
    return symbols if len(symbols) == 1 else set()


def _position(target: PhaseEnergy, competitors: Sequence[PhaseEnergy]) -> Position:
    from pymatgen.analysis.phase_diagram import PhaseDiagram

    wanted = set(read_formula(target.formula))
    inside = [p for p in competitors if set(read_formula(p.formula)) <= wanted]
    held = [_entry(phase) for phase in inside]
    by_entry = {id(entry): phase for entry, phase in zip(held, inside, strict=True)}
    diagram = PhaseDiagram(held)
    own = _entry(target)
    parts, below = diagram.get_decomp_and_hull_energy_per_atom(own.composition)
    gap = target.energy_per_atom_ev - float(below)
    return Position(
        energy_ev=target.energy_per_atom_ev,
        beyond_ev=gap,
        formation_ev=float(diagram.get_form_energy_per_atom(own)),
        parts=tuple(
            _part(by_entry[id(entry)], float(share))
            for entry, share in parts.items()
            if share > 1e-6
        ),
    )


def _part(phase: PhaseEnergy, fraction: float) -> Part:
    return Part(label=phase.label, formula=phase.formula, fraction=fraction)


def _entry(phase: PhaseEnergy) -> Any:
    from pymatgen.analysis.phase_diagram import PDEntry
    from pymatgen.core import Composition

    composition = Composition(read_formula(phase.formula))
    return PDEntry(composition, phase.energy_per_atom_ev * composition.num_atoms)


def _adjusted(structure: Any, energy_ev: float) -> float:
    """Total energy with the MP2020 corrections pymatgen gives such an entry."""
    from pymatgen.entries.compatibility import (
        CompatibilityError,
        MaterialsProject2020Compatibility,
    )
    from pymatgen.entries.computed_entries import ComputedStructureEntry

    amounts = structure.composition.get_el_amt_dict()
    is_oxidised = len(amounts) > 1 and not {"O", "F"}.isdisjoint(amounts)
    hubbards = {e: HUBBARD_EV.get(e, 0.0) for e in amounts} if is_oxidised else {}
    has_u = any(hubbards.values())
    parameters = {
        "run_type": "GGA+U" if has_u else "GGA",
        "hubbards": hubbards if has_u else {},
        "is_hubbard": has_u,
    }
    entry = ComputedStructureEntry(structure, energy_ev, parameters=parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheme = MaterialsProject2020Compatibility(check_potcar=False)
        try:
            entry.energy_adjustments = scheme.get_adjustments(entry)
        except CompatibilityError as error:
            raise ServiceError(
                f"MP2020 correction of {structure.composition.reduced_formula}: {error}"
            ) from error
    return float(entry.energy)
