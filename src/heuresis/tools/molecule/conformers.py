"""Embedding a molecule in space and relaxing it: RDKit's MMFF94, or GFN2-xTB through tblite."""

import warnings
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from heuresis.errors import OutOfDomainError
from heuresis.tools.molecule.structure import mol_of, shorten
from heuresis.tools.rdkit_log import silent_rdkit

_MMFF_STEPS = 5_000
_ROUGH_STEPS = 500
_XTB_STEPS = 500
_XTB_FORCE_EV_A = 0.05
_KCAL_MOL_PER_EV = 23.060548
_BOND_RATIO = (0.6, 1.35)


class Shape(NamedTuple):
    """One conformer.

    Attributes:
        conformer: Its id in the molecule.
        energy: Total energy of the model, kcal/mol.
        is_converged: Whether the optimiser met its limit.
        is_intact: Whether all bonds of the molecule held.
    """

    conformer: int
    energy: float
    is_converged: bool
    is_intact: bool


class Shapes(NamedTuple):
    """A molecule with hydrogens and coordinates in Å, and what was found for each."""

    mol: Any
    found: list[Shape]


def embed_mmff(smiles: str, n_conformers: int, seed: int) -> Shapes:
    """Embed and optimise with MMFF94.

    Raises:
        OutOfDomainError: MMFF94 has no parameters for an atom.
    """
    from rdkit.Chem import rdForceFieldHelpers

    with silent_rdkit():
        mol, ids = _embed(smiles, n_conformers, seed)
        if not rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
            raise OutOfDomainError(
                f"smiles {shorten(smiles)!r}: got an atom MMFF94 has no parameters for, allowed: "
                "molecules of its H C N O F Si P S Cl Br I types; the backend 'xtb' takes others"
            )
        if not ids:
            return Shapes(mol, [])
        done = rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(mol, maxIters=_MMFF_STEPS)
    found = [
        Shape(i, energy, flag == 0, strained_bond(mol, i) is None)
        for i, (flag, energy) in zip(ids, done, strict=True)
    ]
    return Shapes(mol, found)


def embed_xtb(smiles: str, n_conformers: int, seed: int) -> Shapes:
    """Embed, optimise roughly with a force field, then with GFN2-xTB."""
    from rdkit.Chem import rdForceFieldHelpers

    with silent_rdkit():
        mol, ids = _embed(smiles, n_conformers, seed)
        if ids and rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
            rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(mol, maxIters=_ROUGH_STEPS)
    with warnings.catch_warnings(), _one_thread():
        warnings.simplefilter("ignore")
        return Shapes(mol, [_relax_xtb(mol, conformer) for conformer in ids])


def strained_bond(mol: Any, conformer: int = -1) -> str | None:
    """Name a bond far from the sum of its covalent radii, or None."""
    from rdkit import Chem
    from rdkit.Chem import rdMolTransforms

    table = Chem.GetPeriodicTable()
    place = mol.GetConformer(conformer)
    low, high = _BOND_RATIO
    for bond in mol.GetBonds():
        a, b = bond.GetBeginAtom(), bond.GetEndAtom()
        length = rdMolTransforms.GetBondLength(place, a.GetIdx(), b.GetIdx())
        usual = table.GetRcovalent(a.GetAtomicNum()) + table.GetRcovalent(b.GetAtomicNum())
        if not low * usual < length < high * usual:
            return f"a bond {a.GetSymbol()}-{b.GetSymbol()} of {length:.2f} Å"
    return None


def _embed(smiles: str, n_conformers: int, seed: int) -> tuple[Any, list[int]]:
    from rdkit import Chem
    from rdkit.Chem import rdDistGeom

    mol = Chem.AddHs(mol_of(smiles))
    params = rdDistGeom.ETKDGv3()
    params.randomSeed = seed + 1  # 0 would give every conformer the same start
    ids = list(rdDistGeom.EmbedMultipleConfs(mol, n_conformers, params))
    if not ids:
        params.useRandomCoords = True
        ids = list(rdDistGeom.EmbedMultipleConfs(mol, n_conformers, params))
    return mol, ids


def _one_thread() -> AbstractContextManager[Any]:
    """Hold OpenMP to one thread: a molecule is too small for more, and waiting costs most."""
    import tblite.ase  # noqa: F401  # limits reach only what is loaded
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(limits=1)
    return limits


def _relax_xtb(mol: Any, conformer: int) -> Shape:
    from ase import Atoms
    from ase.optimize import BFGS
    from rdkit import Chem
    from tblite.ase import TBLite

    place = mol.GetConformer(conformer)
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    atoms = Atoms(numbers=numbers, positions=place.GetPositions())
    charge = Chem.GetFormalCharge(mol)
    atoms.calc = TBLite(method="GFN2-xTB", charge=charge, multiplicity=1, verbosity=0)
    is_converged = bool(BFGS(atoms, logfile=None).run(fmax=_XTB_FORCE_EV_A, steps=_XTB_STEPS))
    for i, position in enumerate(atoms.get_positions()):
        place.SetAtomPosition(i, [float(x) for x in position])
    energy = float(atoms.get_potential_energy()) * _KCAL_MOL_PER_EV
    return Shape(conformer, energy, is_converged, strained_bond(mol, conformer) is None)
