"""Heuresis: a closed-loop scientific assistant whose numbers trace to runs."""


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: reading it takes longer than all of `--help`."""
    if name != "__version__":
        raise AttributeError(f"module 'heuresis' has no attribute {name!r}")
    from importlib.metadata import version

    return version("heuresis")
