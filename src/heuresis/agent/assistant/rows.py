"""Rows of tables in Markdown, whose cells may hold references."""

import re
from collections.abc import Sequence

_BAR = re.compile(r"\{\{[^{}]*\}\}|\|")


def row(cells: Sequence[str]) -> str:
    """Return one row; a bar that is no part of a reference would end its cell."""
    plain = (_BAR.sub(lambda m: "/" if m[0] == "|" else m[0], cell) for cell in cells)
    return f"| {' | '.join(plain)} |"
