"""The page: every section's content brought together and put into the template."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from heuresis.agent.report import answer, spent
from heuresis.agent.report.figures import figures
from heuresis.agent.report.judges import judges
from heuresis.agent.report.lineage import trace
from heuresis.agent.report.methods import aim, methods
from heuresis.agent.report.numerals import Shown, unit_name
from heuresis.agent.report.overlays import overlays
from heuresis.agent.report.pictures import draw_all, label
from heuresis.agent.report.record import Record
from heuresis.agent.report.rejected import tallies
from heuresis.agent.report.standing import N_STD, baseline, compare, why_no_baseline
from heuresis.agent.report.tables import best_rows, run_rows, utility_shown
from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault

TEMPLATES = Path(__file__).parent / "templates"


def page(ledger: Ledger, vault: Vault, record: Record) -> str:
    """Return the report as one HTML text that needs nothing else."""
    pages = environment()
    content = _content(ledger, vault, record)
    cited = sorted(run_id for run_id in set(_run_ids(content)) if run_id in record.runs)
    return pages.get_template("report.html").render(
        **content, runs=run_rows(record, cited), n_runs=len(record.runs)
    )


def environment() -> Environment:
    """Return where page templates are found; all text put into them is made inert."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["unit"] = unit_name
    made.filters["aim"] = aim
    return made


def _content(ledger: Ledger, vault: Vault, record: Record) -> dict[str, Any]:
    asked = judges(record)
    return {
        "campaign": record.campaign,
        "spec": record.spec,
        "counts": {fate: record.count(fate) for fate in ("measured", "stopped")}
        | {"proposed": len(record.candidates), "rounds": record.n_rounds},
        "plots": figures(record),
        "tallies": tallies(record),
        "judges": asked,
        "methods": methods(record, asked),
        "cards": json.loads(record.campaign.cards),
        "spec_yaml": yaml.safe_dump(
            json.loads(record.campaign.spec), sort_keys=False, allow_unicode=True, width=100
        ),
        **_answer(record),
        **_candidates(ledger, vault, record),
        **_accounts(record),
    }


def _answer(record: Record) -> dict[str, Any]:
    start, best = baseline(record), record.best
    is_found = start is not None and best is not None
    return {
        "best": answer.best_found(record),
        "counted": answer.counted(record),
        "ended": answer.ended(record),
        "verdict": answer.verdict(record),
        "comparison": compare(record, best, start) if start and best else [],
        "start_form": start.form if start else "",
        "start_label": label(start.kind, start.form) if start else "",
        "start_utility": utility_shown(record, start) if start else None,
        "no_baseline": "" if is_found or best is None else why_no_baseline(record),
        "n_std": N_STD,
    }


def _candidates(ledger: Ledger, vault: Vault, record: Record) -> dict[str, Any]:
    rows = best_rows(ledger, record)
    steps = trace(ledger, record, record.best) if record.best else []
    start = baseline(record)
    forms = [row.form for row in rows] + [step.form for step in steps]
    forms.append(start.form if start else "")
    kind = record.spec.kind
    return {
        "rows": rows,
        "steps": steps,
        "step_labels": [label(kind, step.form) if step.form else "" for step in steps],
        "pictures": overlays(ledger, vault, record, forms) | draw_all(kind, forms),
    }


def _accounts(record: Record) -> dict[str, Any]:
    return {
        "statuses": spent.statuses(record),
        "endings": spent.endings(record),
        "screened": spent.screened(record),
        "budget": spent.budget(record),
    }


def _run_ids(content: Any) -> Iterator[str]:
    """Find every run that any part of the page names."""
    if isinstance(content, Shown):
        yield from content.run_ids
    elif isinstance(content, Mapping):
        for part in content.values():
            yield from _run_ids(part)
    elif isinstance(content, list | tuple):
        for part in content:
            yield from _run_ids(part)
    elif hasattr(content, "__dataclass_fields__"):
        fields = vars(content)
        yield from fields.get("run_ids", ())
        if fields.get("run_id"):
            yield fields["run_id"]
        yield from _run_ids({name: fields[name] for name in content.__dataclass_fields__})
