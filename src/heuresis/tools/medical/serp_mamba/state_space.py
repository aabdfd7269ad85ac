"""One Mamba block: a sequence in, a sequence out, each place seeing only those before it.

Source: arXiv 2312.00752, section 3.4; starts as its appendix says.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from heuresis.tools.medical.serp_mamba.selective_scan import Terms, selective_scan

CONV = 4
STEP_RANGE = (1e-3, 1e-1)


class Mamba(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Selective state space block with input-dependent steps.

    Args:
        width: Features of a place.
        n_states: States per inner feature (N).
        expand: Inner features per feature (E).
    """

    def __init__(self, width: int, n_states: int = 8, expand: int = 2) -> None:
        super().__init__()
        inner, self.rank, self.n_states = expand * width, -(-width // 16), n_states
        self.enter = nn.Linear(width, 2 * inner, bias=False)
        self.conv = nn.Conv1d(inner, inner, CONV, groups=inner)
        self.select = nn.Linear(inner, self.rank + 2 * n_states, bias=False)
        self.step = nn.Linear(self.rank, inner)
        self.decay_log = nn.Parameter(
            torch.log(torch.arange(1.0, n_states + 1))[:, None].repeat(1, inner)
        )
        self.skip = nn.Parameter(torch.ones(inner))
        self.leave = nn.Linear(inner, width, bias=False)
        self._start_steps(inner)

    def _start_steps(self, inner: int) -> None:
        low, high = (math.log(s) for s in STEP_RANGE)
        step = torch.exp(torch.rand(inner) * (high - low) + low)
        with torch.no_grad():
            self.step.bias.copy_(step + torch.log(-torch.expm1(-step)))  # inverse of softplus
            nn.init.uniform_(self.step.weight, -(self.rank**-0.5), self.rank**-0.5)

    def forward(self, sequence: Tensor) -> Tensor:
        """Map (n, L, width) to (n, L, width), in float32: the scan overflows in halves."""
        x, gate = self.enter(sequence).chunk(2, dim=-1)
        x = functional.silu(self._causal(x))
        step, b, c = self.select(x).split([self.rank, self.n_states, self.n_states], dim=-1)
        delta = functional.softplus(self.step(step))
        y = selective_scan(Terms(x, delta, -torch.exp(self.decay_log), b, c))
        mixed: Tensor = self.leave((y + self.skip * x) * functional.silu(gate))
        return mixed

    def _causal(self, x: Tensor) -> Tensor:
        """Mix each feature with its three places before, as shifts: faster than conv1d here."""
        padded = functional.pad(x, (0, 0, CONV - 1, 0))
        taps = self.conv.weight[:, 0].unbind(-1)
        length = x.shape[1]
        mixed = padded[:, :length] * taps[0] + self.conv.bias
        for i in range(1, CONV):
            mixed = torch.addcmul(mixed, padded[:, i : i + length], taps[i])
        return mixed
