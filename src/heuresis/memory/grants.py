"""A person's word: grant, deny, revoke. Called by a person's own commands and by nothing else.

No room that a model, a tool or a document can reach imports this file; a test holds that.
"""

from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row

from heuresis.errors import RequestError
from heuresis.memory.approvals import APPROVAL, USE, decisions, of_request
from heuresis.memory.ledger import Ledger, new_id, now

Scope = Literal["once", "session", "always"]
SCOPES: tuple[str, ...] = get_args(Scope)
MAX_WHY = 300  # characters


def grant(ledger: Ledger, request: Row[Any], scope: str, who: str, why: str = "") -> str:
    """Allow what was asked and return the approval's id; a denial of it is revoked.

    Args:
        ledger: Where.
        request: What was asked.
        scope: once: this call; session: calls under the same rule to the same tool, backend and
            server in this conversation; always: the same in every conversation.
        who: The person.
        why: Their words.

    Raises:
        RequestError: No such scope, or one that this request cannot have.
    """
    if scope not in SCOPES:
        raise RequestError(f"scope: got {scope!r}, allowed: {', '.join(SCOPES)}")
    if scope == "session" and request.session_id is None:
        raise RequestError(
            f"scope: got 'session' for a call by {request.asker}, allowed: once, always"
        )
    return _decide(ledger, request, scope, who, why)


def deny(ledger: Ledger, request: Row[Any], who: str, why: str = "") -> str:
    """Deny what was asked, this time and whenever the same is repeated; return the id."""
    return _decide(ledger, request, "denied", who, why)


def revoke(ledger: Ledger, decision: Row[Any], who: str, why: str = "") -> None:
    """Take a decision back; the next call is asked for again."""
    with ledger.write() as connection:
        if any(one.id == decision.id for one in decisions(connection, _is(decision.id))):
            _revoke(ledger, connection, decision, who, why)


def _is(approval_id: str) -> Any:
    return APPROVAL.c.id == approval_id


def _decide(ledger: Ledger, request: Row[Any], scope: str, who: str, why: str) -> str:
    if len(why) > MAX_WHY:
        raise RequestError(f"why: got {len(why)} characters, allowed: up to {MAX_WHY}")
    with ledger.write() as connection:
        for old in decisions(connection, of_request(request.id)):
            if old.scope == scope and not _is_used(connection, old.id):
                return str(old.id)
            if "denied" in (old.scope, scope):
                _revoke(ledger, connection, old, who, why)
        row = _row(request.rule_id, request.coverage, scope, who, why)
        kept = {"session_id": request.session_id, "request_id": request.id}
        ledger.insert_new(connection, APPROVAL, [{**row, **kept}])
        return str(row["id"])


def _is_used(connection: Connection, approval_id: str) -> bool:
    used = USE.select().where(USE.c.approval_id == approval_id)
    return connection.execute(used).first() is not None


def _revoke(ledger: Ledger, connection: Connection, old: Row[Any], who: str, why: str) -> None:
    row = _row(old.rule_id, old.subject, "revoked", who, why)
    kept = {"session_id": old.session_id, "request_id": old.request_id, "revokes_id": old.id}
    ledger.insert_new(connection, APPROVAL, [{**row, **kept}])


def _row(rule_id: str, subject: str, scope: str, who: str, why: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "rule_id": rule_id,
        "subject": subject,
        "scope": scope,
        "session_id": None,
        "who": who,
        "revokes_id": None,
        "request_id": None,
        "why": why,
        "at": now(),
    }
