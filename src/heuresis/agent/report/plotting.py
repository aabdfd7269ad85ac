"""How figures look: one style, colours that differ without hue, text as paths."""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from heuresis.agent.report.svg import INK, inline

BLUE, ORANGE, GREEN, GREY = "#2b7bba", "#d55e00", "#009e73", "#8a8f98"
SIZE_IN = (5.0, 3.1)
STYLE = {
    "svg.fonttype": "path",
    "svg.hashsalt": "heuresis",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
}


@dataclass(frozen=True)
class Plot:
    """A figure with its words."""

    title: str
    caption: str
    drawing: Markup
    is_wide: bool = False


def draw(
    name: str, alt: str, paint: Callable[[Any], None], size: tuple[float, float] = SIZE_IN
) -> Markup:
    """Paint a figure and return it as SVG that takes the ink of the page.

    Args:
        name: Prefix of the ids in the drawing, unlike that of other drawings on the page.
        alt: What it shows, for those who cannot see it.
        paint: Draws into a matplotlib Figure.
        size: Width and height in inches.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a unit in a script the font lacks
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, dpi=150, metadata={"Date": None})
    return inline(text.getvalue(), name, alt)
