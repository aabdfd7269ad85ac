"""Keys of the API: made once, shown once, stored as digests, limited and revocable.

A key's secret is 256 random bits, so there is nothing to guess that a slow hash would protect:
one SHA-256 is enough, and costs a caller nothing (design/009).
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from sqlalchemy import Row, Table, func, insert, select, update

from heuresis.errors import BudgetError, RequestError
from heuresis.memory import remote_tables
from heuresis.memory.ledger import Ledger, new_id, now

API_KEY: Table = remote_tables.ApiKey.__table__  # type: ignore[attr-defined]  # set by SQLModel
KEY_USE: Table = remote_tables.KeyUse.__table__  # type: ignore[attr-defined]  # as above

Scope = Literal["read", "run", "campaign", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "heu"
SECRET_BYTES = 32
CALLS_PER_MINUTE = 600
WRITTEN = re.compile(rf"{PREFIX}_([0-9A-HJKMNP-TV-Z]{{26}})_([A-Za-z0-9_-]{{43}})")
MAX_NAME_CHARS = 80


@dataclass(frozen=True)
class KeyView:
    """One key, without its secret.

    Attributes:
        id: ULID.
        name: What a person calls it.
        scopes: What it may do; `admin` includes the others.
        calls_per_minute: Requests of any kind.
        runs_per_day: Requests to tools; None for any number.
        created_at: UTC.
        revoked_at: UTC; None while it is good.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    calls_per_minute: int
    runs_per_day: int | None
    created_at: str
    revoked_at: str | None


def create(
    ledger: Ledger,
    name: str,
    scopes: Iterable[str],
    *,
    calls_per_minute: int = CALLS_PER_MINUTE,
    runs_per_day: int | None = None,
) -> tuple[KeyView, str]:
    """Make a key and return it with its text, which is not stored and cannot be shown again.

    Raises:
        RequestError: A scope is unknown, or a limit or the name is wrong.
    """
    wanted = frozenset(scopes)
    if not wanted or not wanted <= set(SCOPES):
        raise RequestError(f"scopes: got {sorted(wanted)}, allowed: some of {', '.join(SCOPES)}")
    if not 0 < len(name) <= MAX_NAME_CHARS:
        raise RequestError(f"name: got {len(name)} letters, allowed: 1 to {MAX_NAME_CHARS}")
    if calls_per_minute < 1 or (runs_per_day is not None and runs_per_day < 1):
        raise RequestError(
            f"limits: got {calls_per_minute} calls a minute and {runs_per_day} runs a day, "
            "allowed: 1 or more"
        )
    secret = secrets.token_urlsafe(SECRET_BYTES)
    row = {
        "id": new_id(),
        "name": name,
        "secret_digest": _digest(secret),
        "scopes": " ".join(scope for scope in SCOPES if scope in wanted),
        "calls_per_minute": calls_per_minute,
        "runs_per_day": runs_per_day,
        "created_at": now(),
        "revoked_at": None,
    }
    with ledger.write() as connection:
        connection.execute(insert(API_KEY), [row])
    return get(ledger, str(row["id"])), f"{PREFIX}_{row['id']}_{secret}"


def verify(ledger: Ledger, text: str) -> KeyView | None:
    """Return the key that a caller showed; None where it is wrong, unknown or revoked."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        return None
    with ledger.read() as connection:
        row = connection.execute(select(API_KEY).where(API_KEY.c.id == found[1])).one_or_none()
    stored = row.secret_digest if row is not None else ""
    if not hmac.compare_digest(stored, _digest(found[2])) or row is None:
        return None
    return None if row.revoked_at else _view(row)


def get(ledger: Ledger, key_id: str) -> KeyView:
    """Return one key.

    Raises:
        RequestError: There is none of that id.
    """
    with ledger.read() as connection:
        row = connection.execute(select(API_KEY).where(API_KEY.c.id == key_id)).one_or_none()
    if row is None:
        raise RequestError(f"key {key_id!r}: got an unknown id, see `heuresis key list`")
    return _view(row)


def list_all(ledger: Ledger) -> Sequence[KeyView]:
    """Return all keys, revoked ones too, the newest first."""
    with ledger.read() as connection:
        rows = connection.execute(select(API_KEY).order_by(API_KEY.c.id.desc())).all()
    return [_view(row) for row in rows]


def are_any(ledger: Ledger, *, good: bool = False) -> bool:
    """Whether a key was ever made; or, if asked so, whether one is good now."""
    query = select(func.count()).select_from(API_KEY)
    if good:
        query = query.where(API_KEY.c.revoked_at.is_(None))
    with ledger.read() as connection:
        return bool(connection.execute(query).scalar_one())


def revoke(ledger: Ledger, key_id: str) -> KeyView:
    """End a key for good; a second time changes nothing.

    Raises:
        RequestError: There is none of that id.
    """
    with ledger.write() as connection:
        connection.execute(
            update(API_KEY)
            .where(API_KEY.c.id == key_id, API_KEY.c.revoked_at.is_(None))
            .values(revoked_at=now())
        )
    return get(ledger, key_id)


def use(ledger: Ledger, key: KeyView, n_runs: int) -> None:
    """Take runs from a key's daily quota, in all processes together.

    Raises:
        BudgetError: Too few are left; none was taken.
    """
    if key.runs_per_day is None:
        return
    today = datetime.now(UTC).date().isoformat()
    first = {"key_id": key.id, "day": today, "n_runs": 0}
    with ledger.write() as connection:
        ledger.insert_new(connection, KEY_USE, [first])
        changed = connection.execute(
            update(KEY_USE)
            .where(KEY_USE.c.key_id == key.id, KEY_USE.c.day == today)
            .where(KEY_USE.c.n_runs + n_runs <= key.runs_per_day)
            .values(n_runs=KEY_USE.c.n_runs + n_runs)
        )
        taken = changed.rowcount == 1
    if not taken:
        raise BudgetError(
            f"key {key.id}: got {n_runs} more runs today, allowed: {key.runs_per_day} a day (UTC)"
        )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _view(row: Row[tuple[object, ...]]) -> KeyView:
    return KeyView(
        id=row.id,
        name=row.name,
        scopes=frozenset(row.scopes.split()),
        calls_per_minute=row.calls_per_minute,
        runs_per_day=row.runs_per_day,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
