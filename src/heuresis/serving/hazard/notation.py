"""What a text may mean as a molecule: SMILES, reaction SMILES, InChI or SELFIES."""

import re
from typing import Any

from heuresis.errors import PolicyError
from heuresis.tools.molecule.structure import lately_read

MAX_CHARS = 10_000
_PLAIN = re.compile(r"[!-~]+")
_ALL_BRACKETS = re.compile(r"(?:\[[^\[\]]+\]|\.)+")
_ARROW = re.compile(r"(?<![-])>")  # reaction arrow, but not the dative bond '->'


def readings(text: str) -> tuple[Any, ...]:
    """Return every molecule that the text may mean; empty where it means none.

    A text of bracketed atoms only is both a SMILES and a SELFIES, so both are returned: a caller
    further down may choose either. White space and characters beyond ASCII are not read, since
    programs differ in where they stop.

    Raises:
        PolicyError: The library for a notation is not installed.
    """
    text = text.strip()
    if len(text) > MAX_CHARS or not _PLAIN.fullmatch(text):
        return ()
    if text[:6].lower() == "inchi=":
        return _present(_from_inchi(text))
    found = _from_reaction(text) if _ARROW.search(text) else _present(_from_smiles(text))
    if _ALL_BRACKETS.fullmatch(text):
        found += _present(_from_selfies(text))
    return found


def chemistry() -> Any:
    """Import rdkit.

    Raises:
        PolicyError: It is not installed, so no screen can run.
    """
    try:
        from rdkit import Chem
    except ImportError as error:
        raise PolicyError("hazard screen: got no rdkit, install heuresis[molecules]") from error
    return Chem


def _present(mol: Any) -> tuple[Any, ...]:
    return () if mol is None or mol.GetNumAtoms() == 0 else (mol,)


def _from_smiles(text: str) -> Any:
    chem = chemistry()
    known = lately_read(text)  # the same call on the same text, made a moment ago
    return chem.MolFromSmiles(text) if known is None else known


def _from_reaction(text: str) -> tuple[Any, ...]:
    """Read each part of a reaction; one unreadable part makes the whole unreadable."""
    parts = [_from_smiles(part) for part in _ARROW.split(text) if part]
    if len(_ARROW.split(text)) != 3 or any(part is None for part in parts):
        return ()
    return tuple(parts)


def _from_inchi(text: str) -> Any:
    return chemistry().MolFromInchi(text, logLevel=None)


def _from_selfies(text: str) -> Any:
    try:
        import selfies
    except ImportError as error:
        raise PolicyError("hazard screen: got no selfies, install heuresis[molecules]") from error
    try:
        smiles = selfies.decoder(text)
    except selfies.DecoderError:
        return None
    return _from_smiles(smiles) if smiles else None
