"""The modality network: depthwise-separable convolutions on 96 x 96 px; torch loads with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from heuresis.tools import models
from heuresis.tools.image.modality_view import SIDE_PX, is_blank

NAME = "modality-small"
WIDTHS = ((32, 64), (64, 64), (64, 128), (128, 128), (128, 128), (128, 224), (224, 224), (224, 224))
STRIDES = (2, 1, 2, 1, 1, 2, 1, 1)
N_CLASSES = 8
CHUNK = 8  # pictures per pass: faster than 1 and than 64, and the cache holds it


class _Block(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Filter each channel, then mix channels; added to the input where the shape stays.

    Source: MobileNets, arXiv:1704.04861; residuals, arXiv:1512.03385.
    """

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.each = nn.Conv2d(n_in, n_in, 3, stride, 1, groups=n_in, bias=False)
        self.each_norm = nn.BatchNorm2d(n_in)
        self.mix = nn.Conv2d(n_in, n_out, 1, bias=False)
        self.mix_norm = nn.BatchNorm2d(n_out)
        self.adds = stride == 1 and n_in == n_out

    def forward(self, x: Tensor) -> Tensor:
        inner = torch.relu(self.each_norm(self.each(x)))
        out = self.mix_norm(self.mix(inner))
        return torch.relu(x + out if self.adds else out)


class ModalityNet(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Views (n, 3, 96, 96) in, one logit per kind of picture (n, 8) out.

    The buffers hold what was set on validation pictures after training: the temperature that
    makes probabilities honest and, by kind, the energy above which and the probability below
    which a picture is not called by that kind.
    """

    temperature: Tensor
    energy_limits: Tensor
    least_confidences: Tensor

    def __init__(self) -> None:
        super().__init__()
        n_first = WIDTHS[0][0]
        self.first = nn.Conv2d(3, n_first, 3, 2, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(n_first)
        pairs = zip(WIDTHS, STRIDES, strict=True)
        self.blocks = nn.Sequential(*(_Block(n, m, stride) for (n, m), stride in pairs))
        self.drop = nn.Dropout(0.1)
        self.last = nn.Linear(2 * WIDTHS[-1][1], N_CLASSES)
        self.register_buffer("temperature", torch.ones(1))
        self.register_buffer("energy_limits", torch.full((N_CLASSES,), 1000.0))
        self.register_buffer("least_confidences", torch.zeros(N_CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        found = torch.relu(self.first_norm(self.first(x * 2 - 1)))
        found = self.blocks(found)
        pooled = torch.cat([found.mean((2, 3)), found.amax((2, 3))], 1)
        logits: Tensor = self.last(self.drop(pooled))
        return logits


@cache
def loaded() -> ModalityNet:
    """Build the network with its shipped weights, once per process."""
    net = ModalityNet()
    net.load_state_dict(models.tensors(NAME), strict=False)  # counters of batches are not shipped
    net.eval()
    return net


@dataclass(frozen=True)
class Verdict:
    """What the network says of one picture.

    Attributes:
        chances: Calibrated probability of each kind (8,).
        energy: Minus the log of the summed exponentials of the logits, low where the picture is
            like those of training. Source: Liu et al., arXiv:2010.03759.
        limit: Highest energy of the most probable kind.
        is_known: Whether it is like one kind, by both limits, and not blank.
    """

    chances: Any
    energy: float
    limit: float
    is_known: bool


def verdicts(net: ModalityNet, views: Sequence[Any]) -> list[Verdict]:
    """Judge views, each 3 x 96 x 96 in numpy, in order."""
    with torch.inference_mode():
        chunks = [views[i : i + CHUNK] for i in range(0, len(views), CHUNK)]
        logits = torch.cat([_logits(net, chunk) for chunk in chunks]).double()
        chances = torch.softmax(logits / net.temperature, 1).numpy()
        energies = -torch.logsumexp(logits, 1).numpy()
    best = chances.argmax(1)
    limits = net.energy_limits.double().numpy()[best]
    known = (energies <= limits) & (chances.max(1) >= net.least_confidences.numpy()[best])
    known &= [not is_blank(each) for each in views]
    rows = zip(chances, energies, limits, known, strict=True)
    return [Verdict(chance, float(e), float(limit), bool(k)) for chance, e, limit, k in rows]


def _logits(net: ModalityNet, views: Sequence[Any]) -> Tensor:
    """Fill up to a whole chunk: libraries add in an order that depends on the batch's size."""
    stack = torch.zeros(CHUNK, 3, SIDE_PX, SIDE_PX)
    stack[: len(views)] = torch.from_numpy(np.stack(views))
    logits: Tensor = net(stack)[: len(views)]
    return logits
