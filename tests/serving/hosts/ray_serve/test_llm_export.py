"""Language models as files for Ray's tools: what Ray's own schema takes, with every figure."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from heuresis.errors import RequestError
from heuresis.serving.hosts.ray_serve.config import HostingConfig, checked
from heuresis.serving.hosts.ray_serve.llm_export import (
    IMPORT_PATH,
    llm_config,
    llm_manifest,
    llm_serve_config,
)
from heuresis.serving.llm.table import LanguageModel, read_table

MODELS = read_table(Path("none")).models
# Ray's class for this can be imported without vLLM only from where Ray keeps it.
INTERNAL = "ray.llm._internal.serve.core.configs.llm_config"


def test_every_model_of_the_table_is_an_llm_config_as_ray_reads_it() -> None:
    ray_llm = pytest.importorskip(INTERNAL)
    for name, model in MODELS.items():
        made = llm_config(name, model, may_run_code=True)
        read = ray_llm.LLMConfig.model_validate(yaml.safe_load(yaml.safe_dump(made)))
        assert read.model_id == name
        assert read.model_loading_config.model_source == model.source
        assert read.max_request_context_length == model.context
        assert read.engine_kwargs["tensor_parallel_size"] == model.gpus
        assert read.llm_engine == "vLLM"


def test_a_wrong_kind_of_gpu_is_known_to_ray_and_refused_there() -> None:
    ray_llm = pytest.importorskip(INTERNAL)
    mini = MODELS["scireasoner-1.7b"]
    for kind, is_known in (("L4", True), ("L5", False)):
        made = llm_config("m", mini.model_copy(update={"accelerator": kind}), may_run_code=False)
        if is_known:
            assert ray_llm.LLMConfig.model_validate(made).accelerator_type == kind
        else:
            with pytest.raises(ValueError, match="Unsupported accelerator"):
                ray_llm.LLMConfig.model_validate(made)


def test_parsers_are_named_only_where_a_model_has_them() -> None:
    talker = llm_config("intern-s1", MODELS["intern-s1"], may_run_code=True)["engine_kwargs"]
    assert talker["tool_call_parser"] == "internlm"
    assert talker["enable_auto_tool_choice"] is True
    reader = llm_config("q", MODELS["qwen2.5-vl-7b"], may_run_code=False)["engine_kwargs"]
    assert not {"tool_call_parser", "enable_auto_tool_choice", "reasoning_parser"} & reader.keys()
    assert reader["limit_mm_per_prompt"] == {"image": 2}


def test_a_models_own_code_is_run_only_with_leave() -> None:
    with pytest.raises(RequestError, match="'intern-s1-mini': got no leave .*trust-remote-code"):
        llm_config("intern-s1-mini", MODELS["intern-s1-mini"], may_run_code=False)
    plain = llm_config("q", MODELS["qwen2.5-vl-3b"], may_run_code=True)["engine_kwargs"]
    assert "trust_remote_code" not in plain, "leave is not a wish"


def test_each_model_is_an_application_of_its_own_on_this_computer_only() -> None:
    schema = pytest.importorskip("ray.serve.schema")
    chosen = {name: MODELS[name] for name in ("scireasoner-8b", "qwen2.5-vl-3b")}
    config = checked({"cluster": {"http_port": 8123}}, "f")
    made = llm_serve_config(chosen, config, may_run_code=False)
    read = schema.ServeDeploySchema.model_validate(yaml.safe_load(yaml.safe_dump(made)))
    assert (read.http_options.host, read.http_options.port) == ("127.0.0.1", 8123)
    assert [(one.name, one.route_prefix) for one in read.applications] == [
        ("llm.scireasoner-8b", "/scireasoner-8b"),
        ("llm.qwen2.5-vl-3b", "/qwen2.5-vl-3b"),
    ]
    assert {one.import_path for one in read.applications} == {IMPORT_PATH}


def test_the_manifest_asks_for_the_gpus_of_the_largest_and_a_pod_for_each_replica() -> None:
    schema = pytest.importorskip("ray.serve.schema")
    large = LanguageModel(source="m", gpu_memory_gb=80, gpus=4, replicas=2)
    chosen = {"large": large, "qwen2.5-vl-3b": MODELS["qwen2.5-vl-3b"]}
    made: dict[str, Any] = llm_manifest(chosen, HostingConfig(), may_run_code=False)
    inside = schema.ServeDeploySchema.model_validate(yaml.safe_load(made["spec"]["serveConfigV2"]))
    assert len(inside.applications) == 2
    cluster = made["spec"]["rayClusterConfig"]
    (workers,) = cluster["workerGroupSpecs"]
    (pod,) = workers["template"]["spec"]["containers"]
    assert (workers["replicas"], pod["resources"]["limits"]["nvidia.com/gpu"]) == (3, "4")
    assert pod["image"].startswith("rayproject/ray-llm:2.60.0-")
    (head,) = cluster["headGroupSpec"]["template"]["spec"]["containers"]
    assert "nvidia.com/gpu" not in head["resources"]["limits"]
    assert made["metadata"]["name"] != "heuresis", "the tools' own service keeps its name"
