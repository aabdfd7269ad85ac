"""Let the search index catch up before it is asked."""

from heuresis.commands import output
from heuresis.errors import ServiceError
from heuresis.memory.recall import Recall


def catch_up(recall: Recall) -> None:
    """Index what waits; where that fails, the older index still answers and a note says so."""
    waiting = recall.backlog()
    if not waiting:
        return
    try:
        with output.progress() as bars:
            bar = bars.add_task("indexing", total=waiting)
            recall.drain(lambda n: bars.advance(bar, n))
    except ServiceError as error:
        output.say(f"note: {waiting} texts are not indexed yet: {error}")
