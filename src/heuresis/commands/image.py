"""`heuresis image`: pictures, volumes and clips enter here, and leave their names behind."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option, open_here, read_settings

if TYPE_CHECKING:
    from heuresis.contract import Outcome
    from heuresis.serving.ingest import Entered

AXES = click.Choice(["axial", "coronal", "sagittal"])
NAMED = 6  # keywords of one kind that are printed


@click.group("image")
def image() -> None:
    """Read in pictures, volumes and clips."""


@image.command("add")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path),
                metavar="FILE|FOLDER...")  # fmt: skip
@click.option("--frame", type=click.IntRange(min=0), help="One frame, page or slice, from 0.")
@click.option("--axis", "slice_axis", type=AXES, help="How volumes are cut.  [default: axial]")
@click.option("--window-centre", type=float, help="Middle of the greys, in the file's unit.")
@click.option("--window-width", type=float, help="From black to white, in the file's unit.")
@click.option("--max-frames", type=click.IntRange(1, 5000), help="Longer ones are refused.")
@click.option("--keep-text", is_flag=True, default=None,
              help="Report written text, but do not paint over it.")  # fmt: skip
@home_option
@json_option
def add(files: Sequence[Path], home: Path | None, as_json: bool, **options: Any) -> int:
    """Store files as they are, read them in, and say what was removed from them.

    PNG, JPEG, TIFF, DICOM, NIfTI, videos, and folders of frames. The digests that are printed
    name the clean pictures in requests to other tools. The files as they came stay in the vault.
    """
    from heuresis.serving.context import Context
    from heuresis.serving.ingest import enter

    lab = open_here(read_settings(home))
    context = Context()
    given = {name: value for name, value in options.items() if value is not None}
    codes = []
    for place in files:
        entered = enter(lab, place, context, given)
        codes.append(exit_codes.code_of(entered.outcome))
        if as_json:
            output.emit({"original": entered.original, **entered.outcome.model_dump(mode="json")})
        else:
            _show(place, entered)
    return exit_codes.gravest(codes)


def _show(place: Path, entered: "Entered") -> None:
    outcome = entered.outcome
    output.line(f"{place}: {outcome.status.value}  {outcome.reason}".rstrip())
    output.facts({"run": outcome.run_id, "original": entered.original, **_read(outcome)})


def _read(outcome: "Outcome") -> dict[str, Any]:
    answer: Any = outcome.response
    if answer is None:
        return {}
    size = f"{answer.width_px} x {answer.height_px} px"
    window = answer.window
    return {
        "read as": f"{answer.format} {answer.modality}, {answer.n_frames} frame(s) of {size}",
        "image": answer.images[0].digest,
        "native": answer.native[0].digest if answer.native else "",
        "video": answer.video.digest if answer.video else "",
        "window": "" if window is None else (
            f"{window.centre.value:g} ± {window.width.value / 2:g} {window.centre.unit}, "
            f"chosen by {window.chosen_by}"
        ),
        "turned": answer.turned,
        "removed": _said(answer.removed) or "nothing",
        "text": _text(answer),
    }  # fmt: skip


def _said(removed: Sequence[Any]) -> str:
    """Sum up what was removed by kind, with the first names."""
    counts = Counter[str]()
    names: dict[str, list[str]] = {}
    for one in removed:
        counts[one.kind] += one.n
        names.setdefault(one.kind, []).append(one.keyword or one.place)
    return "; ".join(
        f"{n} {kind} ({', '.join(names[kind][:NAMED])}{', …' if len(names[kind]) > NAMED else ''})"
        for kind, n in counts.most_common()
    )


def _text(answer: Any) -> str:
    if not answer.is_text_searched:
        return "not looked for"
    n_blanked = sum(one.is_blanked for one in answer.text_found)
    n_left = len(answer.text_found) - n_blanked
    if not answer.text_found:
        return "none found"
    return f"{n_blanked} places painted over, {n_left} left to be looked at"
