"""Heuresis: a closed-loop scientific assistant whose numbers trace to runs."""

from importlib.metadata import version

__version__ = version("heuresis")
