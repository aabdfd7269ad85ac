"""What a message wants to know, as fields of tools' answers."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from heuresis.agent.planning.catalogue import READERS, Entry, catalogue
from heuresis.agent.planning.plan import Carrier
from heuresis.agent.understanding.entities import Entity, IntentKind, Understanding
from heuresis.agent.understanding.properties import by_path, instead, name_of
from heuresis.agent.understanding.vocabulary.reading import english

# What to do where the text names a deed and no property: tool and fields to show, by carrier.
DEEDS: Mapping[IntentKind, Mapping[Carrier, tuple[str, tuple[str, ...]]]] = {
    "compute": {
        "smiles": ("molecule.describe", ()),
        "crystal": ("crystal.describe", ()),
        "image": ("image.modality", ("modality", "confidence")),
    },
    "segment": {"image": ("vision.segment", ("masks", "overlay"))},
    "assess": {"image": ("medical.quality", ("verdict", "text"))},
    "identify": {"image": ("image.modality", ("modality", "confidence"))},
    "relax": {"crystal": ("crystal.relax", ("energy_per_atom", "volume_per_atom"))},
    "read": {"image": ("image.read", ("format", "width_px", "height_px"))},
    "deidentify": {"image": ("image.read", ("removed", "text_found"))},
}
DRAWN: Mapping[Carrier, str] = {"smiles": "molecule.describe", "crystal": "crystal.describe"}
NOTATIONS: Mapping[str, tuple[str, str]] = {
    "smiles": ("molecule.parse", "smiles"),
    "inchi": ("molecule.parse", "inchi"),
    "inchikey": ("molecule.parse", "inchikey"),
    "formula": ("molecule.parse", "formula"),
    "name": ("molecule.name", "name"),
    "sdf": ("molecule.geometry", "conformers"),
}
CANNOT: Mapping[IntentKind, str] = {
    "restore": "say which filters: image.restore takes a chain such as 'denoise(1) > contrast(1)'",
}
NOT_SEEN = (
    "no tool here finds this in a picture; nearest: its kind (image.modality), its quality "
    "(medical.quality) and its regions (vision.segment)"
)
VESSELS = ("medical.segment_vessels", ("mask", "vessel_fraction", "density"))
MAX_NUMBERS = 8  # shown of a tool whose answer nobody asked a part of
MAX_PROFILE = 12  # end points of a profile
_GIVEN = re.compile(
    r"(?i)\b(?:the|this|that|my|our|whole|entire|attached|in|from|of)\s+(?:\w+\s+)?$"
)
_VESSELS = re.compile(r"(?i)\b(?:vessels?|vascula\w*|arter\w+|veins?|venules?|capillar\w+)\b")


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
    message: Understanding, carriers: Collection[Carrier], *, is_operated: bool = False
) -> tuple[list[Wish], list[str]]:
    """Return what is wanted by name, in the order of the text, and sentences on what cannot be.

    Args:
        message: The message, understood.
        carriers: What its subjects came as.
        is_operated: Whether something is done to pictures already.
    """
    known = reachable(carriers)
    asked = [one for one in message.of_kind("property") if ":" in one.canonical]
    wishes = [
        wish for one in asked if not _is_idle(one, known) for wish in _wishes(one, known, message)
    ]
    wishes += [_notation(one) for one in message.of_kind("notation") if _is_asked(one, message)]
    wishes += [wish for one in message.of_kind("tool") for wish in wishes_for(one.canonical)]
    kinds = [one.kind for one in message.intents if not one.is_negated]
    if "draw" in kinds:
        wishes += [_drawing(tool) for carrier, tool in DRAWN.items() if carrier in known]
    unmet = [f"{CANNOT[kind]}." for kind in dict.fromkeys(kinds) if kind in CANNOT]
    if is_operated or not known & {"image", "original"}:
        unmet = []
    unmet += [f"{one.text!r}: {NOT_SEEN}." for one in asked if _is_idle(one, known)]
    deeds = [kind for kind in kinds if kind in DEEDS and kind != "compute"]
    if deeds and (not wishes or "image" in known):
        wishes += _deeds(deeds, known, message)
    single = {(one.tool, one.path): one for one in reversed(wishes)}
    return list(reversed(single.values())), unmet


def usual_wishes(message: Understanding, carriers: Collection[Carrier]) -> list[Wish]:
    """Return what the mere naming of a thing usually asks."""
    return _deeds(["compute"], reachable(carriers), message)


def _is_idle(one: Entity, known: Collection[Carrier]) -> bool:
    """Whether an everyday word, such as 'mass' of a picture, asks for what no subject has."""
    if not known or not set(known) <= {"image", "original"}:
        return False
    entry = catalogue().get(one.canonical.partition(":")[0])
    fits = entry is not None and any(carrier in entry.takes.values() for carrier in known)
    return not fits and one.text.lower() in english()


def reachable(carriers: Collection[Carrier]) -> set[Carrier]:
    """Return what subjects can be read as."""
    return {*carriers, *(end for (start, end) in READERS if start in carriers)}


def _wishes(one: Entity, known: Collection[Carrier], message: Understanding) -> list[Wish]:
    tool, _, path = one.canonical.partition(":")
    if path == "*":
        listed = [each for each in by_path() if each.startswith(f"{tool}:end_points.")]
        return [_wish(whole) for whole in listed[:MAX_PROFILE]]
    others = instead().get(one.canonical, {})
    whole = next((others[carrier] for carrier in others if carrier in known), one.canonical)
    return [_wish(_of_deed(whole, message))]


def _of_deed(whole: str, message: Understanding) -> str:
    """Take a number from the tool whose deed is asked for, where its answer has the same."""
    path = whole.partition(":")[2]
    for intent in message.intents:
        for tool, _ in DEEDS.get(intent.kind, {}).values():
            entry = catalogue().get(tool)
            if intent.kind != "compute" and entry is not None and path in entry.numbers:
                return f"{tool}:{path}"
    return whole


def _wish(whole: str) -> Wish:
    tool, _, path = whole.partition(":")
    return Wish(tool, path.replace("[]", ""), name_of(whole), f"tells {name_of(whole)}")


def _drawing(tool: str) -> Wish:
    return Wish(tool, "depiction", "drawing", "draws it")


def _is_asked(one: Entity, message: Understanding) -> bool:
    """Whether a notation is wanted, and not the name of what was given: 'the whole sdf'."""
    given = one.canonical == "sdf" and _GIVEN.search(message.text[: one.start])
    return one.canonical in NOTATIONS and not given


def _notation(one: Entity) -> Wish:
    tool, path = NOTATIONS[one.canonical]
    return Wish(tool, path, one.canonical, f"writes it as {one.canonical}")


def wishes_for(tool: str, why: str = "asked for by name") -> list[Wish]:
    """Return the main numbers of a tool's answer."""
    entry = catalogue().get(tool)
    if entry is None:
        return []
    paths = _main_paths(entry)
    return [Wish(tool, path, name_of(f"{tool}:{path}"), why) for path in paths]


def _main_paths(entry: Entry) -> Sequence[str]:
    mapped = [
        known.partition(":")[2] for known in by_path()
        if known.startswith(tuple(f"{entry.name}:{head}." for head in entry.mapped))
    ]  # fmt: skip
    single = [path for path in entry.numbers if entry.has_number(path)]
    return (single or mapped)[:MAX_NUMBERS] or tuple(entry.gives)[:1]


def _deeds(
    kinds: Sequence[IntentKind], carriers: Collection[Carrier], message: Understanding
) -> list[Wish]:
    """Return what each deed usually means."""
    wishes: list[Wish] = []
    for kind in dict.fromkeys(kinds):
        for carrier, (tool, paths) in DEEDS[kind].items():
            if carrier not in carriers:
                continue
            is_vessels = kind == "segment" and _VESSELS.search(message.text)
            name, fields = VESSELS if is_vessels else (tool, paths)
            chosen = fields or tuple(one.path for one in wishes_for(name))
            wishes += [Wish(name, path, name_of(f"{name}:{path}"), kind) for path in chosen]
    return wishes
