"""The selective scan of Mamba on a CPU, in forms that agree to rounding and differ in speed.

`h_t = exp(delta_t a) h_(t-1) + delta_t b_t x_t`, `y_t = c_t h_t`. Source: arXiv 2312.00752,
algorithm 2. The channels D come last everywhere: loops over the few states N inside would leave
vector units idle.
"""

from importlib import import_module
from typing import Any, NamedTuple

import torch
from torch import Tensor

CHUNK = 32  # fastest of 4 to 128, see training/serp_mamba_small.py --scan


class Terms(NamedTuple):
    """What a scan reads; its answer has the shape of `x`.

    Attributes:
        x: Input, (n, L, D).
        delta: Steps, (n, L, D), positive.
        a: Decay, (N, D), negative.
        b: How the input enters the states, (n, L, N).
        c: How the states are read, (n, L, N).
    """

    x: Tensor
    delta: Tensor
    a: Tensor
    b: Tensor
    c: Tensor


def sequential(terms: Terms) -> Tensor:
    """Scan one step after the other: the definition, against which the others are tested."""
    x, delta, a, b, c = terms
    state = x.new_zeros(x.shape[0], *a.shape)
    out = []
    for t in range(x.shape[1]):
        decay, push = _decay_and_push(x[:, t], delta[:, t], a, b[:, t])
        state = decay * state + push
        out.append((state * c[:, t, :, None]).sum(1))
    return torch.stack(out, dim=1)


def doubling(terms: Terms, chunk: int = CHUNK) -> Tensor:
    """Scan chunks by joining neighbours at distance 1, 2, 4, ...; carry the state on."""
    x, delta, a, b, c = terms
    state = x.new_zeros(x.shape[0], 1, *a.shape)
    out = []
    for s in range(0, x.shape[1], chunk):
        part = slice(s, s + chunk)
        decay, push = _decay_and_push(x[:, part], delta[:, part], a, b[:, part])
        step = 1
        while step < decay.shape[1]:
            joined = push[:, step:] + decay[:, step:] * push[:, :-step]
            push = torch.cat([push[:, :step], joined], 1)
            decay = torch.cat([decay[:, :step], decay[:, step:] * decay[:, :-step]], 1)
            step *= 2
        states = push + decay * state
        state = states[:, -1:]
        out.append((states * c[:, part, :, None]).sum(2))
    return torch.cat(out, dim=1)


def side_by_side(terms: Terms, chunk: int = CHUNK) -> Tensor:
    """Scan all chunks at once, step by step, then carry states from chunk to chunk."""
    x, delta, a, b, c = terms
    n, length, _ = x.shape
    pad = -length % chunk
    x, delta, b = (torch.nn.functional.pad(v, (0, 0, 0, pad)) for v in (x, delta, b))
    decay, push = _decay_and_push(x, delta, a, b)
    decay, push = (v.view(n, -1, chunk, *a.shape) for v in (decay, push))
    local, reach = [push[:, :, 0]], [decay[:, :, 0]]
    for t in range(1, chunk):
        local.append(decay[:, :, t] * local[-1] + push[:, :, t])
        reach.append(decay[:, :, t] * reach[-1])
    carried = [torch.zeros_like(local[0][:, 0])]
    for k in range(push.shape[1] - 1):
        carried.append(reach[-1][:, k] * carried[-1] + local[-1][:, k])
    start = torch.stack(carried, 1)[:, :, None]
    states = torch.stack(local, 2) + torch.stack(reach, 2) * start
    states = states.view(n, -1, *a.shape)[:, :length]
    return (states * c[..., None]).sum(2)


def recomputed(terms: Terms, chunk: int = CHUNK) -> Tensor:
    """Scan chunk by chunk inside the cache, keep only their first states, redo them backwards."""
    y: Tensor = _Recomputed.apply(*terms, chunk)
    return y


def selective_scan(terms: Terms) -> Tensor:
    """Scan by the fastest form at hand: the CUDA kernel of mamba_ssm, or `recomputed`."""
    if terms.x.is_cuda:
        try:
            return _by_kernel(terms)
        except ImportError:
            pass  # the kernel is optional; the same numbers come slower
    return recomputed(terms)


def _by_kernel(terms: Terms) -> Tensor:
    kernel = import_module("mamba_ssm.ops.selective_scan_interface")
    x, delta, b, c = (v.mT.contiguous() for v in (terms.x, terms.delta, terms.b, terms.c))
    y: Tensor = kernel.selective_scan_fn(x, delta, terms.a.T.contiguous(), b, c)
    return y.mT


def _decay_and_push(x: Tensor, delta: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return decay and push of every step, (..., N, D)."""
    decay = (delta[..., None, :] * a).exp()
    return decay, b[..., None] * (delta * x)[..., None, :]


class _Recomputed(torch.autograd.Function):  # type: ignore[misc]  # untyped to mypy here
    """The scan with its own derivative. Inside, time comes first so that a step is one block."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        *tensors, chunk = given
        x, delta, a, b, c = (v.detach() for v in tensors)
        x, delta, b, c = (v.transpose(0, 1).contiguous() for v in (x, delta, b, c))
        state = x.new_zeros(x.shape[1], *a.shape)
        y, starts = torch.empty_like(x), []
        for s in range(0, len(x), chunk):
            part = slice(s, s + chunk)
            starts.append(state)
            decay, states = _decay_and_push(x[part], delta[part], a, b[part])
            _advance(decay, states, state)
            state = states[-1].clone()
            torch.matmul(c[part, :, None], states, out=y[part].unsqueeze(2))
        ctx.save_for_backward(x, delta, a, b, c, *starts)
        ctx.chunk = chunk
        return y.transpose(0, 1)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        x, delta, a, b, c, *starts = ctx.saved_tensors
        g_y = grads[0].transpose(0, 1).contiguous()
        g_x, g_delta, g_b, g_c = (torch.empty_like(v) for v in (x, delta, b, c))
        g_a, later = torch.zeros_like(a), torch.zeros_like(starts[0])
        for k in reversed(range(len(starts))):
            p = slice(k * ctx.chunk, (k + 1) * ctx.chunk)
            decay, states = _decay_and_push(x[p], delta[p], a, b[p])
            _advance(decay, states, starts[k])
            g_c[p] = torch.matmul(states, g_y[p, :, :, None])[..., 0]
            g_states = c[p, :, :, None] * g_y[p, :, None]
            later = _retreat(decay, g_states, later)
            pushed = torch.matmul(b[p, :, None], g_states)[:, :, 0]
            g_x[p] = pushed * delta[p]
            g_b[p] = torch.matmul(g_states, (delta[p] * x[p])[..., None])[..., 0]
            # d exp(delta a) = exp(delta a) d(delta a), times the state before the step
            g_states[1:] *= states[:-1]
            g_states[0] *= starts[k]
            g_states *= decay
            g_a += torch.mul(g_states, delta[p, :, None], out=decay).sum((0, 1))
            g_delta[p] = torch.addcmul(g_states.mul_(a).sum(2), pushed, x[p])
        turned = (v.transpose(0, 1) for v in (g_x, g_delta, g_b, g_c))
        g_x, g_delta, g_b, g_c = turned
        return g_x, g_delta, g_a, g_b, g_c, None


def _advance(decay: Tensor, push: Tensor, state: Tensor) -> None:
    """Turn pushes (L, n, N, D) into states, in place."""
    before = state
    for here, factor in zip(push.unbind(0), decay.unbind(0), strict=True):
        before = here.addcmul_(factor, before)


def _retreat(decay: Tensor, grad: Tensor, later: Tensor) -> Tensor:
    """Add to each state's derivative what comes from later states; return what goes before."""
    for here, factor in zip(reversed(grad.unbind(0)), reversed(decay.unbind(0)), strict=True):
        here.add_(later)
        later = here * factor
    return later
