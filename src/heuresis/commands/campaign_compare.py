"""`heuresis campaign compare`: run the arms, write the page, print the differences."""

from typing import Any

from heuresis.agent.campaign import check
from heuresis.agent.compare import Watch, compare
from heuresis.agent.report.comparison import rows, write_comparison
from heuresis.agent.spec import CampaignSpec
from heuresis.agent.state import Progress
from heuresis.commands import output
from heuresis.settings import Settings


def compared(spec: CampaignSpec, settings: Settings, n_seeds: int) -> dict[str, Any]:
    """Run all arms and write the comparison under the home.

    Raises:
        RequestError: The campaign cannot be judged by the tools that exist.
    """
    check(spec)
    folder = settings.home / "comparisons" / f"{spec.name}-{spec.digest()[:12]}"
    seeds = range(spec.seed, spec.seed + n_seeds)
    with output.progress() as bars:
        found = compare(spec, settings, folder, seeds, _watch(bars, n_seeds))
    page = write_comparison(found, folder)
    return {
        "name": found.name,
        "calls_per_arm": found.n_calls,
        "differences": rows(found),
        "page": str(page),
    }


def _watch(bars: Any, n_seeds: int) -> Watch:
    bar = bars.add_task("starting", total=None)
    begun: set[tuple[str, int]] = set()

    def show(arm: str, seed: int, progress: Progress) -> None:
        begun.add((arm, seed))
        text = f"{arm}, seed {seed}, round {progress.round}: {progress.text}"
        bars.update(bar, description=text, completed=len(begun) - 1, total=6 * n_seeds)

    return show


def show_comparison(found: dict[str, Any]) -> None:
    """Print the differences, then where the page is."""
    columns = ("metric", "arms", "median", "interval", "seeds", "verdict")
    output.table(
        columns,
        [
            [row["metric"], row["arms"], f"{row['median']:+.3f}",
             f"{row['low']:+.3f} to {row['high']:+.3f}", row["seeds"], row["verdict"]]
            for row in found["differences"]
        ],
        title=f"{found['name']}: {found['calls_per_arm']} measured candidates in each arm",
    )  # fmt: skip
    output.line(f"page: {found['page']}")
