"""Red team: every listed structure in every disguise we know is found again."""

import random
from collections.abc import Callable, Iterator

import pytest
import selfies
from rdkit import Chem
from rdkit.Chem import EnumerateStereoisomers as Stereo
from rdkit.Chem.MolStandardize import rdMolStandardize

from heuresis.serving.hazard import screen
from heuresis.serving.hazard.rules import ExactRule, load_rules

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
LISTED = [
    pytest.param(rule, member.smiles, id=f"{rule.id}-{i}")
    for rule in load_rules()
    if isinstance(rule, ExactRule)
    for i, member in enumerate(rule.members)
]


def mol_of(smiles: str) -> Chem.Mol:
    return Chem.MolFromSmiles(smiles)


def labelled(smiles: str) -> str:
    mol = mol_of(smiles)
    for atom in mol.GetAtoms():
        atom.SetIsotope({6: 13, 7: 15, 8: 18}.get(atom.GetAtomicNum(), 0))
    return Chem.MolToSmiles(mol)


def deuterated(smiles: str) -> str:
    mol = Chem.AddHs(mol_of(smiles))
    for atom in mol.GetAtoms():
        atom.SetIsotope(2 if atom.GetAtomicNum() == 1 else 0)
    return Chem.MolToSmiles(mol)


def shuffled(smiles: str) -> str:
    mol = mol_of(smiles)
    order = list(range(mol.GetNumAtoms()))
    random.Random(smiles).shuffle(order)
    return Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)


def numbered(smiles: str) -> str:
    mol = mol_of(smiles)
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(atom.GetIdx() + 1)
    return Chem.MolToSmiles(mol)


def kekulised(smiles: str) -> str:
    mol = mol_of(smiles)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    return Chem.MolToSmiles(mol, kekuleSmiles=True, allBondsExplicit=True, allHsExplicit=True)


def reacted(smiles: str) -> str:
    return f"{CAFFEINE}.O>{smiles}>{ASPIRIN}"


def stereo_forms(smiles: str) -> Iterator[str]:
    options = Stereo.StereoEnumerationOptions(maxIsomers=2, rand=0)
    for isomer in Stereo.EnumerateStereoisomers(mol_of(smiles), options=options):
        text = Chem.MolToSmiles(isomer)
        if "@" in text or "/" in text:
            yield text


def tautomers(smiles: str) -> Iterator[str]:
    enumerator = rdMolStandardize.TautomerEnumerator()
    enumerator.SetMaxTautomers(8)
    for form in enumerator.Enumerate(mol_of(smiles)):
        if (text := Chem.MolToSmiles(form)) != Chem.CanonSmiles(smiles):
            yield text


def protonated(smiles: str) -> Iterator[str]:
    for atom in mol_of(smiles).GetAtoms():
        if atom.GetAtomicNum() != 7 or atom.GetFormalCharge() or atom.GetDegree() > 3:
            continue
        mol = mol_of(smiles)
        changed = mol.GetAtomWithIdx(atom.GetIdx())
        changed.SetFormalCharge(1)
        changed.SetNumExplicitHs(atom.GetTotalNumHs() + 1)
        if Chem.SanitizeMol(mol, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE:
            yield Chem.MolToSmiles(mol) + ".[Cl-]"


def deprotonated(smiles: str) -> Iterator[str]:
    for atom in mol_of(smiles).GetAtoms():
        if atom.GetAtomicNum() not in (7, 8, 16) or not atom.GetTotalNumHs():
            continue
        mol = mol_of(smiles)
        changed = mol.GetAtomWithIdx(atom.GetIdx())
        if changed.GetFormalCharge():
            continue
        changed.SetFormalCharge(-1)
        changed.SetNoImplicit(True)
        changed.SetNumExplicitHs(atom.GetTotalNumHs() - 1)
        if Chem.SanitizeMol(mol, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE:
            yield Chem.MolToSmiles(mol) + ".[Na+]"


def charge_separated(smiles: str) -> Iterator[str]:
    mol = Chem.RWMol(mol_of(smiles))
    for bond in mol.GetBonds():
        ends = {bond.GetBeginAtom().GetAtomicNum(): bond.GetBeginAtom()}
        ends[bond.GetEndAtom().GetAtomicNum()] = bond.GetEndAtom()
        if set(ends) == {15, 8} and bond.GetBondType() == Chem.BondType.DOUBLE:
            bond.SetBondType(Chem.BondType.SINGLE)
            ends[15].SetFormalCharge(1)
            ends[8].SetFormalCharge(-1)
            yield Chem.MolToSmiles(mol)


def complexed(smiles: str) -> Iterator[str]:
    for atom in mol_of(smiles).GetAtoms():
        is_amine = atom.GetAtomicNum() == 7 and not atom.GetIsAromatic()
        if is_amine and atom.GetDegree() == 3 and not atom.GetFormalCharge():
            mol = Chem.RWMol(mol_of(smiles))
            metal = mol.AddAtom(Chem.Atom("Zn"))
            mol.AddBond(atom.GetIdx(), metal, Chem.BondType.DATIVE)
            yield Chem.MolToSmiles(mol)
            return


def inchi(smiles: str) -> str:
    return str(Chem.MolToInchi(mol_of(smiles), logLevel=None))


def selfie(smiles: str) -> Iterator[str]:
    """Some valences are beyond SELFIES' default limits; those molecules have no SELFIES."""
    try:
        text = selfies.encoder(smiles)
    except selfies.EncoderError:
        return
    yield text
    yield f"{text}.{selfies.encoder(ASPIRIN)}"


ONE: dict[str, Callable[[str], str]] = {
    "salt": lambda s: f"{s}.Cl",
    "sodium salt": lambda s: f"[Na+].[Cl-].{s}",
    "hydrate": lambda s: f"{s}.O.O",
    "solvate": lambda s: f"CCO.{s}.CS(C)=O",
    "with a drug": lambda s: f"{ASPIRIN}.{s}.{CAFFEINE}",
    "isotopes": labelled,
    "deuterium": deuterated,
    "other order": shuffled,
    "explicit hydrogen": lambda s: Chem.MolToSmiles(Chem.AddHs(mol_of(s))),
    "atom maps": numbered,
    "kekulised": kekulised,
    "inchi": inchi,
    "labelled inchi": lambda s: inchi(labelled(s)),
    "inchi of a mixture": lambda s: inchi(f"{s}.{CAFFEINE}"),
    "reaction": reacted,
    "white space": lambda s: f"  {s}\n",
}
MANY: dict[str, Callable[[str], Iterator[str]]] = {
    "stereo": stereo_forms,
    "tautomer": tautomers,
    "protonated": protonated,
    "deprotonated": deprotonated,
    "charges apart": charge_separated,
    "metal complex": complexed,
    "selfies": selfie,
}


def disguises_of(smiles: str) -> dict[str, str]:
    found = {name: disguise(smiles) for name, disguise in ONE.items()}
    for name, disguise in MANY.items():
        found |= {f"{name} {i}": text for i, text in enumerate(disguise(smiles))}
    return found


@pytest.mark.parametrize(("rule", "smiles"), LISTED)
def test_every_disguise_of_a_listed_structure_is_found(rule: ExactRule, smiles: str) -> None:
    texts = disguises_of(smiles)
    assert len(texts) >= 10
    allowed = {"blocked"} if rule.level == "blocked" else {"review", "blocked"}
    verdicts = zip(texts.items(), screen(list(texts.values())), strict=True)
    missed = {name: (text, v) for (name, text), v in verdicts if v.level not in allowed}
    assert not missed


@pytest.mark.parametrize(("rule", "smiles"), LISTED)
def test_a_disguise_is_read_rather_than_refused_as_unreadable(rule: ExactRule, smiles: str) -> None:
    texts = disguises_of(smiles)
    verdicts = zip(texts.items(), screen(list(texts.values())), strict=True)
    odd = {name: (text, v) for (name, text), v in verdicts if v.rule_id.startswith("screen.")}
    assert not odd
