"""The molecules a search may propose: size, elements, core, nearness to the start, sanity."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from heuresis.agent.proposers.silly_chemistry import find_silly, silly_in
from heuresis.errors import RequestError
from heuresis.tools.rdkit_log import silent_rdkit

ORGANIC = frozenset({"C", "N", "O", "F", "S", "Cl"})
MIN_HEAVY_ATOMS = 4


class MoleculeLimits:
    """Judges molecules by fixed limits; holds no state of a search.

    Args:
        start: SMILES of the molecules that the search starts from; they must obey the limits.
            Odd features of theirs, such as a charge or a peroxide, are allowed in all others.
        max_heavy_atoms: Largest number of atoms that are not hydrogen.
        elements: Symbols allowed; hydrogen always is.
        keep_core: SMILES or SMARTS of a part every molecule must contain.
        min_similarity: Least Tanimoto similarity (Morgan, radius 2, 2048 bits) to the nearest
            start molecule; 0 turns it off.

    Raises:
        RequestError: A start molecule or the core does not parse, or breaks the limits.
    """

    def __init__(
        self,
        *,
        start: Sequence[str],
        max_heavy_atoms: int,
        elements: Collection[str],
        keep_core: str | None = None,
        min_similarity: float = 0.0,
    ) -> None:
        if not start:
            raise RequestError("start: got no molecule, allowed: at least one SMILES")
        if not 0 <= min_similarity <= 1:
            raise RequestError(f"min_similarity: got {min_similarity!r}, allowed 0 to 1")
        self.max_heavy_atoms = max_heavy_atoms
        self.elements = frozenset(elements)
        self.min_similarity = min_similarity
        self._strange = _other_than(self.elements)
        self._core = None if keep_core is None else _read_core(keep_core)
        mols = [_read_start(text) for text in start]
        self._prints = [_bits(mol) for mol in mols]
        self._allowed = frozenset(why for mol in mols for why in silly_in(mol))
        for text, mol in zip(start, mols, strict=True):
            if (why := self.reason_against(mol)) is not None:
                raise RequestError(f"start: {text!r} breaks the limits: {why}")
        self.start = tuple(dict.fromkeys(_spell(mol) for mol in mols))

    def admit(self, mol: Any) -> str | None:
        """Return the canonical SMILES of a raw rdkit molecule, or None if it is refused."""
        from rdkit import Chem

        if Chem.SanitizeMol(mol, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
            return None
        if self.reason_against(mol) is not None:
            return None
        return canonical_form(_spell(mol))

    def reason_against(self, mol: Any) -> str | None:
        """Say why a sanitised rdkit molecule is outside, cheapest reasons first, or None."""
        n_heavy = mol.GetNumHeavyAtoms()
        if not MIN_HEAVY_ATOMS <= n_heavy <= self.max_heavy_atoms:
            return f"got {n_heavy} heavy atoms, allowed {MIN_HEAVY_ATOMS} to {self.max_heavy_atoms}"
        if mol.HasSubstructMatch(self._strange):
            strange = {atom.GetSymbol() for atom in mol.GetAtoms()} - self.elements - {"H"}
            return f"got elements {sorted(strange)}, allowed {sorted(self.elements)}"
        if self._core is not None and not mol.HasSubstructMatch(self._core):
            return "the core to keep is missing"
        if self.min_similarity > 0 and self._nearness(mol) < self.min_similarity:
            return f"less than {self.min_similarity} similar to any start molecule"
        if _n_parts(mol) > 1:
            return "got a salt or mixture, allowed: one molecule"
        return find_silly(mol, self._allowed)

    def _nearness(self, mol: Any) -> float:
        from rdkit.DataStructs import BulkTanimotoSimilarity

        return float(max(BulkTanimotoSimilarity(_bits(mol), self._prints)))


def canonical_form(smiles: str) -> str | None:
    """Return the canonical SMILES, or None where the text is no molecule."""
    from rdkit import Chem

    with silent_rdkit():
        mol = Chem.MolFromSmiles(smiles)
    return None if mol is None or mol.GetNumAtoms() == 0 else _spell(mol)


def read_form(smiles: str) -> str:
    """Return the canonical SMILES.

    Raises:
        RequestError: The text is no molecule.
    """
    form = canonical_form(smiles)
    if form is None:
        raise RequestError(f"molecule: got {smiles!r}, allowed: a SMILES that parses")
    return form


def canonical_forms(known: Iterable[str]) -> frozenset[str]:
    """Return the forms as given and as spelled here, so that no spelling hides a known one."""
    given = frozenset(known)
    return given | {form for text in given if (form := canonical_form(text)) is not None}


def _read_start(smiles: str) -> Any:
    from rdkit import Chem

    return Chem.MolFromSmiles(read_form(smiles))


def _read_core(core: str) -> Any:
    from rdkit import Chem

    with silent_rdkit():
        query = Chem.MolFromSmiles(core) or Chem.MolFromSmarts(core)
    if query is None or query.GetNumAtoms() == 0:
        raise RequestError(f"keep_core: got {core!r}, allowed: SMILES or SMARTS")
    return query


def _other_than(elements: Collection[str]) -> Any:
    from rdkit import Chem

    table = Chem.GetPeriodicTable()
    try:
        numbers = [1, *sorted(table.GetAtomicNumber(symbol) for symbol in elements)]
    except RuntimeError as error:
        raise RequestError(f"elements: got {sorted(elements)}, allowed: symbols") from error
    return Chem.MolFromSmarts(f"[{';'.join(f'!#{number}' for number in numbers)}]")


def _spell(mol: Any) -> str:
    from rdkit import Chem

    return str(Chem.MolToSmiles(mol))


def _n_parts(mol: Any) -> int:
    from rdkit import Chem

    return len(Chem.GetMolFrags(mol))


def _bits(mol: Any) -> Any:
    from rdkit.Chem import rdFingerprintGenerator

    return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048).GetFingerprint(mol)
