"""The network of serp-mamba-small: a residual U-Net with serpentine scans and recalibration."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from heuresis.tools.medical.serp_mamba.recalibration import Recalibration
from heuresis.tools.medical.serp_mamba.serpentine import Serpentine

Scan = Literal["none", "straight", "serpentine"]


@dataclass(frozen=True)
class Design:
    """What may differ between networks of this kind.

    Attributes:
        widths: Features of the stages, at strides 1, 2, 4, ...
        scan: Which scans follow the last stage: none, rows and columns, or the bending ones too.
        recalibrated: Whether ambiguous pixels of the last stage are decided again.
        points: Length of the bending segments.
        n_states: States of each Mamba.
        expand: Inner features of a Mamba per feature.
    """

    widths: tuple[int, ...] = (16, 32, 48, 64)
    scan: Scan = "serpentine"
    recalibrated: bool = True
    points: int = 5
    n_states: int = 8
    expand: int = 1


SMALL = Design()


class SerpMamba(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """One grey channel in, logits of background and vessel out; sides are multiples of 8 px."""

    def __init__(self, design: Design = SMALL) -> None:
        super().__init__()
        widths, states = design.widths, (design.n_states, design.expand)
        entries = [1, *widths[:-1]]
        self.down = nn.ModuleList(
            Stage(i, o, stride=1 if k == 0 else 2)
            for k, (i, o) in enumerate(zip(entries, widths, strict=True))
        )
        bent = design.points if design.scan == "serpentine" else 0
        is_scanned = design.scan != "none"
        self.scan = Serpentine(widths[-1], bent, *states) if is_scanned else None
        self.recalibration = Recalibration(widths[-1], *states) if design.recalibrated else None
        pairs = list(zip(widths[1:], widths[:-1], strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose2d(i, o, 2, 2) for i, o in pairs)
        self.join = nn.ModuleList(Stage(2 * o, o, stride=1) for _, o in pairs)
        self.head = nn.Conv2d(widths[0], 2, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Map (n, 1, H, W) to logits (n, 2, H, W); H and W are multiples of the stride."""
        skips, x = [], image
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        x = self._bottom(x)
        for up, join, skip in reversed(list(zip(self.up, self.join, skips[:-1], strict=True))):
            x = join(torch.cat([up(x), skip], dim=1))
        logits: Tensor = self.head(x)
        return logits

    def _bottom(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):  # the scan overflows in halves
            x = x.float()
            if self.scan is not None:
                x = x + self.scan(x)
            if self.recalibration is not None:
                x = self.recalibration(x)
        return x


class Stage(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Two 3 x 3 convolutions with group norm and leaky ReLU, beside a 1 x 1 short way."""

    def __init__(self, entry: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(entry, width, 3, stride, padding=1, bias=False)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.short = nn.Conv2d(entry, width, 1, stride, bias=False)
        self.norms = nn.ModuleList(nn.GroupNorm(4, width) for _ in range(2))
        self.bend = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, entry, H, W) to (n, width, H / stride, W / stride)."""
        inner = self.bend(self.norms[0](self.first(x)))
        out: Tensor = self.bend(self.norms[1](self.second(inner)) + self.short(x))
        return out


def build(state: dict[str, Any], design: Design = SMALL) -> SerpMamba:
    """Return the network with trained weights, ready to answer."""
    network = SerpMamba(design)
    absent, extra = network.load_state_dict(state, strict=False)
    absent = [name for name in absent if not name.endswith("num_batches_tracked")]
    if absent or extra:
        raise ValueError(f"weights: got {extra!r} beyond and no {absent!r}, allowed this network's")
    network.eval().to(memory_format=torch.channels_last)  # a tenth faster on a CPU
    return network


def vessel_probability(network: nn.Module, tiles: Tensor) -> Tensor:
    """Return P(vessel) of tiles (n, 1, H, W) as (n, H, W)."""
    given = tiles.contiguous(memory_format=torch.channels_last)
    return torch.softmax(network(given).float(), dim=1)[:, 1]
