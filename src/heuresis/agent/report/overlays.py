"""What imaging tools drew of a candidate's measurements, put into the page as it is."""

import base64
import io
from collections.abc import Iterable
from html import escape

from markupsafe import Markup

from heuresis.agent.report.record import Record
from heuresis.errors import HeuresisError
from heuresis.memory import runs
from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault

PATH = "overlay"
PNG, JPEG = "image/png", "image/jpeg"
WIDTH_PX, QUALITY = 840, 82  # of the copy in the page; the whole picture stays in the vault


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
        if row.path == PATH and row.media_type == PNG:
            try:
                data = base64.b64encode(_copy(vault.get(row.digest))).decode()
            except (HeuresisError, ImportError):  # the page tells what it can
                return None
            return Markup(
                f'<img src="data:{JPEG};base64,{data}" alt="What the tool saw: {escape(form)}">'
            )
    return None


def _copy(png: bytes) -> bytes:
    """Return a picture small enough for a page."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        picture.thumbnail((WIDTH_PX, WIDTH_PX))
        buffer = io.BytesIO()
        picture.convert("RGB").save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
