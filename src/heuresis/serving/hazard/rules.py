"""The rules as data: what a rule file may say, how the files are read, and their digest."""

import hashlib
from collections.abc import Iterator
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from heuresis.contract import Frozen
from heuresis.errors import PolicyError
from heuresis.serving.hazard.canonical import MAX_COUNT

# Named here, so that a wheel that lost a file cannot pass for a screen with fewer rules.
RULE_FILES = (
    "chemical_weapons.yaml",
    "chemical_weapons_review.yaml",
    "controlled.yaml",
    "energetic.yaml",
    "toxins.yaml",
)
HoldLevel = Literal["review", "blocked"]
RULE_ID = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$"


class RuleHead(Frozen):
    """What every rule states."""

    id: str = Field(pattern=RULE_ID, description="Stable name, written into policy events.")
    class_name: str = Field(max_length=80, description="Class of substance, in general words.")
    source: str = Field(min_length=1, description="Public list that names the class.")


class PatternHead(RuleHead):
    """What every rule with patterns states: which atoms make it worth a look."""

    needs: dict[str, Annotated[int, Field(ge=1, le=MAX_COUNT)]] = Field(
        default={}, description="Least number of atoms by element."
    )
    any_of: tuple[str, ...] = Field(default=(), description="Elements of which one is present.")


class Member(Frozen):
    """One listed structure, with its formula as a check on the structure."""

    name: str = Field(description="Usual name.")
    smiles: str = Field(description="Structure without stereo.")
    formula: str = Field(description="Molecular formula in Hill order.")


class ExactRule(RuleHead):
    """Structures listed one by one; found in any charge, tautomer, isotope or stereo form."""

    tier: Literal["exact"]
    level: HoldLevel
    members: tuple[Member, ...] = Field(min_length=1, description="The listed structures.")
    relieves: tuple[str, ...] = Field(
        default=(), description="Class rules that do not speak on these structures."
    )


class ClassRule(PatternHead):
    """Families by substructure, within one component."""

    tier: Literal["class"]
    level: HoldLevel
    smarts: tuple[str, ...] = Field(min_length=1, description="Any one of these is a hit.")
    unless: tuple[str, ...] = Field(default=(), description="Any one of these is no hit.")
    near: tuple[str, ...] = Field(
        default=(), description="Looser patterns: where they match, every tautomer is tried."
    )
    min_count: int = Field(default=1, ge=1, description="Least number of places that match.")
    max_heavy_atoms: int | None = Field(default=None, description="Larger molecules are let by.")


class TogetherRule(PatternHead):
    """Patterns that must all be present, in any components."""

    tier: Literal["together"]
    level: HoldLevel
    smarts: tuple[str, ...] = Field(min_length=2, description="All of these make a hit.")


class SimilarityRule(PatternHead):
    """Relatives of listed structures: Tanimoto on Morgan fingerprints, within a kin pattern."""

    tier: Literal["similarity"]
    against: tuple[str, ...] = Field(min_length=1, description="Exact rules to compare with.")
    kin: tuple[str, ...] = Field(min_length=1, description="Compared only where one matches.")
    review_at: float = Field(gt=0, lt=1, description="Least similarity to be held.")
    blocked_at: float = Field(gt=0, le=1, description="Least similarity to be refused.")

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.review_at > self.blocked_at:
            raise ValueError(
                f"{self.id!r}: got review_at {self.review_at}, allowed at most {self.blocked_at}"
            )
        return self


Rule = Annotated[ExactRule | ClassRule | TogetherRule | SimilarityRule, Field(discriminator="tier")]
_RULES: TypeAdapter[tuple[Rule, ...]] = TypeAdapter(tuple[Rule, ...])


def load_rules() -> tuple[Rule, ...]:
    """Read and validate every rule file.

    Raises:
        PolicyError: A file is missing, is no YAML, or breaks the schema; nothing may run.
    """
    rules = tuple(rule for name in RULE_FILES for rule in _rules_in(name))
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise PolicyError("hazard rules: got two rules with one id, allowed one each")
    known = set(ids)
    for rule in rules:
        for other in _named_by(rule):
            if other not in known:
                raise PolicyError(f"hazard rule {rule.id!r}: got {other!r}, allowed a rule's id")
    return rules


def rules_digest() -> str:
    """Return 'sha256:' over names and bytes of all rule files; it goes into policy events."""
    total = hashlib.sha256()
    for name in RULE_FILES:
        data = _bytes_of(name)
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return "sha256:" + total.hexdigest()


def _named_by(rule: Rule) -> Iterator[str]:
    if isinstance(rule, ExactRule):
        yield from rule.relieves
    if isinstance(rule, SimilarityRule):
        yield from rule.against


def _rules_in(name: str) -> tuple[Rule, ...]:
    import yaml

    try:
        document: Any = yaml.safe_load(_bytes_of(name))
        return _RULES.validate_python(document["rules"])
    except (yaml.YAMLError, KeyError, TypeError, ValidationError) as error:
        raise PolicyError(f"hazard rules {name!r}: got a broken file") from error


def _bytes_of(name: str) -> bytes:
    try:
        return (resources.files("heuresis.serving.hazard") / "rules" / name).read_bytes()
    except OSError as error:
        raise PolicyError(f"hazard rules {name!r}: got no file, reinstall heuresis") from error
