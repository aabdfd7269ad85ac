"""The tools there are, with what each needs to run; one that cannot be loaded is shown as such."""

from heuresis.errors import RequestError
from heuresis.serving.catalogue import BROKEN, Entry, entries, load, ways
from heuresis.tools import registry

__all__ = ["BROKEN", "Entry", "entries", "load", "nearest", "ways"]


def nearest(name: str) -> RequestError | None:
    """Return an error that suggests similar names, where a name is unknown."""
    from difflib import get_close_matches

    if name in registry.places():
        return None
    near = get_close_matches(name, registry.places(), n=3) or list(registry.places())
    return RequestError(f"tool {name!r}: got an unknown name, allowed: {', '.join(near)}")
