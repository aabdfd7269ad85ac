"""UniAP written as the seed page says it: loops, sets and the whole similarity matrix."""

import numpy as np
from numpy.typing import NDArray

Sets = list[set[int]]


def run(
    rows: NDArray[np.float64],
    height: int,
    width: int,
    thresholds: tuple[float, ...],
    feature_weight: float = 0.6,
    reading: str = "mean",
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the instance and the semantic partition of each level, (n,) each."""
    similarity = rows @ rows.T
    n = height * width
    masks: Sets = [{i} for i in range(n)]
    features = rows
    edges = {(i, i + 1) for i in range(n) if i % width < width - 1}
    edges |= {(i, i + width) for i in range(n - width)}
    found = []
    for threshold in thresholds:
        setting = (similarity, rows, threshold, feature_weight, reading)
        masks, features, edges = _layer(masks, features, edges, *setting)
        k = len(masks)
        every = {(i, j) for i in range(k) for j in range(i + 1, k)}
        semantic, _, _ = _layer(masks, features, every, *setting)
        found.append((_labels(masks, n), _labels(semantic, n)))
    return found


def _layer(masks, features, edges, similarity, rows, threshold, weight, reading):
    r = [_read(similarity, mask, reading) for mask in masks]
    group = list(range(len(masks)))
    for i, j in sorted(edges):
        alike = weight * features[i] @ features[j]
        alike += (1 - weight) * (1 - np.abs(r[i] - r[j]).mean())
        if alike >= threshold - 1e-9:
            group = [group[i] if g == group[j] else g for g in group]
    order = list(dict.fromkeys(group))
    joined: Sets = [set() for _ in order]
    at = [order.index(g) for g in group]
    for i, mask in enumerate(masks):
        joined[at[i]] |= mask
    new = np.array([_attended(_read(similarity, mask, reading), rows) for mask in joined])
    crossing = {(min(at[i], at[j]), max(at[i], at[j])) for i, j in edges if at[i] != at[j]}
    return joined, new, crossing


def _read(similarity, mask, reading):
    chosen = similarity[sorted(mask)]
    return chosen.sum(axis=0) if reading == "sum" else chosen.mean(axis=0)


def _attended(r, rows):
    weight = np.exp(r / 0.07 - (r / 0.07).max())
    mixed = weight @ rows / weight.sum()
    return mixed / max(np.linalg.norm(mixed), 1e-12)


def _labels(masks: Sets, n: int) -> NDArray[np.intp]:
    labels = np.empty(n, np.intp)
    for i, mask in enumerate(masks):
        labels[sorted(mask)] = i
    return labels
