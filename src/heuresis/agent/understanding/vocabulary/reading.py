"""The word lists that ship with the package, read once."""

from functools import cache
from importlib import resources
from typing import Any

import yaml

_HERE = "heuresis.agent.understanding.vocabulary"


@cache
def english() -> frozenset[str]:
    """Return common English words, lower case; they are no formulas and no typing errors."""
    return frozenset(_text("english.txt").split())


@cache
def named_molecules() -> dict[str, tuple[str, str]]:
    """Return formula and SMILES by common name, lower case."""
    lines = [line for line in _text("names.txt").splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    return {
        name.strip(): (formula, smiles) for formula, smiles, names in rows
        for name in names.split(";")
    }  # fmt: skip


@cache
def table(name: str) -> Any:
    """Return one of the YAML files."""
    return yaml.safe_load(_text(f"{name}.yaml"))


@cache
def glue() -> frozenset[str]:
    """Return words that carry no meaning of their own here."""
    return frozenset(_text("glue.txt").split())


def _text(name: str) -> str:
    return resources.files(_HERE).joinpath(name).read_text(encoding="utf-8")
