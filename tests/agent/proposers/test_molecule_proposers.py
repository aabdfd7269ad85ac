"""What random molecules and evolution both promise, and what only evolution does."""

import json
import os
import subprocess
import sys
from random import Random
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem import QED, Crippen, rdMolDescriptors

from heuresis.agent.proposers.evolution import Evolution
from heuresis.agent.proposers.molecule_limits import canonical_form
from heuresis.agent.proposers.protocol import Observation, Proposal, Proposer
from heuresis.agent.proposers.random_molecules import RandomMolecules
from heuresis.errors import RequestError

KINDS = (RandomMolecules, Evolution)
HALOPERIDOL = "O=C(CCCN1CCC(O)(c2ccc(Cl)cc2)CC1)c1ccc(F)cc1"
DIAZEPAM = "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21"
BENZODIAZEPINE = "O=C1CN=C(c2ccccc2)c2ccccc2N1"
IN_ANOTHER_PROCESS = """
import json, sys
from heuresis.agent.proposers.evolution import Evolution
from heuresis.agent.proposers.protocol import Observation
from heuresis.agent.proposers.random_molecules import RandomMolecules
start, told = json.loads(sys.stdin.read())
for kind in (Evolution, RandomMolecules):
    proposer = kind(start=start, seed=5)
    proposer.tell([Observation(form, utility) for form, utility in told])
    print([repr(one) for one in proposer.ask(12, {form for form, _ in told})])
"""

both = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)


def score(form: str) -> float:
    """Reward logP near 2, polar surface near 75 A^2 and drug-likeness; zero for two donors."""
    mol = Chem.MolFromSmiles(form)
    if rdMolDescriptors.CalcNumHBD(mol) > 1:
        return 0.0
    off = abs(Crippen.MolLogP(mol) - 2) / 4 + abs(rdMolDescriptors.CalcTPSA(mol) - 75) / 100
    return float(max(0.0, 1 - off) * QED.qed(mol))


def observe(forms: list[str]) -> list[Observation]:
    return [Observation(form, score(form)) for form in forms]


def some_observations(n: int) -> list[Observation]:
    return observe([one.form for one in RandomMolecules(start=[HALOPERIDOL], seed=1).ask(n, ())])


def campaign(kind: type[Proposer], seed: int, *, shuffled: bool = False) -> list[float]:
    """Run 8 rounds of 8 and return all utilities, best first."""
    forms: list[str] = []
    for number in range(8):
        proposer = kind(start=[HALOPERIDOL], seed=100 * seed + number)  # type: ignore[call-arg]
        told = observe(forms)
        if shuffled:
            utilities = [one.utility for one in told]
            Random(seed + number).shuffle(utilities)
            told = [Observation(form, u) for form, u in zip(forms, utilities, strict=True)]
        proposer.tell(told)
        forms += [one.form for one in proposer.ask(8, set(forms))]
    return sorted(map(score, forms), reverse=True)


def top_ten(kind: type[Proposer], *, shuffled: bool = False) -> float:
    return mean(mean(campaign(kind, seed, shuffled=shuffled)[:10]) for seed in range(2))


def as_new(proposals: list[Proposal], known: set[str]) -> list[Chem.Mol]:
    """Check that proposals are new, distinct and canonical, and return their molecules."""
    forms = [one.form for one in proposals]
    assert len(set(forms)) == len(forms)
    assert not set(forms) & known
    mols = [Chem.MolFromSmiles(form) for form in forms]
    assert [Chem.MolToSmiles(mol) for mol in mols] == forms
    return mols


@both
def test_the_first_round_opens_with_the_start_molecules(kind: type[Evolution]) -> None:
    proposals = kind(start=[HALOPERIDOL, DIAZEPAM], seed=0).ask(15, ())
    assert [one.form for one in proposals[:2]] == [
        canonical_form(HALOPERIDOL),
        canonical_form(DIAZEPAM),
    ]
    assert [one.operator for one in proposals[:2]] == ["start", "start"]
    assert len(proposals) == 15
    as_new(proposals, set())


@both
def test_a_known_start_molecule_is_not_proposed_in_any_spelling(kind: type[Evolution]) -> None:
    known = {"c1c(F)ccc(c1)C(=O)CCCN1CCC(O)(CC1)c1ccc(Cl)cc1"}
    forms = {one.form for one in kind(start=[HALOPERIDOL], seed=0).ask(10, known)}
    assert canonical_form(HALOPERIDOL) not in forms


@both
def test_each_proposal_names_its_parents_and_its_operator(kind: type[Evolution]) -> None:
    told = some_observations(30)
    proposer = kind(start=[HALOPERIDOL], seed=3)
    proposer.tell(told)
    for one in proposer.ask(20, ()):
        assert one.operator
        assert one.parents
        assert set(one.parents) <= {observation.form for observation in told}


@both
@settings(max_examples=5)
@given(seed=st.integers(0, 10**6), n=st.integers(0, 12), n_told=st.integers(0, 40))
def test_never_proposes_what_is_known(
    kind: type[Evolution], seed: int, n: int, n_told: int
) -> None:
    told = some_observations(40)[:n_told]
    known = {one.form for one in told[: n_told // 2]}
    proposer = kind(start=[HALOPERIDOL], seed=seed)
    proposer.tell(told)
    proposals = proposer.ask(n, known)
    assert len(proposals) <= n
    as_new(proposals, {one.form for one in told})


@both
def test_respects_every_limit(kind: type[Evolution]) -> None:
    proposer = kind(
        start=[DIAZEPAM],
        seed=2,
        max_heavy_atoms=23,
        elements={"C", "N", "O", "Cl"},
        keep_core=BENZODIAZEPINE,
        min_similarity=0.4,
    )
    proposer.tell(observe([one.form for one in proposer.ask(15, ())]))
    core = Chem.MolFromSmiles(BENZODIAZEPINE)
    mols = as_new(proposer.ask(15, ()), set())
    assert len(mols) == 15
    for mol in mols:
        assert mol.GetNumHeavyAtoms() <= 23
        assert {atom.GetSymbol() for atom in mol.GetAtoms()} <= {"C", "N", "O", "Cl"}
        assert mol.HasSubstructMatch(core)


@both
def test_a_small_space_ends_with_fewer_proposals(kind: type[Evolution]) -> None:
    proposals = kind(start=["CCCC"], seed=0, max_heavy_atoms=4, elements={"C"}).ask(50, ())
    assert 2 <= len(proposals) < 20
    as_new(proposals, set())


@both
def test_the_order_of_observations_does_not_matter(kind: type[Evolution]) -> None:
    told = some_observations(25)
    one, other = (kind(start=[HALOPERIDOL], seed=4) for _ in range(2))
    one.tell(told)
    other.tell(told[::-1])
    assert one.ask(10, ()) == other.ask(10, ()) == other.ask(10, ())


@both
def test_the_seed_matters(kind: type[Evolution]) -> None:
    one, other = (kind(start=[HALOPERIDOL], seed=seed).ask(10, ()) for seed in (0, 1))
    assert one != other


@both
def test_refuses_to_learn_from_what_is_no_molecule(kind: type[Evolution]) -> None:
    with pytest.raises(RequestError, match="SMILES that parses"):
        kind(start=[HALOPERIDOL], seed=0).tell([Observation("data_NaCl", 0.5)])


def test_every_process_makes_the_same_proposals() -> None:
    told = [(one.form, one.utility) for one in some_observations(30)]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS],
            input=json.dumps([[HALOPERIDOL], told]),
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "4242")
    }
    assert len(outputs) == 1
    assert outputs.pop().count("Proposal(") == 24


def test_random_molecules_ignore_utility() -> None:
    told = some_observations(25)
    one, other = (RandomMolecules(start=[HALOPERIDOL], seed=4) for _ in range(2))
    one.tell(told)
    other.tell([Observation(each.form, 1 - each.utility) for each in told])
    assert one.ask(10, ()) == other.ask(10, ())


def test_evolution_says_what_it_expects_once_it_has_seen_enough() -> None:
    young, old = (Evolution(start=[HALOPERIDOL], seed=0) for _ in range(2))
    young.tell(some_observations(9))
    old.tell(some_observations(10))
    assert {one.expected for one in young.ask(5, ())} == {None}
    assert all(0 <= (one.expected or 0) <= 1 for one in old.ask(5, ()))
    assert None not in {one.expected for one in old.ask(5, ())}


def test_evolution_goes_on_when_every_candidate_failed() -> None:
    proposer = Evolution(start=[HALOPERIDOL], seed=0)
    told = [Observation(one.form, 0.0, failed_gate="herg") for one in some_observations(30)]
    proposer.tell(told)
    assert len(proposer.ask(10, ())) == 10


def test_a_failed_gate_counts_as_nothing_whatever_the_utility_says() -> None:
    one, other = (Evolution(start=[HALOPERIDOL], seed=0) for _ in range(2))
    told = some_observations(20)
    one.tell([Observation(each.form, 0.9, failed_gate="herg") for each in told])
    other.tell([Observation(each.form, 0.0) for each in told])
    assert one.ask(8, ()) == other.ask(8, ())


def test_evolution_learns_and_true_feedback_is_why() -> None:
    evolution = top_ten(Evolution)
    assert evolution > top_ten(RandomMolecules) + 0.15
    assert evolution > top_ten(Evolution, shuffled=True) + 0.15
