"""Oxidation states and charge balance of a composition, by smact's ICSD-24 statistics."""

import warnings
from collections.abc import Mapping
from functools import cache
from itertools import islice, product
from math import log
from typing import Literal

from pydantic import Field

from heuresis.contract import Frozen

Balance = Literal["balanced", "mixed_valence", "not_balanced", "intermetallic_undetermined"]
MAX_COMBINATIONS = 200_000
MAX_MIXED = 40
MIN_ENTRIES = 3
MIN_SHARE = 0.02


class Charges(Frozen):
    """What smact says about the charges of a composition."""

    balance: Balance = Field(
        description="'balanced' by one oxidation state per element; 'mixed_valence' only with "
        "two states of one element; 'not_balanced'; or metals and elements only, where the "
        "question has no answer."
    )
    oxidation_states: dict[str, int] = Field(
        description="The most common balanced choice, by element; empty when there is none."
    )
    electronegativity_order: bool | None = Field(
        description="Whether every cation is less electronegative than every anion."
    )


@cache
def _charges(items: tuple[tuple[str, int], ...]) -> Charges:
    symbols, counts = [e for e, _ in items], [n for _, n in items]
    if len(symbols) == 1 or _is_metallic(symbols):
        return Charges(
            balance="intermetallic_undetermined", oxidation_states={}, electronegativity_order=None
        )
    best = _balanced(symbols, counts)
    if best is not None:
        states, is_ordered = best
        return Charges(
            balance="balanced",
            oxidation_states=dict(zip(symbols, states, strict=True)),
            electronegativity_order=is_ordered,
        )
    balance: Balance = "mixed_valence" if _is_mixed(items) else "not_balanced"
    return Charges(balance=balance, oxidation_states={}, electronegativity_order=None)


def charges_of(amounts: Mapping[str, int]) -> Charges:
    """Judge a composition, given as whole numbers of atoms by element."""
    return _charges(tuple(sorted(amounts.items())))


def _is_metallic(symbols: list[str]) -> bool:
    import smact

    metals = {*smact.metals, "Si", "Ge", "B", "As", "Sb", "Te"}
    return set(symbols) <= metals


def _balanced(symbols: list[str], counts: list[int]) -> tuple[tuple[int, ...], bool] | None:
    """Choose the neutral states that ICSD-24 knows best, ordered ones first."""
    from pymatgen.core import Element
    from smact.screening import pauling_test

    shares = [_shares().get(symbol, {}) for symbol in symbols]
    enegs = [float(Element(symbol).X) for symbol in symbols]
    neutral = [
        states
        for states in islice(product(*shares), MAX_COMBINATIONS)
        if sum(q * n for q, n in zip(states, counts, strict=True)) == 0
    ]
    if not neutral:
        return None

    def rank(states: tuple[int, ...]) -> tuple[bool, float, tuple[int, ...]]:
        rarity = sum(-log(share[q]) for share, q in zip(shares, states, strict=True))
        return not pauling_test(states, enegs), rarity, states

    best = min(neutral, key=rank)
    return best, not rank(best)[0]


@cache
def _shares() -> dict[str, dict[int, float]]:
    """Share of each oxidation state among an element's ICSD-24 entries; rare ones left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from smact.utils.oxidation import ICSD24OxStatesFilter

        table = ICSD24OxStatesFilter().ox_states_df
    seen: dict[str, dict[int, int]] = {}
    columns = (table["element"], table["oxidation_state"], table["results_count"])
    for element, state, count in zip(*columns, strict=True):
        if state and count >= MIN_ENTRIES:
            seen.setdefault(str(element), {})[int(state)] = int(count)
    totals = {element: sum(counts.values()) for element, counts in seen.items()}
    return {
        e: {q: n / totals[e] for q, n in counts.items() if n >= MIN_SHARE * totals[e]}
        for e, counts in seen.items()
    }


def _is_mixed(items: tuple[tuple[str, int], ...]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymatgen.core import Composition
        from smact.screening import MIXED_VALENCE_ELEMENTS, ICSD24FilterConfig, smact_validity

        composition = Composition(dict(items)).reduced_composition
        if composition.num_atoms > MAX_MIXED or MIXED_VALENCE_ELEMENTS.isdisjoint(dict(items)):
            return False
        common = ICSD24FilterConfig(consensus=MIN_ENTRIES, commonality=100 * MIN_SHARE)
        return bool(
            smact_validity(
                composition, include_alloys=False, icsd_filter=common, mixed_valence=True
            )
        )
