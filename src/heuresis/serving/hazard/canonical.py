"""One form for all disguises of a molecule: parts, isotopes, charges, tautomers, stereo."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from heuresis.serving.hazard.notation import chemistry

MAX_TAUTOMERS = 64
N_TRANSFORMS = 256
MAX_COUNT = 9  # no rule needs more atoms of one element
Composition = frozenset[tuple[int, int]]
_ELEMENT = re.compile(r"([A-Z][a-z]?)(\d*)")
_METALS = (3, 4, *range(11, 14), *range(19, 32), *range(37, 51), *range(55, 85))
_ANY_METAL = "[" + ",".join(f"#{number}" for number in _METALS) + ";!D0]"


@dataclass(frozen=True, slots=True)
class Atoms:
    """Heavy atoms of a part; the same for all charges, tautomers and spellings of a molecule.

    Attributes:
        composition: Number by atomic number, as something that can be looked up.
        profile: The same, counted up to nine only: few profiles cover most molecules.
        n_heavy: Number of all.
    """

    composition: Composition
    profile: Composition
    n_heavy: int


@dataclass(frozen=True, slots=True)
class Component:
    """One connected part of a subject, ready to be matched.

    Attributes:
        mol: The part, without isotopes or explicit hydrogen.
        atoms: What it is made of.
    """

    mol: Any
    atoms: Atoms


@dataclass(frozen=True, slots=True)
class Identity:
    """Which molecule, whatever its charge, tautomer, isotopes or stereo.

    Attributes:
        skeleton: Canonical text of elements and neighbours, all bonds alike.
        n_protons: Hydrogen atoms minus net charge: (de)protonation does not change it.
    """

    skeleton: str
    n_protons: int


def components_of(mol: Any) -> list[Component]:
    """Split a subject into its parts, none left out.

    A bond of an odd kind (dative, zero order) may be a real one or a mere contact, so parts are
    returned for both.
    """
    mol = _without_isotopes(mol)
    parts = [part for form in _forms(mol) for part in _split(form)]
    return [component_of(part) for part in parts]


def component_of(mol: Any) -> Component:
    """Count the atoms of one part."""
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    # The formula comes ten times faster than a walk over the atoms, and few formulas differ.
    return Component(mol, _atoms_in(CalcMolFormula(mol)))


def specified(mol: Any) -> tuple[Any, bool]:
    """Read unspecified atoms as carbon, and say whether there were any."""
    if not mol.HasSubstructMatch(_query("[#0]")):
        return mol, False
    for atom in mol.GetAtoms():
        if not atom.GetAtomicNum():
            atom.SetAtomicNum(6)
            atom.SetIsotope(0)
    mol.UpdatePropertyCache(strict=False)
    return mol, True


def identity_of(mol: Any) -> Identity:
    """Reduce one part to skeleton and hydrogen count."""
    chem = chemistry()
    bare = chem.RWMol()
    for atom in mol.GetAtoms():
        fresh = chem.Atom(atom.GetAtomicNum())
        fresh.SetNoImplicit(True)
        bare.AddAtom(fresh)
    for bond in mol.GetBonds():
        bare.AddBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), chem.BondType.SINGLE)
    n_hydrogen = sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
    return Identity(chem.MolToSmiles(bare), n_hydrogen - chem.GetFormalCharge(mol))


def tautomers_of(mol: Any) -> list[Any]:
    """Return tautomers of the neutral, stereo-free form: the canonical one first, at most 64."""
    from rdkit.Chem.MolStandardize import rdMolStandardize

    plain = rdMolStandardize.Uncharger(True).uncharge(mol)
    chemistry().RemoveStereochemistry(plain)
    enumerator = rdMolStandardize.TautomerEnumerator()
    enumerator.SetMaxTautomers(MAX_TAUTOMERS)
    enumerator.SetMaxTransforms(N_TRANSFORMS)
    found = enumerator.Enumerate(plain)
    return [enumerator.PickCanonical(found), *found]


def subject_of(mol: Any) -> str | None:
    """Return the stereo-free InChIKey of a subject, or None where InChI has no word for it."""
    return chemistry().MolToInchiKey(mol, options="-SNon") or None


@lru_cache(maxsize=65_536)
def _atoms_in(formula: str) -> Atoms:
    number = chemistry().GetPeriodicTable().GetAtomicNumber
    found = _ELEMENT.findall(formula)
    counts = {number(symbol): int(n or 1) for symbol, n in found if symbol != "H"}
    profile = frozenset((z, min(n, MAX_COUNT)) for z, n in counts.items())
    return Atoms(frozenset(counts.items()), profile, sum(counts.values()))


@cache
def _query(smarts: str) -> Any:
    return chemistry().MolFromSmarts(smarts)


def _without_isotopes(mol: Any) -> Any:
    if not mol.HasSubstructMatch(_query("[!0*,#1]")):
        return mol
    for atom in mol.GetAtoms():
        atom.SetIsotope(0)
    return chemistry().RemoveAllHs(mol)


def _forms(mol: Any) -> list[Any]:
    if not mol.HasSubstructMatch(_query("*!-!=!#!:!$*")):
        return [mol]
    chem = chemistry()
    kinds = chem.BondType
    usual = (kinds.SINGLE, kinds.DOUBLE, kinds.AROMATIC, kinds.TRIPLE, kinds.QUADRUPLE)
    bound, apart = chem.RWMol(mol), chem.RWMol(mol)
    for bond in mol.GetBonds():
        if bond.GetBondType() not in usual:
            ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            bound.GetBondBetweenAtoms(*ends).SetBondType(kinds.SINGLE)
            apart.RemoveBond(*ends)
    return [_refreshed(form.GetMol()) for form in (bound, apart)]


def _split(mol: Any) -> list[Any]:
    chem = chemistry()
    if mol.HasSubstructMatch(_query(_ANY_METAL)):
        from rdkit.Chem.MolStandardize import rdMolStandardize

        mol = rdMolStandardize.MetalDisconnector().Disconnect(mol)
    if len(chem.GetMolFrags(mol)) == 1:
        return [mol]
    return [_refreshed(part) for part in chem.GetMolFrags(mol, asMols=True, sanitizeFrags=False)]


def _refreshed(mol: Any) -> Any:
    """Recompute valences and rings, which an edited molecule lacks."""
    mol.UpdatePropertyCache(strict=False)
    chemistry().GetSymmSSSR(mol)
    return mol
