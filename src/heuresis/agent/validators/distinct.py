"""A gate without a tool: is this really another candidate, or an earlier one respelled?"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from heuresis.agent.spec import (
    CampaignSpec,
    CrystalSpace,
    Distinct,
    MoleculeSpace,
    RestorationSpace,
)
from heuresis.memory.campaigns import CandidateView, Verdict
from heuresis.tools.rdkit_log import silent_rdkit

Formed = tuple[CandidateView, str]  # a candidate and its form at this rung


def judge_distinct(
    rung: Distinct, candidates: Sequence[Formed], earlier: Sequence[Formed], spec: CampaignSpec
) -> list[Verdict]:
    """Refuse a candidate that equals an earlier one, or one before it in the list.

    Molecules are compared by InChIKey, which joins tautomers that SMILES tell apart; crystals by
    pymatgen's StructureMatcher, which does not see cell choice or a uniform change of volume;
    chains of operations by their canonical text.
    After a gate that prepares, the prepared forms are compared: two that relax to one are one.
    """
    same = _sameness(spec)
    seen = [(same.key(form), one) for one, form in earlier if _stood(one, rung.name)]
    verdicts = []
    for candidate, form in candidates:
        key = same.key(form)
        twin = next((one for other, one in seen if same.is_same(key, other)), None)
        reason = "new" if twin is None else f"equals candidate {twin.id} of round {twin.round}"
        verdicts.append(Verdict(candidate.id, rung.name, twin is None, reason))
        seen.append((key, candidate))
    return verdicts


def _sameness(spec: CampaignSpec) -> "_SameMolecule | _SameCrystal | _SameChain":
    match spec.space:
        case MoleculeSpace():
            return _SameMolecule()
        case CrystalSpace():
            return _SameCrystal()
        case RestorationSpace():
            return _SameChain()


def _stood(candidate: CandidateView, rung: str) -> bool:
    """Whether it came as far as this rung: one stopped before has no form to compare."""
    return any(gate.gate == rung for gate in candidate.gates)


@lru_cache(maxsize=100_000)
def _inchi_key(form: str) -> str:
    from rdkit import Chem

    with silent_rdkit():
        return str(Chem.MolToInchiKey(Chem.MolFromSmiles(form)))


class _SameMolecule:
    def key(self, form: str) -> Any:
        return _inchi_key(form)

    def is_same(self, a: Any, b: Any) -> bool:
        return bool(a == b)


class _SameCrystal:
    def __init__(self) -> None:
        from pymatgen.analysis.structure_matcher import StructureMatcher

        self._matcher = StructureMatcher()

    def key(self, form: str) -> Any:
        from heuresis.tools.crystal.structure import read

        return read(form)

    def is_same(self, a: Any, b: Any) -> bool:
        alike = a.composition.reduced_formula == b.composition.reduced_formula
        return alike and bool(self._matcher.fit(a, b))


class _SameChain:
    def key(self, form: str) -> Any:
        from heuresis.tools.image.restoration.chain import canonical_chain

        return canonical_chain(form)

    def is_same(self, a: Any, b: Any) -> bool:
        return bool(a == b)
