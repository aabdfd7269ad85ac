"""What a caller may see: what it began itself; all of it only for `admin` and this computer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from heuresis.contract import FileRef, Request, texts_in
from heuresis.errors import RequestError
from heuresis.memory import jobs, ownership, runs, sessions
from heuresis.memory.ledger import Ledger
from heuresis.memory.originals import originals_among
from heuresis.memory.recall import Hit
from heuresis.serving.remote.principal import Principal
from heuresis.serving.remote.refusals import ScopeError, UnknownError

PUBLIC_KINDS = frozenset(["card"])


class Sight:
    """Looks things up for one caller; what it may not see does not exist.

    Args:
        ledger: Where.
        caller: For whom.
    """

    def __init__(self, ledger: Ledger, caller: Principal) -> None:
        self._ledger = ledger
        self._caller = caller

    def run(self, run_id: str) -> Row[Any]:
        """Return a run's row.

        Raises:
            UnknownError: None, or not this caller's.
        """
        row = runs.get(self._ledger, run_id)
        if row is None or not self._was_given(run_id):
            raise UnknownError(f"run {run_id!r}: got an unknown id")
        return row

    def file(self, digest: str) -> None:
        """Refuse a file that this caller was not given.

        Raises:
            UnknownError: None, or not this caller's.
            ScopeError: It is an original, which may hold names of persons and stays here.
        """
        is_open = self._caller.sees_all
        if not is_open and not ownership.may_read(self._ledger, self._caller.id, digest):
            raise UnknownError(f"file {digest!r}: got an unknown digest")
        if originals_among(self._ledger, [digest]):
            raise ScopeError(
                f"file {digest!r}: got an original, which may name persons, "
                "allowed: files that runs made"
            )

    def request(self, requests: Sequence[Request]) -> None:
        """Refuse requests that name a file of somebody else.

        Raises:
            UnknownError: One does.
        """
        if self._caller.sees_all:
            return
        for digest in {digest for one in requests for digest in texts_in(one, FileRef)}:
            if not ownership.may_read(self._ledger, self._caller.id, digest):
                raise UnknownError(f"file {digest!r}: got an unknown digest")

    def brought(self, digest: str) -> None:
        """Refuse a file that this caller did not bring.

        Raises:
            UnknownError: None, or not this caller's.
        """
        self._owned("file", digest)

    def session(self, session_id: str) -> Row[Any]:
        """Return a session's row.

        Raises:
            UnknownError: None, or not this caller's.
        """
        self._owned("session", session_id)
        try:
            return sessions.get_session(self._ledger, session_id)
        except RequestError as error:
            raise UnknownError(str(error)) from error

    def sessions(self, limit: int) -> Sequence[Row[Any]]:
        """Return this caller's sessions, the newest first."""
        if self._caller.sees_all:
            return sessions.list_sessions(self._ledger, limit)
        ids = ownership.owned(self._ledger, self._caller.id, "session")[:limit]
        return [sessions.get_session(self._ledger, one) for one in ids]

    def campaign(self, campaign_id: str) -> None:
        """Refuse a campaign that is not this caller's.

        Raises:
            UnknownError: None, or not this caller's.
        """
        self._owned("campaign", campaign_id)

    def job(self, job_id: str) -> Row[Any]:
        """Return a job's row.

        Raises:
            UnknownError: None, or not this caller's.
        """
        row = jobs.find(self._ledger, job_id)
        if row is None or not (self._caller.sees_all or row.key_id == self._caller.id):
            raise UnknownError(f"job {job_id!r}: got an unknown id")
        return row

    def hits(self, found: Sequence[Hit]) -> list[Hit]:
        """Return those hits that this caller may see."""
        if self._caller.sees_all:
            return list(found)
        ledger, key_id = self._ledger, self._caller.id
        candidates = [hit.ref for hit in found if hit.kind == "candidate"]
        own = ownership.own_candidates(ledger, key_id, candidates)
        return [
            hit
            for hit in found
            if hit.kind in PUBLIC_KINDS
            or hit.ref in own
            or (hit.kind == "run" and ownership.was_given(ledger, key_id, hit.ref))
        ]

    def _was_given(self, run_id: str) -> bool:
        is_open = self._caller.sees_all
        return is_open or ownership.was_given(self._ledger, self._caller.id, run_id)

    def _owned(self, kind: str, ref: str) -> None:
        is_open = self._caller.sees_all
        if not is_open and not ownership.owns(self._ledger, self._caller.id, kind, ref):
            raise UnknownError(f"{kind} {ref!r}: got an unknown id")
