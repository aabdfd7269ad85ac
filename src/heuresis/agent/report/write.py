"""Write a campaign's report: one page, one table, one file of data; all from the ledger."""

import os
from pathlib import Path

from heuresis.agent.report.data import data
from heuresis.agent.report.page import page
from heuresis.agent.report.record import gather
from heuresis.agent.report.sheet import sheet
from heuresis.serving.lab import Lab


def write_report(lab: Lab, campaign_id: str, folder: Path) -> Path:
    """Write report.html, candidates.csv and report.json; the same ledger gives the same bytes.

    Returns:
        Path of the page.

    Raises:
        RequestError: No such campaign.
    """
    record = gather(lab.ledger, campaign_id)
    texts = {
        "candidates.csv": sheet(record),
        "report.json": data(lab.ledger, record),
        "report.html": page(lab.ledger, lab.vault, record),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        put_whole(folder / name, text)
    return folder / "report.html"


def put_whole(path: Path, text: str) -> None:
    """Put a file in place whole: a reader sees the old one or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8", newline="")
    part.replace(path)
