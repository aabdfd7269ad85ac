import pytest
from rdkit import Chem

from heuresis.agent.proposers.molecule_limits import ORGANIC, MoleculeLimits, canonical_forms
from heuresis.errors import RequestError

DIAZEPAM = "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21"


def limits(start: str = DIAZEPAM, **changes: object) -> MoleculeLimits:
    keywords = {"start": [start], "max_heavy_atoms": 30, "elements": ORGANIC, **changes}
    return MoleculeLimits(**keywords)  # type: ignore[arg-type]  # wrong ones are the point


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start": "C1CC"}, "SMILES that parses"),
        ({"start": "CCCCN.Cl"}, "one molecule"),
        ({"max_heavy_atoms": 10}, "20 heavy atoms, allowed 4 to 10"),
        ({"elements": {"C", "N", "O"}}, r"elements \['Cl'\]"),
        ({"elements": {"C", "Xx"}}, "allowed: symbols"),
        ({"keep_core": "C1CCCCC1"}, "core to keep is missing"),
        ({"keep_core": "not a core"}, "SMILES or SMARTS"),
        ({"min_similarity": 1.5}, "allowed 0 to 1"),
    ],
)
def test_names_what_is_wrong_with_the_start(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        limits(**changes)  # type: ignore[arg-type]  # as above


def test_refuses_to_start_from_nothing() -> None:
    with pytest.raises(RequestError, match="at least one SMILES"):
        MoleculeLimits(start=[], max_heavy_atoms=30, elements=ORGANIC)


def test_admits_an_analogue_in_canonical_spelling() -> None:
    assert limits().admit(Chem.MolFromSmiles("Fc1ccc2c(c1)C(c1ccccc1)=NCC(=O)N2C")) == (
        "CN1C(=O)CN=C(c2ccccc2)c2cc(F)ccc21"
    )


def test_refuses_a_molecule_far_from_every_start() -> None:
    far = Chem.MolFromSmiles("OCC1CCOCC1")
    assert limits().admit(far) is not None
    assert limits(min_similarity=0.4).admit(far) is None


def test_refuses_impossible_valence_without_raising() -> None:
    assert limits().admit(Chem.MolFromSmiles("CN(C)(C)(C)C", sanitize=False)) is None


def test_a_core_may_be_smarts() -> None:
    assert limits(keep_core="[#6]1~[#7]~[#6]~[#6]~[#7]~[#6,#7]~[#6]1").start


def test_a_known_form_is_known_in_any_spelling() -> None:
    assert "CCO" in canonical_forms(["OCC", "no molecule"])
