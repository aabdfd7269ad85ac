from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem, rdBase

from heuresis.agent.proposers import analogue_moves
from heuresis.agent.proposers.molecule_limits import ORGANIC, MoleculeLimits
from heuresis.agent.proposers.molecule_lineage import Lineage
from heuresis.agent.proposers.molecule_moves import FAMILIES, Moves

DIAZEPAM = "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21"
HALOPERIDOL = "O=C(CCCN1CCC(O)(c2ccc(Cl)cc2)CC1)c1ccc(F)cc1"
LIMITS = MoleculeLimits(start=[DIAZEPAM, HALOPERIDOL], max_heavy_atoms=35, elements=ORGANIC)
WORKED = {
    "aromatic CH to N": ("c1ccccc1C", "Cc1cccnc1"),
    "N-demethylate": ("CN1CCCCC1", "C1CCNCC1"),
    "aromatic N-demethylate": ("Cn1cccc1", "c1cc[nH]c1"),
    "alcohol to ketone": ("OC1CCCCC1", "O=C1CCCCC1"),
    "carbonyl to alcohol": ("O=C1CCCCC1", "OC1CCCCC1"),
    "ring CH2 to O": ("C1CCCCC1C", "CC1CCOCC1"),
    "ring CH to N": ("CC1CCCCC1", "CN1CCCCC1"),
    "grow ring": ("C1CCNC1", "C1CCNCC1"),
    "shrink ring": ("C1CCNCC1", "C1CCNC1"),
    "insert CH2": ("Cc1ccccc1", "CCc1ccccc1"),
    "remove CH2": ("CCc1ccccc1", "Cc1ccccc1"),
    "reverse amide": ("CC(=O)NCC", "CCC(=O)NC"),
    "saturate phenyl": ("CCc1ccccc1", "CCC1CCCCC1"),
    "N-methylate": ("C1CCNCC1", "CN1CCCCC1"),
    "aromatic S or O to NH": ("Cc1ccsc1", "Cc1cc[nH]c1"),
}


@pytest.mark.parametrize("name", WORKED)
def test_an_edit_makes_what_its_name_says(name: str) -> None:
    before, after = WORKED[name]
    number = [title for title, _ in analogue_moves.EDITS].index(name)
    products = analogue_moves.edit(number).RunReactants((Chem.MolFromSmiles(before),))
    loose = MoleculeLimits(start=[before], max_heavy_atoms=35, elements=ORGANIC)
    assert after in {loose.admit(one[0]) for one in products}


def test_a_group_swap_keeps_the_rest() -> None:
    groups = {group.name: group for group in analogue_moves.GROUPS}
    reaction = analogue_moves.swap(groups["Cl"], groups["nitrile"])
    (product,) = reaction.RunReactants((Chem.MolFromSmiles(DIAZEPAM),))
    assert LIMITS.admit(product[0]) == "CN1C(=O)CN=C(c2ccccc2)c2cc(C#N)ccc21"


def test_no_two_moves_share_a_name() -> None:
    names = [name for name, _ in analogue_moves.EDITS]
    names += [group.name for group in analogue_moves.GROUPS]
    assert len(set(names)) == len(names)


def test_every_group_is_found_again_once_put_on() -> None:
    benzene = Chem.MolFromSmiles("c1ccccc1")
    for new in analogue_moves.new_groups():
        product = analogue_moves.decorate(new).RunReactants((benzene,))[0][0]
        Chem.SanitizeMol(product)
        assert new in analogue_moves.groups_on(product), new.name


def test_the_families_share_all_steps() -> None:
    assert sum(FAMILIES.values()) == pytest.approx(1)


@settings(max_examples=60)
@given(st.integers(0, 10**9))
def test_a_step_gives_one_canonical_molecule_within_limits(seed: int) -> None:
    parent, mate = (Lineage(form) for form in LIMITS.start)
    child = Moves(LIMITS, Random(seed)).step(parent, mate)
    if child is not None:
        mol = Chem.MolFromSmiles(child.form)
        assert Chem.MolToSmiles(mol) == child.form
        assert LIMITS.reason_against(mol) is None
        assert set(child.parents) <= {parent.form, mate.form}
        assert len(child.steps) == 1


def test_steps_leave_the_log_of_rdkit_as_it_was() -> None:
    before = rdBase.LogStatus()
    moves = Moves(LIMITS, Random(0))
    for _ in range(40):
        moves.step(*(Lineage(form) for form in LIMITS.start))
    assert rdBase.LogStatus() == before


def test_a_lineage_remembers_only_known_forms_as_parents() -> None:
    child = Lineage("CCO").child("CCN", "O to N").child("CCF", "crossover", [Lineage("FCC")])
    assert child.parents == ("CCO", "FCC")
    assert child.propose(0.5).operator == "O to N, then crossover"
