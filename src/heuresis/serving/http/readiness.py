"""Which of the parts that a server rests on can do their work now."""

from collections.abc import Callable, Mapping

from heuresis.serving.host import Host, Watched
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.recent import PATIENCE_S, Recent

OK = "ok"
SILENT = f"no answer within {PATIENCE_S:g} s"


class Readiness:
    """Looks at ledger, vault, host, jobs and index.

    Without the first four no run can be made. Without the index search alone fails, and says so
    itself: taking every server out of service for it would make a small failure a large one.

    Args:
        parts: What is looked at.
    """

    def __init__(self, parts: Parts) -> None:
        lab = parts.lab
        asked: Mapping[str, Callable[[], str]] = {
            "ledger": lab.ledger.fault,
            "vault": lab.vault.fault,
            "host": lambda: _of_host(lab.host),
        }
        self._looked_at = {name: Recent(ask, SILENT) for name, ask in asked.items()}
        self._index = Recent(parts.recall.fault, SILENT)
        self._crew = parts.crew

    def faults(self) -> dict[str, str]:
        """Return what is wrong with each part that is needed; '' where nothing is."""
        for one in self._looked_at.values():
            one.begin()
        self._index.begin()
        found = {name: one.get() for name, one in self._looked_at.items()}
        return {**found, "jobs": "" if self._crew.is_working() else "not done"}

    def index(self) -> str:
        """Return how the index stands, which is not needed."""
        return self._index.get() or OK


def _of_host(host: Host) -> str:
    return host.fault() if isinstance(host, Watched) else ""
