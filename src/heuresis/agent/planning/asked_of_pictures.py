"""What is asked of pictures, as fields of tools' answers."""

from collections.abc import Collection, Sequence

from heuresis.agent.planning.plan import Carrier
from heuresis.agent.planning.wishes import Wish
from heuresis.agent.understanding.entities import Understanding
from heuresis.agent.understanding.pictures import Asks, PictureAsk, picture_asks
from heuresis.agent.understanding.properties import name_of

PICTURES = frozenset(("original", "image"))
ANSWERS: dict[Asks, tuple[str, tuple[str, ...]]] = {
    "modality": ("image.modality", ("modality", "confidence")),
    "quality": ("medical.quality", ("verdict", "text")),
    "vessels": ("medical.segment_vessels", ("mask", "vessel_fraction", "density")),
    "regions": ("vision.segment", ("masks", "overlay")),
    "file": ("image.read", ("format", "width_px", "height_px")),
    "privacy": ("image.read", ("removed", "text_found")),
}


def asked_of_pictures(
    message: Understanding, carriers: Collection[Carrier], *, is_operated: bool
) -> list[tuple[int, Wish]]:
    """Return what is asked of pictures, and where in the text; nothing where others are named."""
    if not carriers or not set(carriers) <= PICTURES:
        return []
    text = message.text
    for one in message.operations:  # an unsharp mask is no mask of regions
        text = f"{text[: one.start]}{' ' * (one.end - one.start)}{text[one.end :]}"
    asks = picture_asks(text, is_operated=is_operated)
    return [(ask.start, wish) for ask in _settled(asks) for wish in _wishes(ask)]


def _settled(asks: Sequence[PictureAsk]) -> list[PictureAsk]:
    """Let a stated deed beat what merely sounds like one."""
    kinds = {one.what for one in asks}
    return [one for one in asks if not (one.what == "file" and kinds & {"vessels", "regions"})]


def _wishes(ask: PictureAsk) -> list[Wish]:
    tool, usual = ANSWERS[ask.what]
    return [
        Wish(tool, path, name_of(f"{tool}:{path}"), f"tells {ask.what}")
        for path in ask.fields or usual
    ]
