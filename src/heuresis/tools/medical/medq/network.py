"""The quality network: what is wrong, how much, which verdict, and one number to compare by.

Torch loads with this file. Design: depthwise-separable convolutions on 4 x 4 px cells over fixed
front channels (Laplacian, local spread) and the spectrum; then four readings of one trunk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from heuresis.tools import models
from heuresis.tools.image.degradations.kinds import KINDS, MODALITIES, KindName, Modality, kinds_of
from heuresis.tools.medical.medq.features import NAMES, hand_features
from heuresis.tools.medical.medq.fundus_structure import N_FEATURES
from heuresis.tools.medical.medq.view import SMALL_PX, View, canvas_px, on_canvas

NAME = "medq-small"
HELD_OUT: tuple[KindName, ...] = ("ghosting", "dark_spots")  # never trained on, to see what happens
KNOWN: tuple[KindName, ...] = tuple(kind for kind in KINDS if kind not in HELD_OUT)
CELL_PX = 4
WIDTHS = ((64, 96, 1), (96, 128, 2), (128, 128, 1), (128, 192, 2), (192, 192, 1))
SPECTRUM = (32, 16)
N_TRUNK, N_READ = 256, 128
CHUNK = 8


@dataclass(frozen=True)
class Read:
    """What the network says of n images, as logits but for q.

    Attributes:
        severity: n x kinds x 3: none, mild, severe.
        tier: n x 3: good, usable, reject.
        modality: n x 6.
        q: n; higher is better.
    """

    severity: Tensor
    tier: Tensor
    modality: Tensor
    q: Tensor


class _Norm(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Batch normalisation with statistics of its own for each canvas size.

    A batch has one size, and small canvases look otherwise than large ones: shared statistics would
    fit neither when single images are judged.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.momentum = 0.1
        self.weight, self.bias = nn.Parameter(torch.ones(n)), nn.Parameter(torch.zeros(n))
        for size in ("running", "small"):
            self.register_buffer(f"{size}_mean", torch.zeros(n))
            self.register_buffer(f"{size}_var", torch.ones(n))

    def forward(self, x: Tensor, is_small: bool) -> Tensor:
        size = "small" if is_small else "running"
        mean, var = getattr(self, f"{size}_mean"), getattr(self, f"{size}_var")
        return functional.batch_norm(
            x, mean, var, self.weight, self.bias, self.training, self.momentum
        )


class _Block(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Filter each channel, then mix channels; added to the input where the shape stays."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.each = nn.Conv2d(n_in, n_in, 3, stride, 1, groups=n_in, bias=False)
        self.each_norm = _Norm(n_in)
        self.mix = nn.Conv2d(n_in, n_out, 1, bias=False)
        self.mix_norm = _Norm(n_out)
        self.adds = stride == 1 and n_in == n_out

    def forward(self, x: Tensor, is_small: bool) -> Tensor:
        inner = torch.relu(self.each_norm(self.each(x), is_small))
        out = self.mix_norm(self.mix(inner), is_small)
        return torch.relu(x + out if self.adds else out)


class QualityNet(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Canvases of 64 or 128 px, hand features and the modality in; readings out.

    The buffers hold what was measured after training: scales of the hand features and the
    temperatures that make probabilities honest on validation images, with the priors of 'good' and
    of each kind.
    """

    def __init__(self) -> None:
        super().__init__()
        n_front = 2 * CELL_PX**2 + 4
        self.first = nn.Conv2d(n_front, WIDTHS[0][0], 3, 1, 1, bias=False)
        self.first_norm = _Norm(WIDTHS[0][0])
        self.blocks = nn.ModuleList(_Block(*widths) for widths in WIDTHS)
        self.spectrum = nn.Sequential(
            nn.Conv2d(1, 16, 3, 2, 1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, 2, 1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.spectrum_last = nn.Linear(32 * SPECTRUM[0] * SPECTRUM[1] // 16, 64)
        n_joined = 3 * WIDTHS[-1][1] + 64 + len(NAMES)
        self.trunk = nn.Sequential(nn.Linear(n_joined, N_TRUNK), nn.ReLU(), nn.Dropout(0.2))
        self.modality = nn.Linear(N_TRUNK, len(MODALITIES))
        self.reader = nn.Sequential(nn.Linear(N_TRUNK + len(MODALITIES), N_READ), nn.ReLU())
        self.severity = nn.Linear(N_READ, 3 * len(KNOWN))
        self.tier = nn.Linear(N_READ, 3)
        self.q = nn.Linear(N_READ, 1)
        self.register_buffer("hand_mean", torch.zeros(len(NAMES)))
        self.register_buffer("hand_std", torch.ones(len(NAMES)))
        self.register_buffer("severity_temperature", torch.ones(1))
        self.register_buffer("tier_temperature", torch.ones(len(MODALITIES)))
        self.register_buffer("kind_bias", torch.zeros(len(KNOWN)))
        self.register_buffer("good_bias", torch.zeros(len(MODALITIES)))
        self.register_buffer("pair_temperature", torch.ones(1))
        for name in ("fundus_mean", "fundus_std", "fundus_weight"):  # the rule of fundus_structure
            self.register_buffer(name, torch.ones(N_FEATURES))
        self.register_buffer("fundus_bias", torch.zeros(1))

    def forward(self, planes: Tensor, inside: Tensor, hand: Tensor, modality: Tensor) -> Read:
        """Read images.

        Args:
            planes: n x 3 x s x s, grey and two colour differences.
            inside: n x 1 x s x s, 1 where there is image.
            hand: n x 15 hand features.
            modality: n, places in MODALITIES.
        """
        cells = functional.avg_pool2d(inside, CELL_PX)
        is_small = planes.shape[-1] <= SMALL_PX
        found = self.first(_front(planes, inside, cells))
        found = torch.relu(self.first_norm(found, is_small))
        for block in self.blocks:
            found = block(found, is_small)
        scaled = (hand - self.hand_mean) / self.hand_std
        parts = [*_pooled(found, cells), self._frequencies(planes, inside), scaled.clamp(-5, 5)]
        trunk = self.trunk(torch.cat(parts, 1))
        known = functional.one_hot(modality, len(MODALITIES)).to(trunk.dtype)
        read = self.reader(torch.cat([trunk, known], 1))
        severity = self.severity(read).view(-1, len(KNOWN), 3)
        return Read(severity, self.tier(read), self.modality(trunk), self.q(read)[:, 0])

    def _frequencies(self, planes: Tensor, inside: Tensor) -> Tensor:
        grey = planes[:, :1]
        mean = (grey * inside).sum((2, 3), keepdim=True) / inside.sum((2, 3), keepdim=True)
        power = torch.fft.rfft2((grey - mean) * inside, norm="ortho").abs()
        centred = torch.fft.fftshift(torch.log(power + 1e-3), dim=2)
        small = functional.adaptive_avg_pool2d(centred, SPECTRUM)
        out: Tensor = torch.relu(self.spectrum_last(self.spectrum(small)))
        return out


def _front(planes: Tensor, inside: Tensor, cells: Tensor) -> Tensor:
    """Stack grey and its Laplacian by cells with local spread, colour and the image's extent."""
    grey = planes[:, :1]
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]).view(1, 1, 3, 3)
    laplacian = functional.conv2d(functional.pad(grey, (1, 1, 1, 1), "replicate"), kernel) * inside
    mean = functional.avg_pool2d(grey, 5, 1, 2)
    spread = (functional.avg_pool2d(grey**2, 5, 1, 2) - mean**2).clamp(min=1e-6).sqrt()
    return torch.cat(
        [
            functional.pixel_unshuffle(grey * 2 - 1, CELL_PX),
            functional.pixel_unshuffle(laplacian * 3, CELL_PX),
            functional.avg_pool2d(spread, CELL_PX) * 5,
            functional.avg_pool2d(planes[:, 1:], CELL_PX) * 2,
            cells,
        ],
        1,
    ).contiguous(memory_format=torch.channels_last)


def _pooled(found: Tensor, cells: Tensor) -> list[Tensor]:
    """Return mean, spread and largest value of each channel over the image, not the canvas."""
    weight = functional.adaptive_avg_pool2d(cells, found.shape[2:])
    weight = weight / weight.sum((2, 3), keepdim=True)
    mean = (found * weight).sum((2, 3))
    square = (found**2 * weight).sum((2, 3))
    return [mean, (square - mean**2).clamp(min=1e-6).sqrt(), found.amax((2, 3))]


@cache
def loaded() -> QualityNet:
    """Build the network with its shipped weights, once per process."""
    net = QualityNet()
    net.load_state_dict(models.tensors(NAME))
    net.eval()
    return net


@dataclass(frozen=True)
class Judged:
    """Calibrated answers for n images, as numpy arrays.

    Attributes:
        severity: n x kinds x 3, probabilities; kinds that do not happen in a modality are none.
        tier: n x 3, probabilities.
        q: n; higher is better, in units of the logit of a comparison.
        modality: n x 6, probabilities.
    """

    severity: Any
    tier: Any
    q: Any
    modality: Any


def judged(net: QualityNet, views: Sequence[View], modalities: Sequence[Modality]) -> Judged:
    """Judge prepared images, in order; each answer is the same in any company."""
    sides = np.array([canvas_px(*each) for each in zip(views, modalities, strict=True)])
    rows: list[Judged | None] = [None] * len(views)
    for side in np.unique(sides):
        at = np.flatnonzero(sides == side)
        for chunk in np.array_split(at, -(-len(at) // CHUNK)):
            found = _judge_chunk(net, views, modalities, chunk)
            for k, i in enumerate(chunk):
                rows[i] = Judged(*(array[k] for array in found))
    done = [row for row in rows if row is not None]
    return Judged(
        np.stack([row.severity for row in done]),
        np.stack([row.tier for row in done]),
        np.stack([row.q for row in done]),
        np.stack([row.modality for row in done]),
    )


def _judge_chunk(
    net: QualityNet, views: Sequence[View], modalities: Sequence[Modality], chunk: Any
) -> tuple[Any, ...]:
    """Fill up to a whole chunk: libraries add in an order that depends on the batch's size."""
    full = [*chunk, *[chunk[0]] * (CHUNK - len(chunk))]
    side = canvas_px(views[chunk[0]], modalities[chunk[0]])
    canvas = on_canvas([views[i] for i in full], side)
    hand = np.stack([hand_features(views[i]) for i in full])
    numbers = torch.tensor([MODALITIES.index(modalities[i]) for i in full])
    with torch.inference_mode():
        arrays = (canvas.planes, canvas.inside, hand)
        read = net(*(torch.from_numpy(array) for array in arrays), numbers)
        return _calibrated(net, read, numbers)


def _calibrated(net: QualityNet, read: Read, modality: Tensor) -> tuple[Any, ...]:
    scaled = read.severity.double() / net.severity_temperature
    scaled[:, :, 0] -= net.kind_bias  # where naming a kind is right most often, by F1
    severity = torch.softmax(scaled, 2)
    happens = torch.tensor([[kind in kinds_of(m) for kind in KNOWN] for m in MODALITIES])[modality]
    never = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    return (
        torch.where(happens[:, :, None], severity, never).numpy(),
        torch.softmax(_tier_logits(net, read.tier.double(), modality), 1).numpy(),
        (read.q.double() / net.pair_temperature).numpy(),
        torch.softmax(read.modality.double(), 1).numpy(),
    )


def _tier_logits(net: QualityNet, tier: Tensor, modality: Tensor) -> Tensor:
    scaled: Tensor = tier / net.tier_temperature[modality][:, None]
    scaled[:, 0] += net.good_bias[modality]  # the prior of 'good', set on validation images
    return scaled
