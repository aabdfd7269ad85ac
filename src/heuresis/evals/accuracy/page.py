"""`python -m heuresis.evals.accuracy.page --data DIR`: every accuracy eval as one Markdown page."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from heuresis.errors import RequestError, ServiceError
from heuresis.evals.accuracy.table import AccuracyTable, as_markdown
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_lab
from heuresis.settings import get_settings

EVALS = ("solubility", "lipophilicity", "brain_barrier", "crystal_energy", "crystal_hull")
PACKAGES = ("admet-ai", "chgnet", "sevenn", "pymatgen", "rdkit", "scikit-learn", "torch")

HEAD = """# Accuracy

Measured with `python -m heuresis.evals.accuracy.page --data DIR`. Every prediction was a run of a
tool through the lab. None of our choices were tuned on these data, but the shipped models were
trained by others on data like these or on these very ones: each section says what is known of
that. Baselines are scored on the same items. Values in brackets are 95 % intervals, of a bootstrap
over the items where nothing else is said.
"""


def evaluation(name: str) -> Callable[[Lab, Path], AccuracyTable]:
    """Find an eval by name.

    Raises:
        RequestError: There is none of that name.
    """
    if name not in EVALS:
        raise RequestError(f"eval {name!r}: got an unknown name, allowed: {', '.join(EVALS)}")
    found: Callable[[Lab, Path], AccuracyTable]
    found = import_module(f"heuresis.evals.accuracy.{name}").evaluate
    return found


def measure(lab: Lab, data: Path, names: Iterable[str] = EVALS) -> dict[str, AccuracyTable | str]:
    """Run evals; where the data or a model are absent the reason stands in for the table.

    Raises:
        RequestError: No eval of that name.
    """
    chosen = {name: evaluation(name) for name in names}
    found: dict[str, AccuracyTable | str] = {}
    for name, evaluate in chosen.items():
        try:
            found[name] = evaluate(lab, data)
        except (RequestError, ServiceError) as error:
            found[name] = f"skipped: {error}"
    return found


def write(
    found: Mapping[str, AccuracyTable | str], head: str = HEAD, packages: Iterable[str] = PACKAGES
) -> str:
    """Write a page: no dates, no paths of a machine; versions at its end."""
    sections = [
        as_markdown(each) if isinstance(each, AccuracyTable) else f"## {name}\n\n{each}\n"
        for name, each in found.items()
    ]
    used = ", ".join(f"{name} {_version(name)}" for name in packages)
    return "\n".join([head, *sections, f"## Versions\n\n{used}.\n"])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the data.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default: print it.")
@click.argument("names", nargs=-1)
def main(data: Path, out: Path | None, names: tuple[str, ...]) -> None:
    """Run the accuracy evals named, or all, and write the page."""
    lab = open_lab(get_settings())
    try:
        page = write(measure(lab, data, names or EVALS))
    except RequestError as error:
        raise click.UsageError(str(error)) from error
    finally:
        lab.ledger.close()
    if out is None:
        click.echo(page)
    else:
        out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
