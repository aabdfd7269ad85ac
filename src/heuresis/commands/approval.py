"""`heuresis approval`: a person's word on calls that the rules do not allow by themselves."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import output
from heuresis.commands.opened import home_option, json_option, open_here, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heuresis.serving.approval.rules import Rule
    from heuresis.settings import Settings

SESSIONS = ("once", "session", "always")
NOTHING = "nothing waits"


@click.group("approval")
def approval() -> None:
    """Grant, deny and revoke what waits for a person; only these commands can.

    A request is named by its id or the beginning of it.
    """


@approval.command("list")
@click.option("--waiting/--all", "is_waiting", default=True,
              help="What waits (the default), or also what was decided and holds.")  # fmt: skip
@click.option("-n", "limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@home_option
@json_option
def list_approvals(is_waiting: bool, limit: int, home: Path | None, as_json: bool) -> None:
    """List what waits for a person."""
    from heuresis.memory import approval_queue as queue

    settings = read_settings(home)
    ledger = open_here(settings).ledger
    if is_waiting:
        asked = queue.waiting(ledger, settings.approval_session_hours, limit)
    else:
        asked = queue.everything(ledger, limit)
    held = [] if is_waiting else queue.standing(ledger)
    if as_json:
        output.emit(asked if is_waiting else {"requests": asked, "standing": held})
        return
    if not asked and not held:
        output.say(NOTHING if is_waiting else "nothing was asked for")
    _print(asked, held)


def _print(asked: "Sequence[Mapping[str, Any]]", held: "Sequence[Mapping[str, Any]]") -> None:
    if asked:
        columns = ("id", "asked", "state", "session", "what and why")
        output.table(columns, _cells(asked, ("id", "at", "state", "session_id", "text")))
    if held:
        cells = _cells(held, ("id", "at", "scope", "tool", "rule_id", "session_id"))
        output.table(
            ("id", "given", "scope", "tool", "rule", "session"), cells, "What holds until revoked"
        )


def _cells(rows: "Sequence[Mapping[str, Any]]", names: "Sequence[str]") -> list[list[Any]]:
    return [[row[name] for name in names] for row in rows]


@approval.command("grant")
@click.argument("request_id", metavar="ID")
@click.option("--scope", type=click.Choice(SESSIONS), default="once", show_default=True,
              help="This call; all such calls of its session; all such calls.")  # fmt: skip
@click.option("--why", default="", help="Your words, kept with it.")
@home_option
@json_option
def grant(request_id: str, scope: str, why: str, home: Path | None, as_json: bool) -> None:
    """Allow what was asked.

    Wider scopes cover the same tool, backend and model server under the same rule, with whatever
    arguments that rule names; they end when the rule is changed.
    """
    from heuresis.memory import grants
    from heuresis.memory.approval_queue import find_request

    ledger = open_here(read_settings(home)).ledger
    request = find_request(ledger, request_id)
    given = grants.grant(ledger, request, scope, who(), why)
    _tell({"id": given, "request": request.id, "scope": scope}, request, as_json)


@approval.command("deny")
@click.argument("request_id", metavar="ID")
@click.option("--why", default="", help="Your words; the answer quotes them.")
@home_option
@json_option
def deny(request_id: str, why: str, home: Path | None, as_json: bool) -> None:
    """Deny what was asked; approvals given on the same request are revoked."""
    from heuresis.memory import grants
    from heuresis.memory.approval_queue import find_request

    ledger = open_here(read_settings(home)).ledger
    request = find_request(ledger, request_id)
    given = grants.deny(ledger, request, who(), why)
    _tell({"id": given, "request": request.id, "scope": "denied"}, request, as_json)


@approval.command("revoke")
@click.argument("name", metavar="ID")
@click.option("--why", default="", help="Your words, kept with it.")
@home_option
@json_option
def revoke(name: str, why: str, home: Path | None, as_json: bool) -> None:
    """Take back an approval or a denial, by its id or its request's; the next call is asked for."""
    from heuresis.memory import grants
    from heuresis.memory.approval_queue import find_decision

    ledger = open_here(read_settings(home)).ledger
    decision = find_decision(ledger, name)
    grants.revoke(ledger, decision, who(), why)
    if as_json:
        output.emit({"id": decision.id, "scope": decision.scope, "revoked": True})
    else:
        output.line(f"revoked  {decision.id}  ({decision.scope})")


@approval.command("rules")
@click.option("--check", "place", type=click.Path(path_type=Path), metavar="FILE",
              help="Check a file of rules, and that its tools and fields exist.")  # fmt: skip
@home_option
@json_option
def rules(place: Path | None, home: Path | None, as_json: bool) -> None:
    """Print the rules in force, in the order in which they are read."""
    settings = read_settings(home)
    own, shipped = _checked(place) if place else _in_force(settings)
    if as_json:
        lists = (("own", own), ("shipped", shipped))
        output.emit(
            [{"from": name, **one.model_dump(mode="json")} for name, of in lists for one in of]
        )
        return
    if place is not None:
        output.line(f"ok  {len(own)} rules in {place}")
    else:
        output.say(f"your own rules: {settings.own_rules}")
    output.table(
        ("rule", "verdict", "origins", "tool", "when", "why"),
        [[one.id, one.verdict, ", ".join(one.origins), one.tool, _when(one), one.why]
         for one in (*own, *shipped)],
    )  # fmt: skip


def _in_force(settings: "Settings") -> "tuple[Sequence[Rule], Sequence[Rule]]":
    from heuresis.serving.approval.rules import rule_book

    book = rule_book(settings.own_rules)
    return book.rules[: book.n_own], book.rules[book.n_own :]


def _checked(place: Path) -> "tuple[Sequence[Rule], Sequence[Rule]]":
    """Read a file, and look whether every rule can fit anything.

    Raises:
        RequestError: It breaks the form, or names a tool or a field that does not exist.
    """
    from heuresis.serving.approval.checking import check_tools
    from heuresis.serving.approval.rules import read_rules

    found = read_rules(place)
    check_tools(found)
    return found, ()


def _when(rule: "Rule") -> str:
    said = rule.model_dump(
        mode="json",
        include={"arguments", "cost_at_least", "leaves", "files", "released"},
        exclude_defaults=True,
    )
    return ", ".join(f"{name}: {value}" for name, value in said.items())


def who() -> str:
    """Name the person as the operating system does."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in containers
        return "unnamed"


def _tell(given: dict[str, Any], request: Any, as_json: bool) -> None:
    if as_json:
        output.emit({**given, "session": request.session_id, "message": request.message_id})
        return
    output.line(f"{given['scope']}  {given['id']}  {request.text}")
    if request.session_id:
        output.say(f"go on with `heuresis session resume {request.session_id}`")
