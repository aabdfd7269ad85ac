"""Train serp-mamba-small: retinal vessels on DRIVE's training images, 17 to learn, 3 to choose.

python training/serp_mamba_small.py --data DIR            # the shipped model
python training/serp_mamba_small.py --data DIR --ablate   # four arms, three seeds, short
python training/serp_mamba_small.py --scan                # which form of the scan is fastest
python training/serp_mamba_small.py --data DIR --quick    # a minute, to see that it runs
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from heuresis.contract import TrainingData
from heuresis.evals.imaging.vessel_sets import VALIDATION, Photograph, read_set
from heuresis.tools import models
from heuresis.tools.medical.serp_mamba.network import (
    SMALL,
    Design,
    SerpMamba,
    build,
    vessel_probability,
)
from heuresis.tools.medical.serp_mamba.preparation import View, prepare
from heuresis.tools.medical.serp_mamba.scores import dice
from heuresis.tools.medical.serp_mamba.selective_scan import (
    Terms,
    doubling,
    recomputed,
    sequential,
    side_by_side,
)
from heuresis.tools.medical.serp_mamba.tiling import four_ways, over_tiles

NAME = "serp-mamba-small"
LIMITS = (
    "Narrow-field colour fundus photographs only; no ultra-wide-field image seen.",
    "Serpentine scan and recalibration sit at stride 8 only, by the time a step may take.",
    "In the short ablation (250 steps) no arm is above convolution alone by more than the spread "
    "over seeds: nothing shows that scan or recalibration help at this size.",
    "One seed was trained to the end.",
)
THRESHOLDS = np.arange(0.30, 0.71, 0.02)
ARMS: dict[str, Design] = {
    "convolution only": Design(scan="none", recalibrated=False),
    "+ row and column scan": Design(scan="straight", recalibrated=False),
    "+ serpentine (SIA)": Design(recalibrated=False),
    "+ recalibration (ADDR)": SMALL,
}


@dataclass(frozen=True)
class Recipe:
    """What is the same for every arm."""

    steps: int = 3000
    batch: int = 4
    patch_px: int = 160
    rate: float = 2e-3
    warm: float = 0.05
    decay: float = 1e-4
    average: float = 0.999
    every: int = 250
    seed: int = 0


@dataclass(frozen=True)
class Sample:
    """One training image as tensors: shade, vessel, field of view (3, H, W); and some shades."""

    planes: Tensor
    inside: Tensor

    @classmethod
    def of(cls, photo: Photograph) -> "Sample":
        """Prepare a photograph and its mask alike."""
        view = prepare(photo.image, photo.fov)
        truth = vessel_of(photo, view)
        planes = torch.from_numpy(np.stack([view.shade, truth, view.fov]).astype(np.float32))
        return cls(planes, planes[0][planes[2] > 0][::97])


def vessel_of(photo: Photograph, view: View) -> np.ndarray[Any, Any]:
    """Return the reader's mask in the frame of the view, 0 to 1."""
    top, left, bottom, right = view.box
    given = torch.from_numpy(photo.truth[top:bottom, left:right].astype(np.float32))
    size = (view.shade.shape[0], view.shade.shape[1])
    scaled = functional.interpolate(given[None, None], size, mode="area")[0, 0]
    return np.asarray(scaled.numpy())


def patches(samples: list[Sample], recipe: Recipe) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield turned, scaled, bent, shaded patches: (n, 1, p, p) image, vessel, weight."""
    dice_of = torch.Generator().manual_seed(recipe.seed)
    while True:
        drawn = [_patch(samples, recipe.patch_px, dice_of) for _ in range(recipe.batch)]
        image, vessel, fov = (torch.stack(part) for part in zip(*drawn, strict=True))
        yield image, vessel, fov


def _patch(samples: list[Sample], size: int, rng: torch.Generator) -> tuple[Tensor, ...]:
    sample = samples[int(torch.randint(len(samples), (), generator=rng))]
    height, width = sample.planes.shape[1:]
    grid = _grid(size, (height, width), rng)
    read = functional.grid_sample(
        sample.planes[None], grid[None], "bilinear", "border", align_corners=False
    )[0]
    beyond = (grid.abs() > 1).any(-1)
    fov = (read[2:3] > 0.99) & ~beyond
    return _shaded(read[:1], sample.inside, rng), read[1:2], fov.float()


def _grid(size: int, whole: tuple[int, int], rng: torch.Generator) -> Tensor:
    """Return sampling places of one patch in -1..1: any angle, mirror, scale and slight bend."""
    u = torch.rand(6, generator=rng)
    angle, zoom = 2 * torch.pi * u[0], 0.8 * (1.25 / 0.8) ** u[1]
    line = (torch.arange(size) + 0.5 - size / 2) / zoom
    y, x = torch.meshgrid(line, line * (1 if u[2] < 0.5 else -1), indexing="ij")
    turned = torch.stack(
        [torch.cos(angle) * x - torch.sin(angle) * y, torch.sin(angle) * x + torch.cos(angle) * y]
    )
    knots = torch.randn(1, 2, 5, 5, generator=rng) * 3 * (u[5] < 0.5)
    turned = turned + functional.interpolate(knots, (size, size), mode="bicubic")[0]
    height, width = whole
    # centres in the inner field, so that patches hold some of it
    radius, where = 0.82 * torch.sqrt(u[3]), 2 * torch.pi * u[4]
    centre = radius * torch.stack([torch.cos(where), torch.sin(where)])
    extent = torch.tensor([width / 2, height / 2])
    return (turned / extent[:, None, None] + centre[:, None, None]).permute(1, 2, 0)


def _shaded(shade: Tensor, inside: Tensor, rng: torch.Generator) -> Tensor:
    """Change gamma, contrast, brightness, sharpness; standardise as the tool does."""
    u = torch.rand(5, generator=rng)
    gamma = 0.7 * (1.4 / 0.7) ** u[0]
    tone, whole = shade.clamp(0, 1) ** gamma, inside.clamp(0, 1) ** gamma
    image = (tone - whole.mean()) / whole.std()
    image = image * (0.8 + 0.45 * u[1]) + 0.6 * (u[2] - 0.5)
    if u[3] < 0.25:
        image = functional.avg_pool2d(image[None], 3, 1, 1)[0]
    if u[3] > 0.75:
        image = image + 0.15 * u[4] * torch.randn(image.shape, generator=rng)
    return image


def loss_of(logits: Tensor, vessel: Tensor, weight: Tensor) -> Tensor:
    """Return half of cross entropy and Dice loss together, inside the field of view."""
    gap = logits[:, 1:] - logits[:, :1]
    entropy = functional.binary_cross_entropy_with_logits(gap, vessel, weight, reduction="sum")
    said = torch.sigmoid(gap) * weight
    both = 2 * (said * vessel).sum() + 1
    overlap = both / (said.sum() + (vessel * weight).sum() + 1)
    return 0.5 * (entropy / weight.sum().clamp_min(1) + 1 - overlap)


def train(
    samples: list[Sample],
    judges: list[tuple[Photograph, View]],
    recipe: Recipe,
    design: Design,
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the averaged weights of the last step, and what was measured on the way."""
    torch.manual_seed(recipe.seed)
    network = SerpMamba(design)
    averaged = SerpMamba(design).eval()
    averaged.load_state_dict(network.state_dict())
    pace = torch.optim.AdamW(network.parameters(), recipe.rate, weight_decay=recipe.decay)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        pace, recipe.rate, recipe.steps + 1, pct_start=recipe.warm, cycle_momentum=False
    )
    source, history, begun = patches(samples, recipe), [], time.perf_counter()
    for step in range(1, recipe.steps + 1):
        loss = _step(network, next(source), pace)
        rate.step()
        _average(averaged, network, min(recipe.average, step / (step + 10)))
        if step % recipe.every == 0 or step == recipe.steps:
            value, threshold = judge(averaged, judges)
            seconds = time.perf_counter() - begun
            history.append({"step": step, "loss": loss, "dice": value, "threshold": threshold})
            print(f"{step:6d} {seconds:7.0f} s  loss {loss:.3f}  validation Dice {value:.4f} "
                  f"at {threshold:.2f}", flush=True)  # fmt: skip
    seconds = time.perf_counter() - begun
    state = {k: v for k, v in averaged.state_dict().items() if "num_batches" not in k}
    return state, {"history": history, "minutes": seconds / 60, **history[-1]}


def _step(network: SerpMamba, batch: tuple[Tensor, Tensor, Tensor], pace: Any) -> float:
    image, vessel, weight = batch
    network.train()
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(image)
    loss = loss_of(logits.float(), vessel, weight)
    pace.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    pace.step()
    if network.recalibration is not None:
        network.recalibration.clamp()
    return float(loss.item())


def _average(averaged: nn.Module, network: nn.Module, keep: float) -> None:
    with torch.no_grad():
        for old, new in zip(
            averaged.state_dict().values(), network.state_dict().values(), strict=True
        ):
            if old.dtype.is_floating_point:
                old.lerp_(new, 1 - keep)


def judge(network: nn.Module, judges: list[tuple[Photograph, View]]) -> tuple[float, float]:
    """Return the best mean Dice over the validation images and its threshold; no flips."""
    found = []
    for photo, view in judges:
        given = torch.from_numpy(view.standardised())
        map_ = over_tiles(given, lambda tiles: vessel_probability(network, tiles)).numpy()
        whole = view.restore(map_, photo.fov)[photo.fov]
        found.append([dice(whole > t, photo.truth[photo.fov]) for t in THRESHOLDS])
    means = np.mean(found, axis=0)
    return float(means.max()), float(THRESHOLDS[int(means.argmax())])


def settle(state: dict[str, Tensor], judges: list[tuple[Photograph, View]]) -> tuple[float, float]:
    """Return the best mean Dice over the validation images and its threshold; with flips."""
    network, found = build(state), []
    for photo, view in judges:
        maps = four_ways(view.standardised(), lambda tiles: vessel_probability(network, tiles))
        whole = view.restore(maps.mean(axis=0), photo.fov)[photo.fov]
        found.append([dice(whole > t, photo.truth[photo.fov]) for t in THRESHOLDS])
    means = np.mean(found, axis=0)
    return float(means.max()), round(float(THRESHOLDS[int(means.argmax())]), 2)


def add_figures(table: Path, folder: Path) -> None:
    """Put the figures of the eval and of the ablation into the card of the shipped model."""
    said = json.loads(table.read_text())
    parts = {part["caption"]: _means(part) for part in said["parts"]}
    known = models.card(NAME).model_dump(exclude={"name", "sha256", "n_parameters"})
    known["metrics"] = {**known["metrics"], "test": parts, "ablation": _arms(folder)}
    known["limits"] = LIMITS
    models.save(NAME, models.tensors(NAME), known)


def _arms(folder: Path) -> dict[str, Any]:
    """Return validation Dice of every arm over its seeds, one pass without flips."""
    lines = (folder / "ablation.jsonl").read_text().splitlines()
    runs = [json.loads(line) for line in lines]
    told: dict[str, Any] = {}
    for name in ARMS:
        mine = [run for run in runs if run["arm"] == name]
        values = [run["dice"] for run in mine]
        told[name] = {
            "validation dice, mean": round(float(np.mean(values)), 4),
            "std over seeds": round(float(np.std(values, ddof=1)), 4),
            "seeds": len(mine),
            "steps": mine[0]["steps"],
            "numbers": mine[0]["n_parameters"],
        }
    return told


def _means(part: dict[str, Any]) -> dict[str, Any]:
    return {
        row["method"]: {name: round(each["value"], 4) for name, each in row["scores"].items()}
        for row in part["rows"]
    }


def read(data: Path) -> tuple[list[Sample], list[tuple[Photograph, View]]]:
    """Return the 17 images to learn from and the 3 to choose by."""
    photos = read_set(data, "drive/train")
    learn = [Sample.of(p) for p in photos if p.name not in VALIDATION]
    return learn, [(p, prepare(p.image, p.fov)) for p in photos if p.name in VALIDATION]


def ablate(data: Path, recipe: Recipe, seeds: int, folder: Path) -> None:
    """Train every arm from every seed; leave weights and a line of figures each in a folder."""
    samples, judges = read(data)
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(seeds):
        for k, (name, design) in enumerate(ARMS.items()):
            print(f"{name}, seed {seed}", flush=True)
            state, got = train(samples, judges, replace(recipe, seed=seed), design)
            weights = f"arm{k}_seed{seed}.pt"
            torch.save(state, folder / weights)
            got |= {"arm": name, "seed": seed, "steps": recipe.steps, "weights": weights}
            got |= {
                "design": asdict(design),
                "n_parameters": sum(v.numel() for v in state.values()),
            }
            with (folder / "ablation.jsonl").open("a") as lines:
                lines.write(json.dumps(got) + "\n")


def time_scans() -> None:
    """Print seconds of every form of the scan on the sequences of one training step."""
    torch.manual_seed(0)
    n, length, width, states = 8, 2000, 64, 8
    shapes = ((n, length, width),) * 2 + ((states, width),) + ((n, length, states),) * 2
    given = [torch.rand(s) for s in shapes]
    given[2] = -8 * given[2]
    for v in given:
        v.requires_grad_()
    forms: list[tuple[Any, tuple[int, ...]]] = [(sequential, ())]
    forms += [(f, (k,)) for f in (doubling, side_by_side, recomputed) for k in (16, 32, 64, 128)]
    for form, options in forms:
        begun = time.perf_counter()
        y = form(Terms(*given), *options)
        middle = time.perf_counter()
        y.sum().backward()
        end = time.perf_counter()
        label = f"{form.__name__} {options[0] if options else ''}"
        print(f"{label:20s} forward {middle - begun:.3f} s  backward {end - middle:.3f} s")


def main() -> None:
    """Read the command line and train."""
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("--data", type=Path)
    line.add_argument("--quick", action="store_true")
    line.add_argument("--scan", action="store_true")
    line.add_argument("--card", type=Path, help="Table of the eval, as JSON.")
    line.add_argument("--ablate", action="store_true")
    line.add_argument("--steps", type=int, default=Recipe.steps)
    line.add_argument("--seeds", type=int, default=3)
    line.add_argument("--patch", type=int, default=Recipe.patch_px)
    line.add_argument("--out", type=Path, default=Path("serp_mamba"), help="Folder of --ablate.")
    given = line.parse_args()
    torch.set_num_threads(1)
    if given.scan:
        time_scans()
        return
    if given.card:
        add_figures(given.card, given.out)
        return
    recipe = Recipe(steps=20 if given.quick else given.steps, patch_px=given.patch)
    if given.ablate:
        ablate(given.data, recipe, given.seeds, given.out)
        return
    samples, judges = read(given.data)
    state, got = train(samples, judges, recipe, SMALL)
    got["dice"], got["threshold"] = settle(state, judges)
    if not given.quick:
        models.save(NAME, state, facts(got, recipe))


def facts(got: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Return what the card says; the eval adds the test figures."""
    return {
        "recipe": "python training/serp_mamba_small.py --data DIR",
        "seed": recipe.seed,
        "training_data": (
            TrainingData(
                name="DRIVE, training images",
                licence="research use, cite the authors",
                split=f"17 images to learn from; {', '.join(VALIDATION)} to choose the threshold",
            ),
        ),
        "method": (
            "Residual U-Net of 16, 32, 48, 64 features; at stride 8 serpentine interwoven scan "
            "(5 points, 8 states, expand 1) and ambiguity-driven dual recalibration, after arXiv "
            f"2409.04356. {recipe.steps} steps of {recipe.batch} patches of {recipe.patch_px} px, "
            "AdamW 2e-3 one cycle, averaged weights, half cross entropy half Dice, bfloat16 "
            "convolutions, float32 scans."
        ),
        "minutes": got["minutes"],
        "metrics": {
            "validation, one pass": got["history"],
            "validation, four flips": got["dice"],
            "threshold": got["threshold"],
        },
        "limits": LIMITS,
    }


if __name__ == "__main__":
    main()
