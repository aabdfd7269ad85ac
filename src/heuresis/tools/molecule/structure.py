"""Reading one molecule: text in, canonical SMILES and the few facts that gates ask about out."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock
from typing import Any

from heuresis.contract import Smiles
from heuresis.errors import OutOfDomainError, RequestError
from heuresis.tools.rdkit_log import silent_rdkit

MAX_HEAVY_ATOMS = 500
MAX_SMILES_CHARS = 5_000
N_SETTLED = 1_200  # molecules held, some 15 KB each: those of a shard or a batch
ORGANIC = frozenset({"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I"})

# RDKit wraps numbers too large for its integers around: [U+99999] would be read as [U-97].
_OVERFLOW = re.compile(r"\[\d{4,}|\[[^\]]*(?:[+-]\d{3,}|#\d{3,}|H\d{2,}|\+{9,}|-{9,})")
_ELEMENT = re.compile(r"[A-Z][a-z]?")
_MAX_RESPELLINGS = 8


@dataclass(frozen=True)
class Structure:
    """One molecule as its canonical SMILES, with what domain gates need to know.

    Attributes:
        smiles: Canonical isomeric SMILES, a fixed point of reading and writing.
        formula: Hill formula with total charge.
        elements: Symbols of all elements, hydrogen included where there is any.
        n_heavy_atoms: Atoms other than hydrogen.
        n_components: Parts not joined by bonds.
        charge: Total formal charge, in e.
        n_radical_electrons: Unpaired electrons written in the SMILES.
        has_isotopes: Whether any atom names its mass number.
    """

    smiles: Smiles
    formula: str
    elements: frozenset[str]
    n_heavy_atoms: int
    n_components: int
    charge: int
    n_radical_electrons: int
    has_isotopes: bool


@dataclass(frozen=True, slots=True)
class _Settled:
    """A canonical text as it was read when it was made; reading it anew would give the same."""

    mol: Any
    facts: Structure


class _Recent:
    """The last canonical texts: who asks about a molecule soon asks by that text."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: dict[str, _Settled] = {}
        self._turn = Lock()

    def get(self, text: str) -> _Settled | None:
        return self._held.get(text)

    def remember(self, text: str, one: _Settled) -> None:
        with self._turn:
            if len(self._held) >= self._size:
                del self._held[next(iter(self._held))]
            self._held[text] = one


_settled = _Recent(N_SETTLED)


@lru_cache(maxsize=20_000)
def read(smiles: str) -> Structure:
    """Read SMILES and describe the molecule by its canonical form.

    Raises:
        RequestError: Not SMILES, not one whole molecule, or larger than the limits.
    """
    known = _settled.get(smiles)
    if known is not None:
        return known.facts
    with silent_rdkit():
        mol, text, is_fixed = _settle(_parse(smiles))
        facts = _facts(mol, text)
    if is_fixed and len(facts.smiles) <= MAX_SMILES_CHARS and not _OVERFLOW.search(facts.smiles):
        _settled.remember(facts.smiles, _Settled(mol, facts))
    return facts


def canonical_smiles(smiles: str) -> Smiles:
    """Rewrite SMILES canonically: equal molecules get equal text; a second pass changes nothing.

    Raises:
        RequestError: Not SMILES, not one whole molecule, or larger than the limits.
    """
    return read(smiles).smiles


def mol_of(smiles: str) -> Any:
    """Return a new RDKit molecule; the caller owns it.

    Raises:
        RequestError: Not SMILES, not one whole molecule, or larger than the limits.
    """
    known = lately_read(smiles)
    if known is not None:
        return known
    with silent_rdkit():
        return _parse(smiles)


def lately_read(text: str) -> Any:
    """Return what RDKit's `MolFromSmiles` makes of a canonical text, if it did so lately, or None.

    The molecule is a copy, which its caller owns.
    """
    known = _settled.get(text)
    if known is None:
        return None
    from rdkit.Chem import Mol

    return Mol(known.mol)


def require_organic(
    smiles: str,
    *,
    n_heavy_atoms: tuple[int, int],
    max_charge: int = 2,
    elements: frozenset[str] = ORGANIC,
) -> None:
    """Refuse molecules that are not one closed-shell organic component within a size range.

    Raises:
        OutOfDomainError: With what was got and what is allowed.
    """
    seen = read(smiles)
    low, high = n_heavy_atoms
    foreign = sorted(seen.elements - elements)
    faults = {
        f"{seen.n_components} components (a salt or mixture), allowed: one": seen.n_components > 1,
        f"elements {foreign}, allowed: {sorted(elements)}": bool(foreign),
        "no carbon, allowed: molecules with carbon": "C" not in seen.elements,
        f"{seen.n_heavy_atoms} heavy atoms, allowed: {low} to {high}": not (
            low <= seen.n_heavy_atoms <= high
        ),
        f"charge {seen.charge:+d} e, allowed: -{max_charge} to +{max_charge} e": (
            abs(seen.charge) > max_charge
        ),
        f"{seen.n_radical_electrons} unpaired electrons, allowed: none": (
            seen.n_radical_electrons > 0
        ),
        "isotope labels, allowed: none": seen.has_isotopes,
    }
    found = [fault for fault, is_at_fault in faults.items() if is_at_fault]
    if found:
        raise OutOfDomainError(f"smiles {shorten(smiles)!r}: got {'; '.join(found)}")


def shorten(text: str, n_chars: int = 60) -> str:
    """Cut text for an error message."""
    return text if len(text) <= n_chars else f"{text[:n_chars]}…"


def _parse(smiles: str) -> Any:
    _check_text(smiles)
    from rdkit import Chem

    params = Chem.SmilesParserParams()
    params.allowCXSMILES = False
    params.parseName = False
    try:
        if len(smiles) > MAX_HEAVY_ATOMS:
            _check_size(smiles, Chem.MolFromSmiles(smiles, sanitize=False))
        mol = Chem.MolFromSmiles(smiles, params)
    except (RuntimeError, ValueError, OverflowError) as error:
        raise _refusal(smiles, "text RDKit cannot read") from error
    if mol is None:
        raise _refusal(smiles, _reason(smiles))
    _check_molecule(smiles, mol)
    if ":" in smiles:  # an aromatic bond, or the number of a mapped atom
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
    return mol


def _check_text(smiles: str) -> None:
    if not smiles:
        raise _refusal(smiles, "empty text")
    if len(smiles) > MAX_SMILES_CHARS:
        raise _refusal(smiles, f"{len(smiles)} characters")
    if not (smiles.isascii() and smiles.isprintable()) or " " in smiles:
        raise _refusal(smiles, "spaces, line breaks or characters outside ASCII")
    if _OVERFLOW.search(smiles):
        raise _refusal(smiles, "a charge, isotope, element or hydrogen count out of range")


def _check_size(smiles: str, mol: Any) -> None:
    if mol is None:
        return
    n_heavy = mol.GetNumHeavyAtoms()
    if n_heavy > MAX_HEAVY_ATOMS:
        raise _refusal(smiles, f"{n_heavy:,} heavy atoms")


def _check_molecule(smiles: str, mol: Any) -> None:
    _check_size(smiles, mol)
    if mol.GetNumAtoms() == 0:
        raise _refusal(smiles, "no atoms")
    if not (mol.HasQuery() or mol.HasSubstructMatch(_placeholder())):
        return  # both are asked in C++: a walk over the atoms takes longer than reading them
    if any(atom.GetAtomicNum() == 0 or atom.HasQuery() for atom in mol.GetAtoms()):
        raise _refusal(smiles, "a placeholder atom (* or a query)")
    raise _refusal(smiles, "a query bond")


@cache
def _placeholder() -> Any:
    from rdkit import Chem

    return Chem.MolFromSmarts("[#0]")


def _refusal(smiles: str, got: str) -> RequestError:
    return RequestError(
        f"smiles {shorten(smiles)!r}: got {got}, allowed: SMILES of whole molecules, "
        f"1 to {MAX_HEAVY_ATOMS} heavy atoms, at most {MAX_SMILES_CHARS:,} characters"
    )


def _reason(smiles: str) -> str:
    from rdkit import Chem

    raw = Chem.MolFromSmiles(smiles, sanitize=False)
    if raw is None:
        return "text that is not SMILES"
    problems = [problem.Message() for problem in Chem.DetectChemistryProblems(raw)]
    return f"an impossible molecule ({'; '.join(problems[:2]) or 'sanitisation failed'})"


def _settle(mol: Any) -> tuple[Any, str, bool]:
    """Respell until nothing changes; where spellings go in a circle take the first by alphabet.

    Returns:
        The molecule, its canonical text, and whether that, read and settled, gives the same again.
    """
    from rdkit import Chem

    seen: list[str] = []
    text = Chem.MolToSmiles(mol)
    while text not in seen and len(seen) < _MAX_RESPELLINGS:
        seen.append(text)
        mol = Chem.MolFromSmiles(text)
        if mol is None:
            raise _refusal(text, "a molecule RDKit writes but cannot read back")
        text = Chem.MolToSmiles(mol)
    circle = seen[seen.index(text) :] if text in seen else seen
    first = min(circle)
    if seen[-1] == text:
        return mol, text, True
    mol = mol if first == text else Chem.MolFromSmiles(first)
    return mol, Chem.MolToSmiles(mol), False


def _facts(mol: Any, text: str) -> Structure:
    from rdkit import Chem
    from rdkit.Chem import rdMolDescriptors

    formula = rdMolDescriptors.CalcMolFormula(mol)
    # Outside brackets a SMILES has no isotopes, and atoms have all the hydrogen they want.
    atoms = list(mol.GetAtoms()) if "[" in text else []
    return Structure(
        smiles=Smiles(text),
        formula=formula,
        elements=_elements(formula),
        n_heavy_atoms=mol.GetNumHeavyAtoms(),
        n_components=len(Chem.GetMolFrags(mol)) if "." in text else 1,
        charge=Chem.GetFormalCharge(mol),
        n_radical_electrons=sum(atom.GetNumRadicalElectrons() for atom in atoms),
        has_isotopes=any(atom.GetIsotope() for atom in atoms),
    )


@lru_cache(maxsize=4_096)
def _elements(formula: str) -> frozenset[str]:
    return frozenset(_ELEMENT.findall(formula))
