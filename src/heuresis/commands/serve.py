"""`heuresis serve`: host models once, for every process of this home."""

from pathlib import Path
from typing import Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option, read_settings
from heuresis.commands.serve_llm import llm


@click.group("serve")
def serve() -> None:
    """Host models once, on Ray, for every process of this home.

    Processes use them when HEURESIS_HOST is 'ray'. Without it each process loads its own.
    """


serve.add_command(llm)


@serve.command("up")
@home_option
@json_option
def up(home: Path | None, as_json: bool) -> None:
    """Start Ray on this computer and offer every model; each loads at its first call.

    It listens on this computer only, goes on after the terminal is closed, and is ended by
    `serve down`. Where it runs already, or HEURESIS_RAY_ADDRESS names another, models that it
    lacks are added.
    """
    from heuresis.serving.hosts.ray_serve import operation

    settings = read_settings(home)
    record = operation.up(settings)
    if as_json:
        output.emit({"address": record.address, "pid": record.pid, "config": record.config})
        return
    kept = f", process {record.pid}" if record.pid else ", kept by others"
    output.line(f"up at {record.address}{kept}")
    output.say("set HEURESIS_HOST=ray to use it; `heuresis serve status` shows it")


@serve.command("status")
@home_option
@json_option
def status(home: Path | None, as_json: bool) -> None:
    """List deployments with replicas, calls under way, calls waiting at replicas, and memory."""
    from heuresis.serving.hosts.ray_serve import operation

    found = operation.look(read_settings(home))
    if as_json:
        output.emit(found)
        return
    output.line(f"Ray at {found['address']}")
    rows = [
        (one["name"], one["status"], _replicas(one), one["running"], one["queued"],
         f"{one['memory_mb']} MB" if one["memory_mb"] else "", one["message"])
        for one in found["deployments"]
    ]  # fmt: skip
    output.table(
        ("deployment", "status", "replicas", "running", "queued", "memory", "message"), rows
    )
    book = found["placement"]
    for name, (accelerator, memory_mb) in book.get("residents", {}).items():
        output.line(f"accelerator {accelerator}: {name} holds {memory_mb} MB")
    for place, name in enumerate(book.get("waiting", []), 1):
        output.line(f"waiting for an accelerator, place {place}: {name}")


def _replicas(one: dict[str, Any]) -> str:
    return ", ".join(f"{n} {state.lower()}" for state, n in one["replicas"].items()) or "none"


@serve.command("down")
@home_option
@json_option
def down(home: Path | None, as_json: bool) -> int:
    """End what `serve up` started for this home; other Rays of the computer stay.

    Exits 4 where nothing was up.
    """
    from heuresis.serving.hosts.ray_serve import operation

    was_up = operation.down(read_settings(home))
    if as_json:
        output.emit({"was_up": was_up})
    else:
        output.line("down" if was_up else "nothing was up")
    return exit_codes.OK if was_up else exit_codes.EMPTY


@serve.command("config")
@click.option("--serve", "form", flag_value="serve", help="The file for Ray's `serve deploy`.")
@click.option("--kuberay", "form", flag_value="kuberay", help="A RayService for Kubernetes.")
@home_option
@json_option
def config(form: str | None, home: Path | None, as_json: bool) -> None:
    """Print what each deployment may use, or the same as a file for others' tools."""
    found = _config(read_settings(home), form)
    if as_json:
        output.emit(found)
        return
    import yaml

    click.echo(yaml.safe_dump(found, sort_keys=False), nl=False)


def _config(settings: Any, form: str | None) -> dict[str, Any]:
    from heuresis.serving.hosts.ray_serve import export, operation
    from heuresis.serving.hosts.ray_serve.address import addresses
    from heuresis.serving.hosts.ray_serve.config import read_config

    hosting = read_config(operation.config_file(settings))
    if form == "serve":
        return export.serve_config(settings, hosting)
    if form == "kuberay":
        return export.kuberay_manifest(settings, hosting)
    whole = hosting.model_dump(mode="json", exclude={"defaults"})
    whole["deployments"] = {
        one.name: hosting.limits(one, one.open()[0].card).model_dump(mode="json")
        for one in addresses()
    }
    return whole
