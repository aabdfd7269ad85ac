"""The space of crystals: elements of one system put into every known structure type that fits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import Crystal
from heuresis.errors import RequestError
from heuresis.tools.crystal.charge import charges_of
from heuresis.tools.crystal.competitors import IONIC
from heuresis.tools.crystal.prototypes import find, structures_for, subsystems

ChargeRule = Literal["balanced", "any"]

ISOTOPES = frozenset({"D", "T"})
RARE = 1e-4  # probability given to a swap that the table does not know
UNBALANCED = math.log(RARE) * 4  # charges that do not balance count like four rare swaps
COMMON = math.log(1e3)  # what a structure type that many compounds have is worth
COMMON_TYPES = frozenset(name for names in IONIC.values() for name in names)
SHARE_WIDTH = 0.15  # difference of atomic shares at which compositions stop being alike


@dataclass(frozen=True)
class Filling:
    """One structure type with an element in each role.

    Attributes:
        form: Canonical CIF text.
        prototype: Name of the structure type.
        elements: Element of each role, in order.
        amounts: Atoms of each element in the primitive cell.
    """

    form: Crystal
    prototype: str
    elements: tuple[str, ...]
    amounts: tuple[tuple[str, int], ...]

    @property
    def swaps(self) -> str:
        """Name the substitution, such as 'Mg->Ti, O->N in AB_cF8_225_a_b/NaCl'."""
        roles = find(self.prototype).roles
        moves = [f"{a}->{b}" for a, b in zip(roles, self.elements, strict=True) if a != b]
        return f"{', '.join(moves) or 'as it ships'} in {self.prototype}"


def known_elements(symbols: Sequence[str]) -> tuple[str, ...]:
    """Return the symbols sorted, without repeats.

    Raises:
        RequestError: One of them is no element.
    """
    from pymatgen.core import Element

    unknown = sorted(s for s in symbols if not Element.is_valid_symbol(s) or s in ISOTOPES)
    if unknown:
        raise RequestError(f"elements: got {', '.join(unknown)}, allowed: symbols such as Mg, O")
    return tuple(sorted(set(symbols)))


@lru_cache(maxsize=4)
def fillings(
    elements: tuple[str, ...], n_elements: tuple[int, ...], max_atoms: int, charges: ChargeRule
) -> tuple[Filling, ...]:
    """List all fillings of a system in a fixed order, without repeats.

    Args:
        elements: The system, sorted.
        n_elements: How many of them a filling may hold.
        max_atoms: Largest cell.
        charges: 'balanced' keeps what smact balances with cations less electronegative than
            anions; 'any' keeps all, alloys included.
    """
    found: dict[str, Filling] = {}
    for part in subsystems(elements, n_elements):
        for label, form in structures_for(part, max_atoms):
            one = _filling(label, form)
            if charges == "any" or _is_ionic(one):
                found.setdefault(form, one)
    return tuple(found.values())


def _is_ionic(filling: Filling) -> bool:
    charges = charges_of(dict(filling.amounts))
    return charges.balance == "balanced" and charges.electronegativity_order is True


def _filling(label: str, form: Crystal) -> Filling:
    name, _, rest = label.rpartition("[")
    chosen = tuple(rest.rstrip("]").split(","))
    amounts = tuple(zip(chosen, find(name).counts, strict=True))
    return Filling(form, name, chosen, amounts)


def log_prior(filling: Filling) -> float:
    """How natural a filling is, before any result: charges balance, swaps and type are common.

    Source: ion substitution probabilities, doi:10.1021/ic102031h.
    """
    prototype = find(filling.prototype)
    new = charges_of(dict(filling.amounts))
    old = charges_of(dict(zip(prototype.roles, prototype.counts, strict=True)))
    if not new.oxidation_states or not old.oxidation_states:
        return UNBALANCED
    swaps = zip(prototype.roles, filling.elements, strict=True)
    before, after = old.oxidation_states, new.oxidation_states
    total = sum(_log_swap(a, before[a], b, after[b]) for a, b in swaps if a != b)
    total += COMMON if filling.prototype in COMMON_TYPES else 0.0
    return total if new.electronegativity_order else total + math.log(RARE)


def _log_swap(old: str, old_charge_e: int, new: str, new_charge_e: int) -> float:
    from pymatgen.core import Species

    try:
        chance = _probabilities().cond_prob(Species(new, new_charge_e), Species(old, old_charge_e))
    except ZeroDivisionError:  # the table never saw one of them
        return math.log(RARE)
    return math.log(max(float(chance), RARE))


@lru_cache(maxsize=1)
def _probabilities() -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymatgen.analysis.structure_prediction.substitution_probability import (
            SubstitutionProbability,
        )

        return SubstitutionProbability()


def features(
    chosen: list[Filling] | tuple[Filling, ...], elements: tuple[str, ...]
) -> NDArray[np.float64]:
    """Describe fillings: share of each element, then a number for the structure type.

    Returns:
        Array of shape (n_fillings, n_elements + 1).
    """
    names = sorted({filling.prototype for filling in chosen})
    code = {name: float(_stable_code(name)) for name in names}
    rows = []
    for filling in chosen:
        amounts = dict(filling.amounts)
        total = sum(amounts.values())
        rows.append([*(amounts.get(e, 0) / total for e in elements), code[filling.prototype]])
    return np.asarray(rows, dtype=np.float64).reshape(len(rows), len(elements) + 1)


def _stable_code(name: str) -> int:
    import zlib

    return zlib.crc32(name.encode())


def likeness(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how alike fillings are, shape (n_left, n_right), 1 for the same filling.

    Half comes from the composition alone, a fifth from the structure type alone, the rest from
    both together.
    """
    gap = left[:, None, :-1] - right[None, :, :-1]
    near = np.exp(-0.5 * (gap**2).sum(axis=2) / SHARE_WIDTH**2)
    same = (left[:, None, -1] == right[None, :, -1]).astype(np.float64)
    return np.asarray(0.5 * near + 0.2 * same + 0.3 * near * same, dtype=np.float64)
