"""Ambiguity-driven dual recalibration: decide again only where vessel and background are near.

Source: arXiv 2409.04356, section on ADDR. Two thresholds are learned, so gates are soft; the
sets of vessel, background and ambiguous pixels share one unit of weight and never overlap.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from heuresis.tools.medical.serp_mamba.state_space import Mamba

BACKGROUND = (0.45, 0.40, 0.50)  # start, lowest, highest
VESSEL = (0.55, 0.50, 0.60)
TAU = 0.05
EPSILON = 1e-6


class Recalibration(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """The bottleneck: scan, recalibrate the ambiguous, scan again, add.

    Args:
        width: Features of a place.
        n_states: States of the two Mambas.
        expand: Inner features per feature.
    """

    def __init__(self, width: int, n_states: int = 8, expand: int = 1) -> None:
        super().__init__()
        self.t_background = nn.Parameter(torch.tensor(BACKGROUND[0]))
        self.t_vessel = nn.Parameter(torch.tensor(VESSEL[0]))
        self.first, self.second = Mamba(width, n_states, expand), Mamba(width, n_states, expand)
        self.norm_first, self.norm_second = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, features: Tensor) -> Tensor:
        """Map (n, D, H, W) to the same shape."""
        size = features.shape[2:]
        read = features.flatten(2).transpose(1, 2)
        scanned = self.norm_first(self.first(read))
        marks = recalibrate(
            scale(scanned.transpose(1, 2).unflatten(2, size)), self.t_background, self.t_vessel
        )
        weighted = scanned * marks.flatten(2).transpose(1, 2)
        changed = self.norm_second(self.second(weighted))
        return features + changed.transpose(1, 2).unflatten(2, size)

    def clamp(self) -> None:
        """Put the thresholds back into their ranges; call after every step of training."""
        with torch.no_grad():
            self.t_background.clamp_(*BACKGROUND[1:])
            self.t_vessel.clamp_(*VESSEL[1:])


def recalibrate(marks: Tensor, t_background: Tensor, t_vessel: Tensor) -> Tensor:
    """Settle ambiguous pixels of channels scaled to 0..1, and scale again; (n, D, H, W).

    A sample without any vessel or any background pixel comes back as it was.
    """
    background = torch.sigmoid((t_background - marks) / TAU)
    vessel = torch.sigmoid((marks - t_vessel) / TAU)
    ambiguous = 1 - background - vessel
    alone = ambiguous * _least_neighbour(background)
    settled = marks * (1 - alone)
    gate = _drive(marks, vessel, background, t_vessel)
    raised = settled + (1 - settled) * (ambiguous - alone).clamp_min(0) * gate
    whole = (marks > t_vessel).flatten(1).any(1) & (marks < t_background).flatten(1).any(1)
    return torch.where(whole[:, None, None, None], scale(raised), marks)


def scale(features: Tensor) -> Tensor:
    """Stretch each channel of each sample to 0..1; a constant channel becomes 0."""
    low, high = features.amin((2, 3), keepdim=True), features.amax((2, 3), keepdim=True)
    return (features - low) / (high - low).clamp_min(EPSILON)


def _least_neighbour(background: Tensor) -> Tensor:
    """Return the least background weight among the eight neighbours; outside counts as 1."""
    height, width = background.shape[2:]
    padded = functional.pad(background, (1, 1, 1, 1), value=1.0)
    shifts = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    least = padded[:, :, 0:height, 0:width]
    for i, j in shifts[1:]:
        least = torch.minimum(least, padded[:, :, i : i + height, j : j + width])
    return least


def _drive(marks: Tensor, vessel: Tensor, background: Tensor, t_vessel: Tensor) -> Tensor:
    """Say where features read by likeness, in either set, look like vessel; (n, 1, H, W).

    Keys and values are the features of all places, and a place counts with its weight in the set.
    Of what is read only the mean over channels matters, so only that is read.
    """
    places = marks.flatten(2).transpose(1, 2)
    alike = torch.matmul(places, places.transpose(1, 2))
    alike = torch.exp(alike - alike.amax(2, keepdim=True))
    weights = torch.stack([m.flatten(2).mean(1) for m in (vessel, background)], 2) + EPSILON
    means = torch.matmul(alike, weights * places.mean(2, keepdim=True))
    read = means / torch.matmul(alike, weights).clamp_min(EPSILON)
    gates = torch.sigmoid((read - t_vessel) / TAU)
    either = 1 - (1 - gates[..., 0]) * (1 - gates[..., 1])
    return either.unflatten(1, marks.shape[2:])[:, None]
