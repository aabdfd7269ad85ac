"""`heuresis serve llm`: language and vision-language models, hosted here or asked elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option, read_settings

if TYPE_CHECKING:
    from heuresis.serving.llm.table import Table
    from heuresis.settings import Settings

trust_option = click.option(
    "--trust-remote-code",
    "may_run_code",
    is_flag=True,
    help="Run the Python code that some models bring with their weights.",
)


@click.group("llm")
def llm() -> None:
    """Host language and vision-language models with vLLM, or ask them elsewhere.

    One table says what each needs; a file of your own (HEURESIS_LLM_FILE, else llm.yaml in the
    home) adds to it. HEURESIS_LLM_ENDPOINTS names servers that stand in.
    """


@llm.command("list")
@home_option
@json_option
def show(home: Path | None, as_json: bool) -> None:
    """List models with what each needs and backs, and those that cannot be hosted, with why."""
    settings = read_settings(home)
    table = _table(settings)
    places = {name: one.base_url for name, one in settings.llm_endpoints.items()}
    if as_json:
        output.emit(
            {
                "models": {
                    name: {**one.model_dump(mode="json"), "endpoint": places.get(name, "")}
                    for name, one in table.models.items()
                },
                "not_hosted": table.not_hosted,
                "endpoints": places,
            }
        )
        return
    rows = [
        (name, one.source, f"{one.gpus} x {one.gpu_memory_gb:g} GB", str(one.context),
         "text, pictures" if one.sees_pictures else "text", ", ".join(one.backs) or "nothing yet",
         places.get(name, ""), one.note)
        for name, one in table.models.items()
    ]  # fmt: skip
    rows += [
        (name, "", "", "", "", "what asks it by this name", place, "not in the table")
        for name, place in places.items()
        if name not in table.models
    ]
    output.table(("model", "source", "GPUs", "context", "reads", "backs", "asked at", "note"), rows)
    for name, why in table.not_hosted.items():
        output.line(f"not hosted: {name}: {why}")


@llm.command("config")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--yaml", "form", flag_value="serve", help="The file for Ray's `serve deploy`.")
@click.option("--kuberay", "form", flag_value="kuberay", help="A RayService for Kubernetes.")
@trust_option
@home_option
@json_option
def config(
    names: Sequence[str],
    form: str | None,
    may_run_code: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Print what vLLM is told about a model, or the same as a file for others' tools."""
    import yaml

    found = _config(read_settings(home), names, form, may_run_code)
    if as_json:
        output.emit(found)
    else:
        click.echo(yaml.safe_dump(found, sort_keys=False), nl=False)


def _config(
    settings: "Settings", names: Sequence[str], form: str | None, may_run_code: bool
) -> dict[str, Any]:
    from heuresis.serving.hosts.ray_serve import llm_export, operation
    from heuresis.serving.hosts.ray_serve.config import read_config

    table = _table(settings)
    chosen = {name: table.named(name) for name in names}
    hosting = read_config(operation.config_file(settings))
    if form == "kuberay":
        return llm_export.llm_manifest(chosen, hosting, may_run_code=may_run_code)
    whole = llm_export.llm_serve_config(chosen, hosting, may_run_code=may_run_code)
    if form == "serve":
        return whole
    (first, *others) = (one["args"]["llm_configs"][0] for one in whole["applications"])
    return {"llm_configs": [first, *others]} if others else dict(first)


@llm.command("up")
@click.argument("name")
@trust_option
@home_option
@json_option
def up(name: str, may_run_code: bool, home: Path | None, as_json: bool) -> None:
    """Host a model on this computer's GPUs; its weights are fetched and loaded meanwhile.

    Where a server stands in for it there is nothing to start. Where there is no GPU or no vLLM,
    what is missing is said.
    """
    from heuresis.serving.hosts.ray_serve import llm_operation

    settings = read_settings(home)
    elsewhere = settings.llm_endpoints.get(name)
    if elsewhere is not None:
        url = elsewhere.base_url
    else:
        model = _table(settings).named(name)
        url = llm_operation.up(settings, name, model, may_run_code=may_run_code)
    if as_json:
        output.emit({"name": name, "base_url": url, "is_hosted_here": elsewhere is None})
        return
    output.line(f"{name}: {url}")
    if elsewhere is not None:
        output.say("asked there, by HEURESIS_LLM_ENDPOINTS: nothing was started here")
    else:
        output.say(f"to use it: HEURESIS_CHAT_MODEL={name} HEURESIS_CHAT_BASE_URL={url}")


@llm.command("status")
@click.option("--ask", is_flag=True, help="Ask each a sum, a tool call, and a picture if it sees.")
@home_option
@json_option
def status(ask: bool, home: Path | None, as_json: bool) -> int:
    """List models that are hosted here or asked elsewhere; exits 4 where there are none.

    With --ask each is asked three small questions, and exits 1 where one does not answer them.
    """
    from heuresis.serving.hosts.ray_serve import llm_operation

    settings = read_settings(home)
    found: list[dict[str, Any]] = [
        {"name": name, "status": "elsewhere", "base_url": one.base_url, "message": ""}
        for name, one in settings.llm_endpoints.items()
    ]
    found += [one.as_data() for one in llm_operation.served(settings)]
    if ask:
        for one in found:
            one["answers"] = _answers(settings, one)
    if as_json:
        output.emit({"models": found})
    elif found:
        _show(found)
    else:
        output.line("no language model is up")
    if any(answer != "ok" for one in found for answer in one.get("answers", {}).values()):
        return exit_codes.FAILED
    return exit_codes.OK if found else exit_codes.EMPTY


def _answers(settings: "Settings", one: dict[str, Any]) -> dict[str, str]:
    from heuresis.serving.llm import asking
    from heuresis.tools.chat import Chat

    known = _table(settings).models.get(one["name"])
    is_elsewhere = one["status"] == "elsewhere"
    place = {} if is_elsewhere else {"base_url": one["base_url"], "key_env": ""}
    chat = Chat.of(settings, model=one["name"], max_tokens=asking.MAX_TOKENS, **place)
    return asking.answers(
        chat,
        calls_tools=known is None or bool(known.tool_call_parser),
        sees_pictures=known is not None and known.sees_pictures,
    )


def _show(found: Sequence[dict[str, Any]]) -> None:
    rows = [
        (one["name"], one["status"], one["base_url"],
         "; ".join(f"{what}: {how}" for what, how in one.get("answers", {}).items()),
         one["message"])
        for one in found
    ]  # fmt: skip
    output.table(("model", "status", "asked at", "answers", "message"), rows)


@llm.command("down")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@home_option
@json_option
def down(names: Sequence[str], home: Path | None, as_json: bool) -> int:
    """Take models down, all of them or those named; exits 4 where none was up.

    Ray stays up for the other tools; `heuresis serve down` ends it.
    """
    from heuresis.serving.hosts.ray_serve import llm_operation

    ended = llm_operation.down(read_settings(home), names)
    if as_json:
        output.emit({"down": ended})
    else:
        output.line(f"down: {', '.join(ended)}" if ended else "none was up")
    return exit_codes.OK if ended else exit_codes.EMPTY


def _table(settings: "Settings") -> "Table":
    from heuresis.serving.llm.table import read_table

    return read_table(settings.own_models, must_exist=bool(settings.llm_file))
