"""The lab's fixtures, for tools that read files from a vault."""

from fixtures_lab import home, lab, make_lab, store

__all__ = ["home", "lab", "make_lab", "store"]
