"""Rules of approval: which calls run by themselves, which wait for a person, which never run."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from heuresis.contract import Cost, Frozen
from heuresis.errors import RequestError
from heuresis.explain import wrong_fields
from heuresis.serving.approval.origins import Kind

Spoken = Literal["allowed", "ask", "denied"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
SHIPPED = "shipped.yaml"
MAX_BYTES = 1_000_000
MAX_RULES = 500


class Range(Frozen):
    """Numbers from one limit to another, both included."""

    at_least: float | None = Field(default=None, description="Lower limit; None: none.")
    at_most: float | None = Field(default=None, description="Upper limit; None: none.")

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("got no limit, allowed: at_least, at_most or both")
        return self


class Rule(Frozen):
    """One rule; it fits a call when all that it states fits."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Name, in small letters.")
    verdict: Spoken = Field(description="allowed: runs; ask: waits for a person; denied: never.")
    why: Text = Field(description="The reason, as the person reads it.")
    origins: tuple[Kind, ...] = Field(
        default=("person", "campaign", "session", "remote"),
        min_length=1,
        description="Who began it.",
    )
    tool: Text = Field(default="*", description="Name of the tool; '*' stands for any letters.")
    arguments: dict[Text, Text | Range] = Field(
        default_factory=dict,
        description="Pattern or limits by path in the request, such as smiles or images.*; '*' "
        "stands for any letters.",
    )
    cost_at_least: Cost | None = Field(default=None, description="Cost class of the tool, or more.")
    leaves: bool | None = Field(default=None, description="Whether a model server is asked.")
    files: bool | None = Field(default=None, description="Whether the request names files.")
    released: bool | None = Field(
        default=None, description="Whether the setting egress_allowed names that server."
    )

    @property
    def digest(self) -> str:
        """Identify what the rule says: an approval under a rule ends when the rule changes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class RuleFile(Frozen):
    """A file of rules."""

    rules: tuple[Rule, ...] = Field(max_length=MAX_RULES, description="Read from the top.")

    @model_validator(mode="after")
    def _are_named_once(self) -> Self:
        names = [rule.id for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"got the ids {twice!r} more than once, allowed: once each")
        return self


@dataclass(frozen=True)
class RuleBook:
    """All rules in force, in order: the person's own, then the shipped.

    Attributes:
        rules: The first that fits decides.
        n_own: How many of them are the person's.
        digest: Identifies all of them.
    """

    rules: tuple[Rule, ...]
    n_own: int
    digest: str


def rule_book(own: Path | None) -> RuleBook:
    """Return the rules in force; files are read again when they have changed.

    Args:
        own: The person's file; it need not exist.

    Raises:
        RequestError: The file cannot be read, or breaks the form.
    """
    if own is None:
        return _shipped_book()
    try:
        found = own.stat()
    except FileNotFoundError:
        return _shipped_book()
    except OSError as error:
        raise RequestError(f"approval rules {str(own)!r}: {error.strerror}") from error
    return _book_with(own, found.st_mtime_ns, found.st_size, found.st_ino)


def read_rules(place: Path) -> tuple[Rule, ...]:
    """Read a file of rules.

    Raises:
        RequestError: It cannot be read, or breaks the form: field, what was got, what is allowed.
    """
    try:
        data = place.read_bytes()
    except OSError as error:
        raise RequestError(f"approval rules {str(place)!r}: {error.strerror}") from error
    return _parsed(data, str(place))


@lru_cache(maxsize=8)
def _book_with(place: Path, mtime_ns: int, size: int, inode: int) -> RuleBook:
    """Read a file as it is now; the further arguments say which state of it is meant."""
    return _joined(read_rules(place), _shipped_book().rules)


@cache
def _shipped_book() -> RuleBook:
    data = resources.files(__package__).joinpath(SHIPPED).read_bytes()
    return _joined((), _parsed(data, SHIPPED))


def _joined(own: tuple[Rule, ...], shipped: tuple[Rule, ...]) -> RuleBook:
    rules = (*own, *shipped)
    text = "\n".join(rule.digest for rule in rules)
    return RuleBook(rules, len(own), "approval:" + hashlib.sha256(text.encode()).hexdigest()[:12])


def _parsed(data: bytes, name: str) -> tuple[Rule, ...]:
    import yaml

    if len(data) > MAX_BYTES:
        raise RequestError(f"approval rules {name!r}: got {len(data)} bytes, allowed: {MAX_BYTES}")
    try:
        document: Any = yaml.safe_load(data)
        if not isinstance(document, Mapping):
            got = type(document).__name__
            raise RequestError(
                f"approval rules {name!r}: got a {got}, allowed: 'rules:' and a list"
            )
        return _FORM.validate_python(document).rules
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        why = " ".join(str(error).split())[:200]
        raise RequestError(f"approval rules {name!r}: got no YAML: {why}") from error
    except ValidationError as error:
        wrong = "; ".join(wrong_fields(error, "rules"))
        raise RequestError(f"approval rules {name!r}: {wrong}") from error


_FORM = TypeAdapter(RuleFile)
