"""Export a finished campaign as an RO-Crate that others can read, check and replay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heuresis.contract import digest_of
from heuresis.errors import RequestError
from heuresis.memory.extract import extract
from heuresis.serving.crate.items import items_of
from heuresis.serving.crate.metadata import metadata
from heuresis.serving.crate.opening import METADATA_FILE
from heuresis.serving.crate.packing import pack
from heuresis.serving.lab import Lab

LICENCE = (
    "No licence was chosen: all rights stay with whoever ran the campaign. "
    "Licences of code and weights stand with each tool."
)
UNKNOWN = "unknown"
NAMED = 5  # sources that an error names


@dataclass(frozen=True)
class Terms:
    """On which terms a crate leaves.

    Attributes:
        licence: SPDX id, URL or sentence: under what the content may be used.
        allow_unknown: A person has decided to export sources of unknown licence too.
        with_originals: A person has decided to export files as they came, names and all.
    """

    licence: str = LICENCE
    allow_unknown: bool = False
    with_originals: bool = False


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        path: File or folder.
        campaign_id: Whose.
        n_runs: Runs in it, those that others leaned on included.
        n_files: Files in it, the metadata included.
        digest: sha256 of the metadata, which names the digests of all other files.
    """

    path: Path
    campaign_id: str
    n_runs: int
    n_files: int
    digest: str


def export_campaign(
    lab: Lab,
    campaign_id: str,
    out: Path,
    report: Path | None = None,
    terms: Terms | None = None,
) -> Exported:
    """Write a crate; the same ledger, code and packages give the same bytes.

    Args:
        lab: Whose ledger and vault are read.
        campaign_id: Id, or the beginning of it.
        out: A new file that ends in .zip, or a new folder.
        report: Folder of the campaign's report, if it is to go along.
        terms: Licence and what a person allowed.

    Raises:
        RequestError: No such finished campaign, a source of unknown licence, or `out` exists.
        ServiceError: The ledger or the vault cannot be read.
    """
    found = extract(lab.ledger, campaign_id)
    terms = terms or Terms()
    if not terms.allow_unknown:
        _check_licences(found.rows["sources"])
    items = items_of(found, lab.vault, report, with_originals=terms.with_originals)
    head = metadata(found, items, terms.licence)
    pack([(METADATA_FILE, head), *((item.path, item.data) for item in items)], out)
    n_runs = len(found.rows["runs"])
    return Exported(out, found.campaign["id"], n_runs, len(items) + 1, digest_of(head))


def _check_licences(sources: Sequence[Mapping[str, Any]]) -> None:
    unknown = [one["name"] for one in sources if one["licence"].strip().lower() in ("", UNKNOWN)]
    if unknown:
        names = ", ".join(map(repr, unknown[:NAMED]))
        raise RequestError(
            f"sources of unknown licence: got {len(unknown)} ({names}), allowed: none; "
            "find out the licence, or repeat with --allow-unknown-licence"
        )
