"""Files that requests name by digest: looked up in the vault, and given a way to their bytes."""

from typing import Any, TypeVar

from pydantic import BaseModel

from heuresis.contract import FileRef
from heuresis.errors import RequestError
from heuresis.memory.vault import Vault

M = TypeVar("M", bound=BaseModel)


def open_files(request: M, vault: Vault) -> M:
    """Return an equal request whose file references can be read.

    Raises:
        RequestError: A file is not in the vault.
    """
    changed: M = _opened(request, vault)
    return changed


def _opened(value: Any, vault: Vault) -> Any:
    """Return the value itself where it names no file."""
    if isinstance(value, FileRef):
        if not vault.has(value):
            raise RequestError(
                f"file {value!s}: got a digest that is not in the vault, allowed: one of an image "
                "that was read in (`heuresis image add FILE`)"
            )
        return value.opened(vault.get)
    if isinstance(value, BaseModel):
        return _model(value, vault)
    if isinstance(value, dict):
        named = {key: _opened(part, vault) for key, part in value.items()}
        return named if any(named[key] is not value[key] for key in value) else value
    if isinstance(value, tuple | list):
        parts = [_opened(part, vault) for part in value]
        return type(value)(parts) if _differ(parts, value) else value
    return value


def _model(value: M, vault: Vault) -> M:
    fields = {name: getattr(value, name) for name in type(value).model_fields}
    opened = {name: _opened(part, vault) for name, part in fields.items()}
    changed = {name: part for name, part in opened.items() if part is not fields[name]}
    return value.model_copy(update=changed) if changed else value


def _differ(new: list[Any], old: Any) -> bool:
    return any(one is not other for one, other in zip(new, old, strict=True))
