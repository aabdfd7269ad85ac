"""Structures in code: SMILES, InChI, SELFIES and names of CIF entries; told from numbers."""

import re

from heuresis.agent.numbers.formulas import GROUP, is_isotope

MAX_CHARS = 2000
_ATOM = (
    r"\[(?P<mass>\d{1,3})?(?P<symbol>[A-Z][a-z]?|[bcnops]|se|as|\*)@{0,2}(?:H\d?)?"
    r"(?:\++|-+|[+-]\d)?(?::\d{1,3})?\]"
)
_SMILES = re.compile(
    rf"(?:{_ATOM}|Br|Cl|[BCNOPSFI]|[bcnops])(?P<atom>)|[-=#$:/\\~](?P<bond>)|\.(?P<dot>)"
    r"|\((?P<open>)|\)(?P<close>)|(?P<ring>%\d\d|\d)"
)
_HYDROGENS = re.compile(r"H\d?[\]+-]")
_INCHI = re.compile(rf"InChI=1S?/{GROUP}+(?:\.\d?{GROUP}+)*(?:/[a-z][\d,;*()+\-.?a-zA-Z]*)*")
_SELFIES = re.compile(
    r"(?:\[[=#/\\]?(?:(?:Ring|Branch)[1-3]|\d{0,3}[A-Z][a-z]?(?:H\d)?(?:[+-]\d)?)\]){2,}"
)
_CIF = re.compile(r"_?atom_?site_?(?:aniso_?)?[UB]_?[1-3][1-3]")  # other entries have no digits


def is_code(piece: str) -> bool:
    """Whether the whole piece is one of these codes."""
    if len(piece) > MAX_CHARS:
        return False
    if piece.startswith("InChI="):
        return _INCHI.fullmatch(piece) is not None
    return bool(_CIF.fullmatch(piece) or _SELFIES.fullmatch(piece)) or _is_smiles(piece)


def _is_smiles(piece: str) -> bool:
    """Whether every digit closes a ring, as in 'c1ccccc1', or stands in an atom's brackets."""
    open_at: dict[str, int] = {}  # ring label to the number of the atom that opened it
    n_atoms = depth = at = 0
    last = "dot"
    while at < len(piece):
        match = _SMILES.match(piece, at)
        kind = match.lastgroup if match else None
        if match is None or kind is None or (n_atoms == 0 and kind != "atom"):
            return False
        if kind == "atom":
            n_atoms += 1
        depth += (kind == "open") - (kind == "close")
        is_odd = kind == "ring" and not _closes(open_at, match[0], n_atoms, last)
        if depth < 0 or is_odd or not _has_a_mass(match):
            return False
        last, at = kind, match.end()
    if depth or open_at or last in ("bond", "dot"):
        return False
    return n_atoms + bool(_HYDROGENS.search(piece)) >= (2 if "[" in piece else 3)


def _closes(open_at: dict[str, int], label: str, n_atoms: int, last: str) -> bool:
    """Note a ring label; False where it cannot stand here, or would be a ring of one atom."""
    if last not in ("atom", "ring", "bond"):
        return False
    if label not in open_at:
        open_at[label] = n_atoms
        return True
    return open_at.pop(label) != n_atoms


def _has_a_mass(match: re.Match[str]) -> bool:
    """Whether the mass number of an atom, where it has one, is one it can have."""
    mass, symbol = match["mass"], match["symbol"]
    return not mass or is_isotope(symbol.title(), int(mass))
