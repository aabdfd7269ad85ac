"""`heuresis ask` and `heuresis session`: plain words in, answers whose numbers trace to runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option, lab_at, open_here, read_settings

if TYPE_CHECKING:
    from heuresis.agent.assistant.state import Event
    from heuresis.memory.sessions import MessageView
    from heuresis.serving.lab import Lab

TITLE_WORDS = 8


@click.command("ask")
@click.argument("text")
@click.option("--file", "files", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="A picture, volume or clip it is about; may be repeated.")  # fmt: skip
@click.option("--session", "session_id", metavar="ID", help="Go on with this conversation.")
@click.option("--steps", is_flag=True, help="Tell on stderr what is being done.")
@home_option
@json_option
def ask(  # noqa: PLR0913, PLR0917  # the options of the command
    text: str,
    files: Sequence[Path],
    session_id: str | None,
    steps: bool,
    home: Path | None,
    as_json: bool,
) -> int:
    """Answer a question with the tools there are; no language model is needed.

    Every number in the answer is read from a run in the ledger; `memory trace` shows it.
    """
    from heuresis.agent.assistant.turn import answer, say
    from heuresis.memory import sessions

    settings = read_settings(home)
    lab = open_here(settings)
    session_id = session_id or sessions.open_session(lab.ledger, _title(text))
    message_id = say(lab, session_id, text, _attachments(lab, files))
    found = answer(message_id, lab, settings, _tell if steps else lambda event: None)
    if as_json:
        output.emit(_document(found))
    else:
        output.line(str(found.facts["text"]))
        output.say(f"session {session_id}")
    return exit_codes.OK if found.facts["runs"] else exit_codes.EMPTY


def _title(text: str) -> str:
    return " ".join(text.split()[:TITLE_WORDS])


def _attachments(lab: "Lab", files: Sequence[Path]) -> list[dict[str, Any]]:
    """Store files and name them by their place: file names may hold names of persons."""
    from heuresis.memory.originals import known_suffix
    from heuresis.serving.context import Context
    from heuresis.serving.ingest import keep

    context = Context()
    return [
        {
            "name": f"file-{i}{known_suffix(place.name)}",
            "digest": str(keep(lab, place, context)),
        }
        for i, place in enumerate(files, start=1)
    ]


def _tell(event: "Event") -> None:
    if event.text:
        output.say(f"{event.name}: {output.shortened(event.text, 160)}")


def _document(found: "MessageView") -> dict[str, Any]:
    return {
        "session": found.session_id,
        "message": found.answers_id,
        "answer": found.facts["text"],
        "draft": found.body,
        "numbers": found.facts["fills"],
        "runs": found.facts["runs"],
        "unsourced": found.facts["n_flags"],
    }


@click.group("session")
def session() -> None:
    """List and read conversations."""


@session.command("list")
@click.option("-n", "limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@home_option
@json_option
def list_sessions(limit: int, home: Path | None, as_json: bool) -> None:
    """List conversations, the newest first."""
    from heuresis.memory import sessions

    rows = sessions.list_sessions(lab_at(home).ledger, limit)
    found = [{"id": row.id, "title": row.title, "at": row.at} for row in rows]
    if as_json:
        output.emit(found)
    else:
        output.table(("session", "began", "about"), [(r["id"], r["at"], r["title"]) for r in found])


@session.command("show")
@click.argument("session_id", metavar="ID")
@home_option
@json_option
def show(session_id: str, home: Path | None, as_json: bool) -> None:
    """Print a conversation."""
    from heuresis.memory import sessions

    found = sessions.messages(lab_at(home).ledger, session_id)
    if as_json:
        output.emit([vars(one) for one in found])
        return
    for one in found:
        output.line(f"{one.author}, {one.at}:")
        output.line(str(one.facts.get("text", one.body)) + "\n")


@session.command("fork")
@click.argument("session_id", metavar="ID")
@click.argument("message_id", metavar="MESSAGE")
@home_option
@json_option
def fork(session_id: str, message_id: str, home: Path | None, as_json: bool) -> None:
    """Begin a conversation that shares another's messages up to one of them."""
    from heuresis.memory import sessions

    ledger = lab_at(home).ledger
    title = sessions.get_session(ledger, session_id).title
    made = sessions.fork(ledger, session_id, message_id, title)
    if as_json:
        output.emit({"session": made})
    else:
        output.line(made)
