"""How much drawn text `image.read` finds, what it paints over for nothing, and how long it takes.

`python -m heuresis.evals.imaging.burned_in_text --data DIR [--n 40]` prints one row per set.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heuresis.tools.image.burned_in_text import Found, find_text

WORDS = ("DOE^JANE", "1970-03-14", "ID 4711523", "SMITH JOHN", "St. Mary Hospital", "14.03.1970 F")
SIZES_PX = (9, 11, 13, 16, 20)
COVERED = 0.7  # share of a word's area that counts as found
ARRAYS = ("brain_mri128/brain_mri128.npz", "breast_us128/breast_us128.npz")
FILES = ("nuclei/image/*", "chest_regions/image/*", "vessels/drive/*/image/*", "vqa_rad/image/*")
WITH_TEXT = ("chest_regions", "vqa_rad", "breast_us128")  # sets with real writing in some pictures
Picture = NDArray[np.uint8]
Area = tuple[float, float, float, float]


def rows(data: Path, n: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return recall, false paint and seconds per set.

    Args:
        data: Folder of the sets.
        n: Pictures of each.
        seed: Of the choice of pictures and of what is drawn where.
    """
    draw = random.Random(seed)
    found = []
    for name, pictures in _sets(data, n, draw).items():
        fitting = [one for one in pictures if min(one.shape[:2]) >= 48]
        found.append(_row(name, fitting, draw))
    return found


def _row(name: str, pictures: Sequence[Picture], draw: random.Random) -> dict[str, Any]:
    n_found = n_painted = 0
    seconds = []
    for picture in pictures:
        marked, area = _marked(picture, draw)
        n_found += _covered([one for one in find_text(marked) if one.is_sure], area) >= COVERED
        started = time.perf_counter()
        n_painted += any(one.is_sure for one in find_text(picture))
        seconds.append(time.perf_counter() - started)
    return {
        "set": name,
        "n": len(pictures),
        "found": n_found,
        "painted_where_nothing_was_drawn": n_painted,
        "may_hold_real_text": name.startswith(WITH_TEXT),
        "seconds_median": round(median(seconds), 3),
    }


def _sets(data: Path, n: int, draw: random.Random) -> dict[str, list[Picture]]:
    from PIL import Image

    found: dict[str, list[Picture]] = {}
    for name in ARRAYS:
        stored = np.load(data / name)
        array = next(stored[key] for key in stored.files if stored[key].ndim >= 3)
        chosen = draw.sample(range(len(array)), min(n, len(array)))
        found[Path(name).parts[0]] = [_colour(array[i]) for i in chosen]
    for pattern in FILES:
        places = sorted(data.glob(pattern))
        chosen_files = draw.sample(places, min(n, len(places)))
        pictures = [np.asarray(Image.open(place).convert("RGB")) for place in chosen_files]
        found[Path(pattern).parts[0]] = pictures
    return found


def _colour(array: NDArray[Any]) -> Picture:
    return np.repeat(array[:, :, None], 3, axis=2) if array.ndim == 2 else array


def _marked(picture: Picture, draw: random.Random) -> tuple[Picture, Area]:
    """Return the picture with a name or a date drawn where it fits, and where that is."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    size, word = draw.choice(SIZES_PX), draw.choice(WORDS)
    font = ImageFont.load_default(size)
    width = pen.textlength(word, font=font)
    x = draw.uniform(2, max(3.0, picture.shape[1] - width - 2))
    y = draw.uniform(2, picture.shape[0] - size - 6)
    ground = picture[int(y) : int(y) + size, int(x) : int(x + width)].mean()
    fill = (255, 255, 255) if ground < 128 else (0, 0, 0)
    pen.text((x, y), word, fill=fill, font=font)
    return np.asarray(image), (x, y + 2, x + width, y + size)


def _covered(found: Sequence[Found], area: Area) -> float:
    x0, y0, x1, y1 = map(int, area)
    inside = np.zeros((y1 - y0, x1 - x0), np.bool_)
    for one in found:
        left, top = max(one.x0 - x0, 0), max(one.y0 - y0, 0)
        inside[top : max(one.y1 - y0, 0), left : max(one.x1 - x0, 0)] = True
    return float(inside.mean())


def main() -> None:
    """Print one row of JSON per set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--n", type=int, default=40, help="pictures of each set")
    arguments = parser.parse_args()
    for row in rows(arguments.data, arguments.n):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
