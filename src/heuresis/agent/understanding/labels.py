"""Words for kinds of images and for notations: 'chest X-ray', 'SELFIES'."""

import re
from collections.abc import Sequence
from functools import cache

from heuresis.agent.understanding.entities import Entity, Kind
from heuresis.agent.understanding.words import Phrases, Word

MODALITIES = {
    "chest_xray": "chest x-ray, chest xray, chest radiograph, cxr, x-ray, xray, radiograph, "
    "thorax x-ray, chest film, lung x-ray",
    "ct": "ct, ct scan, ct slice, computed tomography, cat scan, ct image",
    "mri": "mri, mr image, mr scan, mri scan, mri slice, magnetic resonance, magnetic resonance "
    "image, brain mri, t1 image, t2 image",
    "ultrasound": "ultrasound, sonogram, ultrasonography, echocardiogram, ultrasound image, "
    "breast ultrasound, sonography",
    "fundus": "fundus, fundus photograph, fundus photo, fundus image, fundus picture, retinal "
    "photograph, retinal image, retinal photo, retina photograph, retina image, retina scan",
    "microscopy": "microscopy, microscopy image, micrograph, histology, histology slide, blood "
    "smear, microscope image, cell image, pathology slide",
}
NOTATIONS = {
    "smiles": "smiles, smiles string, canonical smiles",
    "inchi": "inchi, inchi string",
    "inchikey": "inchikey, inchi key",
    "selfies": "selfies, selfies string",
    "name": "name, iupac name, systematic name, chemical name, iupac, nomenclature",
    "cif": "cif, cif file",
    "poscar": "poscar",
    "sdf": "sdf, sd file, mol file",
    "": "patient name, file name, tool name, model name, your name, my name",
}


def labels_in(text: str, words: Sequence[Word]) -> list[Entity]:
    """Find the words for kinds of images and for notations."""
    found = []
    for hit in _phrases().find(words):
        kind, form = hit.value
        start, end = words[hit.first].start, words[hit.last].end
        is_bare = text[start:end].lower() == "name"
        if form and (not is_bare or _is_of_molecule(text, start, end)):
            found.append(
                Entity(kind=kind, text=text[start:end], start=start, end=end, canonical=form,
                       why="a kind of image" if kind == "modality" else "a notation")
            )  # fmt: skip
    return found


def _is_of_molecule(text: str, start: int, end: int) -> bool:
    """Whether 'name' alone is asked for: 'name of …', 'the name', 'into a name'."""
    after, before = text[end : end + 5], text[max(0, start - 12) : start].lower()
    is_quoted = before.endswith(('"', "'", "`"))
    return not is_quoted and bool(
        re.match(r" (?:of|for)\b", after)
        or re.search(r"\b(?:the|its|their|this|that|as|a|into|to) $", before)
    )


@cache
def _phrases() -> Phrases[tuple[Kind, str]]:
    tables: tuple[tuple[Kind, dict[str, str]], ...] = (
        ("modality", MODALITIES), ("notation", NOTATIONS),
    )  # fmt: skip
    return Phrases({
        phrase.strip(): (kind, form)
        for kind, forms in tables
        for form, phrases in forms.items()
        for phrase in phrases.split(",")
    })  # fmt: skip
