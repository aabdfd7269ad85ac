"""`heuresis claim`: state sentences about the world, cite runs for and against them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import output
from heuresis.commands.opened import home_option, json_option, lab_at

if TYPE_CHECKING:
    from heuresis.commands.fields import Fields


class Adding(click.Command):
    """`claim add`: its options are the fields of a claim, and are made when it is called."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own options and one per field of a claim."""
        if not any(one.name and one.name.startswith("field_") for one in self.params):
            self.params = [*_fields().options(), *self.params]
        return super().get_params(ctx)


def _fields() -> "Fields":
    from heuresis.commands.fields import Fields
    from heuresis.memory.claims import NewClaim

    return Fields(NewClaim)


@click.group("claim")
def claim() -> None:
    """State claims; cite runs for and against.

    A claim is named by its id or the beginning of it.
    """


@claim.command("list")
@click.option("--contested", is_flag=True, help="Only those with evidence on both sides.")
@home_option
@json_option
def list_claims(contested: bool, home: Path | None, as_json: bool) -> None:
    """List claims with status and counts of evidence."""
    from heuresis.memory import claims

    found = claims.list_claims(lab_at(home).ledger, contested=contested)
    if as_json:
        output.emit(found)
        return
    columns = ("id", "status", "supports", "contradicts", "text")
    output.table(columns, [[one[name] for name in columns] for one in found])


@claim.command("show")
@click.argument("claim_id", metavar="ID")
@home_option
@json_option
def show(claim_id: str, home: Path | None, as_json: bool) -> None:
    """Show a claim with both sides of its evidence and the history of its status."""
    from heuresis.commands.memory_show import print_claim
    from heuresis.memory import claims
    from heuresis.memory.lookup import find

    ledger = lab_at(home).ledger
    found = claims.show(ledger, find(ledger, claim_id, "claim").id)
    if as_json:
        output.emit(found)
    else:
        print_claim(found)


@claim.command("add", cls=Adding)
@home_option
@json_option
def add(home: Path | None, as_json: bool, **named: Any) -> None:
    """State a claim; it begins as proposed.

    With --test, every later run that answers it speaks for or against the claim by itself:
    '{"tool": "molecule.describe", "request_holds": "CCO", "path": "log_p", "sign": "<",
    "threshold": 0, "unit": "1"}'.
    """
    from pydantic import ValidationError

    from heuresis.agent.spec import explain_fields
    from heuresis.errors import RequestError
    from heuresis.memory import claims
    from heuresis.memory.lookup import find

    try:
        new = claims.NewClaim.model_validate(_fields().given(named))
    except ValidationError as error:
        raise RequestError(f"claim: {explain_fields(error)}") from error
    ledger = lab_at(home).ledger
    if new.supersedes_id is not None:
        whole = find(ledger, new.supersedes_id, "claim").id
        new = new.model_copy(update={"supersedes_id": whole})
    claim_id = claims.state(ledger, new)
    if as_json:
        output.emit({"id": claim_id, "status": "proposed"})
    else:
        output.line(f"proposed  {claim_id}")


@claim.command("test")
@click.argument("claim_id", metavar="ID")
@home_option
@json_option
def test(claim_id: str, home: Path | None, as_json: bool) -> None:
    """Gather evidence now: ask the tool of the claim's test, and let all runs speak.

    What was asked before of the same version and backend is found, not asked again.
    """
    from heuresis.agent.assistant.claiming import gather
    from heuresis.commands.memory_show import print_claim
    from heuresis.memory.lookup import find

    lab = lab_at(home)
    found = gather(lab, find(lab.ledger, claim_id, "claim").id)
    for why in found["silent"]:
        output.say(f"no evidence: {why}")
    if as_json:
        output.emit(found)
    else:
        print_claim(found)


@claim.command("cite")
@click.argument("claim_id", metavar="CLAIM")
@click.argument("run_id", metavar="RUN")
@click.argument("path")
@click.option("--supports/--contradicts", "is_support", default=None,
              help="What that number of that run says of the claim.")  # fmt: skip
@home_option
@json_option
def cite(  # noqa: PLR0913, PLR0917  # click gives each option an argument
    claim_id: str, run_id: str, path: str, is_support: bool | None, home: Path | None, as_json: bool
) -> None:
    """Add one number of a run as evidence; the claim's status follows."""
    from heuresis.memory import claims
    from heuresis.memory.lookup import find

    if is_support is None:
        raise click.UsageError("got no side, allowed: --supports or --contradicts")
    ledger = lab_at(home).ledger
    claim_id, run_id = find(ledger, claim_id, "claim").id, find(ledger, run_id, "run").id
    status = claims.cite(ledger, claim_id, run_id, path,
                         "supports" if is_support else "contradicts")  # fmt: skip
    if as_json:
        output.emit({"id": claim_id, "status": status})
    else:
        output.line(f"{status}  {claim_id}")
