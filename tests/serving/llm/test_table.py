"""The table of language models: complete, true about this program, and the person's to change."""

from pathlib import Path

import pytest

from heuresis.errors import RequestError
from heuresis.serving.llm.table import Table, read_table
from heuresis.tools import registry

NOWHERE = Path("there/is/no/such/file.yaml")


@pytest.fixture(scope="module")
def table() -> Table:
    return read_table(NOWHERE)


def test_every_model_says_where_it_is_what_it_needs_and_under_which_licence(table: Table) -> None:
    assert len(table.models) >= 7
    for name, model in table.models.items():
        assert model.what, name
        assert model.licence, name
        assert "/" in model.source, name
        assert model.citation.startswith("arXiv "), name
        assert 0 < model.weights_gb < model.gpus * model.gpu_memory_gb, name


def test_what_a_model_backs_is_there_and_asks_a_language_model(table: Table) -> None:
    tools = {tool.name: tool for tool in registry.load_all()}
    for model in table.models.values():
        for name in set(model.backs) - {"assistant"}:
            assert any(backend.kind == "endpoint" for backend in tools[name].backends), name
            assert model.sees_pictures


def test_only_models_that_call_tools_back_the_assistant(table: Table) -> None:
    for name, model in table.models.items():
        assert ("assistant" in model.backs) == bool(model.tool_call_parser), name


@pytest.mark.parametrize(
    ("name", "why"), [("unimedvl", "draws them"), ("medground-r1", "no weights")]
)
def test_a_model_that_cannot_be_hosted_is_refused_with_the_reason(
    name: str, why: str, table: Table
) -> None:
    assert name not in table.models
    with pytest.raises(RequestError, match=f"'{name}': not hosted: .*{why}"):
        table.named(name)


def test_an_unknown_name_is_told_those_there_are(table: Table) -> None:
    with pytest.raises(RequestError, match="got 'gpt', allowed: intern-s1, .*your own file"):
        table.named("gpt")


def test_a_file_of_ones_own_adds_models_and_changes_fields_of_ours(tmp_path: Path) -> None:
    own = tmp_path / "llm.yaml"
    own.write_text(
        "models:\n"
        "  mine: {source: /models/mine, gpu_memory_gb: 24, engine: {dtype: half}}\n"
        "  intern-s1-mini: {context: 32768}\n"
    )
    changed, ours = read_table(own), read_table(NOWHERE)
    assert changed.named("mine").engine == {"dtype": "half"}
    assert changed.named("intern-s1-mini") == ours.named("intern-s1-mini").model_copy(
        update={"context": 32768}
    )
    assert list(changed.models) == [*ours.models, "mine"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "got list, allowed: a mapping with `models`"),
        ("model: {}", "got 'model', allowed"),
        ("models: [a]", "models: got something else"),
        ("models: {mine: {source: a}}", "mine: gpu_memory_gb: got nothing"),
        ("models: {mine: {source: a, gpu_memory_gb: 0}}", "gpu_memory_gb: got 0; .* greater"),
        ("models: {Mine: {source: a, gpu_memory_gb: 1}}", "the name 'Mine', allowed: small"),
        ("models: {../x: {source: a, gpu_memory_gb: 1}}", r"the name '\.\./x'"),
        ("models: {intern-s1: {gpu: 1}}", "intern-s1: gpu: got 1; extra"),
        ("models: {intern-s1: {engine: {model: x}}}", "'model' is set by source"),
        (
            "models: {intern-s1: {engine: {trust_remote_code: true}}}",
            "'trust_remote_code' is set by runs_code",
        ),
        ("models: {", "expected"),
    ],
)
def test_a_wrong_file_is_refused_with_field_and_value(text: str, told: str, tmp_path: Path) -> None:
    own = tmp_path / "llm.yaml"
    own.write_text(text)
    with pytest.raises(RequestError, match=told):
        read_table(own)


def test_a_file_that_was_named_has_to_be_there() -> None:
    with pytest.raises(RequestError, match="No such file"):
        read_table(NOWHERE, must_exist=True)
