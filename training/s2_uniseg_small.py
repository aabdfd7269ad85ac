"""Train s2-uniseg-small: `python training/s2_uniseg_small.py --data DIR [--quick]`.

No label is used. A teacher that follows the student sees whole views; UniAP joins its tokens, by
hand-made and learnt features in equal parts, to masks; the student, seeing small jittered windows,
learns to draw these masks, to give their codes, and to keep tokens of one mask alike.
"""

import argparse
import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from heuresis.contract import TrainingData
from heuresis.tools import models
from heuresis.tools.image.pixels import as_rgb
from heuresis.tools.vision.s2_uniseg import query_sd
from heuresis.tools.vision.s2_uniseg.decoder import CODES, S2UniSeg
from heuresis.tools.vision.s2_uniseg.encoder import unit
from heuresis.tools.vision.uniap import layer
from heuresis.tools.vision.uniap.features import CELL_PX, handfeat, resized

NAME = "s2-uniseg-small"
SEED = 7
SIDE = 24  # tokens of a global view
LOCAL_PX, SHARES = 96, (0.05, 0.4)
BATCH, RATE = 8, 5e-4
THRESHOLDS = (0.9, 0.8, 0.7, 0.6, 0.5)
HAND_SHARE = 0.5  # of the similarity that UniAP sees
WARM_STEPS = 250
LONGEST = 40
UNSEEN_CLIPS = ("blackswan", "car-shadow", "libby", "scooter-black")
COLLAPSED = 0.3 * math.log(CODES)


@dataclass(frozen=True)
class Picture:
    """A picture of whole tokens, (3, 8 h, 8 w) bytes, and its hand-made features, (h, w, d)."""

    image: Tensor
    hand: Tensor


def files(data: Path) -> list[Path]:
    """List the pictures that may be learnt from: 80 % by picture or clip, no label among them."""
    found = sorted((data / "bsds/train/image").glob("*.jpg"))
    clips = [c for c in sorted((data / "davis240/image").iterdir()) if c.name not in UNSEEN_CLIPS]
    found += [frame for clip in clips for frame in sorted(clip.iterdir())[::8]]
    found += kept(sorted((data / "nuclei/image").iterdir()))
    found += kept(sorted((data / "blood_cells/JPEGImages").iterdir()))[::3]
    found += kept(sorted((data / "fundus_quality/good").iterdir()))
    return found


def kept(places: list[Path]) -> list[Path]:
    """Drop every fifth: those are for measuring."""
    return [place for i, place in enumerate(places) if i % 5 != 4]


def prepared(place: Path) -> Picture:
    """Read a picture at 8 px a token, at least 24 tokens on the shorter side."""
    from PIL import Image

    image = as_rgb(np.asarray(Image.open(place).convert("RGB")))
    ratio = max(image.shape[:2]) / min(image.shape[:2])
    seen = handfeat(image, max(LONGEST, math.ceil((SIDE + 0.5) * ratio)))
    small = resized(image, seen.height * CELL_PX, seen.width * CELL_PX)
    hand = torch.as_tensor(seen.rows, dtype=torch.float32).reshape(seen.height, seen.width, -1)
    return Picture(torch.as_tensor(small.copy()).permute(2, 0, 1), hand)


def global_view(picture: Picture, chance: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Cut 24 x 24 tokens, turned over by chance; return image (3, 192, 192) and features."""
    h, w, _ = picture.hand.shape
    y, x = int(chance.integers(h - SIDE + 1)), int(chance.integers(w - SIDE + 1))
    hand = picture.hand[y : y + SIDE, x : x + SIDE]
    y, x, side = y * CELL_PX, x * CELL_PX, SIDE * CELL_PX
    image = picture.image[:, y : y + side, x : x + side].float() / 255
    if chance.random() < 0.5:
        hand, image = hand.flip(1), image.flip(2)
    return image, hand


def window(chance: np.random.Generator) -> query_sd.Window:
    """Choose where a local view lies."""
    area, bend = chance.uniform(*SHARES), math.exp(chance.uniform(-0.3, 0.3))
    height, width = min(1.0, math.sqrt(area) * bend), min(1.0, math.sqrt(area) / bend)
    top, left = chance.uniform(0, 1 - height), chance.uniform(0, 1 - width)
    return query_sd.Window(top, left, height, width, bool(chance.random() < 0.5))


def jittered(image: Tensor, chance: np.random.Generator) -> Tensor:
    """Change light, contrast, colour balance; sometimes grey."""
    gain = torch.as_tensor(chance.uniform(0.8, 1.25, (3, 1, 1)) * chance.uniform(0.8, 1.25))
    image = (image ** float(chance.uniform(0.7, 1.4)) * gain.float()).clamp(0, 1)
    if chance.random() < 0.15:
        image = image.mean(0, keepdim=True).expand(3, -1, -1)
    return image + 0.02 * float(chance.random()) * torch.as_tensor(
        chance.normal(size=image.shape), dtype=torch.float32
    )


@dataclass(frozen=True)
class Lesson:
    """What UniAP made of one view: masks (m, 24, 24), which are semantic, one random partition."""

    masks: Tensor
    semantic: Tensor
    partition: Tensor


def lesson(hand: Tensor, learnt: Tensor, chance: np.random.Generator) -> Lesson:
    """Run UniAP on hand-made (24, 24, d) and learnt (64, 24, 24) features of one view."""
    own = learnt.flatten(1).T.double()
    rows = torch.cat(
        [hand.flatten(0, 1).double() * math.sqrt(HAND_SHARE), own * math.sqrt(1 - HAND_SHARE)], 1
    )
    tokens = layer.token_map(functional.normalize(rows, dim=1).numpy())
    graph = layer.grid_graph(tokens, SIDE, SIDE)
    found: dict[bytes, tuple[Any, bool]] = {}
    partitions = []
    for threshold in THRESHOLDS:
        graph = layer.coarsen(tokens, graph, layer.join(tokens, graph, graph.edges, threshold))
        pairs = layer.like_pairs(tokens, graph, threshold)
        semantic = layer.join(tokens, graph, pairs, threshold)[graph.node_of]
        partitions.append(graph.node_of)
        for labels, kind in ((graph.node_of, False), (semantic, True)):
            for one in np.flatnonzero(np.bincount(labels) >= 6):
                mask = labels == one
                found.setdefault(mask.tobytes(), (mask, kind))
    shown = [each for each in found.values() if each[0].mean() < 0.95]
    masks = np.array([mask for mask, _ in shown]).reshape(-1, SIDE, SIDE)
    chosen = partitions[int(chance.integers(len(partitions)))]
    few = np.where(np.bincount(chosen) >= 4)[0]
    number = np.full(int(chosen.max()) + 1, -1)
    number[few] = np.arange(len(few))
    return Lesson(
        torch.as_tensor(masks, dtype=torch.float32),
        torch.as_tensor([kind for _, kind in shown], dtype=torch.bool),
        torch.as_tensor(number[chosen]).reshape(SIDE, SIDE),
    )


@dataclass
class Course:
    """State of the training."""

    student: S2UniSeg
    teacher: S2UniSeg
    centre: Tensor
    chance: np.random.Generator


def step(course: Course, pictures: list[Picture], warm: bool) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of one batch and what to log."""
    chance = course.chance
    views = [
        global_view(pictures[int(i)], chance) for i in chance.integers(len(pictures), size=BATCH)
    ]
    windows = [(i, window(chance)) for i in range(BATCH) for _ in range(2)]
    local = torch.stack(
        [jittered(query_sd.cropped(views[i][0], at, LOCAL_PX), chance) for i, at in windows]
    )
    with torch.no_grad():
        known = course.teacher(torch.stack([image for image, _ in views]))
    said = course.student(local)
    terms: dict[str, Any] = {"place": place_loss(course, said.features, known.features, windows)}
    if warm:
        return terms["place"], {"place": float(terms["place"].detach())}
    lessons = [
        lesson(hand, mine, chance)
        for (_, hand), mine in zip(views, unit(known.features), strict=True)
    ]
    terms |= lessons_loss(course, said, known, lessons, windows)
    course.centre = query_sd.new_centre(course.centre, known.codes)
    total = (
        terms["place"]
        + query_sd.TOKEN_WEIGHT * terms["token"]
        + query_sd.MASK_WEIGHT * terms["mask"]
        + query_sd.CODE_WEIGHT * terms["code"]
    )
    logged = {key: float(value.detach()) for key, value in terms.items()}
    logged["entropy"] = query_sd.entropy(known.codes, course.centre)
    logged["masks"] = sum(len(each.masks) for each in lessons) / len(lessons)
    return total, logged


def place_loss(course: Course, said: Tensor, known: Tensor, windows: list[Any]) -> Tensor:
    """Tell each token's own place, as the teacher sees it, from other places of the batch."""
    side = said.shape[-1]
    truth = torch.stack([query_sd.cropped(known[i], at, side) for i, at in windows])
    mine, theirs = (unit(x).permute(0, 2, 3, 1).reshape(-1, x.shape[1]) for x in (said, truth))
    at = torch.as_tensor(course.chance.choice(len(mine), 512, replace=False))
    return functional.cross_entropy(mine[at] @ theirs[at].T / 0.1, torch.arange(512))


def lessons_loss(
    course: Course, said: Any, known: Any, lessons: list[Lesson], windows: list[Any]
) -> dict[str, Tensor]:
    """Return the terms of masks, codes and tokens over all local views."""
    terms: dict[str, list[Tensor]] = {"mask": [], "code": [], "token": []}
    taught = [_teachers_queries(known.logits[i], each) for i, each in enumerate(lessons)]
    side = said.logits.shape[-1]
    for n, (i, at) in enumerate(windows):
        learnt = lessons[i]
        terms["token"].append(_tokens_term(said.features[n], unit(known.features)[i], learnt, at))
        if not len(learnt.masks):
            continue
        masks = query_sd.cropped(learnt.masks, at, side)
        shown = masks.mean((1, 2)) >= query_sd.LEAST_SHARE
        masks, source = masks[shown], shown.nonzero()[:, 0]
        if not len(masks):
            continue
        query, target = query_sd.matched(said.logits[n], masks, learnt.semantic[source])
        terms["mask"].append(query_sd.mask_loss(said.logits[n][query], masks[target]))
        partner = taught[i][source[target]]
        both = partner >= 0
        if bool(both.any()):
            codes = known.codes[i][partner[both]]
            terms["code"].append(
                query_sd.code_loss(said.codes[n][query[both]], codes, course.centre)
            )
    return {
        key: torch.stack(each).mean() if each else said.logits.sum() * 0
        for key, each in terms.items()
    }


def _teachers_queries(logits: Tensor, learnt: Lesson) -> Tensor:
    """Return the teacher's query for each mask, -1 for none."""
    partner = torch.full((len(learnt.masks),), -1, dtype=torch.long)
    if len(learnt.masks):
        query, target = query_sd.matched(logits, learnt.masks, learnt.semantic)
        partner[target] = query
    return partner


def _tokens_term(said: Tensor, known: Tensor, learnt: Lesson, at: query_sd.Window) -> Tensor:
    n = int(learnt.partition.max()) + 1
    if n < 2:
        return said.sum() * 0
    spots = (
        functional.one_hot(learnt.partition.clamp(min=0), n) * (learnt.partition >= 0)[..., None]
    )
    chosen = spots.permute(2, 0, 1).float()
    prototypes = functional.normalize(chosen.flatten(1) @ known.flatten(1).T, dim=1)
    share, own = query_sd.cropped(chosen, at, said.shape[-1]).max(0)
    own = torch.where(share > 0.6, own, -1)
    tokens = functional.normalize(said, dim=0).flatten(1).T
    return query_sd.token_loss(tokens, prototypes, own.flatten())


def follow(teacher: S2UniSeg, student: S2UniSeg, momentum: float) -> None:
    """Move the teacher's weights toward the student's."""
    with torch.no_grad():
        for mine, theirs in zip(teacher.parameters(), student.parameters(), strict=True):
            mine.lerp_(theirs, 1 - momentum)


def train(pictures: list[Picture], minutes: float, steps: int) -> tuple[S2UniSeg, dict[str, Any]]:
    """Teach until steps or minutes are used up; return the teacher and what was logged."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    student = S2UniSeg()
    course = Course(
        student, copy.deepcopy(student), torch.zeros(CODES), np.random.default_rng(SEED)
    )
    optimiser = torch.optim.AdamW(student.parameters(), lr=RATE, weight_decay=0.02)
    start, logs, used = time.monotonic(), [], 0.0
    done = 0
    while done < steps and used < 1:
        used = max(done / steps, (time.monotonic() - start) / 60 / minutes)
        for group in optimiser.param_groups:
            group["lr"] = (
                RATE
                * min(1, (done + 1) / 100)
                * (0.02 + 0.49 * (1 + math.cos(math.pi * min(1, used))))
            )
        loss, logged = step(course, pictures, done < WARM_STEPS)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        follow(course.teacher, student, 1 - 0.01 * (1 + math.cos(math.pi * min(1, used))) / 2)
        done += 1
        if done % 50 == 0:
            logs.append({"step": done, **logged})
            told = " ".join(f"{key} {value:.3f}" for key, value in logged.items())
            print(f"{done} {(time.monotonic() - start) / done:.2f} s/step {told}", flush=True)
            if logged.get("entropy", 9) < COLLAPSED and done > 2 * WARM_STEPS:
                print("stopped: the teacher's codes collapsed", flush=True)
                break
    minutes = (time.monotonic() - start) / 60
    return course.teacher, {"steps": done, "minutes": minutes, "log": logs[-1] if logs else {}}


def main() -> None:
    """Prepare, train, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=28)
    parser.add_argument("--steps", type=int, default=6_000)
    parser.add_argument("--quick", action="store_true", help="a few steps, nothing saved")
    parser.add_argument("--out", type=Path, help="where to put the raw weights as well")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    places = files(asked.data)[:: 40 if asked.quick else 1]
    pictures = [prepared(place) for place in places]
    print(f"{len(pictures)} pictures", flush=True)
    network, told = train(pictures, asked.minutes, 20 if asked.quick else asked.steps)
    if asked.quick:
        return
    if asked.out:
        torch.save(network.state_dict(), asked.out)
    models.save(NAME, network.state_dict(), facts(len(pictures), told))


def facts(n_pictures: int, told: dict[str, Any]) -> dict[str, Any]:
    """Return what the card says."""
    return {
        "recipe": "python training/s2_uniseg_small.py --data DIR",
        "seed": SEED,
        "training_data": tuple(
            TrainingData(name=name, licence=licence, split=split) for name, licence, split in SETS
        ),
        "method": METHOD,
        "minutes": told["minutes"],
        "metrics": {"steps": told["steps"], "pictures": n_pictures, "last log": told["log"]},
        "limits": LIMITS,
    }


SETS = (
    (
        "BSDS500 train, pictures only",
        "non-commercial research",
        "200 of train; val is for measuring",
    ),
    (
        "DAVIS 2016, 240 px, frames only",
        "non-commercial research",
        f"every 8th frame of 10 clips; unseen: {', '.join(UNSEEN_CLIPS)}",
    ),
    ("Data Science Bowl 2018 nuclei, pictures only", "CC0", "80 % by picture"),
    ("BCCD blood cells, pictures only", "MIT", "a third of 80 % by picture"),
    ("DRIMDB fundus photographs, good ones, no labels", "research use", "80 % by picture"),
)
METHOD = (
    "After S2-UniSeg (arXiv 2508.06995), small: convolutional encoder 32-64-128-192 to stride 8 "
    "and 64 channels, decoder of 2 layers with 24 instance and 8 semantic queries, codebook of "
    "128; the teacher follows the student (0.99 to 1). In training UniAP joins 24 x 24 tokens by "
    "hand-made and learnt features in equal parts, in answers by 0.85 and 0.15: ours, as are the "
    "token term, the place term and the weights of terms."
)
LIMITS = (
    "BSDS500 and DAVIS are for non-commercial research; so are weights learnt from them.",
    "Hundreds of pictures, not millions; no claim about COCO, UVO or Cityscapes.",
    "Training is capped by time: a faster machine takes more steps and ends elsewhere.",
    "The decoder's masks are not used in answers: on tuning pictures they added nothing.",
    "Masks have no class; medical proposals are not anatomy.",
)

if __name__ == "__main__":
    main()
