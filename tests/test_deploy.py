"""What `deploy/` and its page say, held against the program: settings, commands, images, values."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from heuresis.cli import cli
from heuresis.serving.hosts.ray_serve.config import Kubernetes
from heuresis.serving.llm.table import read_table
from heuresis.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DEPLOY, PAGE = ROOT / "deploy", ROOT / "docs/deploy.md"
COMPOSE = DEPLOY / "compose.yaml"
WRITTEN = [*sorted(path for path in DEPLOY.iterdir() if path.is_file()), PAGE]
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+(\.\d+)?([.\w-]*)")
PLACES = {"NAME": "x", "NAME...": "x"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return found


def lines_of_shell(text: str) -> Iterator[str]:
    """The lines of the blocks that are for a shell, joined where they go on."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()


def calls_of_heuresis(line: str) -> Iterator[list[str]]:
    """What follows the word `heuresis` in a command line, up to the next command."""
    words = shlex.split(line, comments=True)
    for i, word in enumerate(words):
        if word == "heuresis" and (i == 0 or words[i - 1] not in ("-t", "generic")):
            rest = words[i + 1 :]
            ends = [n for n, one in enumerate(rest) if one in ("&&", "|", ">", ";", "||")]
            yield rest[: ends[0]] if ends else rest


def parse(words: list[str]) -> None:
    """Parse a command line as click would, and run nothing."""
    command: click.Command = cli
    context = click.Context(cli, info_name="heuresis")
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0]) if words else None
        assert found is not None, f"no such command: {' '.join(words)}"
        command, words = found, words[1:]
        if not isinstance(command, click.Group):
            command.make_context(command.name, list(words), parent=context)
            return
        context = click.Context(command, parent=context, info_name=command.name)


def test_every_setting_that_is_named_is_one() -> None:
    known = {f"HEURESIS_{name.upper()}" for name in Settings.model_fields}
    named = {
        (path.name, name)
        for path in WRITTEN
        for name in re.findall(r"HEURESIS_[A-Z_0-9]+", path.read_text())
    }
    assert len(named) > 20
    assert not {(place, name) for place, name in named if name not in known}


def test_every_service_that_is_asked_for_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services.keys() >= {"api", "ray", "postgres", "chroma", "s3", "prometheus", "otel"}
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= services.keys(), name
        volumes = {str(one).partition(":")[0] for one in service.get("volumes", [])}
        named = {one for one in volumes if not one.startswith(".")}
        assert named <= compose["volumes"].keys(), name
        for one in volumes - named - {"./metrics.key"}:  # that one is made by hand
            assert (DEPLOY / one).is_file(), one
    addresses = " ".join(re.findall(r"//(?:\w+@)?([\w-]+):\d+", COMPOSE.read_text())).split()
    assert {"postgres", "s3", "chroma"} <= set(addresses) <= services.keys() | {"127.0.0.1"}


def test_every_command_of_a_service_is_one(compose: dict[str, Any]) -> None:
    called = []
    for service in compose["services"].values():
        command = service.get("command", "")
        line = command if isinstance(command, str) else shlex.join(command)
        inner = shlex.split(line)
        shell = inner[2] if inner[:2] == ["sh", "-c"] else line
        called += list(calls_of_heuresis(shell))
    assert ["serve", "up"] in called
    assert len(called) >= 3
    for words in called:
        parse(words)


def test_every_command_of_the_page_is_one() -> None:
    text = PAGE.read_text()
    called = [words for line in lines_of_shell(text) for words in calls_of_heuresis(line)]
    called += [shlex.split(one)[1:] for one in re.findall(r"`(heuresis [^`]+)`", text)]
    assert len(called) > 15
    for words in called:
        parse(words)


def test_a_command_that_is_none_would_be_noticed() -> None:
    parse(["serve", "llm", "config", "x", "--yaml"])
    for words in (["serve", "upp"], ["api"], ["serve", "llm", "config"], ["serve", "up", "--all"]):
        with pytest.raises((click.UsageError, AssertionError)):
            parse(words)
            raise AssertionError(f"a group is no command: {words}") if words == ["api"] else None


def test_every_image_is_pinned_to_a_version(compose: dict[str, Any]) -> None:
    images = {name: one["image"] for name, one in compose["services"].items()}
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    images |= dict.fromkeys(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE), "")
    images = {name: image or name for name, image in images.items()}
    images["llm"] = Kubernetes().llm_image
    for name, image in images.items():
        assert PINNED.fullmatch(image), (name, image)


def test_versions_are_those_of_the_lock_and_of_the_package(compose: dict[str, Any]) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    versions = dict(re.findall(r"^([\w-]+)==([\w.]+)", lock, re.MULTILINE))
    assert compose["services"]["chroma"]["image"].endswith(f":{versions['chromadb']}")
    assert f":{versions['ray']}-" in Kubernetes().llm_image
    import heuresis

    assert compose["services"]["api"]["image"] == f"heuresis:{heuresis.__version__}"


def test_no_service_is_reached_from_outside_but_on_this_computer(compose: dict[str, Any]) -> None:
    ports = [one for service in compose["services"].values() for one in service.get("ports", [])]
    assert "127.0.0.1:8642:8642" in ports
    assert all(one.startswith("127.0.0.1:") for one in ports)


def test_ray_is_given_no_key_and_no_store(compose: dict[str, Any]) -> None:
    names = set(compose["services"]["ray"]["environment"])
    assert names == {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "HEURESIS_N_THREADS"}
    started = compose["services"]["api"]["command"].partition("&&")[0]
    hidden = set(re.findall(r"-u (\w+)", started))
    secret = {
        name
        for name, value in compose["services"]["api"]["environment"].items()
        if re.search(r"(KEY|PASSWORD|ACCESS_KEY_ID)$", name)
    }
    assert secret == hidden, "Ray's processes in the API's container inherit what is not taken away"


def test_no_file_holds_a_secret(compose: dict[str, Any]) -> None:
    example = (DEPLOY / "secrets.env.example").read_text()
    names = re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE)
    assert len(names) >= 5
    assert all(value == "" for _, value in names)
    asked = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()))
    assert asked <= {name for name, _ in names}, "what compose refuses to start without"


def test_the_manifest_is_what_its_values_give() -> None:
    program = [sys.executable, str(ROOT / "scripts/render_manifest.py")]
    values = str(DEPLOY / "values.example.yaml")
    made = subprocess.run([*program, values], capture_output=True, text=True, check=True).stdout
    assert made == (DEPLOY / "manifest.example.yaml").read_text(), (
        "run `python scripts/render_manifest.py deploy/values.example.yaml > "
        "deploy/manifest.example.yaml`"
    )
    objects = list(yaml.safe_load_all(made))
    assert [one["kind"] for one in objects] == [
        "ConfigMap", "PersistentVolumeClaim", "Deployment", "Service",
    ]  # fmt: skip
    (pod,) = objects[2]["spec"]["template"]["spec"]["containers"]
    parse(pod["command"][1:])
    assert pod["command"][0] == "heuresis"


def test_the_settings_of_the_example_are_ones_the_program_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = yaml.safe_load((DEPLOY / "values.example.yaml").read_text())
    for name, value in values["settings"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.chat_model in settings.llm_endpoints
    assert settings.llm_endpoints.keys() <= read_table(Path("none")).models.keys()


@pytest.mark.parametrize("name", ["PGPASSWORD", "HEURESIS_MY_KEY", "AWS_ACCESS_KEY_ID"])
def test_a_secret_among_the_settings_is_refused(name: str, tmp_path: Path) -> None:
    values = yaml.safe_load((DEPLOY / "values.example.yaml").read_text())
    values["settings"][name] = "hunter2"
    place = tmp_path / "values.yaml"
    place.write_text(yaml.safe_dump(values))
    program = [sys.executable, str(ROOT / "scripts/render_manifest.py"), str(place)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "without a secret" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


def test_the_page_says_what_was_not_tried() -> None:
    assert "*Not tried: there is no Docker" in PAGE.read_text()


def test_the_collector_and_prometheus_listen_to_what_the_program_offers() -> None:
    scrape = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())["scrape_configs"][0]
    assert scrape["static_configs"] == [{"targets": ["api:8642"]}]
    mounted = yaml.safe_load(COMPOSE.read_text())["services"]["prometheus"]["volumes"]
    inside = scrape["authorization"]["credentials_file"]
    assert f"./metrics.key:{inside}:ro" in mounted
    otel = yaml.safe_load((DEPLOY / "otel.yaml").read_text())
    assert otel["receivers"]["otlp"]["protocols"]["http"]["endpoint"].endswith(":4318")
