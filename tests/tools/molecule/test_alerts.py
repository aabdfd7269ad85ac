"""Alerts are those of RDKit's catalogues: what is passed over could not have matched."""

from rdkit import Chem

from heuresis.tools.molecule.alerts import _known, alerts, catalogues, name_of

from .molecules import KNOWN

ALARMING = (
    "Oc1ccccc1O", "O=C1C=CC(=O)C=C1", "CC(=O)Oc1ccccc1", "O=Nc1ccccc1", "c1ccc(N=Nc2ccccc2)cc1",
    "O=C1NC(=S)SC1=Cc1ccccc1", "CCN(CC)c1ccc(C=NN)cc1", "C#CCN", "ClCCl", "CCOC(=S)S", "BrCC=O",
    "O=C1CSC(=S)N1", "N#CC(C#N)=Cc1ccco1", "CC(C)=NNC(N)=S", "[O-][N+](=O)c1ccccc1",
    "COc1ccc2c(c1)[nH]c1ccccc12", "CN(C)c1ccc(cc1)C(c1ccccc1)c1ccccc1", "OO", "CI", "C[Si](C)(C)C",
)  # fmt: skip


def test_alerts_are_those_that_the_catalogues_find() -> None:
    for smiles in (*KNOWN, *ALARMING):
        mol = Chem.MolFromSmiles(smiles)
        whole = {name_of(one) for each in catalogues() for one in each.GetMatches(mol)}
        assert alerts(mol) == tuple(sorted(whole))


def test_every_pattern_is_known_and_most_are_passed_over() -> None:
    assert len(_known()) == sum(each.GetNumEntries() for each in catalogues()) == 585
    assert all(one.bits for one in _known())
