"""How good are proposals and partitions? Covering, recall, precision, PRI, VoI, boundary F."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.bool_]  # (m, h, w)
Labels = NDArray[np.int64]  # (h, w), -1 where nothing was marked
STEPS = np.arange(0.5, 0.96, 0.05)
TOLERANCE = 0.0075  # of the diagonal


class Regions:
    """What several people marked in one picture, as pieces that no border cuts."""

    def __init__(self, readers: Sequence[Labels]) -> None:
        piece = np.zeros(readers[0].size, np.int64)
        for reader in readers:
            code = piece * (int(reader.max()) + 2) + reader.ravel() + 1
            _, first, piece = np.unique(code, return_index=True, return_inverse=True)
        self.piece = piece
        self.n = len(first)
        count = np.bincount(piece)
        self.members = []  # (pieces, regions) pixels of each piece in each region, by reader
        for reader in readers:
            label = reader.ravel()[first]
            one_hot = label[:, None] == np.arange(int(reader.max()) + 1)
            self.members.append((one_hot.astype(float), (count[:, None] * one_hot).sum(axis=0)))

    def overlaps(self, masks: Masks) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """Return by reader the IoU of each mask with each region, (m, k), and sizes, (k,)."""
        shape = (len(masks), self.n)
        flat = masks.reshape(len(masks), len(self.piece)) if len(masks) else masks
        pixels = np.array([np.bincount(self.piece[m], minlength=self.n) for m in flat], float)
        pixels = pixels.reshape(shape)
        own = pixels.sum(axis=1)[:, None]
        found = []
        for member, size in self.members:
            both = pixels @ member
            found.append((both / np.maximum(own + size[None] - both, 1), size))
        return found


def covering(iou: NDArray[Any], size: NDArray[Any]) -> float:
    """Return how well the best mask fits each region, weighted by its size."""
    best = iou.max(axis=0) if len(iou) else np.zeros(len(size))
    return float((best * size).sum() / size.sum())


def hits(iou: NDArray[Any]) -> NDArray[Any]:
    """Return for each IoU from 0.5 to 0.95 how many regions have a mask, (10,)."""
    best = iou.max(axis=0) if len(iou) else np.zeros(iou.shape[1])
    return np.array([(best >= step).sum() for step in STEPS])


def average_precision(found: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> float:
    """Return AP without classes over IoU 0.5 to 0.95, from (IoU (m, k), scores (m,)) by picture."""
    n = sum(iou.shape[1] for iou, _ in found)
    values = []
    for step in STEPS:
        score, right = [np.zeros(0)], [np.zeros(0)]
        for iou, said in found:
            order = np.argsort(-said, kind="stable")
            score.append(said[order])
            right.append(_matched(iou[order], step))
        order = np.argsort(-np.concatenate(score), kind="stable")
        values.append(_area(np.concatenate(right)[order], n))
    return float(np.mean(values))


def _matched(iou: NDArray[Any], step: float) -> NDArray[Any]:
    """Give each region to the first mask that fits it best; return 1 for masks that got one."""
    free = np.ones(iou.shape[1], bool)
    right = np.zeros(len(iou))
    for i, row in enumerate(iou):
        fits = np.where(free, row, 0)
        if len(fits) and fits.max() >= step:
            free[fits.argmax()] = False
            right[i] = 1
    return right


def _area(right: NDArray[Any], n: int) -> float:
    if not len(right):
        return 0.0
    recall = np.cumsum(right) / n
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0) * envelope).sum())


class Readers:
    """What several people drew of one picture, ready to judge many partitions."""

    def __init__(self, readers: Sequence[Labels]) -> None:
        from scipy.ndimage import distance_transform_edt

        self.readers = readers
        self.reach_px = TOLERANCE * float(np.hypot(*readers[0].shape))
        self.drawn = [edge for edge in map(edges, readers) if edge.any()]
        far = np.full(readers[0].shape, np.inf)
        self.to_any = np.min([far, *(distance_transform_edt(~e) for e in self.drawn)], axis=0)

    def judge(self, labels: Labels) -> dict[str, float]:
        """Return covering, PRI, VoI in bits and boundary F of a partition, over all readers."""
        each = [_against(labels, reader) for reader in self.readers]
        found = {name: float(np.mean([one[name] for one in each])) for name in each[0]}
        return {**found, "boundary F": self.boundary_f(labels)}

    def boundary_f(self, labels: Labels) -> float:
        """Return F of boundary pixels with a neighbour within 0.0075 diagonals on the other side.

        Precision counts a boundary pixel that any reader drew; recall is averaged over readers.
        This is nearest-pixel matching, not the one-to-one matching of the BSDS benchmark: figures
        are not to be compared with published ones.
        """
        from scipy.ndimage import distance_transform_edt

        own = edges(labels)
        if not own.any() or not self.drawn:
            return 0.0
        to_own = distance_transform_edt(~own)
        precision = float((self.to_any[own] <= self.reach_px).mean())
        recall = float(np.mean([(to_own[edge] <= self.reach_px).mean() for edge in self.drawn]))
        return 2 * precision * recall / max(precision + recall, 1e-12)


def _against(labels: Labels, reader: Labels) -> dict[str, float]:
    a, b = int(labels.max()) + 1, int(reader.max()) + 1
    both = np.bincount((labels * b + reader).ravel(), minlength=a * b).reshape(a, b).astype(float)
    n, rows, columns = both.sum(), both.sum(axis=1), both.sum(axis=0)
    iou = both / np.maximum(rows[:, None] + columns[None] - both, 1)
    pairs = n * (n - 1) / 2
    same = ((x * (x - 1)).sum() / 2 for x in (both, rows, columns))
    in_both, in_own, in_read = same
    return {
        "covering": float((iou.max(axis=0) * columns).sum() / n),
        "PRI": float((pairs + 2 * in_both - in_own - in_read) / pairs),
        "VoI": 2 * _entropy(both / n) - _entropy(rows / n) - _entropy(columns / n),
    }


def _entropy(shares: NDArray[Any]) -> float:
    p = shares[shares > 0]
    return float(-(p * np.log2(p)).sum())


def edges(labels: Labels) -> NDArray[np.bool_]:
    """Return pixels whose right or lower neighbour is of another region."""
    found = np.zeros(labels.shape, bool)
    found[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    found[:-1] |= labels[:-1] != labels[1:]
    return found


def box_overlaps(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Return the IoU of half-open boxes (m, 4) with boxes (k, 4), (m, k)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(b[:, 2:] - b[:, :2]).prod(axis=1) for b in (first, second)]
    iou: NDArray[Any] = both / np.maximum(areas[0][:, None] + areas[1][None] - both, 1)
    return iou
