"""From the fields of a request to options on the command line, and back from their text."""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from heuresis.commands.reading import parse_json, read_text
from heuresis.errors import RequestError

FILES = ("ImageRef", "MaskRef", "VideoRef", "OriginalRef")  # name files of the vault
PREFIX = "field_"  # keeps the options of a request apart from those of the command


class Fields:
    """The fields of one schema class.

    Args:
        model: The class; everything here is derived from it.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self.schema = model.model_json_schema()
        self.parts: dict[str, dict[str, Any]] = self.schema.get("properties", {})
        self.required: tuple[str, ...] = tuple(self.schema.get("required", ()))

    def options(self, taken: Iterable[str] = ()) -> list[click.Option]:
        """Return one option per field; fields named like a taken one are left to `--set`."""
        return [self._option(name) for name in self.parts if name not in set(taken)]

    def given(self, named: Mapping[str, Any], pairs: Iterable[str] = ()) -> dict[str, Any]:
        """Collect the fields that a command line gave, by option or by 'name=value'.

        Raises:
            RequestError: A pair has no '=', or a value is no JSON where it must be.
        """
        texts = {
            name.removeprefix(PREFIX): value
            for name, value in named.items()
            if name.startswith(PREFIX) and value is not None
        }
        for pair in pairs:
            name, sign, value = pair.partition("=")
            if not sign:
                raise RequestError(f"--set: got {pair!r}, allowed: field=value")
            texts[name.strip().replace("-", "_")] = value
        return {name: self.read(name, value) for name, value in texts.items()}

    def read(self, name: str, value: Any) -> Any:
        """Turn the text of one field into what the schema wants there.

        A text '@FILE' stands for the content of a file; lists and mappings are JSON. In a field
        that names a picture it stays as it is: the file is read in by the lab.
        """
        if not isinstance(value, str):
            return value
        if not _is_text(value):
            raise RequestError(f"field {name!r}: got bytes that are no UTF-8 text, allowed: UTF-8")
        if value.startswith("@") and name in self.files:
            return [value] if "array" in self.kinds[name] else value
        if value.startswith("@@"):
            value = value[1:]
        elif value.startswith("@"):
            value = read_text(Path(value[1:]))
        kinds = self.kinds.get(name, {"string"})
        if "string" not in kinds and kinds & {"array", "object"}:
            return parse_json(value, f"field {name!r}")
        return value

    @cached_property
    def files(self) -> set[str]:
        """Fields that name files of the vault."""
        return {name for name, part in self.parts.items() if self._names_files(part)}

    @cached_property
    def kinds(self) -> dict[str, set[str]]:
        """JSON types that each field takes."""
        return {name: self._types(part) for name, part in self.parts.items()}

    def of_meaning(self, meaning: str) -> str | None:
        """Name the first field of a semantic type, such as 'Smiles'."""
        marked = (name for name, part in self.parts.items() if self._means(part, meaning))
        return next(marked, None)

    def describe(self, name: str, *, marks: bool = True) -> str:
        """Return a field's description with what it allows; `marks` adds 'required' and default."""
        part = self.parts[name]
        text = str(part.get("description", "")).rstrip(".")
        if values := self._values(part):
            text += f"; one of {', '.join(map(str, values))}"
        if not marks:
            return text
        if name in self.required:
            return f"{text}  [required]"
        default = part.get("default")
        return text if default in (None, [], {}) else f"{text}  [default: {json.dumps(default)}]"

    def _option(self, name: str) -> click.Option:
        flag = "--" + name.replace("_", "-")
        text = self.describe(name)
        if self.kinds[name] - {"null"} == {"boolean"}:
            names = [f"{flag}/--no-{flag[2:]}", PREFIX + name]
            return click.Option(names, default=None, help=text)
        kinds = self.kinds[name] - {"null"}
        metavar = "JSON" if kinds <= {"array", "object"} else "|".join(sorted(kinds)).upper()
        return click.Option([flag, PREFIX + name], default=None, metavar=metavar, help=text)

    def _types(self, part: Mapping[str, Any]) -> set[str]:
        part = self._resolved(part)
        if "enum" in part or "const" in part:
            return {"string"}
        found = part.get("type")
        types = {found} if isinstance(found, str) else set(found or ())
        for choice in [*part.get("anyOf", ()), *part.get("oneOf", ()), *part.get("allOf", ())]:
            types |= self._types(choice)
        return types or {"string"}

    def _values(self, part: Mapping[str, Any]) -> list[Any]:
        part = self._resolved(part)
        if "enum" in part:
            return list(part["enum"])
        return [value for choice in part.get("anyOf", ()) for value in self._values(choice)]

    def _means(self, part: Mapping[str, Any], meaning: str) -> bool:
        part = self._resolved(part)
        choices = part.get("anyOf", ())
        is_one = part.get("x-heuresis-type") == meaning
        return is_one or any(self._means(choice, meaning) for choice in choices)

    def _names_files(self, part: Mapping[str, Any]) -> bool:
        part = self._resolved(part)
        inside = [*part.get("anyOf", ()), *part.get("prefixItems", ()), part.get("items") or {}]
        return part.get("x-heuresis-type") in FILES or any(
            map(self._names_files, filter(None, inside))
        )

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        name = str(part.get("$ref", "")).rpartition("/")[2]
        found: Mapping[str, Any] = self.schema.get("$defs", {}).get(name, part)
        return found


def _is_text(value: str) -> bool:
    """Tell whether an argument was UTF-8; Python marks the bytes that were not."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
