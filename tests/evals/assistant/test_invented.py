"""The second opinion on numbers: what is explained, and what is not."""

import pytest

from heuresis.evals.assistant.invented import invented
from heuresis.evals.assistant.told import Filled, RanRow, Told

RUN = RanRow(
    id="01K00000000000000000000000",
    tool="molecule.admet",
    request={"smiles": "Cc1ccccc1"},
    response={"n_v2_px": 1, "end_points": {"logp": {"value": -0.001234, "unit": "1"},
                             "half_life": {"value": 2.5, "unit": "h"}}},
    status="partial",
    reason="outside physical limits: half_life -5.64 h",
)  # fmt: skip


def told(text: str, fill: str = "", path: str = "end_points.half_life") -> Told:
    at = text.find(fill)
    made = Filled(start=at, end=at + len(fill), kind="number", run_id=RUN.id, path=path)
    return Told(words="top 3 of Cc1ccccc1", text=text, runs=(RUN,), fills=(made,) if fill else ())


@pytest.mark.parametrize(
    "text",
    [
        "Cc1ccccc1 has no answer: outside physical limits: half_life -5.64 h.",
        "The top 3 are these.",
        "molecule.admet, version 1.0.0: ADMET-AI: doi:10.1093/bioinformatics/btae416.",
        "See run 01K00000000000000000000000 and sha256:a97024946b91bd0f.",
        "the n v2 px and modes[2]",
        "No number at all.",
    ],
)
def test_names_reasons_cards_and_the_persons_own_numerals_are_explained(text: str) -> None:
    assert invented(told(text)) == []


@pytest.mark.parametrize("text", ["It is 2.5 h.", "About 46 g/mol.", "Half of 7."])
def test_a_numeral_that_is_no_reference_is_invented_even_where_it_is_right(text: str) -> None:
    assert invented(told(text))


@pytest.mark.parametrize(
    ("text", "fill", "path"),
    [
        ("2.5 h", "2.5 h", "end_points.half_life"),
        ("2.50 ± 0.3 h", "2.50 ± 0.3 h", "end_points.half_life"),
        ("150 min", "150 min", "end_points.half_life"),
        ("0.0025 kh", "0.0025 kh", "end_points.half_life"),
        (
            "\N{MINUS SIGN}1.234 \N{MULTIPLICATION SIGN} 10⁻³",
            "\N{MINUS SIGN}1.234 \N{MULTIPLICATION SIGN} 10⁻³",
            "end_points.logp",
        ),
    ],
)
def test_a_reference_that_shows_what_the_ledger_holds_is_right(
    text: str, fill: str, path: str
) -> None:
    assert invented(told(text, fill, path)) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("3.1 h", "end_points.half_life"),
        ("2.5 h", "end_points.nowhere"),
        ("0.9", "end_points.logp"),
    ],
)
def test_a_reference_that_shows_another_number_is_wrong(text: str, path: str) -> None:
    assert invented(told(text, text, path))


def test_a_numeral_that_the_gate_marked_is_not_explained_by_its_mark() -> None:
    assert invented(told("It is ⟨unsourced: 7⟩ h.")) == ["7"]
    assert invented(told("molecule.admet, version ⟨unsourced: 1.0.0⟩: ADMET-AI.")) == []
