"""Keys, quotas and promised ids: kept as digests, counted across processes, promised once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from heuresis.errors import BudgetError, RequestError
from heuresis.memory import api_keys, ownership
from heuresis.memory.ledger import Ledger

pytestmark = pytest.mark.both_stores


def test_a_key_is_known_by_its_text_and_by_nothing_near_it(ledger: Ledger) -> None:
    made, text = api_keys.create(ledger, "a", ["read"])
    assert api_keys.verify(ledger, text) == made
    other = api_keys.create(ledger, "b", ["read"])[1]
    mixed = "_".join([*text.split("_")[:2], other.split("_", 2)[2]])
    for wrong in (text[:-1], text + "x", text.lower(), mixed, "", f" {text}", f"{text}\n"):
        assert api_keys.verify(ledger, wrong) is None


@pytest.mark.parametrize(
    ("scopes", "name", "limit"),
    [((), "a", 1), (("root",), "a", 1), (("read",), "", 1), (("read",), "a", 0)],
)
def test_a_key_that_makes_no_sense_is_refused(
    ledger: Ledger, scopes: tuple[str, ...], name: str, limit: int
) -> None:
    with pytest.raises(RequestError, match="allowed"):
        api_keys.create(ledger, name, scopes, calls_per_minute=limit)
    assert not api_keys.are_any(ledger)


def test_a_daily_quota_is_never_overdrawn_by_callers_at_once(ledger: Ledger) -> None:
    key, _ = api_keys.create(ledger, "a", ["run"], runs_per_day=10)

    def take(_: int) -> int:
        try:
            api_keys.use(ledger, key, 3)
        except BudgetError:
            return 0
        return 3

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(12))) == 9
    api_keys.use(ledger, key, 1)
    with pytest.raises(BudgetError, match="allowed: 10 a day"):
        api_keys.use(ledger, key, 1)


def test_a_promise_is_the_same_for_the_same_request_only(ledger: Ledger) -> None:
    first = ownership.reserve(ledger, "k", "once", b"body")
    assert ownership.reserve(ledger, "k", "once", b"body") == first
    assert ownership.reserve(ledger, "other", "once", b"else") != first
    with pytest.raises(RequestError, match="another request"):
        ownership.reserve(ledger, "k", "once", b"else")


def test_callers_at_once_are_promised_the_same(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: ownership.reserve(ledger, "k", "one", b"b"), range(20)))
    assert len(ids) == 1


def test_an_id_that_begins_like_another_owns_nothing_of_it(ledger: Ledger) -> None:
    ownership.own(ledger, "AB", "session", "s")
    assert ownership.owns(ledger, "AB", "session", "s")
    assert not ownership.owns(ledger, "A", "session", "s")
    assert not ownership.owns(ledger, "AB", "campaign", "s")
