"""The vocabulary: quantities, paths, digests, and the key under which a run is found again."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from heuresis.contract import (
    Artifact,
    Box,
    Card,
    Crystal,
    Formula,
    ImageRef,
    Interval,
    Outcome,
    Quantity,
    Request,
    Response,
    Smiles,
    Status,
    artifacts_in,
    digest_of,
    is_finite,
    quantities_in,
    texts_in,
)
from heuresis.serving.slot import RAW_CHARS, canonical_json, raw_json, run_key

finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
quantities = st.builds(
    Quantity,
    value=finite,
    unit=words,
    std=st.none() | st.floats(0, 1e300),
    interval=st.none()
    | st.tuples(finite, finite).map(
        lambda ends: Interval(low=min(ends), high=max(ends), level=0.9)
    ),
    no_uncertainty=words,
)


class Part(Response):
    size: Quantity = Field(description="Size.")
    file: Artifact | None = Field(default=None, description="File.")


class Whole(Response):
    first: Part = Field(description="One.")
    rest: tuple[Part, ...] = Field(description="More.")
    by_name: dict[str, Quantity] = Field(description="Named.")
    note: str = Field(default="", description="Words.")


class Ask(Request):
    smiles: Smiles = Field(description="One molecule.")
    others: tuple[Smiles, ...] = Field(default=(), description="Other molecules.")
    crystal: Crystal | None = Field(default=None, description="A crystal.")
    seed: int = Field(default=0, description="Seed.")
    scale: float = Field(default=1.0, description="Scale.")


class Way:
    kind, batch_size = "embedded", 1

    def __init__(self, name: str) -> None:
        self.name = name

    def missing(self) -> str | None:
        return None

    def digest(self) -> str:
        return "program:way==1"

    def run(self, requests: Sequence[Request]) -> Sequence[Response]:
        return []


# --- quantities ---


@given(quantities)
def test_a_quantity_survives_json(quantity: Quantity) -> None:
    assert Quantity.model_validate_json(quantity.model_dump_json()) == quantity


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("name", ["value", "std"])
def test_a_number_that_is_none_is_refused(bad: float, name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Quantity(**{"value": 1.0, "unit": "1", "std": 1.0, name: bad})


def test_a_quantity_says_how_sure_it_is_or_why_not() -> None:
    with pytest.raises(ValidationError, match="allowed a std, an interval, or the reason"):
        Quantity(value=1, unit="eV")
    with pytest.raises(ValidationError, match="allowed a std"):
        Quantity(value=1, unit="eV", no_uncertainty="")
    assert Quantity(value=1, unit="eV", std=0).std == 0
    assert Quantity.exact(3, "1").no_uncertainty == "computed exactly by definition"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"unit": ""}, "unit"),
        ({"std": -1.0}, "std"),
        ({"std": 1.0, "sigma": 2.0}, "sigma"),
        ({"interval": {"low": 2, "high": 1, "level": 0.9}}, "low 2.0 above high 1.0"),
        ({"interval": {"low": 1, "high": 2, "level": 1}}, "level"),
    ],
)
def test_a_quantity_that_makes_no_sense_is_refused(fields: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        Quantity(**{"value": 1.0, "unit": "eV", "no_uncertainty": "why", **fields})


def test_a_quantity_cannot_be_changed() -> None:
    quantity = Quantity.exact(1, "eV")
    with pytest.raises(ValidationError, match="frozen"):
        quantity.value = 2  # type: ignore[misc]  # the point of the test


@given(st.lists(finite | st.just(math.nan), max_size=4))
def test_finite_means_all_of_them(values: list[float]) -> None:
    assert is_finite(*values) == (not any(map(math.isnan, values)))


# --- what is where ---


@given(st.lists(quantities, min_size=1, max_size=4), st.dictionaries(words, quantities, max_size=3))
def test_every_quantity_is_found_by_a_path_of_its_own(
    parts: list[Quantity], named: dict[str, Quantity]
) -> None:
    whole = Whole(
        first=Part(size=parts[0]), rest=tuple(Part(size=q) for q in parts[1:]), by_name=named
    )
    found = quantities_in(whole)
    assert found["first.size"] == parts[0]
    for i, quantity in enumerate(parts[1:]):
        assert found[f"rest[{i}].size"] == quantity
    for name, quantity in named.items():
        assert found[f"by_name.{name}"] == quantity
    assert len(found) == len(parts) + len(named)


def test_an_outcome_without_an_answer_has_no_numbers() -> None:
    outcome = Outcome(run_id="r", tool="t", status=Status.FAILED, backend="b", seconds=0)
    assert (outcome.quantities, outcome.is_usable) == ({}, False)


def test_artifacts_are_found_by_path_and_travel_without_their_bytes() -> None:
    file = Artifact.of(b"abc", name="a.txt", media_type="text/plain")
    part = Part(size=Quantity.exact(1, "1"), file=file)
    assert artifacts_in((part, part)) == {"[0].file": file, "[1].file": file}
    assert "data" not in json.loads(part.model_dump_json())["file"]
    assert (file.digest, file.n_bytes) == (digest_of(b"abc"), 3)
    assert "abc" not in repr(file)


def test_texts_are_found_by_what_they_mean() -> None:
    ask = Ask(smiles=Smiles("CCO"), others=(Smiles("C"), Smiles("N")))
    assert texts_in(ask, Smiles) == ["CCO", "C", "N"]
    assert texts_in(ask, Crystal) == []
    read = Ask.model_validate_json(ask.model_dump_json())
    assert type(read.smiles) is Smiles
    assert texts_in(read, Smiles) == ["CCO", "C", "N"]


def test_meaning_is_told_in_the_schema() -> None:
    schema = Ask.model_json_schema()["properties"]
    assert schema["smiles"]["x-heuresis-type"] == "Smiles"
    assert schema["others"]["items"]["x-heuresis-type"] == "Smiles"


@pytest.mark.parametrize("text", ["", " \t", "C" * 10_001])
def test_a_text_of_no_length_or_too_much_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="smiles"):
        Ask(smiles=text)  # type: ignore[arg-type]  # pydantic makes it a Smiles


def test_the_longest_text_depends_on_what_it_means() -> None:
    assert (Smiles.max_chars, Formula.max_chars, Crystal.max_chars) == (10_000, 200, 2_000_000)


# --- boxes, digests, cards ---


@given(*[st.integers(-2, 6)] * 4)
def test_a_box_has_an_area(x0: int, y0: int, x1: int, y1: int) -> None:
    fields = {"x0_px": x0, "y0_px": y0, "x1_px": x1, "y1_px": y1, "frame": digest_of(b"")}
    if 0 <= x0 < x1 and 0 <= y0 < y1:
        assert Box.model_validate_json(Box(**fields).model_dump_json()) == Box(**fields)
    else:
        with pytest.raises(ValidationError, match="Box"):
            Box(**fields)


@pytest.mark.parametrize("ref", ["sha256:abc", "md5:" + "0" * 64, "sha256:" + "G" * 64, "../x"])
def test_an_image_is_named_by_a_digest_only(ref: str) -> None:
    with pytest.raises(ValidationError, match="frame"):
        Box(x0_px=0, y0_px=0, x1_px=1, y1_px=1, frame=ref)  # type: ignore[arg-type]  # as above
    assert digest_of(b"").startswith("sha256:e3b0c442")
    assert issubclass(ImageRef, str)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "solubility"), ("name", "Molecule.parse"), ("version", "1"), ("citations", ())],
)
def test_a_card_that_tells_too_little_is_refused(field: str, value: Any) -> None:
    fields: dict[str, Any] = {
        "name": "a.b", "version": "1.0.0", "summary": "s", "citations": ("c",),
        "licence_code": "MIT", "licence_weights": "none used", "training_data": (),
        "domain": "d", "failures": ("f",), "accuracy": "a", "cost": "free",
    }  # fmt: skip
    Card(**fields)
    with pytest.raises(ValidationError, match=field):
        Card(**{**fields, field: value})


# --- run keys ---

short = st.text("ab.", min_size=1, max_size=2)
questions = st.tuples(
    short,
    short,
    short,
    short,
    st.builds(Ask, smiles=st.sampled_from(["C", "N"]), seed=st.integers(0, 1)),
)


def key_of(parts: tuple[str, str, str, str, Ask]) -> str:
    tool, version, backend, digest, ask = parts
    return run_key(tool, version, Way(backend), digest, canonical_json(ask))


@given(questions, questions)
def test_keys_are_equal_exactly_where_all_that_decides_is_equal(one: Any, other: Any) -> None:
    assert (key_of(one) == key_of(other)) == (one == other)


@given(st.permutations(["smiles", "seed", "scale", "others"]))
def test_the_order_of_fields_does_not_matter(names: list[str]) -> None:
    fields = {"smiles": "CCO", "seed": 3, "scale": 0.1, "others": ["C"]}
    ask = Ask.model_validate({name: fields[name] for name in names})
    assert canonical_json(ask) == canonical_json(Ask(**fields))


@given(st.builds(Ask, smiles=words.filter(str.strip), scale=finite, seed=st.integers()))
def test_canonical_json_reads_back_to_itself(ask: Ask) -> None:
    text = canonical_json(ask)
    assert Ask.model_validate_json(text) == ask
    assert canonical_json(Ask.model_validate_json(text)) == text


def test_a_key_is_the_same_in_every_process() -> None:
    code = (
        "from heuresis.serving.slot import raw_json, run_key\n"
        "class B: name = 'b'\n"
        "print(run_key('t', '1', B(), 'd', raw_json({'b': 1, 'a': {'x': 'é'}})))"
    )
    keys = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(keys) == 1


@given(words, st.text(max_size=3))
def test_of_a_long_unreadable_request_the_digest_and_the_beginning_are_kept(
    text: str, more: str
) -> None:
    text *= RAW_CHARS
    kept = raw_json({"x": text})
    assert len(kept) < 8 * RAW_CHARS
    assert (raw_json({"x": text + more}) == kept) == (more == "")
