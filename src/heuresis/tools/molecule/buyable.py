"""Is a molecule listed as in stock? A Bloom filter over ZINC20 answers, with a known error rate."""

from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Literal

from pydantic import Field

from heuresis.contract import (
    Card,
    Cost,
    Interval,
    Quantity,
    Request,
    Response,
    Smiles,
    Tool,
    TrainingData,
)
from heuresis.errors import ServiceError
from heuresis.tools.molecule.structure import canonical_smiles
from heuresis.tools.programs import absent, digest_of_files, package_folder
from heuresis.tools.rdkit_log import silent_rdkit

CATALOGUE = "zinc-instock-mini"

# 13,776 of 200,000 random texts, which no catalogue can hold, were answered "listed" by
# molbloom 3.2.0; the interval is Wilson's. The package itself documents 0.07.
FALSE_POSITIVE_RATE = Quantity(
    value=0.0689, unit="1", interval=Interval(low=0.0678, high=0.0700, level=0.95)
)

_lock = Lock()


class BuyableRequest(Request):
    smiles: Smiles = Field(description="A molecule.")


class BuyableResponse(Response):
    smiles: Smiles = Field(description="The molecule looked up, canonical.")
    catalogue: str = Field(description="The list it was looked up in.")
    is_listed: bool = Field(description="Probably in the list when true; a hint, not an offer.")
    is_common_reagent: bool = Field(description="In molbloom's short list of reagents, exactly.")
    false_positive_rate: Quantity = Field(
        description="Chance that a molecule not in the list is called listed."
    )


class Molbloom:
    """Bloom filter over 9.2 million in-stock molecules of ZINC20. Source: see the card."""

    name = "molbloom"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 1024

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        return absent("rdkit", "molbloom")

    def digest(self) -> str:
        """Hash the filter file."""
        folder = package_folder("molbloom")
        return digest_of_files((folder / "data" / f"{CATALOGUE}.bloom",) if folder else ())

    def run(self, requests: Sequence[BuyableRequest]) -> list[BuyableResponse]:
        """Return one response per request, in order."""
        with _lock:
            return [_look_up(canonical_smiles(request.smiles)) for request in requests]


def canonical(request: BuyableRequest) -> BuyableRequest:
    """Rewrite the molecule canonically."""
    return BuyableRequest(smiles=canonical_smiles(request.smiles))


def check_result(request: BuyableRequest, response: BuyableResponse) -> None:
    """The molecule and catalogue asked for, with the rate; a reagent is listed."""
    asked = canonical_smiles(request.smiles)
    if (response.smiles, response.catalogue) != (asked, CATALOGUE):
        got = (response.smiles, response.catalogue)
        raise ServiceError(f"echo: got {got!r}, allowed {(asked, CATALOGUE)!r}")
    if response.false_positive_rate != FALSE_POSITIVE_RATE:
        got_rate = response.false_positive_rate
        raise ServiceError(
            f"false_positive_rate: got {got_rate!r}, allowed {FALSE_POSITIVE_RATE!r}"
        )
    if response.is_common_reagent and not response.is_listed:
        raise ServiceError("is_listed: got false for a common reagent, allowed: true")


def _look_up(smiles: Smiles) -> BuyableResponse:
    from molbloom import buy

    in_filter = bool(buy(smiles, catalog=CATALOGUE, check_common=False))
    is_common = _kekulised(smiles) in _reagents()
    return BuyableResponse(
        smiles=smiles,
        catalogue=CATALOGUE,
        is_listed=in_filter or is_common,
        is_common_reagent=is_common,
        false_positive_rate=FALSE_POSITIVE_RATE,
    )


@cache
def _reagents() -> frozenset[str]:
    from molbloom.common import _common

    return frozenset(_common) | {_kekulised(smiles) for smiles in _common}


def _kekulised(smiles: str) -> str:
    from molbloom import canon

    with silent_rdkit():
        return canon(smiles) or smiles


CARD = Card(
    name="molecule.buyable",
    version="1.0.0",
    summary="Whether a molecule is probably listed as in stock in ZINC20, with the error rate.",
    citations=(
        "Bloom filters for molecules: doi:10.1186/s13321-023-00765-1",
        "ZINC20: doi:10.1021/acs.jcim.0c00675",
    ),
    licence_code="MIT (molbloom)",
    licence_weights="MIT (filter file shipped in molbloom); terms of ZINC20 apply to its content",
    training_data=(
        TrainingData(
            name="ZINC20 in-stock subset, 9,227,726 molecules, October 2021",
            licence="ZINC20 terms: free to use, redistribution of large parts needs permission",
            split="none stated",
        ),
    ),
    domain="Any molecule of 1 to 500 heavy atoms; the list is of 2021 and of screening compounds.",
    failures=(
        "About 7 % of molecules that are not in the list are called listed.",
        "Not listed does not mean not for sale: paracetamol is missed, for one.",
        "A molecule drawn without stereo is missed where the list holds its stereoisomers, and so "
        "is one sold as a salt or another tautomer.",
        "Stock of 2021: what is listed may be gone, what is new is not listed.",
    ),
    accuracy=(
        "False positives 6.89 % (95 % interval 6.78 to 7.00 %), measured by us on 200,000 random "
        "texts that no catalogue holds; the package states 0.07. Of 40 widely sold achiral drugs "
        "and reagents 32 were called listed, by us; so about one in five is missed."
    ),
    cost=Cost.FREE,
    keywords=("buy", "purchasable", "in stock", "vendor", "available", "zinc"),
)

BUYABLE = Tool(
    card=CARD,
    example=BuyableRequest(smiles=Smiles("CC(=O)Oc1ccccc1C(=O)O")),
    response=BuyableResponse,
    backends=(Molbloom(),),
    canonical=canonical,
    check_result=check_result,
)
