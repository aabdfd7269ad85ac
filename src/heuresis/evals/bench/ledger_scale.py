"""Does the ledger stay fast? Inserts and queries at 10^4, 10^5 and 10^6 quantities.

Fairness. Three ledgers of different size lie side by side and are asked in turns, so the growth is
a ratio within one run: p95 of the largest over p95 of the smallest, 200 calls each. Runs enter by
`runs.lease` and `runs.finish` in batches of 1000 runs with 20 quantities each, call and outbox row
included; every 100 runs belong to a campaign.

The three commonest queries, by who asks: `runs.find` (every lab call, twice), `campaigns.view`
(every node of the loop), `runs.quantities_of` (every number shown). Three that could grow are
measured beside them: `runs.fresh_calls` (once a round), and `trace` of a number as printed and of
an id. On a busy machine p95 is the scheduler's; the growth of the median processor time, told
beside, is the ledger's own.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from heuresis.evals.bench.measure import Action, alternate, quantile
from heuresis.evals.bench.row import Row, against_goal, against_peer
from heuresis.evals.bench.synthetic_ledger import Filled, fill
from heuresis.evals.bench.workplace import temporary_settings
from heuresis.memory import campaigns, runs
from heuresis.memory.ledger import Ledger
from heuresis.memory.trace import trace

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (2_000, 20_000)
CALLS, QUICK_CALLS, WARM_CALLS = 200, 30, 10
MAX_GROWTH = 3.0
CPU_SHARE = 5  # one in five calls is repeated for its processor time
SEED = 11

Seconds = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Stock:
    """A filled ledger, and chance of its own."""

    ledger: Ledger
    filled: Filled
    rng: random.Random

    def find(self, _: int) -> None:
        """Look one run up by its key."""
        with self.ledger.read() as connection:
            runs.find(connection, [self.rng.choice(self.filled.keys)])

    def view(self, _: int) -> None:
        """Read a campaign's 100 candidates with verdicts and values."""
        campaigns.view(self.ledger, self.rng.choice(self.filled.campaign_ids))

    def quantities(self, _: int) -> None:
        """Read the 20 numbers of a run."""
        runs.quantities_of(self.ledger, self.rng.choice(self.filled.run_ids))

    def fresh_calls(self, _: int) -> None:
        """Count what a campaign has spent."""
        campaign_id = self.rng.choice(self.filled.campaign_ids)
        runs.fresh_calls(self.ledger, campaign_id, "")

    def number(self, _: int) -> None:
        """Trace a number back from seven printed digits."""
        trace(self.ledger, f"{self.rng.choice(self.filled.values):.6e}")

    def run(self, _: int) -> None:
        """Trace a run by its id."""
        trace(self.ledger, self.rng.choice(self.filled.run_ids))


QUERIES: Mapping[str, tuple[str, Callable[[Stock], Action]]] = {
    "find": ("find a run by key", lambda stock: stock.find),
    "view": ("candidates and values of a campaign", lambda stock: stock.view),
    "quantities": ("quantities of a run", lambda stock: stock.quantities),
    "fresh_calls": ("fresh calls of a campaign", lambda stock: stock.fresh_calls),
    "number": ("trace a printed number", lambda stock: stock.number),
    "run": ("trace a run by its id", lambda stock: stock.run),
}
COMMONEST = ("find", "view", "quantities")


def measure(*, quick: bool) -> list[Row]:
    """Fill the ledgers, then ask them in turns."""
    sizes = QUICK_SIZES if quick else SIZES
    with _stocks(sizes) as stocks:
        rows = [_insert_row(stocks[max(sizes)], max(sizes))]
        for name, (what, ask) in QUERIES.items():
            actions = {str(size): ask(stock) for size, stock in stocks.items()}
            alternate(actions, WARM_CALLS)
            n_calls = QUICK_CALLS if quick else CALLS
            wall = alternate(actions, n_calls)
            cpu = alternate(actions, n_calls // CPU_SHARE, clock=time.process_time)
            rows.append(_query_row(name, what, wall, cpu))
    return rows


@contextmanager
def _stocks(sizes: tuple[int, ...]) -> Iterator[dict[int, Stock]]:
    with temporary_settings() as settings:
        stocks = {}
        for size in sizes:
            ledger = Ledger(f"sqlite:///{settings.home / f'ledger-{size}.sqlite3'}")
            stocks[size] = Stock(ledger, fill(ledger, size, SEED), random.Random(SEED))
        try:
            yield stocks
        finally:
            for stock in stocks.values():
                stock.ledger.close()


def _insert_row(stock: Stock, size: int) -> Row:
    """Compare the last tenth of the largest ledger with its first."""
    tenth = max(1, len(stock.filled.batches) // 10)
    first = stock.filled.insert_us(0, tenth)
    last = stock.filled.insert_us(-tenth, len(stock.filled.batches))
    return against_peer(
        "ledger_scale.insert",
        f"insert a quantity at {size:,}",
        [last],
        ("its first tenth", [first]),
        "µs",
        needed=None,
        note=f"{1e6 / last:,.0f} quantities/s, then {1e6 / first:,.0f}/s at the beginning",
    )


def _query_row(name: str, what: str, wall: Seconds, cpu: Seconds) -> Row:
    p95_ms = {size: 1000 * quantile(each, 0.95) for size, each in wall.items()}
    told = " -> ".join(f"{ms:.2f}" for ms in p95_ms.values())
    busy = _growth(cpu, 0.5)
    more = "" if name in COMMONEST else "; not of the commonest three"
    row = against_goal(
        f"ledger_scale.{name}",
        f"{what}: growth of p95",
        [_growth(wall, 0.95)],
        MAX_GROWTH,
        "x",
        note=f"p95 {told} ms; median processor time grows {busy:.2f}x{more}",
        details={
            "growth_of_median": _growth(wall, 0.5),
            "growth_of_median_processor_time": busy,
            **{f"p95_ms at {size}": ms for size, ms in p95_ms.items()},
            **{f"p50_ms at {size}": 1000 * quantile(each, 0.5) for size, each in wall.items()},
        },
    )
    return row.model_copy(update={"n": min(len(each) for each in wall.values())})


def _growth(seconds: Seconds, share: float) -> float:
    """Divide a quantile at the largest size by the same at the smallest."""
    smallest, *_, largest = seconds.values()
    return quantile(largest, share) / quantile(smallest, share)
