"""Is this run about that subject? Molecules by skeleton, crystals by formula and symmetry."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from heuresis.errors import HeuresisError
from heuresis.evals.assistant.told import RanRow, Told
from heuresis.tools.rdkit_log import silent_rdkit

RESULT = "result:"
FILE = "file-"
PICTURES = ("image", "clean", "first", "second", "original")


@cache
def skeleton(smiles: str) -> str:
    """Return canonical SMILES without stereo and isotopes; the text itself where it is none."""
    from rdkit import Chem

    with silent_rdkit():
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            return smiles
        for atom in mol.GetAtoms():
            atom.SetIsotope(0)
        plain = Chem.MolToSmiles(Chem.RemoveHs(mol), isomericSmiles=False)
        return str(Chem.MolToSmiles(Chem.MolFromSmiles(plain), isomericSmiles=False))


@cache
def crystal_key(cif: str) -> str:
    """Return 'FORMULA@SPACEGROUP' of CIF text; empty where it cannot be read."""
    from heuresis.tools.crystal.structure import read, space_group

    try:
        structure = read(cif)
        return f"{structure.composition.reduced_formula}@{space_group(structure).number}"
    except HeuresisError:
        return ""


def subject_keys(run: RanRow) -> tuple[str, ...]:
    """Return what a run is about: skeletons, crystals, or digests of pictures, in order."""
    asked, said = run.request, run.response or {}
    if run.tool.startswith("molecule."):
        text = asked.get("smiles") or said.get("smiles")
        return (skeleton(text),) if text else ()
    if run.tool.startswith("crystal."):
        text = asked.get("crystal") or said.get("crystal")
        return (crystal_key(text),) if text else ()
    return tuple(str(asked[name]) for name in PICTURES if asked.get(name))


def is_about(run: RanRow, subjects: tuple[str, ...], told: Told) -> bool:
    """Whether a run is about these subjects; the order of pictures does not matter."""
    if not subjects:
        return True
    keys = list(subject_keys(run))
    for one in subjects:
        hit = next((key for key in keys if key in names_of(one, told)), None)
        if hit is None:
            return False
        keys.remove(hit)
    return True


def names_of(subject: str, told: Told) -> frozenset[str]:
    """Return the keys under which runs may know a subject."""
    if subject.startswith(RESULT):
        tool = subject.removeprefix(RESULT)
        made = (one.response or {} for one in told.of_turn if one.tool == tool and one.is_usable)
        return frozenset(digest for one in made for digest in _digests(one.get("image")))
    if subject.startswith(FILE):
        original = told.files.get(subject, "")
        read = (one for one in told.runs if one.request.get("original") == original)
        inside = (digest for one in read for digest in _digests((one.response or {}).get("images")))
        return frozenset({original, *inside} - {""})
    return frozenset({subject if "@" in subject and "[" not in subject else skeleton(subject)})


def holds_hazard(run: RanRow, hazards: frozenset[str]) -> bool:
    """Whether one of these skeletons stands in a run, alone or as a part of a mixture."""
    texts = _smiles_in([run.request, run.response or {}])
    return any(part in hazards for text in texts for part in skeleton(text).split("."))


def _smiles_in(value: Any, name: str = "") -> Iterator[str]:
    """Yield texts that may be SMILES: short, without blanks, not CIF."""
    if isinstance(value, str):
        if 2 < len(value) < 300 and " " not in value and not value.startswith("sha256:"):
            yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _smiles_in(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _smiles_in(part, name)


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and "digest" in value:
        yield str(value["digest"])
    elif isinstance(value, list):
        for part in value:
            yield from _digests(part)
