"""The hosting file: small, checked, and the same in every form it is exported in."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from heuresis.contract import Cost
from heuresis.errors import RequestError, ServiceError
from heuresis.serving.hosts.ray_serve.address import Address, address_of, addresses, named
from heuresis.serving.hosts.ray_serve.config import HostingConfig, checked, read_config
from heuresis.serving.hosts.ray_serve.deploy import IMPORT_PATH, environment_of
from heuresis.serving.hosts.ray_serve.export import kuberay_manifest, serve_config
from heuresis.settings import Settings
from heuresis.tools import registry

RELAX = "crystal.relax.chgnet"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, chat_model="some/model", chat_key_env="SECRET_NAME")


# --- addresses ---


def test_every_backend_but_endpoints_has_an_address_and_is_found_by_it() -> None:
    found = list(addresses())
    assert len({one.name for one in found}) == len(found)
    backends = [one for tool in registry.load_all() for one in tool.backends]
    assert [one.open()[1] for one in found] == [b for b in backends if b.kind != "endpoint"]
    assert all(address_of(one.open()[1]) == one for one in found)


def test_a_backend_of_no_tool_has_no_address() -> None:
    class Stray:
        name = "stray"

    with pytest.raises(ServiceError, match="got one of no registered tool"):
        address_of(Stray())  # type: ignore[arg-type]  # a backend nobody registered


def test_an_unknown_deployment_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        RequestError, match=r"'crystal\.relax': .*allowed: .*crystal\.relax\.chgnet"
    ):
        named("crystal.relax")


def test_an_address_that_holds_something_else_is_refused() -> None:
    with pytest.raises(ServiceError, match="got nothing so named"):
        Address("crystal.relax", "chgnet", "heuresis.tools.crystal.parse:PARSE").open()


# --- limits ---


def test_cards_suggest_limits_and_the_file_has_the_last_word() -> None:
    relax = named(RELAX)
    card = relax.open()[0].card
    assert card.cost == Cost.MODERATE
    assert HostingConfig().limits(relax, card).calls_per_replica == 2
    config = checked(
        {"defaults": {"idle_s": 5}, "deployments": {RELAX: {"cpus": 2, "calls_per_replica": 9}}},
        "f",
    )
    limits = config.limits(relax, card)
    assert (limits.idle_s, limits.cpus, limits.calls_per_replica) == (5, 2, 9)
    assert config.limits(named("molecule.parse.rdkit-opsin"), card).idle_s == 5


def test_accelerator_memory_becomes_a_share_of_an_accelerator() -> None:
    config = checked(
        {"cluster": {"accelerators": [{"memory_mb": 8000}]},
         "deployments": {RELAX: {"accelerator_mb": 2000}}}, "f"
    )  # fmt: skip
    card = named(RELAX).open()[0].card
    assert config.gpus(config.limits(named(RELAX), card)) == pytest.approx(0.25, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1, 2]", "got a list, allowed: a mapping of cluster"),
        ("cluster: {cpu: 2}", r"cluster\.cpu: got 2; extra inputs"),
        ("defaults: {cpus: -1}", r"defaults\.cpus: got -1; input should be greater"),
        ("deployments: {relax: {cpus: 1}}", "got 'relax', allowed: .*crystal.relax.chgnet"),
        ("defaults: {min_replicas: 3}", "got min_replicas 3 above max_replicas 1"),
        (f"deployments: {{{RELAX}: {{accelerator_mb: 10}}}}", "got 10 MB, allowed: 0 MB"),
        ("a: [", "expected the node content"),
    ],
)
def test_a_wrong_file_is_refused_with_field_value_and_what_is_allowed(
    text: str, told: str, tmp_path: Path
) -> None:
    place = tmp_path / "serving.yaml"
    place.write_text(text)
    with pytest.raises(RequestError, match=told):
        read_config(place)


def test_an_empty_file_is_what_cards_suggest(tmp_path: Path) -> None:
    (tmp_path / "serving.yaml").touch()
    assert read_config(tmp_path / "serving.yaml") == read_config(None)


# --- exports ---


def test_the_serve_config_is_one_that_serve_accepts_with_every_limit(settings: Settings) -> None:
    schema = pytest.importorskip("ray.serve.schema")
    config = checked({"deployments": {RELAX: {"max_replicas": 3, "memory_mb": 100}}}, "f")
    written = yaml.safe_load(yaml.safe_dump(serve_config(settings, config)))
    read = schema.ServeDeploySchema.model_validate(written)
    assert {one.name for one in read.applications} == {one.name for one in addresses()}
    (relax,) = [one for one in read.applications if one.name == RELAX]
    assert relax.import_path == IMPORT_PATH
    assert relax.deployments[0].autoscaling_config["max_replicas"] == 3
    assert relax.deployments[0].ray_actor_options.memory == 100 * 1024 * 1024


def test_the_import_path_builds_the_application_it_names(settings: Settings) -> None:
    pytest.importorskip("ray.serve")
    from importlib import import_module

    first = serve_config(settings, HostingConfig())["applications"][0]
    module, _, name = first["import_path"].partition(":")
    application = getattr(import_module(module), name)(first["args"])
    assert application._bound_deployment.name == first["name"]


def test_the_kuberay_manifest_holds_the_same_configuration(settings: Settings) -> None:
    schema = pytest.importorskip("ray.serve.schema")
    config = checked({"kubernetes": {"worker_gpus": 2, "workers": 3, "image": "me/it:1"}}, "f")
    made: dict[str, Any] = yaml.safe_load(yaml.safe_dump(kuberay_manifest(settings, config)))
    assert (made["apiVersion"], made["kind"]) == ("ray.io/v1", "RayService")
    inside = schema.ServeDeploySchema.model_validate(yaml.safe_load(made["spec"]["serveConfigV2"]))
    assert len(inside.applications) == len(list(addresses()))
    cluster = made["spec"]["rayClusterConfig"]
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    (workers,) = cluster["workerGroupSpecs"]
    (pod,) = workers["template"]["spec"]["containers"]
    assert (workers["replicas"], pod["image"]) == (3, "me/it:1")
    assert pod["resources"]["limits"]["nvidia.com/gpu"] == "2"


def test_neither_keys_nor_stores_reach_a_replica(settings: Settings) -> None:
    exported = json.dumps(serve_config(settings, HostingConfig())) + json.dumps(
        environment_of(settings)
    )
    assert not any(secret in exported for secret in ("SECRET_NAME", "some/model", "sqlite"))
