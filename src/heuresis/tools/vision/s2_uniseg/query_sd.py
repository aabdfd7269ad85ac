"""What the student learns from: matched masks, matched codes, and tokens of one mask alike.

Source: arXiv 2508.06995 for cropped matching on Dice and query-wise self-distillation. Temperature
and centre of the teacher, weights of the terms and the token term are ours.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from heuresis.tools.vision.s2_uniseg.decoder import N_INSTANCE

STUDENT_HEAT, TEACHER_HEAT, TOKEN_HEAT = 0.1, 0.04, 0.1
CENTRE_MOMENTUM = 0.9
CODE_WEIGHT, MASK_WEIGHT, TOKEN_WEIGHT = 2.0, 5.0, 2.0
LEAST_SHARE = 0.02  # of the window, below which a cropped mask is dropped


@dataclass(frozen=True)
class Window:
    """Where a local view lies in its global view, as shares from 0 to 1."""

    top: float
    left: float
    height: float
    width: float
    flipped: bool


def cropped(maps: Tensor, window: Window, size: int) -> Tensor:
    """Cut (n, h, w) to a window and sample it at size x size, bilinear."""
    steps = (torch.arange(size) + 0.5) / size
    y = (window.top + window.height * steps) * 2 - 1
    x = (window.left + window.width * (steps.flip(0) if window.flipped else steps)) * 2 - 1
    grid = torch.stack([x[None].expand(size, -1), y[:, None].expand(-1, size)], dim=-1)
    shown: Tensor = functional.grid_sample(
        maps[None], grid[None], align_corners=False, padding_mode="border"
    )[0]
    return shown


def dice_distance(logits: Tensor, masks: Tensor) -> Tensor:
    """Return 1 - Dice of every mask (m, h, w) with every query (q, h, w), (q, m)."""
    p, t = logits.sigmoid().flatten(1), masks.flatten(1)
    both = p @ t.T
    return 1 - (2 * both + 1) / (p.sum(1)[:, None] + t.sum(1)[None] + 1)


def matched(logits: Tensor, masks: Tensor, semantic: Tensor) -> tuple[Tensor, Tensor]:
    """Pair queries with masks of their kind, by Dice alone; return both indices."""
    from scipy.optimize import linear_sum_assignment

    with torch.no_grad():
        distance = dice_distance(logits, masks)
    queries, targets = [], []
    for first, last, kind in ((0, N_INSTANCE, ~semantic), (N_INSTANCE, len(logits), semantic)):
        at = kind.nonzero()[:, 0]
        rows, columns = linear_sum_assignment(distance[first:last, at].numpy())
        queries.append(torch.as_tensor(rows) + first)
        targets.append(at[torch.as_tensor(columns)])
    return torch.cat(queries), torch.cat(targets)


def mask_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Return cross-entropy and Dice of matched pairs, (k, h, w) each."""
    crossed = functional.binary_cross_entropy_with_logits(logits, masks)
    p, t = logits.sigmoid().flatten(1), masks.flatten(1)
    dice = 1 - (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)
    return crossed + dice.mean()


def code_loss(student: Tensor, teacher: Tensor, centre: Tensor) -> Tensor:
    """Return the cross-entropy of matched codes, (k, 128) each; the teacher is sharper."""
    wanted = ((teacher - centre) / TEACHER_HEAT).softmax(-1)
    said = (student / STUDENT_HEAT).log_softmax(-1)
    return -(wanted * said).sum(-1).mean()


def token_loss(student: Tensor, prototypes: Tensor, own: Tensor) -> Tensor:
    """Pull tokens (n, d) to the prototype (m, d) of their own mask, away from the others."""
    kept = own >= 0
    if not bool(kept.any()):
        return student.sum() * 0
    return functional.cross_entropy(student[kept] @ prototypes.T / TOKEN_HEAT, own[kept])


def new_centre(centre: Tensor, codes: Tensor) -> Tensor:
    """Follow the mean of the teacher's codes."""
    mean = codes.flatten(0, -2).mean(0)
    return centre * CENTRE_MOMENTUM + mean * (1 - CENTRE_MOMENTUM)


def entropy(codes: Tensor, centre: Tensor) -> float:
    """Return the entropy of the mean teacher code; near 0 the teacher says one thing only."""
    p = ((codes - centre) / TEACHER_HEAT).softmax(-1).flatten(0, -2).mean(0)
    return float(-(p * (p + 1e-12).log()).sum())
