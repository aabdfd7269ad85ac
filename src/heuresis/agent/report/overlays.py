"""What imaging tools drew of a candidate's measurements, put into the page as it is."""

import base64
from collections.abc import Iterable
from html import escape

from markupsafe import Markup

from heuresis.agent.report.record import Record
from heuresis.errors import HeuresisError
from heuresis.memory import runs
from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault

PATH = "overlay"
PNG = "image/png"
MAX_BYTES = 400_000  # of one picture; larger ones stay in the vault


def overlays(
    ledger: Ledger, vault: Vault, record: Record, forms: Iterable[str]
) -> dict[str, Markup]:
    """Return the picture of each form's measurement that drew one; others are left out."""
    wanted = set(forms)
    found: dict[str, Markup] = {}
    for one in record.candidates:
        form = record.shown(one)
        if form not in wanted or form in found or record.is_withheld(one):
            continue
        run_ids = dict.fromkeys(number.run_id for number in one.values.values())
        pictures = [_picture(ledger, vault, run_id, form) for run_id in run_ids]
        picture = next((each for each in pictures if each is not None), None)
        if picture is not None:
            found[form] = picture
    return found


def _picture(ledger: Ledger, vault: Vault, run_id: str, form: str) -> Markup | None:
    for row in runs.artifacts_of(ledger, run_id):
        if row.path == PATH and row.media_type == PNG and row.n_bytes <= MAX_BYTES:
            try:
                data = base64.b64encode(vault.get(row.digest)).decode()
            except HeuresisError:  # the page tells what it can; the vault's own check tells of loss
                return None
            return Markup(
                f'<img src="data:{PNG};base64,{data}" alt="What the tool saw: {escape(form)}">'
            )
    return None
