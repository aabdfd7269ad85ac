"""Plans that find or improve something: a campaign in one of the spaces that can be searched."""

import re
from collections.abc import Sequence
from typing import Any

from heuresis.agent.planning.drafting import Draft
from heuresis.agent.planning.nearest import SPACES
from heuresis.agent.planning.plan import Campaign, Subject
from heuresis.agent.understanding.entities import Condition, Understanding
from heuresis.agent.understanding.properties import by_path, name_of, sense_of
from heuresis.agent.understanding.vocabulary.reading import table

MOLECULES = {"rounds": 5, "per_round": 8, "calls": {"molecule.admet": 60}, "seconds": 300}
CRYSTALS = {"rounds": 2, "per_round": 4, "calls": {"crystal.relax": 8}, "seconds": 600}
CHAINS = {"rounds": 2, "per_round": 5, "calls": {"medical.recovery": 12}, "seconds": 300}
NEAR = 0.3  # Tanimoto to the start, where analogues are asked for
MAKEABLE = 4.5  # synthetic accessibility
_KIN = re.compile(
    r"(?i)\b(?:analog|derivativ|variant|similar|(?:like|resembl\w+)\s+(?:it|this|that)\b|(?:some|any)thing\s+like|molecules?\s+like|compounds?\s+like|congener|cousin)"
)
_NEW = re.compile(
    r"(?i)\b(?:analog|derivativ|variant|alternativ|replac|novel|new\b|design|propos|suggest|generat|"
    r"invent|improv|optimi|campaign|evolv|discover|come\s+up|maximi|minimi|better|search|explore|"
    r"molecules?\s+like|similar|candidates?\b|find\s+(?:me\s+)?(?:a|an|some)\b)"
)
_CHAIN = re.compile(r"(?i)\b(?:chain|filters?|restoration|pipeline|sequence\s+of\s+operations)\b")
_KINDS = ("text", "smiles")


def is_search(message: Understanding, subjects: Sequence[Subject]) -> bool:
    """Whether the goal is something that is not there yet, rather than facts on what is."""
    finds = any(one.kind == "find" and not one.is_negated for one in message.intents)
    aims = any(one.is_aim for one in message.ordering)
    if not subjects and aims and not message.of_kind("system", "element"):
        return True
    seeks = finds and bool(_NEW.search(message.text))
    if len(subjects) > 1 and not _KIN.search(message.text) and not aims:
        return False
    if message.of_kind("system") or (not subjects and len(message.of_kind("element")) > 1):
        return finds
    if subjects and subjects[0].carrier == "original":
        return finds and bool(_CHAIN.search(message.text))
    return (seeks or bool(_KIN.search(message.text))) and (
        aims or bool(message.conditions) or (finds and bool(_KIN.search(message.text)))
        or (finds and not subjects)
    )  # fmt: skip


def add_search(draft: Draft, message: Understanding, subjects: Sequence[Subject]) -> None:
    """Add a campaign with what it needs, or say why none can be made."""
    if subjects and subjects[0].carrier in _KINDS:
        _molecules(draft, message)
    elif subjects and subjects[0].carrier == "original":
        _chains(draft, message)
    elif symbols := _symbols(message):
        _crystals(draft, message, symbols)
    else:
        draft.notes.append(
            "A search needs a place to begin: a molecule, the elements of a crystal, or a clean "
            f"fundus photograph. {SPACES}"
        )


def _molecules(draft: Draft, message: Understanding) -> None:
    objectives = _objectives(draft, message, "molecule.")
    if not objectives:
        draft.notes.append(
            "What should become better? Name a number and a direction, such as 'more soluble' or "
            "'lower logP'."
        )
        return
    start = draft.reach("molecule.parse", "reads what the search starts from")
    if start is None:
        return
    gates: list[dict[str, Any]] = [{"kind": "distinct"}]
    gates += _gates(draft, message, "molecule.")
    easy = {"tool": "molecule.describe", "path": "synthetic_accessibility", "unit": "1"}
    if all(one["path"] != easy["path"] for one in gates[1:]):
        gates.append({"kind": "range", "name": "makeable", "high": MAKEABLE, **easy})
    space: dict[str, Any] = {"kind": "molecule"}
    if _KIN.search(message.text):
        space["min_similarity"] = NEAR
    spec = _spec(message, "assistant_molecules", space, objectives)
    spec |= {"validators": gates, "proposer": {"kind": "evolution"}, "budget": MOLECULES}
    draft.steps.append(Campaign(id=draft.next_id(), spec=spec, starts=start))


def _crystals(draft: Draft, message: Understanding, symbols: list[str]) -> None:
    hull = {"tool": "crystal.stability", "path": "energy_above_hull", "unit": "eV/atom"}
    objectives = _objectives(draft, message, "crystal.")
    if all(one["path"] != hull["path"] for one in objectives):
        objectives.append(
            {
                "name": "energy_above_hull",
                "direction": "minimise",
                "worst": 0.2,
                "best": 0.0,
                **hull,
            }
        )
    gates: list[dict[str, Any]] = [
        {"kind": "distinct"},
        {"kind": "expect", "name": "neutral", "tool": "crystal.describe",
         "path": "charges.balance", "one_of": ["balanced"]},
        {"kind": "prepare", "name": "relaxed", "tool": "crystal.relax", "path": "crystal"},
        {"kind": "distinct", "name": "distinct_relaxed"},
        *_gates(draft, message, "crystal."),
    ]  # fmt: skip
    n_elements = tuple(range(min(2, len(symbols)), min(3, len(symbols)) + 1))
    space = {"kind": "crystal", "elements": symbols, "n_elements": n_elements, "max_atoms": 10}
    spec = _spec(message, "assistant_crystals", space, objectives)
    spec |= {"validators": gates, "proposer": {"kind": "substitution"}, "budget": CRYSTALS}
    draft.steps.append(Campaign(id=draft.next_id(), spec=spec))


def _chains(draft: Draft, message: Understanding) -> None:
    start = draft.reach("image.read", "reads the clean photograph")
    if start is None:
        return
    kinds = [one.what for one in message.operations if one.does == "spoil"] or ["noise", "blur"]
    cases = [{"kind": kind, "severity": "moderate"} for kind in dict.fromkeys(kinds)]
    objective = {
        "name": "vessels", "direction": "maximise", "tool": "medical.recovery",
        "path": "agreement_after", "unit": "1", "worst": 0.2, "best": 1.0,
        "arguments": {"cases": cases},
    }  # fmt: skip
    operations = {"denoise": [0.5, 1.0, 2.0], "deblur": [1.0, 2.0], "contrast": [0.5, 1.0],
                  "sharpen": [0.5, 1.0], "illumination": [1.0], "gamma": [0.7, 1.4]}  # fmt: skip
    space = {"kind": "restoration", "operations": operations, "max_steps": 2}
    spec = _spec(message, "assistant_chains", space, [objective])
    spec |= {"validators": [{"kind": "distinct"}], "proposer": {"kind": "evolution"}}
    spec["budget"] = CHAINS
    draft.steps.append(
        Campaign(id=draft.next_id(), spec=spec, starts=start, start_path="images[0]")
    )


def _spec(
    message: Understanding, name: str, space: dict[str, Any], objectives: list[dict[str, Any]]
) -> dict[str, Any]:
    goal = " ".join(message.text.split())[:500]
    return {"name": name, "goal": f"{goal:<3}", "space": space, "objectives": objectives}


def _objectives(draft: Draft, message: Understanding, domain: str) -> list[dict[str, Any]]:
    """Turn what is to go up or down into objectives, between ends that are usual for it."""
    ways: dict[str, str] = {}
    for order in message.ordering:
        good = order.direction or _usual_way(order.path)
        if good:
            ways.setdefault(order.path, good)
    for entity in message.of_kind("property"):
        sense = sense_of(entity.text)
        if sense and entity.canonical not in ways:  # 'stiff oxides'
            ways[entity.canonical] = "descending" if sense > 0 else "ascending"
    for condition in message.conditions:
        if condition.path not in ways:
            ways[condition.path] = "descending" if condition.low is not None else "ascending"
    return [
        made
        for whole, way in ways.items()
        if whole.startswith(domain) and (made := _objective(draft, whole, way)) is not None
    ]


def _usual_way(path: str) -> str:
    known = by_path().get(path)
    good = known.good if known else 0
    return {1: "descending", -1: "ascending", 0: ""}[good]


def _objective(draft: Draft, whole: str, way: str) -> dict[str, Any] | None:
    known, ends = by_path().get(whole), table("aims").get(whole)
    if known is not None and known.is_class and known.unit == "1":
        ends = [0.0, 1.0]
    if known is None or ends is None:
        draft.notes.append(f"{name_of(whole)} cannot be an aim of a search here.")
        return None
    low, high = map(float, ends)
    worst, best = (low, high) if way == "descending" else (high, low)
    tool, _, path = whole.partition(":")
    direction = "maximise" if way == "descending" else "minimise"
    return {"name": slug(name_of(whole)), "direction": direction, "tool": tool, "path": path,
            "unit": known.unit, "worst": worst, "best": best}  # fmt: skip


def _gates(draft: Draft, message: Understanding, domain: str) -> list[dict[str, Any]]:
    return [
        _gate(one, n)
        for n, one in enumerate(message.conditions, start=1)
        if one.path.startswith(domain) and _can_be_gate(draft, one)
    ]


def _can_be_gate(draft: Draft, one: Condition) -> bool:
    is_number = bool(one.unit) and not one.is_negated and ":n_" not in one.path
    if not is_number:
        draft.notes.append(f"{one.text!r}: this cannot be a gate of a search here.")
    return is_number


def _gate(one: Condition, n: int) -> dict[str, Any]:
    tool, _, path = one.path.partition(":")
    limits = {"low": one.low, "high": one.high}
    return {"kind": "range", "name": f"limit_{n}_{slug(name_of(one.path))}"[:40], "tool": tool,
            "path": path, "unit": one.unit, **limits}  # fmt: skip


def _symbols(message: Understanding) -> list[str]:
    """Return the elements that a message names, those of systems first."""
    systems = [symbol for one in message.of_kind("system") for symbol in one.canonical.split("-")]
    named = [one.canonical for one in message.of_kind("element")]
    return list(dict.fromkeys([*systems, *named]))[:6]


def slug(words: str) -> str:
    """Return words as a name of an objective: small letters and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40]
