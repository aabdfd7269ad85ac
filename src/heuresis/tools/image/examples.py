"""Pictures that examples of tools refer to; drawn by code, they show nobody."""

from functools import cache
from pathlib import Path

from heuresis.contract import ImageRef, digest_of

_HERE = Path(__file__).parent / "drawn"
FUNDUS = _HERE / "fundus.png"
CT = _HERE / "ct.png"


@cache
def example(place: Path) -> ImageRef:
    """Return the digest of an example picture."""
    return ImageRef(digest_of(place.read_bytes()))
