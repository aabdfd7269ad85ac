"""Structure files as requests: each is put into the field of the tool that means such a thing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from heuresis.commands.fields import Fields
from heuresis.errors import RequestError, ServiceError

CRYSTALS = (".cif", ".poscar", ".vasp")
MOLECULES = (".smi", ".smiles", ".sdf", ".mol")
STRUCTURES = CRYSTALS + MOLECULES
NAMES = ("POSCAR", "CONTCAR")


def structures_in(
    path: Path, text: str, fields: Fields, to_cif: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return one request per structure of a file.

    Raises:
        RequestError: The tool takes no such thing, or the file holds none.
    """
    suffix = path.suffix.lower()
    if suffix == ".cif":
        return [{_field(path, fields, "Crystal", "crystal"): text}]
    if suffix in CRYSTALS or path.name.upper() in NAMES:
        if "poscar" in fields.parts:
            return [{"poscar": text}]
        return [{_field(path, fields, "Crystal", "crystal"): to_cif(text)}]
    field = _field(path, fields, "Smiles", "smiles", "text")
    found = _smiles_of_lines(text) if suffix in (".smi", ".smiles") else _smiles_of_blocks(text)
    if not found:
        raise RequestError(f"{str(path)!r}: got no molecule, allowed: at least one")
    return [{field: smiles} for smiles in found]


def _field(path: Path, fields: Fields, meaning: str, *names: str) -> str:
    named = (name for name in names if name in fields.parts)
    field = fields.of_meaning(meaning) or next(named, None)
    if field is None:
        allowed = ", ".join(fields.parts)
        raise RequestError(f"{str(path)!r}: this tool takes no {names[0]}, allowed: {allowed}")
    return field


def _smiles_of_lines(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line.strip()]


def _smiles_of_blocks(text: str) -> list[str]:
    """Read the blocks of an SDF; one that RDKit cannot read is an error, not a gap."""
    try:
        from rdkit import Chem, RDLogger
    except ImportError as error:
        fix = "pip install 'heuresis[molecules]'"
        raise ServiceError(f"SDF needs rdkit, which is not installed: {fix}") from error

    RDLogger.DisableLog("rdApp.*")
    supplier = Chem.SDMolSupplier()
    supplier.SetData(text if "$$$$" in text else f"{text.rstrip()}\n$$$$\n")
    found = []
    for place, molecule in enumerate(supplier, 1):
        if molecule is None:
            raise RequestError(f"SDF, molecule {place}: RDKit cannot read it")
        found.append(Chem.MolToSmiles(molecule))
    return found
