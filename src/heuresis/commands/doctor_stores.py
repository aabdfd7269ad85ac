"""The doctor on stores: home, disk, ledger, vault, recall, and the settings that name them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from heuresis import secrets
from heuresis.commands.finding import Finding
from heuresis.commands.opened import open_here, read_settings
from heuresis.errors import HeuresisError, RequestError
from heuresis.memory import embedder
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_recall
from heuresis.settings import Settings

LITTLE_BYTES = 1_000_000_000
PROBE = b"written by heuresis doctor to see whether the vault can be written"


def look(home: Path | None) -> Iterator[Finding]:
    """Look at everything that is kept."""
    try:
        settings = read_settings(home)
    except HeuresisError as error:
        yield Finding("broken", "settings", str(error), "correct or unset that variable")
        return
    yield _disk(settings.home)
    yield _secrets(settings)
    try:
        lab = open_here(settings)
    except HeuresisError as error:
        part = "settings" if isinstance(error, RequestError) else "ledger"
        yield Finding("broken", part, str(error), "see left")
        return
    yield _ledger(lab)
    yield _vault(lab)
    yield _policies(lab)
    yield _recall(lab, settings)


def _disk(home: Path) -> Finding:
    place = next(one for one in (home, *home.parents) if one.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:.1f} GB free for {home}"
    if not os.access(place, os.W_OK):
        fix = "make it writable, or set HEURESIS_HOME to a folder that is"
        return Finding("broken", "home", f"{place} cannot be written", fix)
    if free < LITTLE_BYTES:
        return Finding("warning", "home", text, "free some space: runs that cannot be kept fail")
    return Finding("ok", "home", text)


def _ledger(lab: Lab) -> Finding:
    place = lab.ledger.engine.url.render_as_string(hide_password=True)
    try:
        verdict = lab.ledger.check()
    except HeuresisError as error:
        verdict = str(error)
    if verdict is None:
        return Finding("ok", "ledger", f"sound: {place}")
    return Finding("broken", "ledger", f"{place}: {verdict}", "heuresis memory recover")


def _vault(lab: Lab) -> Finding:
    try:
        lab.vault.get(lab.vault.put(PROBE))
    except HeuresisError as error:
        return Finding("broken", "vault", str(error), "make it writable, or set HEURESIS_VAULT_URL")
    server = lab.settings.vault_endpoint_url if lab.vault.url.startswith("s3://") else ""
    place = f"{lab.vault.url} at {server}" if server else lab.vault.url
    return Finding("ok", "vault", f"written and read: {place}")


def _policies(lab: Lab) -> Finding:
    names = ", ".join(policy.name for policy in lab.policies)
    if names:
        return Finding("ok", "policies", names)
    return Finding("warning", "policies", "no screen is in force", "")


def _recall(lab: Lab, settings: Settings) -> Finding:
    from importlib.util import find_spec

    fix = embedder.missing()
    if fix is None and find_spec("chromadb") is None:
        fix = "no chromadb: pip install 'heuresis[recall]'"
    if fix:
        return Finding("missing", "recall", "search by meaning is off", fix)
    recall = open_recall(lab, settings)
    waiting = recall.backlog()
    text = f"{waiting} texts wait to be indexed"
    if fault := recall.fault():
        fix = "start it (`chroma run`), or correct HEURESIS_RECALL_URL"
        return Finding("missing", "recall", f"search by meaning is off: {fault}; {text}", fix)
    advice = "the next `heuresis memory search` indexes them" if waiting else ""
    return Finding("ok", "recall", text, advice)


def settings_in_force(home: Path | None) -> list[tuple[str, str, str]]:
    """Return (name, value, where from) of every setting; empty where they cannot be read."""
    try:
        settings = read_settings(home)
    except HeuresisError:
        return []
    rows = []
    for name in type(settings).model_fields:
        variable = f"HEURESIS_{name.upper()}"
        given = name in settings.model_fields_set
        source = variable if variable in os.environ else "given" if given else "default"
        if name == "home" and home is not None:
            source = "--home"
        rows.append((name, _public(name, getattr(settings, name)), source))
    return rows


def _public(name: str, value: object) -> str:
    """Return a value without a password."""
    text = secrets.redacted(str(value))
    if not name.endswith(("_url", "_endpoint")) or "@" not in text:
        return text
    scheme, _, rest = text.partition("://")
    return f"{scheme}://***@{rest.rpartition('@')[2]}"


def _secrets(settings: Settings) -> Finding:
    try:
        n = len(secrets.read(settings.secrets_file))
    except HeuresisError as error:
        return Finding("broken", "secrets", str(error), "see left")
    where = f"{n} in {settings.secrets_file}, which only you can read"
    return Finding("ok", "secrets", where if n else "only those of the environment")
