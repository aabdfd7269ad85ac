"""Structural alerts of a molecule: the PAINS and BRENK patterns of RDKit that it holds, by name.

Most patterns cannot match: a fingerprint of the molecule lacks what the pattern's has. Only the
rest is searched, which takes a quarter of the time and finds the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

_PICKLED = b"\xef\xbe\xad\xde"  # how RDKit begins a molecule that it writes as bytes
_N_BITS = 2_048


@dataclass(frozen=True, slots=True)
class _Alert:
    """One pattern.

    Attributes:
        name: With its set.
        entry: Of the catalogue; says whether it matches.
        bits: What the fingerprint of every molecule that holds it has; 0 where that is not known.
    """

    name: str
    entry: Any
    bits: int


def alerts(mol: Any) -> tuple[str, ...]:
    """Return the names of the alerts of an RDKit molecule, in order."""
    lacking = ~_bits(mol)
    found = {
        one.name for one in _known() if not one.bits & lacking and one.entry.HasFilterMatch(mol)
    }
    return tuple(sorted(found))


@cache
def catalogues() -> tuple[Any, ...]:
    """Build RDKit's catalogues."""
    from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

    kinds = FilterCatalogParams.FilterCatalogs
    return tuple(
        FilterCatalog(FilterCatalogParams(kind))
        for kind in (kinds.PAINS_A, kinds.PAINS_B, kinds.PAINS_C, kinds.BRENK)
    )


def name_of(entry: Any) -> str:
    """Name an entry of a catalogue with its set."""
    return f"{entry.GetProp('FilterSet').partition('_')[0].upper()}: {entry.GetDescription()}"


@cache
def _known() -> tuple[_Alert, ...]:
    return tuple(
        _Alert(name_of(entry), entry, _bits_of(entry))
        for catalogue in catalogues()
        for entry in _entries(catalogue)
    )


def _entries(catalogue: Any) -> Iterator[Any]:
    return (catalogue.GetEntryWithIdx(i) for i in range(catalogue.GetNumEntries()))


def _bits_of(entry: Any) -> int:
    """Return the bits of an entry's pattern, which RDKit shows only in the entry's bytes."""
    from rdkit import Chem

    written = bytes(entry.Serialize())
    at = written.find(_PICKLED)
    if at < 0:
        return 0
    try:
        return _bits(Chem.Mol(written[at:]))
    except (RuntimeError, ValueError):  # bytes of another form: the pattern is always searched
        return 0


def _bits(mol: Any) -> int:
    from rdkit.Chem import PatternFingerprint

    # The order of bits is the same on both sides, and nothing else counts.
    return int(PatternFingerprint(mol, fpSize=_N_BITS).ToBitString(), 2)
