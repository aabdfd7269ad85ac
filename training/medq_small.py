"""Train `medq-small`: simulated losses on clean medical images, some sources never looked at.

    python training/medq_small.py --data DIR [--quick]

In each of two rounds 6,600 groups of three images of one clean image (untouched, one loss, one or
two) are drawn from the training part of the seen sources; temperatures, and the prior of 'good'
that keeps false alarms near one in ten, come from the validation part.
"""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from medq_fundus import fundus_rule
from torch import Tensor
from torch.nn import functional

from heuresis.evals.accuracy.table import as_markdown
from heuresis.evals.imaging.quality_items import Item, groups
from heuresis.evals.imaging.quality_sources import Base, bases
from heuresis.tools import models
from heuresis.tools.image.degradations.kinds import MODALITIES, Modality, kinds_of
from heuresis.tools.medical.medq.features import hand_features
from heuresis.tools.medical.medq.findings import level
from heuresis.tools.medical.medq.network import KNOWN, NAME, QualityNet, Read, judged
from heuresis.tools.medical.medq.tiers import TIERS
from heuresis.tools.medical.medq.view import canvas_px, on_canvas

SEED = 20251001
GROUPS: dict[Modality, int] = {
    "chest_xray": 1000,
    "ct": 1300,
    "mri": 1300,
    "ultrasound": 800,
    "fundus": 1100,
    "microscopy": 1100,
}
RATE, DECAY, GROUPS_PER_BATCH = 2e-3, 1e-2, 40
ROUNDS = ((11, RATE), (5, RATE / 2))  # epochs and rate; each round on a fresh draw
FALSE_ALARM = 0.1  # wanted at most, on validation images of each modality
OTHER_PAIRS = 0.3  # weight of pairs of different clean images
TRAINED = {m: tuple(kind for kind in kinds_of(m) if kind in KNOWN) for m in MODALITIES}


@dataclass(frozen=True)
class Batch:
    """Images of one canvas size with all that is known of them."""

    inputs: tuple[Tensor, ...]
    levels: Tensor  # n x kinds
    tier: Tensor
    group: Tensor
    burden: Tensor

    @property
    def modality(self) -> Tensor:
        """Places in MODALITIES."""
        return self.inputs[3]


def main() -> None:
    """Train in rounds, learn the fundus rule, calibrate, measure, save."""
    args = _arguments()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(SEED)
    clean = bases(args.data)
    share = 20 if args.quick else 1
    validation = _items(clean, "validation", {m: 100 // min(share, 5) for m in GROUPS}, SEED + 1)
    net, minutes, done = QualityNet(), 0.0, 0
    if args.resume:
        kept = torch.load(args.resume)
        minutes, done = kept["minutes"], kept.get("rounds", 1)
        net.load_state_dict(kept["state"], strict=False)
    for number in range(done, 1 if args.quick else len(ROUNDS)):
        begun = time.monotonic()
        train = _items(clean, "train", {m: n // share for m, n in GROUPS.items()}, SEED + number)
        print(f"round {number}: {len(train)} images, {time.monotonic() - begun:.0f} s", flush=True)
        if number == 0:
            scale(net, train)
        fit(net, train, validation, *((1, RATE) if args.quick else ROUNDS[number]))
        minutes += (time.monotonic() - begun) / 60
        if args.keep:
            torch.save(
                {"state": net.state_dict(), "minutes": minutes, "rounds": number + 1}, args.keep
            )
    settle(net, _items(clean, "train", {m: n // 5 for m, n in GROUPS.items()}, SEED + 9))
    print("settled:", _glance(net, validation), flush=True)
    chosen = learn_structure(net, clean)
    calibrate(net, validation)
    if not args.quick:
        save(net, args.data, minutes, {"fundus rule": chosen, **halved(net, validation)})


def learn_structure(net: QualityNet, clean: Sequence[Base]) -> dict[str, float]:
    """Learn the rule for fundus photographs without structure; return how it was chosen."""
    fundus = [base for base in clean if base.modality == "fundus" and base.part == "train"]
    rule = fundus_rule(fundus, SEED)
    for name in ("mean", "std", "weight", "bias"):
        getattr(net, f"fundus_{name}").copy_(torch.from_numpy(rule[name]))
    chosen: dict[str, float] = rule["chosen"]
    return chosen


def scale(net: QualityNet, train: Sequence[Item]) -> None:
    """Take over mean and spread of the hand features."""
    hand = np.stack([hand_features(item.view) for item in train])
    net.hand_mean.copy_(torch.from_numpy(hand.mean(0)))
    net.hand_std.copy_(torch.from_numpy(hand.std(0) + 1e-6))


def fit(
    net: QualityNet, train: Sequence[Item], validation: Sequence[Item], n_epochs: int, rate: float
) -> None:
    """Minimise the four losses; the rate falls along a cosine."""
    net.to(memory_format=torch.channels_last)
    hand = np.stack([hand_features(item.view) for item in train])
    chooser = torch.optim.AdamW(net.parameters(), rate, weight_decay=DECAY)
    n_steps = n_epochs * sum(1 for _ in _chunks(train, np.random.default_rng(0)))
    falling = torch.optim.lr_scheduler.OneCycleLR(chooser, rate, n_steps, pct_start=0.08)
    for epoch in range(n_epochs):
        begun, losses = time.monotonic(), []
        net.train()
        for places in _chunks(train, np.random.default_rng(SEED + epoch)):
            batch = _batch(train, hand, places, np.random.default_rng(int(places[0]) + epoch))
            loss = loss_of(net(*batch.inputs), batch)
            chooser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            chooser.step()
            falling.step()
            losses.append(loss.item())
        seconds = time.monotonic() - begun
        print(f"epoch {epoch}: loss {np.mean(losses):.3f}, {seconds:.0f} s", flush=True)
        if epoch % 3 == 2 or epoch == n_epochs - 1:
            print("  validation:", _glance(net, validation), flush=True)
    net.eval()


def settle(net: QualityNet, items: Sequence[Item]) -> None:
    """Measure the statistics of each canvas size anew with the final weights."""
    hand = np.stack([hand_features(item.view) for item in items])
    norms = [module for module in net.modules() if hasattr(module, "small_mean")]
    seen = {64: 0, 128: 0}
    net.train()
    with torch.no_grad():
        for places in _chunks(items, np.random.default_rng(0)):
            batch = _batch(items, hand, places, None)
            side = batch.inputs[0].shape[-1]
            seen[side] += 1
            for norm in norms:
                norm.momentum = 1 / seen[side]  # a plain mean over batches
            net(*batch.inputs)
    net.eval()


def loss_of(read: Read, batch: Batch) -> Tensor:
    """Add up the losses of kinds, verdict, modality and comparison."""
    happens = _happens()[batch.modality]
    each = functional.cross_entropy(
        read.severity.flatten(0, 1), batch.levels.flatten(), reduction="none"
    ).view(batch.levels.shape)
    kinds = (each * happens).sum(1).mean()
    tier = functional.cross_entropy(read.tier, batch.tier)
    modality = functional.cross_entropy(read.modality, batch.modality)
    return 0.5 * kinds + tier + 0.5 * modality + pair_loss(read.q, batch)


def pair_loss(q: Tensor, batch: Batch) -> Tensor:
    """Ask that the image to which more was done gets the smaller q, within a modality."""
    worse = batch.burden[:, None] > batch.burden[None, :]
    alike = batch.modality[:, None] == batch.modality[None, :]
    same = batch.group[:, None] == batch.group[None, :]
    each = functional.softplus(q[:, None] - q[None, :])
    near, far = worse & same, worse & alike & ~same
    return (each * near).sum() / near.sum().clamp(min=1) + OTHER_PAIRS * (
        each * far
    ).sum() / far.sum().clamp(min=1)


def calibrate(net: QualityNet, validation: Sequence[Item]) -> None:
    """Set the temperatures, and the priors of 'good' and of each kind."""
    reads, batches = zip(*_read_all(net, validation), strict=True)
    levels = torch.cat([b.levels for b in batches])
    modality = torch.cat([b.modality for b in batches])
    happens = _happens()[modality].bool()
    severity = torch.cat([r.severity for r in reads])[happens]
    net.severity_temperature.fill_(_temperature(severity, levels[happens]))
    scaled = torch.cat([r.severity for r in reads]) / net.severity_temperature
    for k in range(len(KNOWN)):
        here = happens[:, k]
        net.kind_bias[k] = _kind_bias(scaled[here, k], levels[here, k])
    tier, truth = torch.cat([r.tier for r in reads]), torch.cat([b.tier for b in batches])
    for i in range(len(MODALITIES)):
        here = modality == i
        net.tier_temperature[i] = _temperature(tier[here], truth[here])
        net.good_bias[i] = _bias(tier[here] / net.tier_temperature[i], truth[here])
    near = [_pairs(r.q, b) for r, b in zip(reads, batches, strict=True)]
    gaps = torch.cat(near)
    logits = torch.stack([gaps, torch.zeros_like(gaps)], 1)
    net.pair_temperature.fill_(_temperature(logits, torch.zeros(len(gaps), dtype=torch.long)))


def halved(net: QualityNet, validation: Sequence[Item]) -> dict[str, float]:
    """Round the weights to 16 bits, as they are shipped, and say what that changes."""
    views = [item.view for item in validation]
    modalities = [item.modality for item in validation]
    exact = judged(net.eval(), views, modalities)
    net.load_state_dict({name: value.half().float() for name, value in net.state_dict().items()})
    rounded = judged(net, views, modalities)
    same = exact.tier.argmax(1) == rounded.tier.argmax(1)
    return {
        "same verdict with 16 and 32 bits": float(same.mean()),
        "largest change of a probability": float(np.abs(exact.tier - rounded.tier).max()),
    }


def save(net: QualityNet, data: Path, minutes: float, known: dict[str, Any]) -> None:
    """Measure on images that were not learned from, and write weights and card."""
    from medq_facts import card_facts

    from heuresis.evals.imaging import fundus_tiers, quality

    state = net.state_dict()
    models.save(NAME, state, card_facts(SEED, minutes, known))  # kept, whatever a measurement does
    tables = {
        each.name: each for each in (quality.evaluate(data, net), fundus_tiers.evaluate(data, net))
    }
    found = {name: quality.summary(table) for name, table in tables.items()}
    place = models.save(NAME, state, card_facts(SEED, minutes, {**known, **found}))
    print(f"saved {place}")
    for table in tables.values():
        print(as_markdown(table))


def _items(clean: Sequence[Base], part: str, n: dict[Modality, int], seed: int) -> list[Item]:
    chosen = [base for base in clean if base.part == part]
    return groups(chosen, n, seed, TRAINED, is_wide=part == "train")


def _chunks(items: Sequence[Item], generator: np.random.Generator) -> Iterator[Any]:
    """Yield places of whole groups whose images share a canvas size, in random order."""
    firsts = np.arange(0, len(items), 3)
    sides = np.array([canvas_px(items[i].view, items[i].modality) for i in firsts])
    chunks = []
    for side in np.unique(sides):
        mixed = generator.permutation(firsts[sides == side])
        n = max(1, round(len(mixed) / GROUPS_PER_BATCH))
        chunks += [np.concatenate([c, c + 1, c + 2]) for c in np.array_split(mixed, n)]
    yield from (chunks[i] for i in generator.permutation(len(chunks)))


def _batch(
    items: Sequence[Item], hand: Any, places: Any, generator: np.random.Generator | None
) -> Batch:
    chosen = [items[i] for i in places]
    views = [item.view for item in chosen]
    if generator is not None:
        views = [view[:, ::-1] if generator.random() < 0.5 else view for view in views]
    canvas = on_canvas(views, canvas_px(views[0], chosen[0].modality))
    modality = torch.tensor([MODALITIES.index(item.modality) for item in chosen])
    arrays = (canvas.planes, canvas.inside, hand[places])
    levels = torch.zeros(len(chosen), len(KNOWN), dtype=torch.long)
    for row, item in enumerate(chosen):
        for one in item.findings:
            levels[row, KNOWN.index(one.kind)] = level(one.severity)
    return Batch(
        (*(torch.from_numpy(array) for array in arrays), modality),
        levels,
        torch.tensor([TIERS.index(item.tier) for item in chosen]),
        torch.tensor([item.group for item in chosen]),
        torch.tensor([item.burden for item in chosen]),
    )


def _read_all(net: QualityNet, items: Sequence[Item]) -> list[tuple[Read, Batch]]:
    hand = np.stack([hand_features(item.view) for item in items])
    net.eval()
    with torch.inference_mode():
        found = []
        for places in _chunks(items, np.random.default_rng(0)):
            batch = _batch(items, hand, places, None)
            found.append((net(*batch.inputs), batch))
    return found


def _glance(net: QualityNet, items: Sequence[Item]) -> str:
    reads, batches = zip(*_read_all(net, items), strict=True)
    tier = torch.cat([r.tier for r in reads]).argmax(1)
    truth = torch.cat([b.tier for b in batches])
    levels = torch.cat([b.levels for b in batches])
    named = torch.cat([r.severity for r in reads]).argmax(2)
    some = levels > 0
    gaps = torch.cat([_pairs(r.q, b) for r, b in zip(reads, batches, strict=True)])
    return (
        f"tier {(tier == truth).float().mean():.3f}, "
        f"false alarm {(tier[truth == 0] != 0).float().mean():.3f}, "
        f"kinds found {(named[some] > 0).float().mean():.3f}, "
        f"severity of those {(named[some] == levels[some]).float().mean():.3f}, "
        f"pairs {(gaps > 0).float().mean():.3f}"
    )


def _pairs(q: Tensor, batch: Batch) -> Tensor:
    """Return q of the better minus q of the worse, of pairs of one clean image."""
    worse = batch.burden[:, None] > batch.burden[None, :]
    same = batch.group[:, None] == batch.group[None, :]
    at = (worse & same).nonzero()
    return q[at[:, 1]] - q[at[:, 0]]


def _happens() -> Tensor:
    return torch.tensor([[float(kind in TRAINED[m]) for kind in KNOWN] for m in MODALITIES])


def _temperature(logits: Tensor, truth: Tensor) -> float:
    """Return the divisor of logits that makes them most likely. Source: arXiv:1706.04599."""
    steps = np.geomspace(0.3, 5, 80)
    costs = [functional.cross_entropy(logits / t, truth).item() for t in steps]
    return float(steps[int(np.argmin(costs))])


def _kind_bias(logits: Tensor, truth: Tensor) -> float:
    """Return what to take from 'none' so that naming the kind has the best F1."""
    gaps, there = logits[:, 1:].amax(1) - logits[:, 0], truth > 0
    steps = np.linspace(-1, 3, 41)
    named = [gaps + bias > 0 for bias in steps]
    scores = [2 * (n & there).sum().item() / (n.sum() + there.sum()).item() for n in named]
    return float(steps[int(np.argmax(scores))])


def _bias(logits: Tensor, truth: Tensor) -> float:
    """Return what to add to 'good' so that at most FALSE_ALARM of untouched images are refused it.

    A third of simulated images is untouched; of images in use far more are, so the prior of 'good'
    is ours to set.
    """
    clean = logits[truth == 0]
    gaps = clean[:, 1:].amax(1) - clean[:, 0]  # a bias above the gap makes it good
    return max(0.0, float(torch.quantile(gaps, 1 - FALSE_ALARM)))


def _arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--keep", type=Path, help="keep the trained 32-bit state here")
    parser.add_argument("--resume", type=Path, help="a kept state: skip the training")
    parser.add_argument("--quick", action="store_true", help="a small run that saves nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
