"""How a rule with patterns looks at a molecule: families, relatives, and parts that meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from heuresis.serving.hazard.canonical import Component, tautomers_of
from heuresis.serving.hazard.verdict import Finding


@dataclass(frozen=True, slots=True)
class Needs:
    """Which atoms make a rule worth a look; cheap, and asked before any pattern.

    Attributes:
        least: Atomic number and least count, all required.
        any_of: Atomic numbers of which one is required; empty for no such requirement.
    """

    least: tuple[tuple[int, int], ...]
    any_of: frozenset[int]

    def meet(self, counts: Mapping[int, int]) -> bool:
        """Whether there are enough atoms of each element."""
        if self.any_of and self.any_of.isdisjoint(counts):
            return False
        return all(counts.get(number, 0) >= least for number, least in self.least)


@dataclass(frozen=True, slots=True)
class Family:
    """A class rule: any pattern of `hits` at enough places, none of `unless`."""

    finding: Finding
    needs: Needs
    min_count: int
    max_heavy_atoms: int | None
    hits: tuple[Any, ...]
    unless: tuple[Any, ...]
    near: tuple[Any, ...]

    def finding_on(self, part: Component) -> Finding | None:
        """Speak where the part, or a tautomer of it, belongs to the family."""
        if self.max_heavy_atoms is not None and part.atoms.n_heavy > self.max_heavy_atoms:
            return None
        is_hit = self._holds(part.mol) or (
            has_any(part.mol, self.near) and any(map(self._holds, tautomers_of(part.mol)))
        )
        return self.finding if is_hit else None

    def _holds(self, mol: Any) -> bool:
        is_hit = has_any(mol, self.hits) and (
            self.min_count == 1
            or any(_n_places(mol, query) >= self.min_count for query in self.hits)
        )
        return is_hit and not has_any(mol, self.unless)


@dataclass(frozen=True, slots=True)
class Kin:
    """A similarity rule: compared with listed structures where a kin pattern is present."""

    held: Finding
    refused: Finding
    review_at: float
    blocked_at: float
    needs: Needs
    patterns: tuple[Any, ...]
    fingerprints: tuple[Any, ...]

    def finding_on(self, part: Component) -> Finding | None:
        """Speak where the part is similar enough to a listed structure."""
        if not has_any(part.mol, self.patterns):
            return None
        from rdkit import DataStructs

        nearest = max(DataStructs.BulkTanimotoSimilarity(fingerprint(part.mol), self.fingerprints))
        if nearest < self.review_at:
            return None
        return self.refused if nearest >= self.blocked_at else self.held


@dataclass(frozen=True, slots=True)
class Together:
    """A rule over all parts at once: every pattern is somewhere."""

    finding: Finding
    needs: Needs
    patterns: tuple[Any, ...]

    def finding_on(self, whole: Component) -> Finding | None:
        """Speak where all patterns are present."""
        is_hit = all(whole.mol.HasSubstructMatch(query) for query in self.patterns)
        return self.finding if is_hit else None


def has_any(mol: Any, patterns: tuple[Any, ...]) -> bool:
    """Whether one of the patterns is present."""
    for query in patterns:  # noqa: SIM110  # innermost loop of every request, any() costs twice
        if mol.HasSubstructMatch(query):
            return True
    return False


def fingerprint(mol: Any) -> Any:
    """Return the Morgan fingerprint, radius 2, 2048 bits, without chirality."""
    return _fingerprinter().GetFingerprint(mol)


@cache
def _fingerprinter() -> Any:
    from rdkit.Chem import rdFingerprintGenerator

    return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)


def _n_places(mol: Any, query: Any) -> int:
    return len(mol.GetSubstructMatches(query, maxMatches=1_000))
