"""`python -m heuresis.evals.imaging.page --data DIR`: every imaging eval as one Markdown page.

Tables that take long are kept as JSON where `--keep` says, and read from there the next time.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import click

from heuresis.errors import RequestError, ServiceError
from heuresis.evals.accuracy.page import write
from heuresis.evals.accuracy.table import AccuracyTable

EVALS = ("modality", "quality", "fundus_tiers", "vessels", "segments")
PACKAGES = ("numpy", "pillow", "scikit-image", "scipy", "torch")

HEAD = """# Imaging

Measured with `python -m heuresis.evals.imaging.page --data DIR`. The models are our own small
ones, trained by the recipes in `training/` on the sets that their cards name; each section says
what was held out. Baselines are scored on the same images. Values in brackets are 95 % intervals
where nothing else is said.
"""


def evaluation(name: str) -> Callable[[Path], AccuracyTable]:
    """Find an eval by name.

    Raises:
        RequestError: There is none of that name.
    """
    if name not in EVALS:
        raise RequestError(f"eval {name!r}: got an unknown name, allowed: {', '.join(EVALS)}")
    found: Callable[[Path], AccuracyTable]
    found = import_module(f"heuresis.evals.imaging.{name}").evaluate
    return found


def tables(
    data: Path, names: Iterable[str] = EVALS, keep: Path | None = None
) -> dict[str, AccuracyTable | str]:
    """Run evals, or read what was kept; where the data are absent the reason stands instead.

    Args:
        data: Folder of the data.
        names: Which evals.
        keep: Folder of tables as JSON; None keeps nothing.

    Raises:
        RequestError: No eval of that name.
    """
    chosen = {name: evaluation(name) for name in names}
    found: dict[str, AccuracyTable | str] = {}
    for name, evaluate in chosen.items():
        kept = keep / f"{name}.json" if keep else None
        if kept is not None and kept.is_file():
            found[name] = AccuracyTable.model_validate_json(kept.read_text(encoding="utf-8"))
            continue
        try:
            table = evaluate(data)
        except (RequestError, ServiceError) as error:
            found[name] = f"skipped: {error}"
            continue
        found[name] = table
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(table.model_dump_json(indent=1), encoding="utf-8")
    return found


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the data.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of finished tables.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default: print it.")
@click.argument("names", nargs=-1)
def main(data: Path, keep: Path | None, out: Path | None, names: tuple[str, ...]) -> None:
    """Run the imaging evals named, or all, and write the page."""
    try:
        page = write(tables(data, names or EVALS, keep), HEAD, PACKAGES)
    except RequestError as error:
        raise click.UsageError(str(error)) from error
    if out is None:
        click.echo(page)
    else:
        out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
