import pytest
from rdkit import Chem

from heuresis.agent.proposers.silly_chemistry import PATTERNS, find_silly, silly_in

SILLY = {
    "CCOOCC": "peroxides",
    "CCNNNCC": "three nitrogens",
    "CCN(Cl)CC": "halogens on N",
    "CC1C=C=CC1": "allenes",
    "C1=CC1CC": "ring of 3 or 4",
    "CC1CN1CC": "alkylate",
    "C1CCCCCCCC1": "more than 8 atoms",
    "C1CC12CC2C": "share an atom",
    "C1=C2CCC(C1)C2": "Bredt",
    "CC[CH]CC": "radicals",
    "CC[N+](C)(C)C": "positive charge",
    "CCC(=O)[O-]": "negative charge",
    "CC(O)(N)CC": "fall apart",
    "CN(C)C1CCCCO1": "N,O-acetals",
    "C1CCCN1N1CCOCC1": "hydrazines",
    "CCC(=O)Cl": "acyl halides",
    "[13CH3]CCC": "isotope",
}
DRUGS = {
    "diazepam": "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21",
    "haloperidol": "O=C(CCCN1CCC(O)(c2ccc(Cl)cc2)CC1)c1ccc(F)cc1",
    "donepezil": "COc1cc2CC(CC3CCN(Cc4ccccc4)CC3)C(=O)c2cc1OC",
    "fluoxetine": "CNCCC(Oc1ccc(cc1)C(F)(F)F)c1ccccc1",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "losartan": "CCCCc1nc(Cl)c(CO)n1Cc1ccc(cc1)-c1ccccc1-c1nn[nH]n1",
    "sildenafil": "CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1",
    "nitrofurantoin-like nitroarene": "O=[N+]([O-])c1ccc(C(=O)N2CCOCC2)cc1",
}


@pytest.mark.parametrize("smiles", SILLY)
def test_refuses_what_no_chemist_would_order(smiles: str) -> None:
    assert SILLY[smiles] in str(find_silly(Chem.MolFromSmiles(smiles)))


@pytest.mark.parametrize("name", DRUGS)
def test_lets_real_drugs_pass(name: str) -> None:
    assert find_silly(Chem.MolFromSmiles(DRUGS[name])) is None


def test_forgives_a_feature_that_a_start_molecule_has() -> None:
    mol = Chem.MolFromSmiles("CCOOCC")
    assert find_silly(mol, silly_in(mol)) is None


def test_every_pattern_parses_and_has_a_reason() -> None:
    assert all(Chem.MolFromSmarts(one.smarts) is not None and one.reason for one in PATTERNS)
