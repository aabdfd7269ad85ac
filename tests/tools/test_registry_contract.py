"""What holds for every tool in the registry; the tools of one domain are tested beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pictures
import pytest

from heuresis.contract import Request, Status, Tool, digest_of, quantities_in
from heuresis.errors import RequestError, ServiceError
from heuresis.memory.ledger import Ledger
from heuresis.memory.vault import Vault
from heuresis.serving.context import Context
from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.lab import Lab
from heuresis.serving.opening import open_files
from heuresis.settings import Settings
from heuresis.tools import registry
from heuresis.tools.image.pixels import encode

AnyTool = Tool[Any, Any]
HEAVY = {
    "molecule.admet",
    "crystal.relax",
    "crystal.stability",
    "crystal.bulk_modulus",
    "medical.segment_vessels",
    "medical.recovery",
}
LIGHT = [name for name in registry.BUILT_IN if name not in HEAVY]
RUNNABLE = [*LIGHT, *(pytest.param(name, marks=pytest.mark.slow) for name in sorted(HEAVY))]

VACUUM = """data_MgO
_symmetry_space_group_name_H-M 'P 1'
_cell_length_a 30
_cell_length_b 30
_cell_length_c 30
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
 _atom_site_label
 _atom_site_type_symbol
 _atom_site_fract_x
 _atom_site_fract_y
 _atom_site_fract_z
 Mg1 Mg 0 0 0
 O1 O 0.07 0 0
"""
SALT = {"smiles": "[Na+].[Cl-]"}
OUT_OF_DOMAIN: dict[str, dict[str, Any] | None] = {
    "molecule.parse": None,  # programs that hold for whatever they can read have no gate
    "molecule.name": SALT,
    "molecule.describe": None,
    "molecule.admet": SALT,
    "molecule.buyable": None,
    "molecule.geometry": SALT,
    "crystal.parse": None,
    "crystal.describe": None,
    "crystal.relax": {"crystal": VACUUM},
    "crystal.stability": {"crystal": VACUUM},
    "crystal.bulk_modulus": {"crystal": VACUUM},
    "image.read": None,
    "image.modality": {"image": digest_of(encode(pictures.flat(height=8, width=8)))},
    "image.degrade": {
        "image": digest_of(encode(pictures.flat(height=8, width=8))),
        "kind": "noise",
        "severity": "mild",
    },
    "image.restore": {
        "image": digest_of(encode(pictures.flat(height=8, width=8))),
        "chain": "denoise(1)",
    },
    "medical.recovery": {
        "clean": digest_of(encode(pictures.noise())),
        "chain": "denoise(1)",
        "cases": [{"kind": "noise", "severity": "mild"}],
    },
    "medical.segment_vessels": {"image": digest_of(encode(pictures.noise()))},
    "medical.quality": {"image": digest_of(encode(pictures.flat(height=8, width=8)))},
    "medical.compare_quality": {
        "first": digest_of(encode(pictures.flat(height=8, width=8))),
        "second": digest_of(encode(pictures.noise())),
    },
    "vision.segment": {"image": digest_of(encode(pictures.flat(height=8, width=8)))},
}
MOLECULES = [{"smiles": smiles} for smiles in ("CCO", "c1ccccc1O", "CC(=O)N", "OCC", "CCO")]
QUALITY_PICTURES = registry.load("medical.compare_quality").example_files
BATCHES: dict[str, list[dict[str, Any]]] = {
    "molecule.parse": [{"text": text} for text in ("CCO", "c1ccccc1", "InChI=1S/CH4/h1H4", "?")],
    "molecule.name": MOLECULES,
    "molecule.describe": MOLECULES,
    "molecule.buyable": MOLECULES,
    "molecule.geometry": [{"smiles": "CCO", "n_conformers": n, "seed": 1} for n in (1, 2)],
    "crystal.parse": [
        {"formula": formula, "prototype": "rocksalt"} for formula in ("MgO", "NaCl", "?", "CaO")
    ],
    "crystal.describe": [{"crystal": VACUUM}, {"crystal": VACUUM.replace(" 30", " 29")}],
    "image.read": [
        {"original": digest_of(encode(picture)), "keep_text": keep}
        for picture, keep in ((pictures.noise(), False), (pictures.text_page(), True))
    ],
    "image.modality": [
        {"image": digest_of(encode(picture))}
        for picture in (pictures.noise(), pictures.flat(height=8, width=8), pictures.text_page())
    ],
    "image.degrade": [
        {"image": digest_of(encode(pictures.noise())), "modality": "ct", **what}
        for what in (
            {"kind": "sparse_view", "severity": "severe"},
            {"kind": "noise", "severity": "mild", "seed": 3},
            {"kind": "noise", "severity": "mild", "seed": 4},
        )
    ],
    "image.restore": [
        {"image": digest_of(encode(pictures.noise())), "chain": chain}
        for chain in ("denoise(1)", "gamma(2) > sharpen(1)", "dream(1)")
    ],
    "medical.quality": [
        {"image": digest_of(place.read_bytes()), "modality": modality}
        for place in QUALITY_PICTURES
        for modality in ("fundus", None)
    ],
    "medical.compare_quality": [
        {"first": digest_of(first.read_bytes()), "second": digest_of(second.read_bytes())}
        for first in QUALITY_PICTURES
        for second in QUALITY_PICTURES
    ],
    "vision.segment": [
        {"image": digest_of(encode(pictures.noise())), "max_masks": 3},
        {"image": digest_of(encode(pictures.text_page()))},
        {"image": digest_of(encode(pictures.noise())), "granularity": "coarse", "max_masks": 9},
    ],
}
FILES = [  # what requests of this file name by digest
    *(place.read_bytes() for tool in registry.load_all() for place in tool.example_files),
    *(encode(picture) for picture in (pictures.noise(), pictures.text_page())),
    encode(pictures.flat(height=8, width=8)),
]
GARBAGE = ["", "\x00", "\u202e%s💥", "'; DROP TABLE run; --", "../../etc/passwd", "C" * 20_000]
REFUSALS = (Status.FAILED, Status.OUT_OF_DOMAIN, Status.EMPTY)
WORDS = {  # fields whose text is a name that the caller gives
    ("crystal.stability", "reference_name"),
    ("crystal.stability", "reference_functional"),
}


@pytest.fixture
def tool(request: pytest.FixtureRequest) -> AnyTool:
    return registry.load(request.param)


@pytest.fixture
def labs(tmp_path: Path) -> Iterator[list[Lab]]:
    """Two labs that share nothing."""
    labs = []
    for name in ("one", "two"):
        chosen = Settings(home=tmp_path / name)
        ledger, vault = Ledger(chosen.ledger), Vault(chosen.vault)
        for file in FILES:
            vault.put(file)
        labs.append(Lab(ledger, vault, InProcessHost(), (), chosen))
    yield labs
    for lab in labs:
        lab.ledger.close()


@pytest.fixture
def lab(labs: list[Lab]) -> Lab:
    return labs[0]


every_tool = pytest.mark.parametrize("tool", registry.BUILT_IN, indirect=True)
light_tools = pytest.mark.parametrize("tool", LIGHT, indirect=True)
runnable_tools = pytest.mark.parametrize("tool", RUNNABLE, indirect=True)


# --- the list ---


def test_the_tables_of_this_file_know_every_tool() -> None:
    assert OUT_OF_DOMAIN.keys() == {name for name in registry.BUILT_IN if name[:5] != "test."}
    assert BATCHES.keys() == set(LIGHT)


def test_all_tools_load_in_the_order_of_the_list() -> None:
    assert [tool.name for tool in registry.load_all()][: len(registry.BUILT_IN)] == list(
        registry.BUILT_IN
    )


def test_an_unknown_tool_is_refused_with_those_there_are() -> None:
    with pytest.raises(RequestError, match=r"'molecule\.weigh': .*allowed: molecule\.parse"):
        registry.load("molecule.weigh")


@pytest.mark.parametrize(
    "place", ["math:pi", "math:nothing", "heuresis.tools.molecule.parse:PARSE"]
)
def test_a_place_that_does_not_hold_the_tool_is_refused(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.BUILT_IN, "test.nothing", place)
    registry.places.cache_clear()
    try:
        with pytest.raises(ServiceError, match=f"at '{place}', allowed: a Tool so named"):
            registry.load("test.nothing")
    finally:
        registry.places.cache_clear()


# --- requests, responses, schemas ---


@every_tool
def test_the_example_survives_json(tool: AnyTool) -> None:
    text = tool.example.model_dump_json()
    assert tool.request.model_validate_json(text) == tool.example


@every_tool
def test_canonical_of_canonical_changes_nothing(tool: AnyTool, lab: Lab) -> None:
    once = tool.canonical(open_files(tool.example, lab.vault))
    assert isinstance(once, tool.request)
    assert tool.canonical(once) == once
    tool.check_domain(once)


@every_tool
def test_schemas_are_valid_and_describe_every_field(tool: AnyTool) -> None:
    for model in (tool.request, tool.response):
        schema = model.model_json_schema()
        jsonschema.Draft202012Validator.check_schema(schema)
        blocks = {model.__name__: schema, **schema.get("$defs", {})}
        silent = [
            f"{block}.{field}"
            for block, body in blocks.items()
            for field, what in body.get("properties", {}).items()
            if len(what.get("description", "")) < 4
        ]
        assert silent == []


@every_tool
def test_a_request_with_an_unknown_field_is_refused(tool: AnyTool) -> None:
    fields = {**tool.example.model_dump(), "temperatur": 300}
    with pytest.raises(ValueError, match="temperatur"):
        tool.request.model_validate(fields)


# --- backends ---


@every_tool
def test_every_backend_is_here_and_says_what_it_is(tool: AnyTool) -> None:
    names = [backend.name for backend in tool.backends]
    assert len(names) == len(set(names)) > 0
    for backend in tool.backends:
        why = backend.missing()
        assert why is None or (backend is not tool.backends[0] and "HEURESIS_" in why), why
        digest = backend.digest()
        assert digest.startswith(("sha256:", "program:"))
        assert backend.digest() == digest
        assert backend.batch_size >= 1
        assert backend.kind in ("embedded", "weights", "endpoint")


# --- through the door ---


@every_tool
def test_the_gate_refuses_what_the_tool_was_not_made_for(tool: AnyTool, lab: Lab) -> None:
    request = OUT_OF_DOMAIN[tool.name]
    if request is None:
        assert tool.check_domain.__module__ == "heuresis.contract", "a gate without a test"
        return
    outcome = lab.run(tool.name, request)
    assert outcome.status == Status.OUT_OF_DOMAIN
    assert outcome.response is None
    assert "got" in outcome.reason
    assert "allowed" in outcome.reason


@runnable_tools
def test_the_example_runs_and_a_second_call_is_a_hit(tool: AnyTool, lab: Lab) -> None:
    first = lab.run(tool.name, tool.example)
    assert first.status == Status.OK, first.reason
    second = lab.run(tool.name, tool.example.model_dump())
    assert second.cached
    assert second.model_copy(update={"cached": False}) == first


@light_tools
def test_a_batch_answers_as_one_by_one_in_order(tool: AnyTool, labs: list[Lab]) -> None:
    requests = BATCHES[tool.name]
    together = labs[0].run_many(tool.name, requests)
    for request, outcome in zip(requests, together, strict=True):
        single = labs[1].run(tool.name, request)
        assert (single.status, single.reason) == (outcome.status, outcome.reason)
        assert single.response == outcome.response


@runnable_tools
def test_a_number_in_a_wrong_unit_is_refused(tool: AnyTool, lab: Lab) -> None:
    request: Request = tool.canonical(tool.example)
    response = lab.run(tool.name, request).response
    assert response is not None
    for path in quantities_in(response):
        bad = response.model_copy(deep=True)
        quantities_in(bad)[path].__dict__["unit"] = "furlong"
        with pytest.raises(ServiceError, match="furlong"):
            tool.check_result(request, bad)


@every_tool
def test_garbage_in_a_text_is_refused_without_a_number(tool: AnyTool, lab: Lab) -> None:
    fields = [
        name
        for name, what in tool.request.model_json_schema()["properties"].items()
        if "string" in str(what.get("type", what.get("anyOf"))) and (tool.name, name) not in WORDS
    ]
    assert fields
    for field in fields:
        requests = [{**tool.example.model_dump(), field: text} for text in GARBAGE]
        context = Context(origin=f"test:{field}")
        for text, outcome in zip(GARBAGE, lab.run_many(tool.name, requests, context), strict=True):
            assert outcome.status in REFUSALS, (field, text)
            assert outcome.error_kind != "service", (field, text, outcome.reason)
            assert outcome.reason, (field, text)
            assert outcome.quantities == {}
            assert "Traceback" not in outcome.reason
            assert len(outcome.reason) < 1000, (field, text)
