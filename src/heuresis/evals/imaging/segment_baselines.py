"""Plain ways to propose regions, at most 100 a picture, that UniAP must beat."""

import heapq
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.evals.imaging.segment_scores import Labels, Masks
from heuresis.tools.image.pixels import Pixels
from heuresis.tools.vision.uniap.features import handfeat
from heuresis.tools.vision.uniap.upsampling import token_of_pixel

BUDGET = 100
SAME = 0.9
FELZENSZWALB_SCALES = (50, 100, 200, 400, 800, 1_600)
N_SUPERPIXELS = 400
MERGED_TO = (2, 3, 5, 8, 12, 20, 30, 50)
LEAST_PX = 10
Proposals = tuple[Masks, NDArray[Any]]  # masks and scores
Propose = Callable[[Pixels], Proposals]


def whole(image: Pixels) -> Proposals:
    """Propose the picture itself."""
    return np.ones((1, *image.shape[:2]), bool), np.ones(1)


def grid(n: int) -> Propose:
    """Propose n x n equal boxes."""

    def propose(image: Pixels) -> Proposals:
        h, w = image.shape[:2]
        labels = (np.arange(h) * n // h)[:, None] * n + (np.arange(w) * n // w)[None]
        return _parts(labels.astype(np.int64)), np.ones(n * n)

    return propose


def random_boxes(image: Pixels, n: int, seed: int) -> Proposals:
    """Propose n boxes by chance."""
    chance, (h, w) = np.random.default_rng(seed), image.shape[:2]
    masks = np.zeros((n, h, w), bool)
    for mask in masks:
        y0, y1 = np.sort(chance.integers(0, h + 1, 2))
        x0, x1 = np.sort(chance.integers(0, w + 1, 2))
        mask[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)] = True
    return masks, np.ones(n)


def felzenszwalb_partitions(image: Pixels) -> list[Labels]:
    """Partition at six scales."""
    found = _felzenszwalb(image.tobytes(), image.shape)
    return [labels.astype(np.int64) for labels in found]


@lru_cache(maxsize=128)  # asked for proposals first and for partitions later
def _felzenszwalb(data: bytes, shape: tuple[int, ...]) -> list[NDArray[np.uint16]]:
    from skimage.segmentation import felzenszwalb

    image = np.frombuffer(data, np.uint8).reshape(shape)
    return [
        felzenszwalb(image, scale=scale, sigma=0.8, min_size=100).astype(np.uint16)
        for scale in FELZENSZWALB_SCALES
    ]


def felzenszwalb(image: Pixels) -> Proposals:
    """Propose the regions of all scales, the largest of them."""
    return largest([mask for labels in felzenszwalb_partitions(image) for mask in _parts(labels)])


def slic_merged(image: Pixels) -> Proposals:
    """Propose SLIC superpixels, and what merging the most alike, pair by pair, makes of them."""
    labels, members = _slic_tree(image)
    masks = []
    for part in members[::-1][: int(1.5 * BUDGET)]:
        chosen = np.zeros(int(labels.max()) + 1, bool)
        chosen[part] = True
        masks.append(chosen[labels])
    return largest(masks)


def slic_partitions(image: Pixels) -> list[Labels]:
    """Partition into some numbers of merged superpixels."""
    labels, members = _slic_tree(image)
    k = int(labels.max()) + 1
    found = []
    for n in MERGED_TO:
        group = np.arange(k)
        for part in members[: max(0, k - n)]:
            group[part] = group[part].min()
        found.append(np.unique(group, return_inverse=True)[1][labels].astype(np.int64))
    return found


def k_means(image: Pixels) -> Proposals:
    """Propose the connected parts and wholes of k-means on the hand-made features, k 2 to 8."""
    from scipy.cluster.vq import kmeans2
    from skimage.measure import label

    seen = handfeat(image)
    cells = token_of_pixel(image, seen.height, seen.width)
    masks: list[NDArray[Any]] = []
    for k in range(2, 9):
        _, group = kmeans2(seen.rows, k, minit="++", seed=0)
        shaped = group.reshape(seen.height, seen.width)
        for labels in (group, label(shaped, background=-1, connectivity=1).ravel() - 1):
            masks += list(_parts(labels[cells].astype(np.int64)))
    return largest(masks)


def watershed(image: Pixels) -> Proposals:
    """Propose basins of the gradient at four degrees of smoothing."""
    from scipy.ndimage import gaussian_gradient_magnitude
    from skimage.color import rgb2gray
    from skimage.segmentation import watershed as flooded

    grey = rgb2gray(image)
    masks: list[NDArray[Any]] = []
    for sigma in (2, 4, 8, 16):
        labels = flooded(gaussian_gradient_magnitude(grey, sigma)) - 1
        masks += list(_parts(labels.astype(np.int64)))
    return largest(masks)


def otsu_watershed(image: Pixels) -> Proposals:
    """Propose blobs of the rarer side of Otsu's threshold, cut where they are narrow."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter
    from skimage.color import rgb2gray
    from skimage.feature import peak_local_max
    from skimage.filters import threshold_otsu
    from skimage.measure import label
    from skimage.segmentation import watershed as flooded

    grey = gaussian_filter(rgb2gray(image), 1)
    bright = grey > threshold_otsu(grey)
    inside = bright if bright.mean() <= 0.5 else ~bright
    depth = gaussian_filter(distance_transform_edt(inside), 1)
    peaks = np.zeros(inside.shape, bool)
    peaks[tuple(peak_local_max(depth, min_distance=5, labels=label(inside)).T)] = True
    cut = flooded(-depth, label(peaks), mask=inside).astype(np.int64)
    return largest(list(_parts(cut - 1)))


def largest(masks: Sequence[NDArray[Any]], n: int = BUDGET) -> Proposals:
    """Keep the n largest masks that are no copies of a larger one; the larger scores higher."""
    order = np.argsort([-int(mask.sum()) for mask in masks], kind="stable")
    kept: list[NDArray[Any]] = []
    sizes: list[int] = []
    for i in order:
        mask, size = masks[i], int(masks[i].sum())
        if len(kept) == n or size < LEAST_PX:
            break
        near = [k for k, s in zip(kept, sizes, strict=True) if size > SAME * s]
        if all((mask & k).sum() <= SAME * (mask | k).sum() for k in near):
            kept.append(mask)
            sizes.append(size)
    shape = masks[0].shape if masks else (0, 0)
    return np.array(kept, bool).reshape(-1, *shape), np.array(sizes, float)


def _parts(labels: Labels, n: int = 2 * BUDGET) -> Masks:
    """Return the n largest regions as masks; background (below 0) is none."""
    counts = np.bincount(labels[labels >= 0])
    chosen = np.argsort(-counts, kind="stable")[:n]
    parts: Masks = labels[None] == chosen[:, None, None]
    return parts


def _slic_tree(image: Pixels) -> tuple[Labels, list[NDArray[np.int64]]]:
    """Return superpixels, and what each merge joined, in order of merging (Ward, mean Lab)."""
    from skimage.color import rgb2lab
    from skimage.segmentation import slic

    lab = rgb2lab(image)
    labels = slic(image, n_segments=N_SUPERPIXELS, compactness=10, start_label=0).astype(np.int64)
    k = int(labels.max()) + 1
    size = {i: float(n) for i, n in enumerate(np.bincount(labels.ravel(), minlength=k))}
    sums = np.stack([np.bincount(labels.ravel(), lab[..., c].ravel(), k) for c in range(3)], axis=1)
    mean = {i: sums[i] / max(size[i], 1) for i in range(k)}
    members = {i: np.array([i]) for i in range(k)}
    near = _touching(labels, k)

    def cost(a: int, b: int) -> float:
        weight = size[a] * size[b] / (size[a] + size[b])
        return float(((mean[a] - mean[b]) ** 2).sum() * weight)

    queue = [(cost(a, b), a, b) for a in near for b in near[a] if a < b]
    heapq.heapify(queue)
    made: list[NDArray[np.int64]] = []
    new = k
    while queue:
        _, a, b = heapq.heappop(queue)
        if a not in near or b not in near:
            continue
        size[new] = size[a] + size[b]
        mean[new] = (mean[a] * size[a] + mean[b] * size[b]) / size[new]
        members[new] = np.concatenate([members[a], members[b]])
        near[new] = (near.pop(a) | near.pop(b)) - {a, b}
        made.append(members[new])
        for other in near[new]:
            near[other] = (near[other] - {a, b}) | {new}
            heapq.heappush(queue, (cost(other, new), other, new))
        new += 1
    return labels, made


def _touching(labels: Labels, k: int) -> dict[int, set[int]]:
    near: dict[int, set[int]] = {i: set() for i in range(k)}
    for a, b in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        for i, j in np.unique(np.stack([a[a != b], b[a != b]], axis=1), axis=0).tolist():
            near[i].add(j)
            near[j].add(i)
    return near
