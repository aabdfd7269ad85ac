"""One text, every molecule it may mean."""

import pytest
from rdkit import Chem

from heuresis.serving.hazard import readings, screen

ETHANOL = "CCO"


@pytest.mark.parametrize(
    "text",
    ["CCO", " OCC\n", "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "[CH3][CH2][OH]"],
)
def test_each_notation_is_read(text: str) -> None:
    assert [Chem.MolToSmiles(mol) for mol in readings(text)] == [ETHANOL]


def test_bracketed_atoms_are_read_as_smiles_and_as_selfies() -> None:
    found = {Chem.MolToSmiles(mol) for mol in readings("[C][C][O]")}
    assert found == {"[C][C][O]", ETHANOL}


def test_every_part_of_a_reaction_is_read() -> None:
    assert len(readings("CCO>[Pd]>CC=O")) == 3
    assert len(readings("CCO>>CC=O")) == 2


def test_a_dative_bond_is_no_reaction() -> None:
    assert len(readings("[NH3]->[Cu]")) == 1


def test_an_agent_hidden_in_a_reaction_or_selfies_is_refused() -> None:
    texts = [
        "CCO>>CP(=O)(F)OC(C)C",
        "[C][P][=Branch1][C][=O][Branch1][C][F][O][C][Branch1][C][C][C]",
    ]
    assert {verdict.level for verdict in screen(texts)} == {"blocked"}
