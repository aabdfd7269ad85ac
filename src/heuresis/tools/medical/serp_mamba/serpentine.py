"""Serpentine interwoven scan: features read along rows, columns and paths that bend with a vessel.

At each place a segment of points i = -h..h runs along x; learned steps in [-1, 1] add up outwards
from the centre, so the path bends without breaking. The other path is the transpose.
Source: arXiv 2409.04356, section on SIA; offsets as in arXiv 2307.08388.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from heuresis.tools.medical.serp_mamba.state_space import Mamba

QUIET = 0.1  # first steps are small, so that paths begin nearly straight


class Path(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Points of a bending segment along x around every place, and how to read them back.

    Args:
        width: Features of a place.
        points: Length of the segment, odd.
    """

    def __init__(self, width: int, points: int) -> None:
        super().__init__()
        if points % 2 == 0:
            raise ValueError(f"points: got {points}, allowed odd numbers")
        self.offset = nn.Conv2d(width, points, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(points)
        nn.init.constant_(self.norm.weight, QUIET)
        self.weight = nn.Parameter(torch.zeros(points))

    def forward(self, features: Tensor) -> Tensor:
        """Map (n, D, H, W) to the path's places in row-major order, (n, H W points, D)."""
        steps = torch.tanh(self.norm(self.offset(features)))
        return sample(features, bend(steps))

    def gather(self, sequence: Tensor, size: tuple[int, int]) -> Tensor:
        """Average each place's own segment with learned weights; back to (n, D, H, W)."""
        height, width = size
        parts = sequence.unflatten(1, (height, width, -1))
        mean = torch.einsum("nhwpd,p->ndhw", parts, torch.softmax(self.weight, 0))
        return mean


class Serpentine(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Four scans of one feature map through one Mamba, fused.

    Args:
        width: Features of a place.
        points: Length of the bending segments; 0 leaves them out (for ablation).
        n_states: States of the Mamba.
        expand: Inner features per feature.
    """

    def __init__(self, width: int, points: int = 5, n_states: int = 8, expand: int = 1) -> None:
        super().__init__()
        self.mamba, self.norm = Mamba(width, n_states, expand), nn.LayerNorm(width)
        if points:
            self.along_x, self.along_y = Path(width, points), Path(width, points)
            self.fuse = nn.Sequential(
                nn.Conv2d(2 * width, width, 3, padding=1, bias=False),
                nn.GroupNorm(4, width),
                nn.LeakyReLU(0.01),
            )
        self.points = points

    def forward(self, features: Tensor) -> Tensor:
        """Map (n, D, H, W) to the same shape."""
        n, _, *size = features.shape
        turned = features.transpose(2, 3)
        straight = torch.cat([_rows(features), _rows(turned)])
        row, column = self._scan(straight).split(n)
        scanned = _map(row, size) + _map(column, size[::-1]).transpose(2, 3)
        if not self.points:
            return scanned
        bent = self._scan(torch.cat([self.along_x(features), self.along_y(turned)]))
        x_path = self.along_x.gather(bent[:n], (size[0], size[1]))
        y_path = self.along_y.gather(bent[n:], (size[1], size[0])).transpose(2, 3)
        fused: Tensor = self.fuse(torch.cat([x_path, y_path], dim=1)) + scanned
        return fused

    def _scan(self, sequence: Tensor) -> Tensor:
        scanned: Tensor = self.norm(self.mamba(sequence))
        return scanned


def bend(steps: Tensor) -> Tensor:
    """Add up steps outwards from the centre: (n, points, H, W) to offsets of the same shape.

    The centre stays at 0; the step of point i leads from its inner neighbour to it.
    """
    middle = steps.shape[1] // 2
    after = torch.cumsum(steps[:, middle + 1 :], dim=1)
    before = torch.cumsum(steps[:, :middle].flip(1), dim=1).flip(1)
    return torch.cat([before, torch.zeros_like(steps[:, :1]), after], dim=1)


def sample(features: Tensor, offsets: Tensor) -> Tensor:
    """Read features at (x + i, y + offset_i), bilinearly, held at the border.

    Args:
        features: (n, D, H, W).
        offsets: (n, points, H, W), in pixels along y.

    Returns:
        (n, H W points, D), places in row-major order, each with its points in order.
    """
    n, points, height, width = offsets.shape
    along = torch.arange(points, device=offsets.device, dtype=offsets.dtype) - points // 2
    rows = torch.arange(height, device=offsets.device, dtype=offsets.dtype)
    columns = torch.arange(width, device=offsets.device, dtype=offsets.dtype)
    y = rows[:, None, None] + offsets.permute(0, 2, 3, 1)
    x = (columns[:, None] + along).expand_as(y)
    # grid_sample takes -1..1 over the outer edges of the border pixels, not pixels
    grid = torch.stack([2 * (x + 0.5) / width - 1, 2 * (y + 0.5) / height - 1], dim=-1)
    grid = grid.reshape(n, height, width * points, 2)
    read = functional.grid_sample(features, grid, "bilinear", "border", align_corners=False)
    return read.flatten(2).transpose(1, 2)


def _rows(features: Tensor) -> Tensor:
    return features.flatten(2).transpose(1, 2)


def _map(sequence: Tensor, size: list[int]) -> Tensor:
    return sequence.transpose(1, 2).unflatten(2, (size[0], size[1]))
