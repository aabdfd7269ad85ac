"""The decoder of `s2-uniseg-small`: 24 instance and 8 semantic queries, each a mask and a code.

After Mask2Former as arXiv 2508.06995 uses it: kinds of queries differ by a learnt mark only.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from heuresis.tools.vision.s2_uniseg.encoder import WIDTH as FEATURES
from heuresis.tools.vision.s2_uniseg.encoder import Encoder

N_INSTANCE, N_SEMANTIC = 24, 8
WIDTH = 128
HEADS = 4
LAYERS = 2
HIDDEN, CODES = 256, 128


@dataclass(frozen=True)
class Answer:
    """What the network says of a batch.

    Attributes:
        features: (b, 64, h, w) at stride 8.
        logits: (b, queries, h, w) of the masks.
        codes: (b, queries, 128) logits over the codebook of query-wise self-distillation.
    """

    features: Tensor
    logits: Tensor
    codes: Tensor


class Layer(nn.Module):  # type: ignore[misc]  # torch is Any to mypy here
    """Queries look at the picture, at each other, and think."""

    def __init__(self) -> None:
        super().__init__()
        self.cross = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.own = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.think = nn.Sequential(
            nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(3))

    def forward(self, queries: Tensor, tokens: Tensor, places: Tensor) -> Tensor:
        """Queries (b, q, 128), tokens and places (b, n, 128)."""
        seen, _ = self.cross(queries, tokens + places, tokens, need_weights=False)
        queries = self.norms[0](queries + seen)
        heard, _ = self.own(queries, queries, queries, need_weights=False)
        queries = self.norms[1](queries + heard)
        thought: Tensor = self.norms[2](queries + self.think(queries))
        return thought


class S2UniSeg(nn.Module):  # type: ignore[misc]  # torch is Any to mypy here
    """Encoder, queries, and the head of query-wise self-distillation."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.tokens = nn.Linear(FEATURES, WIDTH)
        self.queries = nn.Parameter(torch.randn(N_INSTANCE + N_SEMANTIC, WIDTH) * 0.5)
        self.kinds = nn.Parameter(torch.randn(2, WIDTH) * 0.5)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.mask = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.pixels = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.head = nn.Sequential(
            nn.Linear(WIDTH, HIDDEN),
            nn.GELU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.GELU(),
            nn.Linear(HIDDEN, WIDTH),
        )
        self.codebook = nn.Linear(WIDTH, CODES, bias=False)

    def forward(self, images: Tensor) -> Answer:
        """Answer for (b, 3, h, w) in 0..1, sides multiples of 32."""
        features = self.encoder(images)
        b, _, h, w = features.shape
        tokens = self.tokens(features.flatten(2).transpose(1, 2))
        places = _places(h, w, tokens)
        kinds = torch.cat(
            [self.kinds[:1].expand(N_INSTANCE, -1), self.kinds[1:].expand(N_SEMANTIC, -1)]
        )
        queries = (self.queries + kinds).expand(b, -1, -1)
        for layer in self.layers:
            queries = layer(queries, tokens, places)
        drawn = self.mask(queries) @ self.pixels(tokens + places).transpose(1, 2)
        logits = drawn.reshape(b, -1, h, w) / math.sqrt(WIDTH)
        codes = self.codebook(nn.functional.normalize(self.head(queries), dim=-1))
        return Answer(features, logits, codes)


def _places(h: int, w: int, like: Tensor) -> Tensor:
    """Return sines and cosines of the place, (1, h w, 128), the longest side from 0 to 1."""
    longest = max(h, w)
    y = (torch.arange(h, dtype=like.dtype) + 0.5) / longest
    x = (torch.arange(w, dtype=like.dtype) + 0.5) / longest
    waves = 2 ** torch.arange(WIDTH // 4, dtype=like.dtype).mul(5 / (WIDTH // 4)) * math.pi
    rows = torch.cat([(y[:, None] * waves).sin(), (y[:, None] * waves).cos()], 1)
    columns = torch.cat([(x[:, None] * waves).sin(), (x[:, None] * waves).cos()], 1)
    both = torch.cat([rows[:, None].expand(h, w, -1), columns[None].expand(h, w, -1)], dim=-1)
    return both.reshape(1, h * w, WIDTH)
