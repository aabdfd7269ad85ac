"""Ways to mark vessels without a network: formulas, a reader, another eye's vessels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heuresis.evals.imaging.vessel_sets import Photograph
from heuresis.tools.medical.serp_mamba.preparation import Floats, Mask, View, prepare, resized
from heuresis.tools.medical.serp_mamba.ridge import THRESHOLD, ridges
from heuresis.tools.medical.serp_mamba.scores import dice

THUMB_PX = (48, 48)


@dataclass(frozen=True)
class Prepared:
    """A photograph and what the network reads of it."""

    photo: Photograph
    view: View


@dataclass(frozen=True)
class Marked:
    """An answer: how strongly each pixel is vessel, H x W, and the decision."""

    strength: Floats
    mask: Mask


Way = Callable[[Prepared], Marked | None]


def everything(given: Prepared) -> Marked:
    """Call every pixel of the field vessel."""
    return Marked(given.photo.fov.astype(np.float32), given.photo.fov)


def second_reader(given: Prepared) -> Marked | None:
    """Take the second human reader's mask, where there is one."""
    second = given.photo.second
    return None if second is None else Marked(second.astype(np.float32), second & given.photo.fov)


def ridge_filter(given: Prepared) -> Marked:
    """Take Sato's ridges above the threshold fitted on DRIVE's training images."""
    strength = given.view.restore(ridges(given.view.green, given.view.fov), given.photo.fov)
    return Marked(strength, strength > THRESHOLD)


def dark_pixels(training: Sequence[Prepared]) -> Way:
    """Take pixels of the evened green channel below the best constant for the training images."""
    grid = np.linspace(0.1, 0.6, 51)
    found = []
    for each in training:
        dark, truth = _darkness(each)[each.photo.fov], each.photo.truth[each.photo.fov]
        found.append([dice(dark > 1 - level, truth) for level in grid])
    level = float(grid[int(np.mean(found, axis=0).argmax())])

    def way(given: Prepared) -> Marked:
        dark = _darkness(given)
        return Marked(dark, dark > 1 - level)

    return way


def nearest_eye(training: Sequence[Prepared]) -> Way:
    """Take the mask of the training image that looks most alike, brought to size."""
    thumbs = np.stack([_thumb(each) for each in training])
    masks = [_cut(each) for each in training]

    def way(given: Prepared) -> Marked:
        nearest = int(np.argmin(((thumbs - _thumb(given)) ** 2).sum(1)))
        size = (given.view.shade.shape[0], given.view.shade.shape[1])
        strength = given.view.restore(resized(masks[nearest], size), given.photo.fov)
        return Marked(strength, strength > 0.5)

    return way


def prepared(photo: Photograph) -> Prepared:
    """Prepare a photograph as the tool does."""
    return Prepared(photo, prepare(photo.image, photo.fov))


def _darkness(given: Prepared) -> Floats:
    return given.view.restore(1 - given.view.shade, given.photo.fov)


def _thumb(given: Prepared) -> NDArray[np.float32]:
    return resized(given.view.standardised(), THUMB_PX).ravel()


def _cut(given: Prepared) -> Floats:
    top, left, bottom, right = given.view.box
    size = (given.view.shade.shape[0], given.view.shade.shape[1])
    return resized(given.photo.truth[top:bottom, left:right].astype(np.float32), size)
