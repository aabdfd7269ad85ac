"""Molecules and crystals written out: InChI, InChIKey, SELFIES, short SMILES, CIF and POSCAR."""

import re
from collections.abc import Iterator
from functools import lru_cache

from heuresis.agent.understanding.entities import Entity
from heuresis.agent.understanding.formulas import ACRONYMS, atoms
from heuresis.agent.understanding.smiles_runs import smiles_form
from heuresis.agent.understanding.vocabulary.reading import english
from heuresis.errors import RequestError

_INCHI = re.compile(r"InChI=1S?/[^\s\"'<>`]+")
_INCHIKEY = re.compile(r"\b[A-Z]{14}-[A-Z]{10}-[A-Z]\b")
_SELFIES = re.compile(r"(?:\[[^\[\]\s]{1,30}\]|\.(?=\[)){2,}")
_TOKEN = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$:/\\.%]+")
_ORGANIC = re.compile(r"(?:Cl|Br|[BCNOPSFI])+")
_MARK = re.compile(r"[=#\[\]@\\]|[cnos]\d|[A-Zcnos]\(|[A-Za-z]\d[A-Za-z]")
_CUE = re.compile(r"(?i)smiles(?: strings?)?(?: is)?\s*[:=]?\s*[\"'`(]?$")
_NUM = r"-?\d{1,12}(?:\.\d{0,20})?"
_POSCAR = re.compile(
    rf"^[^\n]{{0,120}}\n[ \t]{{0,20}}{_NUM}[ \t]{{0,20}}\n"
    rf"(?:[ \t]{{0,20}}(?:{_NUM}[ \t]{{1,20}}){{2}}{_NUM}[ \t]{{0,20}}\n){{3}}"
    r"(?:[ \t]{0,20}[A-Z][a-z]?){1,20}[ \t]{0,20}\n(?:[ \t]{0,20}\d{1,4}){1,20}[ \t]{0,20}\n"
    rf"[ \t]{{0,20}}[SsDdCcKk][^\n]{{0,40}}"
    rf"(?:\n[ \t]{{0,20}}(?:{_NUM}[ \t]{{1,20}}){{2}}{_NUM}[^\n]{{0,80}})+",
    re.MULTILINE,
)


def written_out(text: str) -> list[Entity]:
    """Return everything in an exact notation, checked by the tools' own readers."""
    found = [*_crystals(text), *_inchis(text), *_keys(text), *_selfies(text)]
    return found


@lru_cache(maxsize=4_096)
def molecule_form(kind: str, text: str) -> str:
    """Return canonical SMILES of a molecule in some notation; empty where it is not readable."""
    from heuresis.tools.molecule.parse import ParseRequest, Readers

    if kind == "smiles":
        return smiles_form(text) or ""
    try:
        request = ParseRequest.model_validate({"text": text, "notation": kind})
        return str(Readers().run([request])[0].smiles or "")
    except (RequestError, ValueError):
        return ""


def short_smiles(text: str) -> Iterator[Entity]:
    """Yield SMILES too short for the run detector: with its signs, or after the word SMILES."""
    for match in _TOKEN.finditer(text):
        start, end = _trimmed(text, *_argument(*match.span(), match[0]))
        part = text[start:end]
        is_cued = bool(_CUE.search(text[max(0, start - 20) : start]))
        why = _is_like_smiles(part, is_cued=is_cued)
        form = smiles_form(part) if why else None
        if form:
            yield Entity(
                kind="smiles",
                text=part,
                start=start,
                end=end,
                canonical=form,
                certainty="certain" if is_cued or _MARK.search(part) else "probable",
                why=why,
            )


def looks_like_smiles(part: str) -> bool:
    """Whether a token has the signs of SMILES, readable or not."""
    letters = sum(c.isalpha() for c in part)
    is_spelled = re.fullmatch(r"(?:\[[^\[\]]*\]|Cl|Br|[BCNOPSFIHbcnops]|[-=#$:/\\.()%\d])+", part)
    has_signs = re.search(r"[A-Za-z][(=#]|[cnos]\d|\[", part)
    is_formula = atoms(part) and not re.search(r"CC|\)\(", part)
    return bool(is_spelled and letters >= 2 and has_signs and not is_formula)


def _is_like_smiles(part: str, *, is_cued: bool) -> str:
    """Say why a token may be SMILES, or nothing."""
    if not part or len(part) > 5_000 or not any(c.isalpha() for c in part):
        return ""
    if is_cued:
        return "the text calls it SMILES"
    if part in ACRONYMS or part.isdigit() or part.lower() in english():
        return ""
    if _ORGANIC.fullmatch(part):
        is_chain = len(part) >= 3 and bool(re.search("CC|C[NOS]C?|ClC|BrC|OC|NC", part))
        return "letters of SMILES, no formula in its usual order" if is_chain else ""
    is_chain = "CC" in part and "(" in part and "H" not in part  # no formula is written so
    if (
        not is_chain
        and atoms(part)
        and not re.search(r"[=#@\\]|[a-z]\d|\[", part.replace("Cl", "").replace("Br", ""))
    ):
        return "" if "H" in part or not _closes_rings(part) else "rings of SMILES"
    is_wordy = re.fullmatch(r"[A-Za-z][a-z]+(?:-[a-z]+)*", part)
    is_marked = _MARK.search(part) and not is_wordy
    return "signs of SMILES" if is_chain or is_marked else ""


def _closes_rings(part: str) -> bool:
    digits = re.findall(r"\d", part)
    return bool(digits) and all(digits.count(d) % 2 == 0 for d in digits) and (
        len(re.findall("[A-Z]", part)) >= 3
    )  # fmt: skip


def _argument(start: int, end: int, token: str) -> tuple[int, int]:
    """Go inside of what is written as a function: 'logp(CCO)'."""
    call = re.fullmatch(r"([A-Za-z_]{2,12})\((.+)\)[.,;:]?", token)
    if call is None or smiles_form(token) or not re.search("[^BCNOPSFIHclbr]", call[1]):
        return start, end
    return start + call.start(2), start + call.end(2)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while end > start and text[end - 1] in ".:=-#/\\":
        end -= 1
    while start < end and text[start] in ".:=-#/\\)":
        start += 1
    part = text[start:end]
    if part.startswith("(") and part.endswith(")"):
        start, end = start + 1, end - 1
    while end > start and text[end - 1] == ")" and (
        text[start:end].count(")") > text[start:end].count("(")
    ):  # fmt: skip
        end -= 1
    while start < end and text[start] == "(":
        start += 1
    return start, end


def _inchis(text: str) -> Iterator[Entity]:
    for match in _INCHI.finditer(text):
        for cut in range(4):  # punctuation of the sentence may hang on
            part = match[0][: len(match[0]) - cut]
            form = molecule_form("inchi", part)
            if form:
                yield _entity("inchi", part, match.start(), form, "InChI, read by RDKit")
                break
            if not part or part[-1] not in ".,;:?!)":
                break


def _keys(text: str) -> Iterator[Entity]:
    for match in _INCHIKEY.finditer(text):
        yield _entity("inchikey", match[0], match.start(), match[0], "a hash; no structure in it")


def _selfies(text: str) -> Iterator[Entity]:
    for match in _SELFIES.finditer(text):
        part = match[0].rstrip(".")
        after = text[match.end() : match.end() + 1]
        form = "" if _is_smiles_rather(part, after) else molecule_form("selfies", part)
        if form:
            yield _entity("selfies", part, match.start(), form, "SELFIES, read by selfies")


def _is_smiles_rather(part: str, after: str) -> bool:
    """Bracket atoms of SMILES, such as [Na+].[Cl-], or the start of a longer SMILES."""
    symbols = re.findall(r"\[([^\]]+)\]", part)
    is_plain = any(re.fullmatch(r"[=#/\\]?(?:C|N|O|S|P|F|Cl|Br|I|B)|Branch\d|Ring\d", s)
                   for s in symbols)  # fmt: skip
    return after.isalnum() or after in ("(", "=", "#") or not is_plain


def _crystals(text: str) -> Iterator[Entity]:
    for start, end in _cif_blocks(text):
        part = text[start:end]
        yield _entity("cif", part, start, part.strip(), "CIF, not yet parsed")
    for match in _POSCAR.finditer(text):
        yield _entity("poscar", match[0], match.start(), match[0].strip(), "POSCAR, not yet parsed")


def _cif_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of CIF: from a line 'data_…' to a fence or prose after an empty line."""
    if "_cell_length_a" not in text:
        return
    start, end, has_cell, is_after_gap = -1, 0, False, False
    for line in re.finditer(r"[^\n]*\n?", text):
        words = line[0].strip()
        is_head = words.startswith("data_")
        is_prose = is_after_gap and words and not re.match(r"loop_|_|#|;|data_", words)
        if start >= 0 and (is_head or is_prose or words.startswith("```")):
            if has_cell:
                yield start, end
            start = -1
        if is_head:
            start, has_cell = line.start(), False
        has_cell = has_cell or words.startswith("_cell_length_a")
        is_after_gap = not words
        end = line.end() if words else end
    if start >= 0 and has_cell:
        yield start, end


def _entity(kind: str, part: str, start: int, form: str, why: str) -> Entity:
    return Entity.model_validate(
        {"kind": kind, "text": part, "start": start, "end": start + len(part), "canonical": form,
         "why": why}
    )  # fmt: skip
