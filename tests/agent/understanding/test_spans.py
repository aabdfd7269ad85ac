"""The span segmenter: tags, detectors, overlap, canonical forms."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.agent.understanding.smiles_runs import obeys_rules
from heuresis.agent.understanding.spans import MAX_BYTES, canonical, segment
from heuresis.errors import RequestError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
PROTEIN = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ"


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in segment(text).spans]


def test_two_spellings_of_a_molecule_have_one_form_and_one_hash() -> None:
    one, other = segment("<SMILES>CCO</SMILES> <SMILES>OCC</SMILES>").spans
    assert one.canonical == other.canonical == "CCO"
    assert one.digest == other.digest and one.digest.startswith("sha256:")


def test_text_inside_a_tag_is_one_span_and_is_not_split_again() -> None:
    text = f"see <material>LiCoO2 and {ASPIRIN}</material>"
    assert found(text) == [("material", f"LiCoO2 and {ASPIRIN}")]


def test_a_nested_tag_belongs_to_the_outer_one() -> None:
    text = "<protein>MK<dna>ACGT</dna>A</protein>"
    assert found(text) == [("protein", "MK<dna>ACGT</dna>A")]


@pytest.mark.parametrize("text", ["<SMILES>CCO", "<SMILES>CC<IUPAC>O</SMILES>x</IUPAC>"])
def test_an_unclosed_or_crossed_tag_is_plain_text_with_a_warning(text: str) -> None:
    assert segment(text).warnings


def test_smiles_in_a_sentence_loses_the_full_stop_and_the_parentheses() -> None:
    assert found(f"We made {ASPIRIN}.") == [("smiles", ASPIRIN)]
    assert found(f"We made it ({ASPIRIN}) today") == [("smiles", ASPIRIN)]


def test_smiles_that_chemistry_refuses_is_no_span() -> None:
    assert not found("CC(C)(C)(C)(C)CCCCCC")


def test_a_sequence_is_typed_by_its_letters() -> None:
    assert found(PROTEIN) == [("protein", PROTEIN)]
    assert found("ACGT" * 8) == [("dna", "ACGT" * 8)]
    assert found("ACGU" * 8) == [("rna", "ACGU" * 8)]


@pytest.mark.parametrize(
    "text",
    [
        "SUMMARYOFTHEBUJOZREPORTFORALLREADERS",  # letters that no amino acid has
        "COCONUTS AND PHYSICS IS FUN",
        "src/heuresis/agent/state.py and C:\\\\Program\\\\bin",
        "TP53 and BRCA1 and IC50 at C20",
        "U29tZSBiYXNlNjQgdGV4dCBvbmx5IG5vIGNoZW1pc3RyeQ==",
        "| 12 | 0.5 | -- |\n|----|-----|----|",
    ],
)
def test_words_paths_and_tables_are_no_spans(text: str) -> None:
    assert not found(text)


def test_a_formula_balances_or_stands_near_chemistry() -> None:
    assert found("we have NaCl here") == [("formula", "NaCl")]
    assert found("the compound Ni3Al") == [("formula", "Ni3Al")]
    assert not found("I bought a Ni3Al yesterday")


def test_formulas_are_written_in_hill_order_with_their_charge() -> None:
    assert [canonical("formula", t) for t in ("C2H5OH", "LiCoO2", "SO4^2-", "NH4+", "Fe3+")] == [
        "C2H6O", "CoLiO2", "O4S^2-", "H4N^+", "Fe^3+",
    ]  # fmt: skip


def test_rules_alone_check_brackets_rings_and_bonds() -> None:
    assert obeys_rules(ASPIRIN)
    assert not any(map(obeys_rules, ["CC(C", "C1CCC", "C==C", "cocoon", "bonbon"]))


def test_longer_beats_shorter_and_a_tag_beats_both() -> None:
    text = f"<material>{ASPIRIN}</material> {ASPIRIN}"
    assert [kind for kind, _ in found(text)] == ["material", "smiles"]


def test_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(RequestError, match="allowed 1000000 bytes"):
        segment("x" * (MAX_BYTES + 1))


@given(st.text(alphabet="CNOclnos()=#[]123.-+ HFaLiTi<>/SMILE", max_size=80))
def test_spans_lie_in_the_text_apart_and_their_forms_are_fixed_points(text: str) -> None:
    spans = segment(text).spans
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(canonical(s.kind, s.canonical) == s.canonical for s in spans)
