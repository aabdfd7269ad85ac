"""Who may come in: keys checked, wrong ones counted, requests kept to what a key may make."""

import hashlib
import threading
import time
from dataclasses import dataclass, field

from heuresis.memory import api_keys
from heuresis.memory.api_keys import KeyView
from heuresis.memory.ledger import Ledger
from heuresis.serving.remote.principal import Principal, of_key, of_this_computer
from heuresis.serving.remote.refusals import KeylessError, TooManyError

REMEMBERED_S = 1.0  # so long may a revoked key still work
WRONG_PER_MINUTE = 30  # wrong keys from one address; right ones are let in all the same
MAX_REMEMBERED = 10_000
HOW = "send `Authorization: Bearer KEY`; `heuresis key create` makes one"


@dataclass
class _Bucket:
    """Fills by the minute; a call takes one out of it."""

    per_minute: int
    level: float
    at_s: float = field(default_factory=time.monotonic)

    def take(self) -> float:
        """Take one, and return 0; or the seconds until there is one."""
        now_s = time.monotonic()
        gained = (now_s - self.at_s) * self.per_minute / 60
        self.level, self.at_s = min(float(self.per_minute), self.level + gained), now_s
        if self.level < 1:
            return (1 - self.level) * 60 / self.per_minute
        self.level -= 1
        return 0.0


class Doorkeeper:
    """Admits callers; safe to share between threads.

    Rates are kept per process, daily quotas in the ledger.

    Args:
        ledger: Where keys are.
        keyless: Whether callers without a key are let in as long as no key was ever made.
    """

    def __init__(self, ledger: Ledger, *, keyless: bool) -> None:
        self._ledger = ledger
        self._keyless = keyless
        self._guard = threading.Lock()
        self._known: dict[bytes, tuple[KeyView | None, float]] = {}
        self._wrong: dict[str, _Bucket] = {}
        self._rates: dict[str, _Bucket] = {}

    def known(self, authorization: str | None) -> Principal | None:
        """Return who was let in with the same header a moment ago, without asking the ledger."""
        if authorization is None:
            return None
        found = self._known.get(_name(authorization))
        if found is None or found[1] < time.monotonic() or found[0] is None:
            return None
        return of_key(found[0])

    def admit(self, authorization: str | None, address: str) -> Principal:
        """Return who it is.

        Raises:
            KeylessError: Nobody who may come in.
            TooManyError: Too many wrong keys came from the address.
        """
        if authorization is None:
            return self._without_key()
        kind, _, text = authorization.partition(" ")
        key = api_keys.verify(self._ledger, text) if kind.lower() == "bearer" else None
        if key is None:
            self._count_wrong(address)
            raise KeylessError(f"key: got one that is wrong, unknown or revoked; {HOW}")
        with self._guard:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[_name(authorization)] = (key, time.monotonic() + REMEMBERED_S)
        return of_key(key)

    def count(self, caller: Principal) -> None:
        """Count a request.

        Raises:
            TooManyError: The key has none left for now.
        """
        limit = caller.key.calls_per_minute
        wait_s = self._take(self._rates, caller.id, limit)
        if wait_s:
            raise TooManyError(f"key {caller.id}: allowed: {limit} requests a minute", wait_s)

    def _without_key(self) -> Principal:
        if self._keyless and not api_keys.are_any(self._ledger):
            return of_this_computer()
        raise KeylessError(f"key: got none, allowed: callers with one; {HOW}")

    def _count_wrong(self, address: str) -> None:
        wait_s = self._take(self._wrong, address, WRONG_PER_MINUTE)
        if wait_s:
            raise TooManyError(
                f"keys: allowed: {WRONG_PER_MINUTE} wrong ones a minute from one address", wait_s
            )

    def _take(self, buckets: dict[str, _Bucket], name: str, per_minute: int) -> float:
        with self._guard:
            if len(buckets) >= MAX_REMEMBERED and name not in buckets:
                _drop_full(buckets)
            bucket = buckets.setdefault(name, _Bucket(per_minute, float(per_minute)))
            return bucket.take()


def _name(authorization: str) -> bytes:
    return hashlib.sha256(authorization.encode(errors="surrogateescape")).digest()


def _drop_full(buckets: dict[str, _Bucket]) -> None:
    """Make room: what is full again by now goes first, then the older half."""
    idle_since_s = time.monotonic() - 60
    for name in [name for name, one in buckets.items() if one.at_s < idle_since_s]:
        del buckets[name]
    if len(buckets) >= MAX_REMEMBERED:
        for name in list(buckets)[: len(buckets) // 2]:
            del buckets[name]
