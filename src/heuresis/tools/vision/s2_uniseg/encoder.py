"""The encoder of `s2-uniseg-small`: a picture in, one feature vector every 8 pixels out.

Convolutional stand-in for the ViT with adapter of arXiv 2508.06995: four stages of depth-wise
separable blocks, joined from coarse to fine down to stride 8.
"""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (32, 64, 128, 192)
DEPTHS = (2, 2, 2, 1)
WIDTH = 64
STRIDE_PX = 8


class Block(nn.Module):  # type: ignore[misc]  # torch is Any to mypy here
    """A 5 x 5 depth-wise convolution and a two-layer mixing of channels, added to its input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.spatial = nn.Conv2d(width, width, 5, padding=2, groups=width)
        self.norm = nn.GroupNorm(8, width)
        self.mix = nn.Sequential(
            nn.Conv2d(width, 3 * width, 1), nn.GELU(), nn.Conv2d(3 * width, width, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape (b, width, h, w)."""
        mixed: Tensor = self.mix(self.norm(self.spatial(x)))
        return x + mixed


class Encoder(nn.Module):  # type: ignore[misc]  # torch is Any to mypy here
    """(b, 3, h, w) in 0..1 to (b, 64, h / 8, w / 8); h and w are multiples of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1), nn.GELU(), nn.Conv2d(16, WIDTHS[0], 3, 2, 1)
        )
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in pairwise(WIDTHS))
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(width) for _ in range(depth)))
            for width, depth in zip(WIDTHS, DEPTHS, strict=True)
        )
        self.side = nn.ModuleList(nn.Conv2d(width, WIDTH, 1) for width in WIDTHS)
        self.out = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Return features at stride 8."""
        x = self.stem((images - 0.45) / 0.25)
        maps = []
        for i, stage in enumerate(self.stages):
            x = stage(x if i == 0 else self.down[i - 1](x))
            maps.append(self.side[i](x))
        top = maps[3]
        for lower in (maps[2], maps[1]):
            top = lower + functional.interpolate(top, size=lower.shape[-2:], mode="bilinear")
        fine = functional.avg_pool2d(maps[0], 2)
        features: Tensor = self.out(functional.gelu(top + fine))
        return features


def unit(features: Tensor) -> Tensor:
    """Scale the vectors of (b, d, h, w) to length 1."""
    return functional.normalize(features, dim=1)


def parameters(network: nn.Module) -> int:
    """Count trained numbers."""
    return sum(p.numel() for p in network.parameters())
