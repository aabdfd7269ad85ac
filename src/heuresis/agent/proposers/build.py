"""From a campaign file to its proposer."""

import hashlib

from heuresis.agent.proposers.protocol import Proposer
from heuresis.agent.spec import CampaignSpec, CrystalSpace, MoleculeSpace, RestorationSpace


def round_seed(spec: CampaignSpec, number: int) -> int:
    """Derive a round's seed from the campaign's, so that a repeated round repeats its chance."""
    digest = hashlib.sha256(f"{spec.seed}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") // 2


def build_proposer(spec: CampaignSpec, number: int) -> Proposer:
    """Build the proposer of one round; it knows nothing yet."""
    seed = round_seed(spec, number)
    match spec.space:
        case MoleculeSpace():
            return _molecules(spec, spec.space, seed)
        case CrystalSpace():
            return _crystals(spec, spec.space, seed)
        case RestorationSpace():
            return _chains(spec, spec.space, seed)


def _molecules(spec: CampaignSpec, space: MoleculeSpace, seed: int) -> Proposer:
    from heuresis.agent.proposers.evolution import Evolution
    from heuresis.agent.proposers.random_molecules import RandomMolecules

    kind = Evolution if spec.proposer.kind == "evolution" else RandomMolecules
    return kind(
        start=space.start,
        seed=seed,
        max_heavy_atoms=space.max_heavy_atoms,
        elements=frozenset(space.elements),
        keep_core=space.keep_core,
        min_similarity=space.min_similarity,
    )


def _crystals(spec: CampaignSpec, space: CrystalSpace, seed: int) -> Proposer:
    from heuresis.agent.proposers.substitution import RandomCrystals, Substitution

    kind = Substitution if spec.proposer.kind == "substitution" else RandomCrystals
    return kind(
        elements=space.elements,
        n_elements=space.n_elements,
        max_atoms=space.max_atoms,
        charges=space.charges,
        seed=seed,
    )


def _chains(spec: CampaignSpec, space: RestorationSpace, seed: int) -> Proposer:
    from heuresis.agent.proposers.chains import ChainEvolution, RandomChains

    kind = ChainEvolution if spec.proposer.kind == "evolution" else RandomChains
    return kind(operations=space.operations, max_steps=space.max_steps, seed=seed)
