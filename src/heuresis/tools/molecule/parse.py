"""One molecule from text: SMILES, InChI, SELFIES or a name in, one canonical form out."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Formula,
    Grade,
    InChI,
    Request,
    Response,
    Smiles,
    Status,
    Tool,
)
from heuresis.errors import RequestError, ServiceError
from heuresis.tools.molecule.opsin import smiles_of_names
from heuresis.tools.molecule.structure import canonical_smiles, mol_of, read, shorten
from heuresis.tools.programs import absent, program
from heuresis.tools.rdkit_log import silent_rdkit

Notation = Literal["smiles", "inchi", "selfies", "name"]

_SELFIES = re.compile(r"(?:\[[^\[\]\s]+\]|\.)+")
_NAME = re.compile(r"(?=.*[A-Za-z]{2})[A-Za-z0-9 ,\-()\[\]{}'.:+;^*]{2,2000}")
_SMILES_LETTERS = re.compile(r"(?:Br|Cl|Si|Se|[BCNOPSFIbcnops])+")
_INCHIKEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
_GREEK = {
    "\N{GREEK SMALL LETTER ALPHA}": "alpha",
    "\N{GREEK SMALL LETTER BETA}": "beta",
    "\N{GREEK SMALL LETTER GAMMA}": "gamma",
    "\N{GREEK SMALL LETTER DELTA}": "delta",
    "\N{GREEK SMALL LETTER EPSILON}": "epsilon",
    "\N{GREEK SMALL LETTER LAMDA}": "lambda",
    "\N{GREEK SMALL LETTER MU}": "mu",
    "\N{GREEK SMALL LETTER OMEGA}": "omega",
}
_MARKS = {
    "\N{PRIME}": "'",
    "\N{DOUBLE PRIME}": "''",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{HYPHEN}": "-",
    "\N{NON-BREAKING HYPHEN}": "-",
    "\N{EN DASH}": "-",
    "\N{MINUS SIGN}": "-",
}
_PLAIN = str.maketrans(_GREEK | _MARKS)


class ParseRequest(Request):
    text: str = Field(
        min_length=1, max_length=10_000, description="A molecule: SMILES, InChI, SELFIES or a name."
    )
    notation: Literal["auto", "smiles", "inchi", "selfies", "name"] = Field(
        default="auto", description="How to read the text; 'auto' finds out."
    )


class ParseResponse(Response):
    read_as: Notation = Field(description="The notation the text was read in.")
    smiles: Smiles | None = Field(description="Canonical isomeric SMILES; None if not understood.")
    inchi: InChI | None = Field(description="Standard InChI; None where InChI has no word for it.")
    inchikey: str | None = Field(description="Hash of the InChI, 27 characters.")
    formula: Formula | None = Field(description="Molecular formula in Hill order, with charge.")


class Readers:
    """RDKit for SMILES and InChI, selfies for SELFIES, OPSIN (Java) for names."""

    name = "rdkit-opsin"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 256

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None; names also need Java, said when one is asked."""
        return absent("rdkit", "selfies", "py2opsin")

    def digest(self) -> str:
        """Identify the programs by version."""
        return program("rdkit", "selfies", "py2opsin")

    def run(self, requests: Sequence[ParseRequest]) -> list[ParseResponse]:
        """Return one response per request, in order; all names go to OPSIN in one call."""
        asked = [canonical(request) for request in requests]
        names = [request.text for request in asked if request.notation == "name"]
        known = smiles_of_names(names) if names else {}
        return [_answer(request, _smiles_of(request, known)) for request in asked]


def canonical(request: ParseRequest) -> ParseRequest:
    """Settle the notation and tidy the text.

    Raises:
        RequestError: The text is no molecule in the notation asked for, or in any.
    """
    text = request.text.strip()
    notation = _recognise(text) if request.notation == "auto" else request.notation
    tidy = {"smiles": canonical_smiles, "inchi": _checked_inchi, "selfies": _checked_selfies}
    text = tidy.get(notation, _checked_name)(text)
    return ParseRequest(text=str(text), notation=notation)


def check_result(request: ParseRequest, response: ParseResponse) -> None:
    """Recompute every form from the SMILES; an InChI read must be written back."""
    asked = canonical(request)
    if response.read_as != asked.notation:
        raise ServiceError(f"read_as: got {response.read_as!r}, allowed {asked.notation!r}")
    if response.smiles is None:
        if response.inchi or response.inchikey or response.formula or asked.notation != "name":
            raise ServiceError("smiles: got None beside other forms, allowed: all or none")
        return
    if _answer(asked, response.smiles) != response:
        raise ServiceError(f"forms: got {response!r}, allowed: forms of one canonical molecule")
    if asked.notation == "smiles" and response.smiles != asked.text:
        raise ServiceError(f"smiles: got {response.smiles!r}, allowed {asked.text!r}")
    if asked.text.startswith("InChI=1S/") and response.inchi != asked.text:
        raise ServiceError(f"inchi: got {response.inchi!r} back, allowed {asked.text!r}")


def grade(request: ParseRequest, response: ParseResponse) -> Grade:
    """Empty where the name is not known, partial where InChI has no word for the molecule."""
    if response.smiles is None:
        reason = (
            f"{shorten(request.text.strip())!r} was read as a name, and OPSIN does not understand "
            "it; allowed: systematic names and the common names OPSIN holds, no trade names"
        )
        return Grade(status=Status.EMPTY, reason=reason)
    if response.inchi is None:
        return Grade(status=Status.PARTIAL, reason="InChI cannot describe this molecule")
    return Grade()


def _recognise(text: str) -> Notation:
    if text.startswith("InChI="):
        return "inchi"
    if _INCHIKEY.fullmatch(text):
        raise RequestError(f"text {text!r}: got an InChIKey, a hash, allowed: the InChI itself")
    if text.count("[") > 1 and _SELFIES.fullmatch(text) and _is_read(_checked_selfies, text):
        return "selfies"
    if _is_read(canonical_smiles, text):
        return "smiles"
    if _has_words(text) and _is_read(_checked_name, text):
        return "name"
    raise RequestError(
        f"text {shorten(text)!r}: got neither SMILES nor InChI, SELFIES or an English name, "
        "allowed: one molecule of 1 to 500 heavy atoms in one of these notations, on one line"
    )


def _has_words(text: str) -> bool:
    """Tell words from the letters of a broken SMILES."""
    runs = re.findall(r"[^\W\d_]{3,}", text)
    return any(not _SMILES_LETTERS.fullmatch(run) for run in runs)


def _is_read(reader: Any, text: str) -> bool:
    try:
        reader(text)
    except RequestError:
        return False
    return True


def _checked_inchi(text: str) -> str:
    _smiles_of_inchi(text)
    return text


def _checked_selfies(text: str) -> str:
    _smiles_of_selfies(text)
    return text


def _checked_name(text: str) -> str:
    plain = re.sub(r"\s+", " ", text.translate(_PLAIN))
    if not _NAME.fullmatch(plain):
        raise RequestError(
            f"name {shorten(text)!r}: got characters no systematic name has, allowed: "
            "an English name of 2 to 2,000 letters, digits, Greek letters and -,()[]{}'.:;+^*"
        )
    return plain


def _smiles_of(request: ParseRequest, known: dict[str, str | None]) -> str | None:
    if request.notation == "inchi":
        return _smiles_of_inchi(request.text)
    if request.notation == "selfies":
        return _smiles_of_selfies(request.text)
    if request.notation == "name":
        return known[request.text]
    return request.text


def _smiles_of_inchi(text: str) -> Smiles:
    from rdkit import Chem

    refused = f"inchi {shorten(text)!r}: got text that is not InChI, allowed: 'InChI=1S/…'"
    if not (text.isascii() and text.isprintable() and text.startswith("InChI=")):
        raise RequestError(refused)
    with silent_rdkit():
        try:
            mol = Chem.MolFromInchi(text)
        except (RuntimeError, ValueError) as error:
            raise RequestError(refused) from error
        if mol is None:
            raise RequestError(refused)
        return canonical_smiles(Chem.MolToSmiles(mol))


def _smiles_of_selfies(text: str) -> Smiles:
    from selfies import DecoderError, decoder

    refused = f"selfies {shorten(text)!r}: got text that is not SELFIES, allowed: '[C][C][O]'"
    if not (_SELFIES.fullmatch(text) and text.isascii()):
        raise RequestError(refused)
    try:
        smiles = decoder(text)
    except (DecoderError, ValueError, LookupError, RecursionError) as error:
        raise RequestError(refused) from error
    return canonical_smiles(smiles)


def _answer(request: ParseRequest, smiles: str | None) -> ParseResponse:
    if smiles is None or request.notation == "auto":
        return ParseResponse(read_as="name", smiles=None, inchi=None, inchikey=None, formula=None)
    seen = read(smiles)
    inchi = _inchi(seen.smiles)
    return ParseResponse(
        read_as=request.notation,
        smiles=seen.smiles,
        inchi=InChI(inchi) if inchi else None,
        inchikey=_inchikey(inchi),
        formula=Formula(seen.formula),
    )


def _inchi(smiles: str) -> str:
    from rdkit import Chem

    with silent_rdkit():
        return str(Chem.MolToInchi(mol_of(smiles)))


def _inchikey(inchi: str) -> str | None:
    from rdkit import Chem

    return str(Chem.InchiToInchiKey(inchi)) if inchi else None


CARD = Card(
    name="molecule.parse",
    version="1.0.0",
    summary="Read SMILES, InChI, SELFIES or a systematic name into one canonical molecule.",
    citations=(
        "RDKit, https://www.rdkit.org",
        "InChI: doi:10.1186/s13321-015-0068-4",
        "SELFIES: doi:10.1088/2632-2153/aba947",
        "OPSIN: doi:10.1021/ci100384d",
    ),
    licence_code="BSD-3-Clause (RDKit), Apache-2.0 (selfies), MIT (OPSIN, py2opsin)",
    licence_weights="none used",
    training_data=(),
    domain="Whole molecules, salts and mixtures of 1 to 500 heavy atoms; names in English.",
    failures=(
        "A text valid in two notations is read in the order InChI, SELFIES, SMILES, name: "
        "'CO' is methanol, not carbon monoxide; read_as says which was taken.",
        "Names without stereo words give molecules without stereo.",
        "Trade names and most trivial drug names are unknown to OPSIN.",
        "Tautomers and protonation states stay as written; they are different molecules here.",
    ),
    accuracy="Forms are recomputed and compared in every run; reading of names: not measured here.",
    cost=Cost.CHEAP,
    timeout_s=130.0,
    keywords=("smiles", "inchi", "selfies", "iupac", "name", "structure", "formula", "convert"),
)

PARSE = Tool(
    card=CARD,
    example=ParseRequest(text="CC(=O)Oc1ccccc1C(=O)O"),
    response=ParseResponse,
    backends=(Readers(),),
    canonical=canonical,
    check_result=check_result,
    grade=grade,
)
