"""A systematic name for one molecule, given only if OPSIN reads the same molecule back from it."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Grade,
    IupacName,
    Request,
    Response,
    Smiles,
    Status,
    Tool,
)
from heuresis.errors import RequestError, ServiceError
from heuresis.tools.molecule.opsin import opsin_missing, smiles_of_names
from heuresis.tools.molecule.structure import canonical_smiles, require_organic
from heuresis.tools.programs import absent, program
from heuresis.tools.rdkit_log import silent_rdkit

Verdict = Literal["same molecule", "different molecule", "name not read", "no name found"]

_N_HEAVY_ATOMS = (1, 120)
_MAX_NAME_CHARS = 2_000


class NameRequest(Request):
    smiles: Smiles = Field(description="One organic molecule, no salt.")


class NameResponse(Response):
    smiles: Smiles = Field(description="The molecule named, canonical.")
    name: IupacName | None = Field(description="Its name; None unless the round trip held.")
    verdict: Verdict = Field(description="What OPSIN made of the name that was found.")
    read_back: Smiles | None = Field(description="The molecule OPSIN read from that name.")


class Openclatura:
    """Rules of the IUPAC Blue Book, checked by the independent reader OPSIN in one Java start."""

    name = "openclatura-opsin"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 64

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return absent("rdkit", "openclatura") or opsin_missing()

    def digest(self) -> str:
        """Identify the programs by version."""
        return program("openclatura", "py2opsin", "rdkit")

    def run(self, requests: Sequence[NameRequest]) -> list[NameResponse]:
        """Return one response per request, in order; all names are read back in one call."""
        asked = [canonical_smiles(request.smiles) for request in requests]
        found = [_propose(smiles) for smiles in asked]
        back = smiles_of_names(name for name in found if name)
        return [
            _judge(smiles, name, back.get(name or ""))
            for smiles, name in zip(asked, found, strict=True)
        ]


def canonical(request: NameRequest) -> NameRequest:
    """Rewrite the molecule canonically."""
    return NameRequest(smiles=canonical_smiles(request.smiles))


def check_domain(request: NameRequest) -> None:
    """Refuse salts, metals and very large molecules."""
    require_organic(request.smiles, n_heavy_atoms=_N_HEAVY_ATOMS, max_charge=4)


def check_result(request: NameRequest, response: NameResponse) -> None:
    """A name is there exactly when OPSIN reads it as the molecule asked about."""
    asked = canonical_smiles(request.smiles)
    if response.smiles != asked:
        raise ServiceError(f"smiles: got {response.smiles!r}, allowed {asked!r}")
    is_same = response.read_back == asked
    if is_same != (response.verdict == "same molecule") or is_same != (response.name is not None):
        raise ServiceError(
            f"name: got {response.name!r} with verdict {response.verdict!r} and "
            f"{response.read_back!r} read back, allowed: a name only when {asked!r} is read back"
        )
    if response.name and _read_back(smiles_of_names([response.name])[response.name]) != asked:
        raise ServiceError(f"name: got {response.name!r}, allowed: a name OPSIN reads as {asked!r}")


def grade(_: NameRequest, response: NameResponse) -> Grade:
    """Empty where no name survived the round trip."""
    if response.name is None:
        return Grade(status=Status.EMPTY, reason=f"no name that holds: {response.verdict}")
    return Grade()


def _propose(smiles: str) -> str | None:
    name_smiles = _namer()
    with silent_rdkit():
        try:
            name = str(name_smiles(smiles))
        except (
            ArithmeticError,
            AssertionError,
            AttributeError,
            LookupError,
            RuntimeError,
            TypeError,
            ValueError,
        ):  # fmt: skip - a rule that broke proposes nothing
            return None
    is_line = name.isascii() and name.isprintable() and len(name) <= _MAX_NAME_CHARS
    return name if name and is_line else None


@cache
def _namer() -> Any:
    """Import openclatura, which turns off RDKit's messages for the whole process, and undo that."""
    with silent_rdkit():
        from openclatura import name_smiles
    return name_smiles


def _judge(smiles: Smiles, name: str | None, raw: str | None) -> NameResponse:
    back = _read_back(raw)
    verdict: Verdict = "same molecule" if back == smiles else "different molecule"
    if back is None:
        verdict = "name not read" if name else "no name found"
    kept = IupacName(name) if name and back == smiles else None
    return NameResponse(smiles=smiles, name=kept, verdict=verdict, read_back=back)


def _read_back(raw: str | None) -> Smiles | None:
    try:
        return canonical_smiles(raw) if raw else None
    except RequestError:
        return None


CARD = Card(
    name="molecule.name",
    version="1.0.0",
    summary="Systematic name of one molecule, given only if OPSIN reads it back as the same.",
    citations=(
        "openclatura, https://github.com/lamalab-org/openclatura",
        "OPSIN: doi:10.1021/ci100384d",
    ),
    licence_code="MIT (openclatura, OPSIN, py2opsin)",
    licence_weights="none used",
    training_data=(),
    domain="One organic molecule of 1 to 120 heavy atoms, charge -4 to +4 e, no isotope labels.",
    failures=(
        "Correct names that OPSIN cannot read are withheld, notably unusual stereo and cages.",
        "A name that holds is unambiguous; it need not be the preferred IUPAC name.",
    ),
    accuracy=(
        "Authors of openclatura report round trips of 100.00 % (QM9), 99.76 % (PubChem) and "
        "97.70 % (ZINC22); not measured here. Every name given has passed its own round trip."
    ),
    cost=Cost.CHEAP,
    timeout_s=130.0,
    keywords=("iupac", "name", "nomenclature", "systematic name"),
)

NAME = Tool(
    card=CARD,
    example=NameRequest(smiles=Smiles("CC(=O)Oc1ccccc1C(=O)O")),
    response=NameResponse,
    backends=(Openclatura(),),
    canonical=canonical,
    check_domain=check_domain,
    check_result=check_result,
    grade=grade,
)
