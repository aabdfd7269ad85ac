"""`heuresis chat`: a conversation in the terminal; its numbers trace to runs as anywhere."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.ask import attachments, title_of
from heuresis.commands.opened import home_option, open_here, read_settings
from heuresis.errors import HeuresisError, RequestError

if TYPE_CHECKING:
    from heuresis.agent.assistant.state import Event, PlannerKind
    from heuresis.agent.assistant.turn import Turn
    from heuresis.serving.lab import Lab
    from heuresis.settings import Settings

PROMPT = "> "
WORDS = ("once", "session", "always", "deny")
ASK_SCOPE = "allow? [o]nce, for this [s]ession, [a]lways, [d]eny, or Enter to leave it waiting: "


@dataclass
class Talk:
    """A conversation as the terminal holds it; all that matters is in the ledger.

    Attributes:
        lab: The door to tools.
        settings: Of this home.
        planner: Who plans; None: as the settings say.
        session_id: The conversation; empty before its first message.
        files: What goes with the next message.
        open_id: The message that was not answered to its end.
        is_told: Whether steps are told as they are done.
    """

    lab: "Lab"
    settings: "Settings"
    planner: "PlannerKind | None"
    session_id: str = ""
    files: list[Path] = field(default_factory=list)
    open_id: str = ""
    is_told: bool = True


@click.command("chat")
@click.option("--session", "session_id", metavar="ID", help="Go on with this conversation.")
@click.option("--planner", type=click.Choice(["embedded", "model"]),
              help="Who plans: rules, or the language model of the settings.")  # fmt: skip
@home_option
def chat(session_id: str | None, planner: "PlannerKind | None", home: Path | None) -> int:
    """Talk in the terminal; /help lists what can be typed besides questions.

    Answers go to standard output, steps and questions to standard error. A conversation that was
    closed, or killed, goes on with --session; no run is repeated.
    """
    settings = read_settings(home)
    talk = Talk(open_here(settings), settings, planner)
    if session_id:
        _enter(talk, session_id)
    output.say("Ask in plain words. /help lists commands, /quit or Ctrl-D ends.")
    while True:
        try:
            text = _read(PROMPT)
        except KeyboardInterrupt:
            output.say("")
            break
        if text is None or text.strip() == "/quit":
            break
        if text.strip():
            _take(talk, text.strip())
    if talk.session_id:
        output.say(f"go on with `heuresis chat --session {talk.session_id}`")
    return exit_codes.WAITING if talk.open_id else exit_codes.OK


def _read(prompt: str) -> str | None:
    """Return a line, or None at the end of what is typed."""
    if sys.stdin.isatty():
        import readline  # noqa: F401  # gives input() history and editing

        try:
            return input(prompt)
        except EOFError:
            return None
    line = sys.stdin.readline()
    return line if line else None


def _take(talk: Talk, text: str) -> None:
    """Do what a line says; what goes wrong is told, and the conversation goes on."""
    try:
        if text.startswith("/"):
            _command(talk, text)
        else:
            _ask(talk, text)
    except HeuresisError as error:
        output.say(f"error: {error}")
        _tell_open(talk)
    except KeyboardInterrupt:
        output.say("interrupted: what was finished is recorded")
        _tell_open(talk)


def _tell_open(talk: Talk) -> None:
    if talk.open_id:
        output.say("the question is open: /resume goes on with it")


# --- questions ---


def _ask(talk: Talk, text: str) -> None:
    from heuresis.agent.assistant.turn import say
    from heuresis.memory import sessions

    attached = attachments(talk.lab, talk.files)
    if not talk.session_id:
        talk.session_id = sessions.open_session(talk.lab.ledger, title_of(text))
    talk.open_id = say(talk.lab, talk.session_id, text, attached)
    talk.files.clear()
    _go_on(talk)


def _go_on(talk: Talk) -> None:
    """Answer the open message, asking the person as often as the rules demand."""
    from heuresis.agent.assistant.turn import answer

    while True:
        tell = _tell if talk.is_told else lambda event: None
        turn = answer(talk.open_id, talk.lab, talk.settings, tell, planner=talk.planner)
        if turn.ending != "waiting":
            talk.open_id = ""
            output.line(turn.text)
            return
        if not _decided(talk, turn):
            _tell_open(talk)
            return


def _tell(event: "Event") -> None:
    if event.name not in ("answered", "waiting") and event.text:
        output.say(f"  {event.name}: {output.shortened(event.text, 160)}")


# --- a person's word ---


def _decided(talk: Talk, turn: "Turn") -> bool:
    """Ask for a word on everything that waits; return whether all of it was given."""
    from heuresis.memory import approval_queue

    for request_id in turn.approvals:
        request = approval_queue.find_request(talk.lab.ledger, request_id)
        output.say(f"This waits for your approval ({request_id}): {request.text}")
        if not _word(talk, request):
            return False
    return bool(turn.approvals)


def _word(talk: Talk, request: Any) -> bool:
    """Take a person's word from the keyboard; what comes through a pipe may be anybody's."""
    from heuresis.commands.approval import who
    from heuresis.memory import grants

    while sys.stdin.isatty():
        said = (_read(ASK_SCOPE) or "").strip().lower()
        if not said:
            return False
        scope = next((word for word in WORDS if word.startswith(said)), None)
        if scope == "deny":
            grants.deny(talk.lab.ledger, request, who())
            return True
        if scope is not None:
            grants.grant(talk.lab.ledger, request, scope, who())
            return True
        output.say(f"got {said!r}, allowed: {', '.join(WORDS)}, or nothing")
    output.say(f"`heuresis approval grant {request.id}` allows it")
    return False


# --- commands ---


def _command(talk: Talk, text: str) -> None:
    name, _, rest = text.partition(" ")
    action = COMMANDS.get(name)
    if action is None:
        raise RequestError(f"{name}: got no command of that name, allowed: {', '.join(COMMANDS)}")
    action[0](talk, rest.strip())


def _help(talk: Talk, rest: str) -> None:
    for name, (_, words) in {**COMMANDS, "/quit": (_help, "end; the conversation is kept")}.items():
        output.say(f"  {name:<10} {words}")


def _file(talk: Talk, rest: str) -> None:
    place = Path(rest.strip("'\"")).expanduser()
    if not rest or not place.exists():
        raise RequestError(f"file: got {rest!r}, allowed: a file or a folder of frames that exists")
    talk.files.append(place)
    output.say(f"goes with the next question: {', '.join(each.name for each in talk.files)}")


def _resume(talk: Talk, rest: str) -> None:
    if not talk.open_id:
        raise RequestError("resume: got no question that is open")
    _go_on(talk)


def _steps(talk: Talk, rest: str) -> None:
    talk.is_told = not talk.is_told
    output.say(f"steps are {'told' if talk.is_told else 'not told'}")


def _sessions(talk: Talk, rest: str) -> None:
    from heuresis.memory import sessions

    for row in sessions.list_sessions(talk.lab.ledger, 20):
        output.say(f"  {row.id}  {row.at}  {row.title}")


def _new(talk: Talk, rest: str) -> None:
    talk.session_id, talk.open_id = "", ""
    output.say("a new conversation begins with your next question")


def _enter(talk: Talk, session_id: str) -> None:
    """Go on with a conversation; shows its last answer and what of it is open."""
    from heuresis.memory import sessions

    title = sessions.get_session(talk.lab.ledger, session_id).title
    said = sessions.messages(talk.lab.ledger, session_id)
    answered = {one.answers_id for one in said}
    asked = [one.id for one in said if one.author == "person"]
    talk.session_id = session_id
    talk.open_id = asked[-1] if asked and asked[-1] not in answered else ""
    output.say(f"session {session_id}: {title}")
    for one in said[-2:]:
        output.say(f"{one.author}: {one.facts.get('text', one.body)}")
    _tell_open(talk)


def _fork(talk: Talk, rest: str) -> None:
    from heuresis.memory import sessions

    if not talk.session_id:
        raise RequestError("fork: got no conversation yet, allowed: after the first answer")
    said = sessions.messages(talk.lab.ledger, talk.session_id)
    title = sessions.get_session(talk.lab.ledger, talk.session_id).title
    talk.session_id = sessions.fork(talk.lab.ledger, talk.session_id, rest or said[-1].id, title)
    talk.open_id = ""
    output.say(f"session {talk.session_id}")


COMMANDS: Mapping[str, tuple[Callable[[Talk, str], None], str]] = {
    "/file": (_file, "PATH: send a file with the next question; may be repeated"),
    "/resume": (_resume, "go on with a question that waits or was interrupted"),
    "/steps": (_steps, "tell the steps, or stop telling them"),
    "/sessions": (_sessions, "list conversations"),
    "/session": (_enter, "ID: go on with another conversation"),
    "/new": (_new, "begin another conversation"),
    "/fork": (_fork, "[MESSAGE]: go on from here, or from a message, in a copy"),
    "/help": (_help, "this list"),
}
