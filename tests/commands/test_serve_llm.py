"""`heuresis serve llm`: what is known, what is missing here, and what stands in."""

import json
import sys
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

sys.path.append(str(Path(__file__).resolve().parent.parent))
from scripted_model import Fails, Says, ScriptedModel  # the path comes first

KEY = "sk-planted-0123456789-abcdef"


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give this computer GPUs of so many MiB, as their driver's program would list them."""

    def plug(*memory_mib: int) -> None:
        folder = tmp_path / "programs"
        folder.mkdir(exist_ok=True)
        lines = "".join(f"NVIDIA Test, {one}\\n" for one in memory_mib)
        program = folder / "nvidia-smi"
        program.write_text(f"#!{sys.executable}\nprint('{lines}', end='')\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    plug()
    return plug


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch):
    """Let a scripted server stand in for a model, with a key in the file of secrets."""

    def stand_in(name: str, server: ScriptedModel, home: Path) -> None:
        place = {"base_url": server.url, "model": "theirs", "key_env": "LLM_KEY"}
        monkeypatch.setenv("HEURESIS_LLM_ENDPOINTS", json.dumps({name: place}))
        home.mkdir(exist_ok=True)
        (home / "secrets.yaml").touch(0o600)
        (home / "secrets.yaml").write_text(f"LLM_KEY: '{KEY}'")

    return stand_in


def test_the_list_has_needs_uses_and_those_that_cannot_be_hosted(run) -> None:
    ended = run("serve", "llm", "list")
    assert ended.code == 0
    assert "8 x 80 GB" in ended.out
    assert "not hosted: unimedvl: it reads pictures and draws them" in ended.out
    known = run("serve", "llm", "list", "--json").json()
    assert known["models"]["intern-s1-mini"]["tool_call_parser"] == "internlm"
    assert "unimedvl" not in known["models"]


def test_a_stand_in_is_listed_also_for_a_name_of_ones_own(run, endpoint, home: Path) -> None:
    with ScriptedModel() as server:
        endpoint("mine", server, home)
        listed = run("serve", "llm", "list").out
        assert server.url in listed
        assert "not in the table" in listed
        assert run("serve", "llm", "list", "--json").json()["endpoints"] == {"mine": server.url}


def test_a_config_is_printed_for_vllm_for_serve_and_for_kuberay(run) -> None:
    plain = yaml.safe_load(run("serve", "llm", "config", "scireasoner-8b").out)
    assert plain["model_loading_config"]["model_source"] == "SciReason/SciReasoner-8B"
    served = yaml.safe_load(run("serve", "llm", "config", "scireasoner-8b", "--yaml").out)
    assert served["applications"][0]["args"]["llm_configs"] == [plain]
    pytest.importorskip("ray")
    wanted = ("scireasoner-8b", "qwen2.5-vl-3b", "--kuberay", "--json")
    manifest = run("serve", "llm", "config", *wanted).json()
    assert manifest["kind"] == "RayService"
    inside = yaml.safe_load(manifest["spec"]["serveConfigV2"])
    assert inside["applications"][0]["args"]["llm_configs"] == [plain]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("config", "intern-s1"), "--trust-remote-code"),
        (("config", "unimedvl"), "not hosted"),
        (("up", "medground-r1"), "no weights of it were published"),
        (("up", "gpt-9"), "got 'gpt-9', allowed"),
        (("up", "intern-s1-mini"), "--trust-remote-code"),
        (("config",), "Missing argument"),
    ],
)
def test_what_cannot_be_is_the_callers_mistake(
    words: tuple[str, ...], told: str, run, gpus
) -> None:
    ended = run("serve", "llm", *words)
    assert ended.code == 2
    assert told in ended.err


def test_up_without_gpu_and_vllm_names_both_and_what_stands_in(run, gpus, home: Path) -> None:
    if _has_vllm():
        pytest.skip("vllm is installed here")
    ended = run("serve", "llm", "up", "scireasoner-8b")
    assert ended.code == 1
    assert "got no GPU, allowed: 1 with 24 GB, of which its weights take 16.4 GB" in ended.err
    assert "got no package vllm: pip install" in ended.err
    assert """HEURESIS_LLM_ENDPOINTS='{"scireasoner-8b": {"base_url": """ in ended.err
    assert not (home / "serve").exists(), "nothing was started"
    told = run("serve", "llm", "up", "scireasoner-8b", "--json").json()
    assert told["error"]["kind"] == "service"


def test_up_says_only_what_is_missing(run, gpus) -> None:
    if _has_vllm():
        pytest.skip("vllm is installed here")
    gpus(81559, 81559)
    ended = run("serve", "llm", "up", "scireasoner-8b")
    assert ended.code == 1
    assert "GPU," not in ended.err
    assert "no package vllm" in ended.err
    gpus(16380)
    assert (
        "got GPUs of 17 GB, allowed: 1 with 24 GB"
        in run("serve", "llm", "up", "scireasoner-8b").err
    )
    gpus(81559, 81559)
    ended = run("serve", "llm", "up", "intern-s1", "--trust-remote-code")
    assert "got GPUs of 86 GB, 86 GB, allowed: 8 with 80 GB each" in ended.err


def test_up_is_for_this_computer_and_sends_a_cluster_to_its_own_tools(
    run, gpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEURESIS_RAY_ADDRESS", "head:6379")
    ended = run("serve", "llm", "up", "scireasoner-8b")
    assert ended.code == 2
    assert "`heuresis serve llm config scireasoner-8b --yaml`" in ended.err


def test_where_nothing_is_up_status_and_down_say_so(run) -> None:
    assert run("serve", "llm", "status").code == 4
    assert run("serve", "llm", "status", "--json").json() == {"models": []}
    assert run("serve", "llm", "down").code == 4
    assert run("serve", "llm", "down", "scireasoner-8b", "--json").json() == {"down": []}


def test_a_stand_in_is_up_without_anything_being_started(run, endpoint, gpus, home: Path) -> None:
    called = Says(None, tool_calls=[("add", {"a": 2, "b": 3})])
    with ScriptedModel(["42", called]) as server:
        endpoint("intern-s1", server, home)
        up = run("serve", "llm", "up", "intern-s1", "--json").json()
        assert up == {"name": "intern-s1", "base_url": server.url, "is_hosted_here": False}
        assert server.n_asked == 0
        ended = run("serve", "llm", "status", "--ask", "--json")
    (one,) = ended.json()["models"]
    assert (one["answers"]["sum"], one["answers"]["tool call"]) == ("ok", "ok")
    assert "HEURESIS_EGRESS_ALLOWED" in one["answers"]["picture"]
    assert ended.code == 1, "it cannot be shown pictures yet"
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert server.asked[0]["model"] == "theirs"


def test_a_key_that_a_server_repeats_reaches_no_output(run, endpoint, home: Path) -> None:
    said = [Fails(401, f"wrong key {KEY}, or {KEY[:20]}…"), Says(f"your key is {KEY}")]
    with ScriptedModel(said) as server:
        endpoint("mine", server, home)
        for form in ((), ("--json",)):
            server.asked.clear()
            ended = run("serve", "llm", "status", "--ask", *form)
            assert "wrong key …" in ended.out
            assert "your key is …" in ended.out
            assert KEY[:15] not in ended.out + ended.err


def test_a_file_of_secrets_that_others_can_read_is_refused(run, endpoint, home: Path) -> None:
    with ScriptedModel() as server:
        endpoint("mine", server, home)
        (home / "secrets.yaml").chmod(0o644)
        ended = run("serve", "llm", "status", "--ask")
        assert server.n_asked == 0
    assert "`chmod 600 " in ended.out.replace("\n", " ")
    doctor = run("doctor", "--json").json()
    (found,) = [one for one in doctor["findings"] if one["part"] == "secrets"]
    assert found["state"] == "broken"
    assert KEY not in str(doctor)


def test_a_tool_asks_the_model_named_for_it_and_nothing_of_the_key_is_kept(
    run, endpoint, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [Fails(401, f"wrong key {KEY} or {KEY[:20]}"), Says(f"This image is bad {KEY}.")]
    with ScriptedModel(said) as server:
        endpoint("ours", server, home)
        monkeypatch.setenv("HEURESIS_BACKENDS", '{"medical.quality": "endpoint"}')
        monkeypatch.setenv("HEURESIS_ENDPOINTS", '{"medical.quality": "ours"}')
        monkeypatch.setenv("HEURESIS_EGRESS_ALLOWED", json.dumps([server.url]))
        picture = f"@{files('heuresis.tools.image') / 'drawn/fundus.png'}"
        ask = ("tool", "run", "medical.quality", "--image", picture, "--json")
        refused, told = run(*ask), run(*ask)
    assert "wrong key … or …" in refused.json()["reason"]
    assert told.json()["response"]["text"] == "This image is bad …."
    assert server.asked[0]["model"] == "theirs"
    kept = b"".join(
        path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.name != "secrets.yaml"
    )
    assert b"wrong key" in kept
    assert KEY[:14].encode() not in kept + (refused.out + told.out + refused.err).encode()


@pytest.mark.parametrize(
    "given",
    [
        {"HEURESIS_CHAT_KEY_ENV": KEY},
        {"HEURESIS_LLM_ENDPOINTS": json.dumps({"a": {"base_url": "http://h", "key_env": KEY}})},
        {"HEURESIS_LLM_ENDPOINTS": json.dumps({"a": {"base_url": "http://h", "key": KEY}})},
        {"HEURESIS_LLM_ENDPOINTS": json.dumps({"a": {"base_url": f"http://me:{KEY}@h"}})},
        {"HEURESIS_LLM_ENDPOINTS": json.dumps({"a": KEY})},
        {"HEURESIS_LLM_ENDPOINTS": f'{{"a": "{KEY}'},
    ],
)
def test_a_key_where_its_name_belongs_is_refused_without_being_shown(
    given: dict[str, str], run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    ended = run("serve", "llm", "list")
    assert ended.code == 2
    assert "HEURESIS_" in ended.err or "llm_endpoints" in ended.err
    assert KEY not in ended.err + ended.out


def _has_vllm() -> bool:
    from importlib.util import find_spec

    return find_spec("vllm") is not None
