"""Which models fit into the memory of the accelerators: who is in, who waits, who never fits.

Pure bookkeeping. Time is told, nothing is measured here; memory is what the configuration declares.
The queue is first come, first served: a small model does not overtake a large one, or the large
one would wait for ever.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["placed", "queued", "refused"]
FORGOTTEN_S = 30.0  # who waits asks again sooner; a caller that died must not block the queue


@dataclass(frozen=True)
class Decision:
    """What a model is told that wants room.

    Attributes:
        verdict: Whether it may load now.
        reason: Why not, in words; empty when placed.
        position: Place in the queue, from 1; 0 when not queued.
        estimate_s: Seconds until there is room, if nobody calls those that are in meanwhile.
    """

    verdict: Verdict
    reason: str = ""
    position: int = 0
    estimate_s: float = 0.0


@dataclass
class _Resident:
    accelerator: int
    memory_mb: int
    used_at_s: float
    idle_s: float

    def leaves_at_s(self) -> float:
        return self.used_at_s + self.idle_s


@dataclass
class _Waiting:
    memory_mb: int
    asked_at_s: float


@dataclass
class Placement:
    """The book of one cluster.

    Attributes:
        accelerators_mb: Memory for models, by accelerator.
    """

    accelerators_mb: Sequence[int]
    _residents: dict[str, _Resident] = field(default_factory=dict)
    _queue: dict[str, _Waiting] = field(default_factory=dict)  # in order of arrival

    def ask(self, name: str, memory_mb: int, idle_s: float, now_s: float) -> Decision:
        """Ask for room for a model, or note that one inside is used.

        Args:
            name: Of the deployment.
            memory_mb: What it needs, loaded.
            idle_s: Seconds after its last call at which it leaves.
            now_s: The time.
        """
        largest = max(self.accelerators_mb, default=0)
        if memory_mb > largest:
            return Decision(
                "refused",
                f"needs {memory_mb} MB of accelerator memory, allowed: {largest} MB, the largest "
                "accelerator",
            )
        if name in self._residents:
            self._residents[name].used_at_s = now_s
            return Decision("placed")
        self._forget(now_s)
        self._queue.setdefault(name, _Waiting(memory_mb, now_s)).asked_at_s = now_s
        return self._serve(name, memory_mb, idle_s, now_s)

    def _serve(self, name: str, memory_mb: int, idle_s: float, now_s: float) -> Decision:
        position = [*self._queue].index(name) + 1
        place = self._room(memory_mb) if position == 1 else None
        if place is None:
            estimate_s = self._estimate_s(name, now_s)
            free = ", ".join(f"{mb} MB" for mb in self.free_mb())
            reason = (
                f"needs {memory_mb} MB of accelerator memory, free: {free}; place {position} in "
                f"the queue, about {estimate_s:.0f} s"
            )
            return Decision("queued", reason, position, estimate_s)
        del self._queue[name]
        self._residents[name] = _Resident(place, memory_mb, now_s, idle_s)
        return Decision("placed")

    def keep(self, present: Collection[str], now_s: float, grace_s: float) -> None:
        """Drop those that are gone from the cluster; the just placed are given time to appear."""
        for name, one in [*self._residents.items()]:
            if name not in present and now_s - one.used_at_s > grace_s:
                del self._residents[name]

    def give_up(self, name: str) -> None:
        """Take a model out of the queue; one that is in stays."""
        self._queue.pop(name, None)

    def free_mb(self) -> list[int]:
        """Return what is free, by accelerator."""
        free = [*self.accelerators_mb]
        for one in self._residents.values():
            free[one.accelerator] -= one.memory_mb
        return free

    def residents(self) -> dict[str, tuple[int, int]]:
        """Return accelerator and memory in MB of who is in."""
        return {name: (one.accelerator, one.memory_mb) for name, one in self._residents.items()}

    def waiting(self) -> list[str]:
        """Return who waits, in order."""
        return [*self._queue]

    def _room(self, memory_mb: int) -> int | None:
        """Return the accelerator on which the least is left over: large gaps stay for the large."""
        fits = [(mb, i) for i, mb in enumerate(self.free_mb()) if mb >= memory_mb]
        return min(fits)[1] if fits else None

    def _estimate_s(self, name: str, now_s: float) -> float:
        """Play forward: residents leave when idle, those before are served first."""
        free = self.free_mb()
        leaving = sorted(self._residents.values(), key=_Resident.leaves_at_s)
        at_s = now_s
        for other, want in self._queue.items():
            while not (fits := [(mb, i) for i, mb in enumerate(free) if mb >= want.memory_mb]):
                if not leaving:
                    return at_s - now_s  # those before would have to leave first: at least this
                gone = leaving.pop(0)
                at_s = max(at_s, gone.leaves_at_s())
                free[gone.accelerator] += gone.memory_mb
            if other == name:
                break
            free[min(fits)[1]] -= want.memory_mb
        return at_s - now_s

    def _forget(self, now_s: float) -> None:
        for name, want in [*self._queue.items()]:
            if now_s - want.asked_at_s > FORGOTTEN_S:
                del self._queue[name]
