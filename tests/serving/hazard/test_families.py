"""The classes are wide enough for unlisted relatives and narrow enough for lawful neighbours."""

import pytest

from heuresis.serving.hazard import screen
from heuresis.serving.hazard.rulebook import Rulebook, compile_rules
from heuresis.serving.hazard.rules import ExactRule, SimilarityRule, load_rules
from heuresis.serving.hazard.screening import judge

REFUSED = {
    "ethyl relative of a listed agent": "CCP(=O)(F)OC(C)C",
    "sulfur in place of oxygen": "CP(=S)(F)OC(C)C",
    "unspecified ester group": "CP(=O)(F)O*",
    "bond of unspecified order": "CP(=O)(~F)OC(C)C",
    "dative bond": "CP(=O)(->F)OC(C)C",
    "ionised phosphorus": "C[P+](=O)OC(C)C.[F-]",
    "ionised sulfur mustard": "ClCC[S+]1CC1.[Cl-]",
    "ionised nitrogen mustard": "C[N+]1(CCCl)CC1.[Cl-]",
    "carbamate of the annex": "CN(C)C(=O)Oc1cccnc1C[N+](C)(C)CCCCCCCCCC[N+](C)(C)CCO",
    "saxitoxin relative": "NC(=O)OCC1N(O)C(=N)N2CCC(O)(O)C23NC(=N)NC13",
    "heavy metal azide": "[Pb+2].[N-]=[N+]=[N-].[N-]=[N+]=[N-]",
    "heavy metal azide, covalent": "[N-]=[N+]=N[Pb]N=[N+]=[N-]",
    "heavy metal fulminate": "[Hg+2].[C-]#[N+][O-].[C-]#[N+][O-]",
    "heavy metal picrate": "[Pb+2].[O-]c1c(cc(cc1[N+](=O)[O-])[N+](=O)[O-])[N+](=O)[O-]",
    "silver acetylide": "[Ag]C#C[Ag]",
    "trinitroarene": "O=[N+]([O-])c1cc(cc(c1)[N+](=O)[O-])[N+](=O)[O-]",
    "diazonitrophenol": "[O-]c1c([N+]#N)cc(cc1[N+](=O)[O-])[N+](=O)[O-]",
    "organic perchlorate": "CC(C)(C)OCl(=O)(=O)=O",
}
HELD = {
    "dimethyl methylphosphonate": "COP(C)(=O)OC",
    "isoflurophate": "CC(C)OP(=O)(F)OC(C)C",
    "dimefox": "CN(C)P(=O)(F)N(C)C",
    "coupling reagent": "CCOP(=O)(C#N)OCC",
    "half mustard": "CCSCCCl",
    "thiodiglycol": "OCCSCCO",
    "diisopropylaminoethanol": "CC(C)N(CCO)C(C)C",
    "echothiophate": "CCOP(=O)(OCC)SCC[N+](C)(C)C",
    "clidinium": "C[N+]12CCC(CC1)C(C2)OC(=O)C(O)(c1ccccc1)c1ccccc1",
    "potassium cyanide": "[K+].[C-]#N",
    "sodium azide": "[Na+].[N-]=[N+]=[N-]",
    "ammonium nitrate": "[NH4+].[O-][N+](=O)[O-]",
    "melphalan": "NC(Cc1ccc(N(CCCl)CCCl)cc1)C(=O)O",
    "cyclophosphamide": "O=P1(N(CCCl)CCCl)NCCCO1",
    "nitroglycerin": "O=[N+]([O-])OCC(O[N+](=O)[O-])CO[N+](=O)[O-]",
    "lorcainide": "CC(C)N1CCC(CC1)N(C(=O)Cc1ccccc1)c1ccc(Cl)cc1",
    "fentanyl": "CCC(=O)N(C1CCN(CCc2ccccc2)CC1)c1ccccc1",
    "enol of a barbiturate": "CCC1(CC)C(=O)NC(O)=NC1=O",
    "diazepam": "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21",
    "deoxynivalenol": "CC1=CC2OC3C(O)CC(C)(C34CO4)C2(CO)C(O)C1=O",
    "aflatoxin B1": "COc1cc2OC3OC=CC3c2c2oc(=O)c3C(=O)CCc3c12",
    "methylmercury": "C[Hg+].[Cl-]",
    "any atom": "*",
}
CLEAR = {
    "triethyl phosphate": "CCOP(=O)(OCC)OCC",
    "fonofos, excepted by the annex": "CCOP(=S)(CC)Sc1ccccc1",
    "malathion": "CCOC(=O)CC(SP(=S)(OC)OC)C(=O)OCC",
    "chlorpyrifos": "CCOP(=S)(OCC)Oc1nc(Cl)c(Cl)cc1Cl",
    "glyphosate": "OC(=O)CNCP(O)(O)=O",
    "glufosinate": "CP(O)(=O)CCC(N)C(O)=O",
    "fosfomycin": "CC1OC1P(O)(O)=O",
    "triphenylphosphine": "c1ccccc1P(c1ccccc1)c1ccccc1",
    "hexafluorophosphate": "[Na+].F[P-](F)(F)(F)(F)F",
    "dimethylaminoethanol": "CN(C)CCO",
    "diethylaminoethanol": "CCN(CC)CCO",
    "choline": "C[N+](C)(C)CCO",
    "bis(2-chloroethyl) ether": "ClCCOCCCl",
    "carmustine": "ClCCNC(=O)N(CCCl)N=O",
    "atropine": "CN1C2CCC1CC(C2)OC(=O)C(CO)c1ccccc1",
    "neostigmine": "CN(C)C(=O)Oc1cccc(c1)[N+](C)(C)C",
    "nitrobenzene": "O=[N+]([O-])c1ccccc1",
    "pendimethalin": "CCC(CC)Nc1c(cc(C)c(C)c1[N+](=O)[O-])[N+](=O)[O-]",
    "benzyl azide": "[N-]=[N+]=NCc1ccccc1",
    "zidovudine": "Cc1cn(C2CC(N=[N+]=[N-])C(CO)O2)c(=O)[nH]c1=O",
    "benzoyl peroxide": "O=C(OOC(=O)c1ccccc1)c1ccccc1",
    "artemisinin": "CC1CCC2C(C)C(=O)OC3OC4(C)CCC1C23OO4",
    "hydrogen peroxide": "OO",
    "imidacloprid": "O=[N+]([O-])N=C1NCCN1Cc1ccc(Cl)nc1",
    "silver nitrate": "[Ag+].[O-][N+](=O)[O-]",
    "sodium perchlorate": "[Na+].[O-]Cl(=O)(=O)=O",
    "loperamide": "CN(C)C(=O)C(CCN1CCC(O)(CC1)c1ccc(Cl)cc1)(c1ccccc1)c1ccccc1",
    "naloxone": "OC12CCC(=O)C3Oc4c(O)ccc5CC1N(CC=C)CCC23c45",
    "sumatriptan": "CNS(=O)(=O)Cc1ccc2[nH]cc(CCN(C)C)c2c1",
    "cannabidiol": "CCCCCc1cc(O)c(C2C=C(C)CCC2C(C)=C)c(O)c1",
    "arsenic trioxide": "O=[As]O[As]=O",
    "triphenylarsine": "c1ccccc1[As](c1ccccc1)c1ccccc1",
    "acetonitrile": "CC#N",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "ethanol": "CCO",
    "benzene": "c1ccccc1",
    "sodium chloride": "[Na+].[Cl-]",
    "hydrogen": "[H][H]",
}


@pytest.mark.parametrize("smiles", REFUSED.values(), ids=REFUSED.keys())
def test_an_unlisted_relative_is_refused(smiles: str) -> None:
    (verdict,) = screen([smiles])
    assert verdict.level == "blocked"
    assert not verdict.rule_id.startswith("screen.")


@pytest.mark.parametrize("smiles", HELD.values(), ids=HELD.keys())
def test_a_lawful_neighbour_is_held_for_a_person(smiles: str) -> None:
    (verdict,) = screen([smiles])
    assert verdict.level == "review"


@pytest.mark.parametrize("smiles", CLEAR.values(), ids=CLEAR.keys())
def test_an_everyday_chemical_passes(smiles: str) -> None:
    (verdict,) = screen([smiles])
    assert (verdict.level, verdict.reason) == ("ok", "")


@pytest.fixture(scope="module")
def unlisted_book() -> Rulebook:
    """Rules of the families alone: nothing is listed."""
    kept = [r for r in load_rules() if not isinstance(r, ExactRule | SimilarityRule)]
    return compile_rules(tuple(kept))


@pytest.mark.parametrize(
    "smiles",
    [
        member.smiles
        for rule in load_rules()
        if isinstance(rule, ExactRule) and rule.id == "cwc.schedule_1.listed"
        for member in rule.members
    ],
)
def test_families_alone_refuse_all_of_schedule_1(unlisted_book: Rulebook, smiles: str) -> None:
    assert judge(smiles, unlisted_book).level == "blocked"


def test_a_relative_outside_every_family_is_held_by_similarity() -> None:
    rules = [r for r in load_rules() if isinstance(r, ExactRule | SimilarityRule)]
    book = compile_rules(tuple(rules))
    assert judge("CCP(=O)(F)OC(C)C", book).rule_id == "similar.organophosphorus"


def test_a_refused_structure_with_other_hydrogen_is_held() -> None:
    (verdict,) = screen(["CC1CC2OC3C(O)C(OC(C)=O)C(C)(C34CO4)C2(COC(C)=O)CC1"])
    assert (verdict.level, verdict.rule_id) == ("review", "toxin.listed")
