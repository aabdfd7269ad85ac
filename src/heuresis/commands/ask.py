"""`heuresis ask` and `heuresis session`: plain words in, answers whose numbers trace to runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option, lab_at, open_here, read_settings

if TYPE_CHECKING:
    from heuresis.agent.assistant.state import Event, PlannerKind
    from heuresis.agent.assistant.turn import Turn
    from heuresis.memory.sessions import MessageView
    from heuresis.serving.lab import Lab

TITLE_WORDS = 8


@click.command("ask")
@click.argument("text")
@click.option("--file", "files", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="A picture, clip, PDF, text, table, SDF or CIF; may be repeated.")  # fmt: skip
@click.option("--session", "session_id", metavar="ID", help="Go on with this conversation.")
@click.option("--steps", is_flag=True, help="Tell on stderr what is being done.")
@click.option("--planner", type=click.Choice(["embedded", "model"]),
              help="Who plans: rules, or the language model of the settings.")  # fmt: skip
@home_option
@json_option
def ask(  # noqa: PLR0913, PLR0917  # the options of the command
    text: str,
    files: Sequence[Path],
    session_id: str | None,
    steps: bool,
    planner: "PlannerKind | None",
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
    session_id = session_id or sessions.open_session(lab.ledger, title_of(text))
    message_id = say(lab, session_id, text, attachments(lab, files))
    tell = _tell if steps else lambda event: None
    turn = answer(message_id, lab, settings, tell, planner=planner)
    return _show(turn, session_id, message_id, as_json)


def _show(turn: "Turn", session_id: str, message_id: str, as_json: bool) -> int:
    """Print what a message came to, and return the exit code that says so."""
    if turn.ending == "waiting":
        return _show_waiting(turn, session_id, message_id, as_json)
    if as_json:
        output.emit({"ending": turn.ending, **(_document(turn.message) if turn.message else {})})
    else:
        output.line(turn.text)
        output.say(f"session {session_id}")
    told = turn.facts.get("runs") or turn.facts.get("documents")
    return exit_codes.OK if told else exit_codes.EMPTY


def _show_waiting(turn: "Turn", session_id: str, message_id: str, as_json: bool) -> int:
    """Print what waits for a person, and how to go on."""
    then = f"heuresis session resume {session_id}"
    if as_json:
        known = {"session": session_id, "message": message_id, "approvals": list(turn.approvals)}
        output.emit({"ending": turn.ending, **known, "text": turn.text, "then": then})
        return exit_codes.WAITING
    output.line("This waits for your approval.")
    output.line(turn.text)
    output.say(f"to refuse: `heuresis approval deny ID`; then go on with `{then}`")
    return exit_codes.WAITING


def title_of(text: str) -> str:
    return " ".join(text.split()[:TITLE_WORDS])


def attachments(lab: "Lab", files: Sequence[Path]) -> list[dict[str, Any]]:
    """Store files and name them by their place: file names may hold names of persons."""
    from heuresis.agent.documents.entering import enter_file, looks_like_document
    from heuresis.memory.originals import known_suffix
    from heuresis.serving.context import Context
    from heuresis.serving.ingest import keep

    context = Context()
    found = []
    for i, place in enumerate(files, start=1):
        name = f"file-{i}{known_suffix(place.name)}"
        if looks_like_document(place):
            document = enter_file(lab, place, context).document
            found.append({"name": name, "digest": document.digest, "document": document.id})
        else:
            found.append({"name": name, "digest": str(keep(lab, place, context))})
    return found


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


@session.command("resume")
@click.argument("session_id", metavar="ID")
@click.option("--steps", is_flag=True, help="Tell on stderr what is being done.")
@home_option
@json_option
def resume(session_id: str, steps: bool, home: Path | None, as_json: bool) -> int:
    """Go on with a question that waited for an approval or was interrupted; no run is repeated."""
    from heuresis.agent.assistant.turn import answer
    from heuresis.errors import RequestError
    from heuresis.memory import sessions

    settings = read_settings(home)
    lab = open_here(settings)
    said = sessions.messages(lab.ledger, session_id)
    answered = {one.answers_id for one in said}
    open_ones = [one.id for one in said if one.author == "person" and one.id not in answered]
    if not open_ones:
        raise RequestError(f"session {session_id!r}: got no question that is open")
    turn = answer(open_ones[-1], lab, settings, _tell if steps else lambda event: None)
    return _show(turn, session_id, open_ones[-1], as_json)


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
