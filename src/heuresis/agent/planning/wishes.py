"""What a message wants to know, as fields of tools' answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from heuresis.agent.planning.catalogue import READERS, Entry, catalogue
from heuresis.agent.planning.plan import Carrier
from heuresis.agent.understanding.entities import Entity, IntentKind, Understanding

# What to do where the text names a deed and no property: tool and fields to show, by carrier.
DEEDS: Mapping[IntentKind, Mapping[Carrier, tuple[str, tuple[str, ...]]]] = {
    "compute": {
        "smiles": ("molecule.describe", ()),
        "crystal": ("crystal.describe", ()),
        "image": ("image.modality", ("modality", "confidence")),
    },
    "segment": {"image": ("vision.segment", ())},
    "assess": {"image": ("medical.quality", ("verdict", "text"))},
    "identify": {"image": ("image.modality", ("modality", "confidence"))},
    "relax": {"crystal": ("crystal.relax", ("energy_per_atom", "volume_per_atom"))},
    "read": {"image": ("image.read", ("format", "width_px", "height_px"))},
    "deidentify": {"image": ("image.read", ("removed", "text_found"))},
}
LIKE_COMPUTE: tuple[IntentKind, ...] = ("explain", "compare", "check", "order")
NOTATIONS: Mapping[str, tuple[str, str]] = {
    "smiles": ("molecule.parse", "smiles"),
    "inchi": ("molecule.parse", "inchi"),
    "inchikey": ("molecule.parse", "inchikey"),
    "formula": ("molecule.parse", "formula"),
    "name": ("molecule.name", "name"),
}
CANNOT: Mapping[IntentKind, str] = {
    "draw": "drawing is not a tool here; the report of a campaign draws its candidates",
    "restore": "say which filters: image.restore takes a chain such as 'denoise(1) > contrast(1)'",
}
MAX_NUMBERS = 8  # shown of a tool whose answer nobody asked a part of


@dataclass(frozen=True)
class Wish:
    """One field of one tool's answer.

    Attributes:
        tool: Who answers it.
        path: Field of the response.
        words: What it is called in an answer.
        why: What it is for, in the plan.
    """

    tool: str
    path: str
    words: str
    why: str


def wishes_of(
    message: Understanding, carriers: Collection[Carrier]
) -> tuple[list[Wish], list[str]]:
    """Return what is wanted, in the order of the text, and sentences on what cannot be.

    Args:
        message: The message, understood.
        carriers: What its subjects came as.
    """
    wishes = [_wish(one) for one in message.of_kind("property") if ":" in one.canonical]
    wishes += [_notation(one) for one in message.of_kind("notation") if one.canonical in NOTATIONS]
    wishes += [wish for one in message.of_kind("tool") for wish in _all_of(one.canonical)]
    kinds = [one.kind for one in message.intents if not one.is_negated]
    unmet = [f"{CANNOT[kind]}." for kind in dict.fromkeys(kinds) if kind in CANNOT]
    if not wishes and not message.conditions:
        wishes = _deeds(kinds, reachable(carriers))
    return list(dict.fromkeys(wishes)), unmet


def reachable(carriers: Collection[Carrier]) -> set[Carrier]:
    """Return what subjects can be read as."""
    return {*carriers, *(end for (start, end) in READERS if start in carriers)}


def _wish(one: Entity) -> Wish:
    tool, _, path = one.canonical.partition(":")
    return Wish(tool, path, one.text, f"tells {path.replace('_', ' ')}")


def _notation(one: Entity) -> Wish:
    tool, path = NOTATIONS[one.canonical]
    return Wish(tool, path, one.canonical, f"writes it as {one.canonical}")


def _all_of(tool: str, why: str = "asked for by name") -> list[Wish]:
    entry = catalogue().get(tool)
    if entry is None:
        return []
    return [Wish(tool, path, path.replace("_", " "), why) for path in _main_paths(entry)]


def _main_paths(entry: Entry) -> Sequence[str]:
    return entry.numbers[:MAX_NUMBERS] or tuple(entry.gives)[:1]


def _deeds(kinds: Sequence[IntentKind], carriers: Collection[Carrier]) -> list[Wish]:
    """Fall back to what each deed, or the mere naming of a thing, usually means."""
    known = [kind for kind in kinds if kind in (*DEEDS, *LIKE_COMPUTE)]
    deeds: list[IntentKind] = [kind if kind in DEEDS else "compute" for kind in known]
    wishes: list[Wish] = []
    fallback: list[IntentKind] = ["compute"]
    for kind in dict.fromkeys(deeds or fallback):
        for carrier, (tool, paths) in DEEDS[kind].items():
            if carrier in carriers:
                chosen = paths or tuple(one.path for one in _all_of(tool))
                wishes += [Wish(tool, path, path.replace("_", " "), kind) for path in chosen]
    return wishes
