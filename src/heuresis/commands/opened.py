"""Settings and lab as a command needs them, with the options that every command shares."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from heuresis import secrets
from heuresis.errors import RequestError, ServiceError

if TYPE_CHECKING:
    from heuresis.serving.lab import Lab
    from heuresis.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Give a command `--json`."""
    text = "Print JSON: one document, or one per line."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def home_option(command: F) -> F:
    """Give a command `--home`."""
    kind = click.Path(path_type=Path, file_okay=False)
    text = "Folder of all results; otherwise HEURESIS_HOME, otherwise ~/.heuresis."
    return click.option("--home", type=kind, default=None, help=text)(command)


def read_settings(home: Path | None = None) -> "Settings":
    """Read the settings.

    Raises:
        RequestError: One is wrong; the message names the variable.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from heuresis.settings import Settings, get_settings

    try:
        return get_settings() if home is None else Settings(home=home)
    except ValidationError as error:
        raise RequestError("settings: " + "; ".join(map(_clause, error.errors()))) from error
    except SettingsError as error:
        raise RequestError(f"settings: {error}: {error.__cause__}") from error


def _clause(item: Any) -> str:
    field, *inside = map(str, item["loc"])
    name = ".".join([f"HEURESIS_{field.upper()}", *inside])
    if field == "llm_endpoints" or field.endswith("key_env"):  # a key may stand there by mistake
        return f"{name}: {item['msg']}; what was got is not shown"
    return f"{name}: got {secrets.redacted(str(item['input']))[:80]!r}, {item['msg']}"


def open_here(settings: "Settings") -> "Lab":
    """Open the lab that the settings describe.

    Raises:
        RequestError: A URL in the settings cannot be read.
        ServiceError: The ledger cannot be opened.
    """
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    from heuresis.serving.open_lab import open_lab

    try:
        lab = open_lab(settings)
    except (ArgumentError, NoSuchModuleError) as error:
        raise RequestError(
            f"settings: HEURESIS_LEDGER_URL: got no SQL URL ({error}); "
            "allowed: sqlite:///FILE, postgresql://HOST/NAME"
        ) from error
    except ModuleNotFoundError as error:
        raise ServiceError(f"ledger: {error}; install that package") from error
    if (context := click.get_current_context(silent=True)) is not None:
        context.call_on_close(lab.ledger.close)
    return lab


def lab_at(home: Path | None) -> "Lab":
    """Open the lab of a home."""
    return open_here(read_settings(home))
