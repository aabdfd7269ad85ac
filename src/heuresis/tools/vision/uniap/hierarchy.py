"""UniAP over falling thresholds: instance and semantic masks of tokens, from fine to coarse."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.vision.uniap.features import FeatureMap
from heuresis.tools.vision.uniap.layer import (
    FEATURE_WEIGHT,
    Reading,
    Whole,
    coarsen,
    grid_graph,
    join,
    like_pairs,
    token_map,
)

Kind = Literal["instance", "semantic"]
KINDS: tuple[Kind, ...] = ("instance", "semantic")
MIN_TOKENS = 4
SAME = 0.9  # IoU above which two masks are one
NO_SCORE = 1e-3  # keeps size in the ranking where scores are 0


@dataclass(frozen=True)
class Level:
    """Two partitions of the tokens at one threshold.

    Attributes:
        threshold: Similarity from which nodes were joined.
        instance: (n,) number of the connected node of each token.
        semantic: (n,) number of the group of like nodes, touching or not.
    """

    threshold: float
    instance: Whole
    semantic: Whole

    def partition(self, kind: Kind) -> Whole:
        """Return the partition of one kind."""
        return self.instance if kind == "instance" else self.semantic


@dataclass(frozen=True)
class Proposal:
    """One mask of tokens.

    Attributes:
        inside: (n,) true where a token belongs.
        kind: Connected, or of like parts.
        level: Number of the first threshold that made it.
        score: From 0 to 1, for ranking only.
    """

    inside: NDArray[np.bool_]
    kind: Kind
    level: int
    score: float = 0.0

    @property
    def n_tokens(self) -> int:
        """Size."""
        return int(self.inside.sum())


def levels(
    seen: FeatureMap,
    thresholds: Sequence[float],
    feature_weight: float = FEATURE_WEIGHT,
    reading: Reading = "mean",
) -> list[Level]:
    """Run UniAP: one layer a threshold, each on the nodes of the layer before.

    Args:
        seen: Features of the tokens.
        thresholds: Falling, between 0 and 1.
        feature_weight: Share of feature similarity; the rest is structural.
        reading: Whether structure is compared by mean or by sum.
    """
    tokens = token_map(seen.rows, feature_weight, reading)
    graph = grid_graph(tokens, seen.height, seen.width)
    found = []
    for threshold in thresholds:
        graph = coarsen(tokens, graph, join(tokens, graph, graph.edges, threshold))
        like = join(tokens, graph, like_pairs(tokens, graph, threshold), threshold)
        found.append(Level(threshold, graph.node_of, like[graph.node_of]))
    return found


def proposals(
    found: Sequence[Level], kinds: Sequence[Kind] = KINDS, min_tokens: int = MIN_TOKENS
) -> list[Proposal]:
    """List the masks of all levels, without small ones and near copies; finer levels first."""
    listed: dict[bytes, Proposal] = {}
    for number, level in enumerate(found):
        for kind in kinds:
            labels = level.partition(kind)
            for one in np.flatnonzero(np.bincount(labels) >= min_tokens):
                inside = labels == one
                listed.setdefault(inside.tobytes(), Proposal(inside, kind, number))
    return distinct(list(listed.values()))


def distinct(masks: Sequence[Proposal], same: float = SAME) -> list[Proposal]:
    """Drop every mask whose IoU with an earlier one is above a limit."""
    if not masks:
        return []
    stack = np.array([mask.inside for mask in masks])
    above = overlaps(stack, stack) > same
    dropped = np.zeros(len(masks), bool)
    for i in range(len(masks)):
        if not dropped[i]:
            dropped[i + 1 :] |= above[i, i + 1 :]
    return [mask for mask, gone in zip(masks, dropped, strict=True) if not gone]


def overlaps(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the IoU of each of (a, n) masks with each of (b, n) masks, (a, b)."""
    one, two = first.astype(np.float32), second.astype(np.float32)
    both = one @ two.T
    either = one.sum(axis=1)[:, None] + two.sum(axis=1)[None] - both
    shares: NDArray[np.float32] = both / np.maximum(either, 1)
    return shares


def kept(masks: Sequence[Proposal], n: int) -> list[Proposal]:
    """Keep the n masks that score best for their size; return the largest first."""
    worth = [-(mask.score + NO_SCORE) * mask.n_tokens**0.5 for mask in masks]
    best = sorted(range(len(masks)), key=lambda i: (worth[i], i))[:n]
    return [masks[i] for i in sorted(best, key=lambda i: (-masks[i].n_tokens, i))]


def parents(masks: Sequence[Proposal]) -> list[int | None]:
    """Return for each mask the smallest larger one that contains it."""
    if not masks:
        return []
    stack = np.array([mask.inside for mask in masks]).astype(np.float32)
    size = stack.sum(axis=1)
    holds = (stack @ stack.T >= size[:, None]) & (size[None] > size[:, None])
    found: list[int | None] = []
    for row in holds:
        around = np.flatnonzero(row)
        found.append(int(around[np.argmin(size[around])]) if len(around) else None)
    return found


def rescored(masks: Sequence[Proposal], scores: Sequence[float]) -> list[Proposal]:
    """Give masks their scores."""
    return [replace(mask, score=float(s)) for mask, s in zip(masks, scores, strict=True)]
