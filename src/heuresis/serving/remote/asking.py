"""What is looked at before a remote caller's requests run, and how its jobs are queued."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row

from heuresis.contract import Request
from heuresis.memory import api_keys, jobs
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.principal import Channel, Principal
from heuresis.serving.remote.refusals import BackendMissingError, TooManyError, UnknownError
from heuresis.serving.remote.sight import Sight
from heuresis.tools.registry import AnyTool


def check_call(
    parts: Parts, tool: AnyTool, requests: Sequence[Request], who: Principal, backend: str | None
) -> None:
    """Refuse what would not be run, and count what will.

    Raises:
        RequestError: No such backend, or a file of somebody else.
        BackendMissingError: It cannot run here.
        BudgetError: The key's daily quota is used up.
    """
    _, chosen = parts.lab.way(tool.name, backend)
    missing = chosen.missing()
    if missing is not None:
        raise BackendMissingError(f"tool {tool.name!r}, backend {chosen.name!r}: {missing}")
    Sight(parts.ledger, who).request(requests)
    api_keys.use(parts.ledger, who.key, len(requests))


def queue(  # noqa: PLR0913, PLR0917  # what a job is
    parts: Parts, who: Principal, job_id: str, kind: str, body: str, n_total: int,
    channel: Channel, check: Callable[[], None] = lambda: None,
) -> Row[Any]:  # fmt: skip
    """Queue a job once; asked again with its id, return it as it stands.

    Raises:
        TooManyError: The caller has too many that have not ended.
    """
    try:
        return Sight(parts.ledger, who).job(job_id)
    except UnknownError:
        check()
    limit = parts.limits.open_jobs
    if jobs.n_open(parts.ledger, who.id) >= limit:
        raise TooManyError(f"jobs: allowed: {limit} of one key that have not ended", 5.0)
    row = {"id": job_id, "kind": kind, "key_id": who.id, "channel": channel, "body": body,
           "n_total": n_total}  # fmt: skip
    made = jobs.add(parts.ledger, row)
    parts.crew.wake()
    return made
