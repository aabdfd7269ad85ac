"""`heuresis memory`: search what is known, show and trace it, check and mend the stores."""

from pathlib import Path

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option, lab_at, open_here, read_settings


@click.group("memory")
def memory() -> None:
    """Search what is known, show and trace it, check and mend the stores."""


@memory.command("search")
@click.argument("query")
@click.option(
    "--kind", type=click.Choice(["run", "candidate", "claim", "passage"]), help="Only these."
)
@click.option("-n", "n_hits", type=click.IntRange(1, 1000), default=10, show_default=True,
              help="Most hits.")  # fmt: skip
@home_option
@json_option
def search(query: str, kind: str | None, n_hits: int, home: Path | None, as_json: bool) -> int:
    """Find by meaning what was run, proposed or claimed. Exits 4 where nothing is known."""
    from dataclasses import asdict

    from heuresis.commands.memory_index import catch_up
    from heuresis.serving.open_lab import open_recall

    settings = read_settings(home)
    recall = open_recall(open_here(settings), settings)
    catch_up(recall)
    hits = recall.search(query, n_hits, kind)
    if as_json:
        output.emit([asdict(hit) for hit in hits])
    elif hits:
        rows = [(f"{hit.distance:.3f}", hit.kind, hit.ref, output.shortened(hit.text, 120),
                 hit.facts.get("status", "")) for hit in hits]  # fmt: skip
        output.table(("distance", "kind", "id", "text", "status"), rows)
    else:
        output.say("nothing is known that could be searched")
    return exit_codes.OK if hits else exit_codes.EMPTY


@memory.command("show")
@click.argument("name", metavar="ID")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False),
              help="Write an artifact's bytes to this file.")  # fmt: skip
@home_option
@json_option
def show(name: str, out: Path | None, home: Path | None, as_json: bool) -> None:
    """Show a run, candidate, campaign, claim or artifact by id, digest or the beginning of one."""
    from heuresis.commands.memory_show import describe, print_described, write_artifact

    lab = lab_at(home)
    found = describe(lab, name)
    if out is not None:
        write_artifact(lab, found, out)
    if as_json:
        output.emit(found)
    else:
        print_described(found)


@memory.command("trace", context_settings={"ignore_unknown_options": True})
@click.argument("what", metavar="NUMBER-OR-ID")
@home_option
@json_option
def trace(what: str, home: Path | None, as_json: bool) -> None:
    """Walk from a number in a report, or an id, back to its runs, inputs, weights and code.

    A number is found as it is printed: -1.23 means every stored number that rounds to it. Ids are
    those of runs, candidates and claims, or the digest of a file.
    """
    from dataclasses import asdict

    from heuresis.commands.memory_trace import print_traces
    from heuresis.memory.trace import trace as walk

    found = walk(lab_at(home).ledger, what)
    if as_json:
        output.emit([asdict(one) for one in found])
    else:
        print_traces(found)


@memory.command("reindex")
@home_option
@json_option
def reindex(home: Path | None, as_json: bool) -> None:
    """Build the search index anew from the ledger."""
    from heuresis.serving.open_lab import open_recall

    settings = read_settings(home)
    recall = open_recall(open_here(settings), settings)
    with output.progress() as bars:
        bar = bars.add_task("indexing", total=None)
        n_texts = recall.reindex(lambda n: bars.advance(bar, n))
    if as_json:
        output.emit({"indexed": n_texts, "waiting": recall.backlog()})
    else:
        output.line(f"indexed {n_texts} texts")


@memory.command("check")
@home_option
@json_option
def check(home: Path | None, as_json: bool) -> int:
    """Verify the ledger, and that the bytes of every file a run made are there and unchanged."""
    from heuresis.commands.memory_check import checked

    found = checked(lab_at(home))
    is_sound = not (found["ledger"] or found["missing"] or found["damaged"])
    if as_json:
        output.emit({"sound": is_sound, **found})
        return exit_codes.OK if is_sound else exit_codes.FAILED
    output.line("sound" if is_sound else "not sound")
    output.facts({"ledger": found["ledger"] or "sound", "files": found["artifacts"],
                  "missing": len(found["missing"]), "damaged": len(found["damaged"])})  # fmt: skip
    for digest in [*found["missing"], *found["damaged"]]:
        output.line(f"  {digest}")
    if found["ledger"]:
        output.say("`heuresis memory recover` saves what can still be read")
    return exit_codes.OK if is_sound else exit_codes.FAILED


@memory.command("recover")
@click.option("--force", is_flag=True, help="Also where the ledger seems to be sound.")
@home_option
@json_option
def recover(force: bool, home: Path | None, as_json: bool) -> None:
    """Save what can be read of a damaged ledger into a new one; the damaged file stays beside it.

    Stop other heuresis processes first.
    """
    from dataclasses import asdict

    from heuresis.memory.recover import recover as save_what_is_left

    found = save_what_is_left(read_settings(home).ledger, even_if_sound=force)
    if as_json:
        output.emit({**asdict(found), "damaged": str(found.damaged), "ledger": str(found.ledger)})
        return
    output.line(f"recovered {sum(one.saved for one in found.tables)} rows into {found.ledger}")
    rows = [(one.table, one.saved, one.unreadable, one.refused, one.orphaned)
            for one in found.tables]  # fmt: skip
    output.table(("table", "saved", "unreadable", "refused", "without parent"), rows)
    output.line(f"damaged file, kept: {found.damaged}")
    output.say("`heuresis memory reindex` brings the search index in line")
