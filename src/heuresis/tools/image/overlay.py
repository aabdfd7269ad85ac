"""What a model saw, drawn on the image: masks, boxes and probabilities, with legend and scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.contract import Box, ImageFile
from heuresis.tools.image.pixels import Pixels, as_rgb, image_file

Colour = tuple[int, int, int]
# Told apart also by people who see red and green alike. Source: doi:10.1038/nmeth.1618.
COLOURS: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
INK: Colour = (235, 235, 235)
PAPER: Colour = (24, 24, 24)
OPACITY = 0.45
MIN_WIDTH_PX = 256  # smaller images are enlarged by a whole factor, or a legend would not fit
LINE_PX = 16


@dataclass(frozen=True)
class Layer:
    """One thing to show.

    Attributes:
        name: Words of the legend.
        inside: H x W mask, or H x W probability from 0 to 1 that sets the opacity.
        boxes: Rectangles in pixels of the image.
        colour: None for the next of the palette.
    """

    name: str
    inside: NDArray[Any] | None = None
    boxes: tuple[Box, ...] = ()
    colour: Colour | None = None


def overlay(image: NDArray[Any], layers: Sequence[Layer], name: str, note: str = "") -> ImageFile:
    """Draw layers over an image, with a legend and a scale bar in pixels below.

    Args:
        image: H x W or H x W x 3, uint8 or uint16.
        layers: In drawing order; later ones on top.
        name: File name, ending '.png'.
        note: A line of text under the legend.
    """
    canvas = as_rgb(image)
    colours = [layer.colour or COLOURS[i % len(COLOURS)] for i, layer in enumerate(layers)]
    for layer, colour in zip(layers, colours, strict=True):
        if layer.inside is not None:
            canvas = _tint(canvas, layer.inside, colour)
    factor = -(-MIN_WIDTH_PX // canvas.shape[1])
    canvas = canvas.repeat(factor, axis=0).repeat(factor, axis=1)
    canvas = _with_boxes(canvas, layers, colours, factor)
    keys = [(layer.name, colour) for layer, colour in zip(layers, colours, strict=True)]
    return image_file(np.vstack([canvas, _legend(canvas.shape[1], keys, note, factor)]), name)


def side_by_side(
    panels: Sequence[tuple[str, NDArray[Any]]], name: str, note: str = ""
) -> ImageFile:
    """Put images of one height beside each other, each with its title below.

    Args:
        panels: Title and H x W or H x W x 3 array.
        name: File name, ending '.png'.
        note: A line of text below.
    """
    height = max(array.shape[0] for _, array in panels)
    columns = [_panel(title, as_rgb(array), height) for title, array in panels]
    row = np.hstack(columns)
    if not note:
        return image_file(row, name)
    return image_file(np.vstack([row, _text_strip(row.shape[1], [note])]), name)


def _tint(canvas: Pixels, inside: NDArray[Any], colour: Colour) -> Pixels:
    share = inside.astype(np.float32)[:, :, None] * OPACITY
    mixed = canvas * (1 - share) + np.array(colour, np.float32) * share
    tinted = np.round(mixed).astype(np.uint8)
    if inside.dtype == np.bool_:
        tinted[_rim(inside)] = colour
    return tinted


def _rim(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return pixels of a mask with a 4-neighbour outside of it."""
    core = inside.copy()
    core[1:] &= inside[:-1]
    core[:-1] &= inside[1:]
    core[:, 1:] &= inside[:, :-1]
    core[:, :-1] &= inside[:, 1:]
    return inside & ~core


def _with_boxes(
    canvas: Pixels, layers: Sequence[Layer], colours: Sequence[Colour], factor: int
) -> Pixels:
    from PIL import Image, ImageDraw

    picture = Image.fromarray(np.ascontiguousarray(canvas))
    draw = ImageDraw.Draw(picture)
    for layer, colour in zip(layers, colours, strict=True):
        for box in layer.boxes:
            x1, y1 = box.x1_px * factor - 1, box.y1_px * factor - 1
            draw.rectangle((box.x0_px * factor, box.y0_px * factor, x1, y1), None, colour, 2)
    return np.asarray(picture)


def _legend(width: int, keys: Sequence[tuple[str, Colour]], note: str, factor: int) -> Pixels:
    from PIL import Image, ImageDraw

    lines = len(keys) + bool(note) + 1
    picture = Image.new("RGB", (width, lines * LINE_PX + 6), PAPER)
    draw = ImageDraw.Draw(picture)
    y = 3
    for text, colour in keys:
        draw.rectangle((6, y + 3, 16, y + 12), colour)
        draw.text((22, y + 1), text, INK)
        y += LINE_PX
    bar_px = _round_length(width // factor // 4)
    draw.line((6, y + 8, 6 + bar_px * factor, y + 8), INK, 3)
    draw.text((12 + bar_px * factor, y + 1), f"{bar_px} px", INK)
    if note:
        draw.text((6, y + LINE_PX + 1), note, INK)
    return np.asarray(picture)


def _round_length(limit: int) -> int:
    """Return the largest of 1, 2, 5, 10, ... that is not above the limit."""
    steps = [m * 10**e for e in range(5) for m in (1, 2, 5) if m * 10**e <= limit]
    return max(steps, default=1)


def _panel(title: str, array: Pixels, height: int) -> Pixels:
    pad = np.full((height - array.shape[0], array.shape[1], 3), PAPER, np.uint8)
    return np.vstack([array, pad, _text_strip(array.shape[1], [title])])


def _text_strip(width: int, lines: Sequence[str]) -> Pixels:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (width, len(lines) * LINE_PX + 4), PAPER)
    draw = ImageDraw.Draw(picture)
    for i, text in enumerate(lines):
        draw.text((6, 3 + i * LINE_PX), text, INK)
    return np.asarray(picture)
