"""What is asked of a library: everything that decides the result of a shard but its records."""

import hashlib
from typing import Literal

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.serving.library.numbers import Number


class Step(Frozen):
    """One tool of the screen, as every process that works on it must find it."""

    tool: str = Field(description="Name in the registry.")
    place: str = Field(description="Where the tool is: 'module:OBJECT'.")
    version: str = Field(description="Of its card.")
    backend: str = Field(description="Which way it answers.")
    weights_digest: str = Field(description="Of weights or program.")
    field: str = Field(description="Field of the request that takes the structure.")


class Plan(Frozen):
    """A screen. Two screens with one digest have the same results for the same records."""

    form: Literal[1] = Field(default=1, description="Raised when the files change their form.")
    holds: Literal["text", "sdf"] = Field(description="What the text of a record is.")
    steps: tuple[Step, ...] = Field(min_length=1, description="Tools, cheap to dear.")
    rules: str = Field(description="Digests of the screens in force.")
    keep: str = Field(description="Expression with whole paths; empty: all that is answered.")
    columns: tuple[Number, ...] = Field(description="Numbers that are computed and written.")
    top: int | None = Field(default=None, description="Most rows of a shard; none: all kept.")
    by: str = Field(default="", description="Path of the number that ranks.")
    lowest: bool = Field(default=False, description="Whether the lowest are the best.")

    @property
    def digest(self) -> str:
        """Identify all of it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def columns_of(self, tool: str) -> tuple[Number, ...]:
        """Return the numbers that one tool answers."""
        return tuple(one for one in self.columns if one.tool == tool)

    def fields_of(self, tool: str) -> frozenset[str]:
        """Return the fields of one tool's answer that are looked at."""
        return frozenset(one.steps[0] for one in self.columns_of(tool))
