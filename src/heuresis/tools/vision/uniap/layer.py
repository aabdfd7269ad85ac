"""One layer of UniAP: nodes of a token graph that look alike are joined, exactly and in one pass.

Source: arXiv 2508.06995. Two nodes are alike where 0.6 Sf + 0.4 Ss reaches a threshold: Sf is the
cosine of their features, Ss compares how every token of the image relates to either. Bounds on Ss
that cost nothing decide most pairs; only the rest, and only between groups that are still apart,
are worked out over all tokens.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Whole = NDArray[np.intp]
Reading = Literal["mean", "sum"]

FEATURE_WEIGHT = 0.6
TEMPERATURE = 0.07
TIE = 1e-9  # S >= tau is closed, also where rounding puts S this far below
SLACK = 1e-6  # how wrong rounding may make a bound
CHUNK = 4_096
KEPT = 2**24  # numbers of r kept at once


@dataclass(frozen=True)
class TokenMap:
    """What every layer of one image leans on.

    Attributes:
        rows: (n, d) features of the tokens, each of length 1.
        spread: (d, d) factor with which |r_i - r_j| in the 2-norm is that of d numbers.
        feature_weight: Share of Sf in S, from 0 to 1; the rest is that of Ss.
        reading: Whether r is the mean or the sum of a node's rows of similarities.
    """

    rows: Reals
    spread: Reals
    feature_weight: float = FEATURE_WEIGHT
    reading: Reading = "mean"


@dataclass(frozen=True)
class Graph:
    """Nodes, each some tokens, and which of them touch.

    Attributes:
        node_of: (n,) node of each token, numbered by first token.
        features: (k, d) of the nodes, each of length 1.
        edges: (m, 2) pairs of nodes, lower number first.
    """

    node_of: Whole
    features: Reals
    edges: Whole


def token_map(
    rows: NDArray[np.floating],
    feature_weight: float = FEATURE_WEIGHT,
    reading: Reading = "mean",
) -> TokenMap:
    """Prepare features, (n, d) with rows of length 1, for layers."""
    exact = np.asarray(rows, np.float64)
    values, vectors = np.linalg.eigh(exact.T @ exact)
    spread = vectors * np.sqrt(np.clip(values, 0, None))
    return TokenMap(exact, spread, feature_weight, reading)


def grid_graph(tokens: TokenMap, height: int, width: int) -> Graph:
    """Start with one node a token, joined to its four neighbours."""
    at = np.arange(height * width).reshape(height, width)
    across = np.stack([at[:, :-1].ravel(), at[:, 1:].ravel()], axis=1)
    down = np.stack([at[:-1].ravel(), at[1:].ravel()], axis=1)
    return Graph(at.ravel(), tokens.rows, np.concatenate([across, down]))


def like_pairs(tokens: TokenMap, graph: Graph, threshold: float) -> Whole:
    """Return all pairs of nodes, touching or not, whose Sf lets S reach the threshold; (m, 2)."""
    found = []
    floor = threshold - (1.0 - tokens.feature_weight) - SLACK
    for i in range(0, len(graph.features), CHUNK // 4):
        sf = graph.features[i : i + CHUNK // 4] @ graph.features.T
        first, second = np.nonzero(tokens.feature_weight * sf >= floor)
        first += i
        later = second > first
        found.append(np.stack([first[later], second[later]], axis=1))
    return np.concatenate(found)


def pooled(tokens: TokenMap, node_of: Whole) -> Reals:
    """Return the features of which r is the product with all tokens, (k, d): r = pooled F^T."""
    from scipy.sparse import csr_matrix

    n, k = len(node_of), int(node_of.max()) + 1
    members = csr_matrix((np.ones(n), node_of, np.arange(n + 1)), shape=(n, k))
    sums: Reals = np.asarray(members.T @ tokens.rows)
    if tokens.reading == "sum":
        return sums
    means: Reals = sums / np.bincount(node_of, minlength=k)[:, None]
    return means


def join(tokens: TokenMap, graph: Graph, pairs: Whole, threshold: float) -> Whole:
    """Group nodes by chains of pairs with S >= threshold; return the group of each node, (k,)."""
    own = pooled(tokens, graph.node_of)
    sf = np.einsum("id,id->i", graph.features[pairs[:, 0]], graph.features[pairs[:, 1]])
    allowed = _difference_allowed(tokens, sf, threshold)
    low, high = _bounds(tokens, own, pairs)
    group = _connect(np.arange(len(own)), pairs[high + SLACK <= allowed])
    open_ = np.flatnonzero((high + SLACK > allowed) & (low - SLACK <= allowed))
    open_ = open_[np.argsort((low - allowed)[open_], kind="stable")]  # likely links first
    gaps = _Gaps(tokens, own)
    while len(open_):
        now, open_ = open_[:CHUNK], open_[CHUNK:]
        group = _connect(group, pairs[now[gaps.mean(pairs[now]) <= allowed[now]]])
        ends = group[pairs[open_]]
        open_ = open_[ends[:, 0] != ends[:, 1]]  # a chain needs no second link
    return group


def coarsen(tokens: TokenMap, graph: Graph, group: Whole) -> Graph:
    """Make each group one node; its feature is what all tokens say of it, the alike most."""
    node_of = group[graph.node_of]
    own = pooled(tokens, node_of)
    features = np.concatenate(
        [_attended(tokens, own[i : i + CHUNK]) for i in range(0, len(own), CHUNK)]
    )
    ends = group[graph.edges]
    crossing = np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1)
    return Graph(node_of, features, np.unique(crossing, axis=0))


def _difference_allowed(tokens: TokenMap, sf: Reals, threshold: float) -> Reals:
    """Return the largest mean |r_i - r_j| with which S still reaches the threshold, by pair."""
    share = 1.0 - tokens.feature_weight
    surplus = tokens.feature_weight * sf + share - threshold + TIE
    if share == 0:
        return np.where(surplus >= 0, np.inf, -np.inf)
    allowed: Reals = surplus / share
    return allowed


def _bounds(tokens: TokenMap, own: Reals, pairs: Whole) -> tuple[Reals, Reals]:
    """Return what mean |r_i - r_j| is at least and at most, by pair, from d numbers a node.

    With D = r_i - r_j over n tokens: |D|2^2 / |D|inf <= |D|1 <= sqrt(n) |D|2, and since tokens have
    length 1, |D|inf is at most the distance of the pooled features.
    """
    n = len(tokens.rows)
    turned = own @ tokens.spread
    low, high = np.empty(len(pairs)), np.empty(len(pairs))
    for i in range(0, len(pairs), CHUNK):
        a, b = pairs[i : i + CHUNK].T
        two = np.linalg.norm(turned[a] - turned[b], axis=1)
        widest = np.linalg.norm(own[a] - own[b], axis=1)
        high[i : i + CHUNK] = two / np.sqrt(n)
        low[i : i + CHUNK] = two**2 / (n * np.maximum(widest, 1e-12))
    return np.minimum(low, high), high


class _Gaps:
    """Works out mean |r_i - r_j| over all tokens; rows r are made once where they fit."""

    def __init__(self, tokens: TokenMap, own: Reals) -> None:
        self.tokens, self.own = tokens, own
        self.r: Reals | None = None

    def mean(self, pairs: Whole) -> Reals:
        n = len(self.tokens.rows)
        if self.r is None and len(self.own) * n <= KEPT:
            self.r = self.own @ self.tokens.rows.T
        r, ends = self.r, pairs
        if r is None:
            nodes, at = np.unique(pairs, return_inverse=True)
            r, ends = self.own[nodes] @ self.tokens.rows.T, at.reshape(pairs.shape)
        out = np.empty(len(pairs))
        step = max(1, 2**16 // n)  # stays in the processor's cache
        for i in range(0, len(pairs), step):
            gap = r[ends[i : i + step, 0]]
            gap -= r[ends[i : i + step, 1]]
            out[i : i + step] = np.abs(gap, out=gap).sum(axis=1) / n
        return out


def _connect(group: Whole, links: Whole) -> Whole:
    """Join the groups of linked nodes; groups are numbered by their first node."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not len(links):
        return group
    k = int(group.max()) + 1
    ends = group[links]
    matrix = coo_matrix((np.ones(len(ends), bool), (ends[:, 0], ends[:, 1])), shape=(k, k))
    _, joined = connected_components(matrix, directed=False)
    _, first, inverse = np.unique(joined[group], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _attended(tokens: TokenMap, own: Reals) -> Reals:
    r = own @ tokens.rows.T / TEMPERATURE
    weight = np.exp(r - r.max(axis=1, keepdims=True))
    mixed = (weight @ tokens.rows) / weight.sum(axis=1, keepdims=True)
    length = np.linalg.norm(mixed, axis=1, keepdims=True)
    features: Reals = mixed / np.maximum(length, 1e-12)
    return features
