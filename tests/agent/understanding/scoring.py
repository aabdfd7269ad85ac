"""Sentences with what they should be read as, and how a reading is scored against them."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from heuresis.agent.understanding.entities import Understanding

HERE = Path(__file__).parent
SHORT = {"md": "molecule.describe:", "ma": "molecule.admet:end_points.", "mb": "molecule.buyable:",
         "mg": "molecule.geometry:", "cs": "crystal.stability:", "cb": "crystal.bulk_modulus:",
         "cd": "crystal.describe:", "cr": "crystal.relax:", "mq": "medical.quality:"}  # fmt: skip
THINGS = ("smiles", "inchi", "selfies", "name", "formula", "element", "system", "cif", "poscar",
          "structure_type", "sequence", "modality", "notation", "file", "run", "tool",
          "material")  # fmt: skip


@dataclass
class Score:
    """Sentences right in all parts, and parts right, by part.

    Attributes:
        n: Sentences.
        right: Those in which everything is as expected.
        hits: Items both expected and found, by part.
        missed: Items expected and not found.
        extra: Items found and not expected.
        wrong: One line for every sentence that is not right.
    """

    n: int = 0
    right: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def f1(self, part: str = "") -> float:
        """Return the F1 of one part, or of all together."""

        def total(counts: Counter[str]) -> int:
            return counts[part] if part else counts.total()

        wrong = total(self.missed) + total(self.extra)
        return 2 * total(self.hits) / (2 * total(self.hits) + wrong) if wrong else 1.0


def sentences(name: str) -> list[dict[str, Any]]:
    """Read one of the two files."""
    rows: list[dict[str, Any]] = yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
    return rows


def score(rows: list[dict[str, Any]], read: Any) -> Score:
    """Score readings of sentences."""
    result = Score()
    for row in rows:
        faults = []
        seen = read(row["text"])
        for part, (expected, found) in compared(row, seen).items():
            both = expected & found
            result.hits[part] += both.total()
            result.missed[part] += (expected - found).total()
            result.extra[part] += (found - expected).total()
            if expected != found:
                faults.append(f"{part}: missed {sorted((expected - found).elements())}, "
                              f"extra {sorted((found - expected).elements())}")  # fmt: skip
        result.n += 1
        result.right += not faults
        if faults:
            result.wrong.append(f"{row['text']!r}\n      " + "\n      ".join(faults))
    return result


def compared(
    row: dict[str, Any], seen: Understanding
) -> dict[str, tuple[Counter[str], Counter[str]]]:
    """Return expected and found items by part."""
    conditions = [_long(each) for each in row.get("conditions", [])]
    ordering = [_long(each) for each in row.get("ordering", [])]
    paths = {each.split()[0] for each in (*conditions, *ordering)}
    paths |= {_long(each) for each in row.get("properties", [])}
    things = [e for e in seen.entities if e.kind in THINGS]
    wanted = Counter(row.get("entities", []))
    parts = {
        "entities": (wanted, _matched(wanted, things)),
        "properties": (Counter(paths), Counter({e.canonical for e in seen.of_kind("property")})),
        "conditions": (Counter(conditions), Counter(c.label for c in seen.conditions)),
        "ordering": (Counter(ordering), Counter(o.label for o in seen.ordering)),
        "references": (Counter(row.get("references", [])),
                       Counter(r.label for r in seen.references)),
        "counts": (Counter(map(str, row.get("counts", []))),
                   Counter(e.canonical for e in seen.of_kind("count"))),
    }  # fmt: skip
    kinds = {i.kind for i in seen.intents}
    parts["intents"] = (Counter(row.get("intents", [])), Counter(kinds))
    left = [text for text in row.get("unsupported", [])]
    told = [t for t in left if any(t.lower() in each.text.lower() for each in seen.leftover)]
    parts["leftover"] = (Counter(left), Counter(told))
    return parts


def _matched(wanted: Counter[str], things: list[Any]) -> Counter[str]:
    """Name what was found as the file does: with the canonical form where the file states one."""
    found: Counter[str] = Counter()
    for thing in things:
        plain = f"{thing.kind}={thing.text}"
        full = f"{plain}=>{thing.canonical}"
        if plain in wanted and not thing.canonical:
            plain += "=>unread"
        found[full if full in wanted else plain if plain in wanted else full] += 1
    return found


def _long(short: str) -> str:
    head, _, rest = short.partition(":")
    if short == "ma:*":
        return "molecule.admet:*"
    return SHORT[head] + rest if head in SHORT else short
