# ruff: noqa: RUF001  # numbers as they are printed
"""References are filled from the ledger, with unit and uncertainty, or refused with the reason."""

from typing import Any

import pytest
from numbers_ledger import FAILED, GONE, OK, OTHER, PARTIAL

from heuresis.agent.numbers.references import write
from heuresis.agent.numbers.renderer import Sources, render
from heuresis.memory.ledger import Ledger

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("path", "options", "text"),
    [
        ("gap", {}, f"{MINUS}2.31 ± 0.12 eV"),
        ("gap", {"unit": "kcal/mol"}, f"{MINUS}53.4 ± 2.8 kcal/mol"),
        ("gap", {"digits": 1}, f"{MINUS}2.31 ± 0.12 eV"),
        ("energy", {}, "23.50 kcal/mol (no uncertainty: one method, no ensemble)"),
        ("energy", {"digits": 2}, "24 kcal/mol (no uncertainty: one method, no ensemble)"),
        ("energy", {"unit": "eV"}, "1.019 eV (no uncertainty: one method, no ensemble)"),
        ("modulus", {}, "167 [150, 180] GPa (95% interval)"),
        ("modulus", {"unit": "kbar"}, "1670 [1500, 1800] kbar (95% interval)"),
        ("log_s", {}, f"{MINUS}2.5 ± 0.7 log10(mol/L)"),
        ("volume", {"unit": "nm3/atom"}, "0.01050 ± 0.00020 nm3/atom"),
        ("hull", {"unit": "meV/atom"}, "20 ± 30 meV/atom"),
        ("share", {}, "0.457 ± 0.020"),
        ("share", {"unit": "%"}, "45.7 ± 2.0 %"),
        ("modes[2].e", {}, "(3.20 ± 0.11) × 10⁻⁷ eV"),
        ("rings", {}, "3 (no uncertainty: computed exactly by definition)"),
    ],
)
def test_a_number_is_shown_with_unit_and_uncertainty(
    ledger: Ledger, sources: Sources, path: str, options: dict[str, Any], text: str
) -> None:
    rendered = render(f"It is {write(OK, path, **options)}.", ledger, sources)
    assert rendered.text == f"It is {text}."
    (fill,) = rendered.fills
    assert rendered.text[fill.start : fill.end] == text
    assert (fill.kind, fill.run_id, fill.path) == ("number", OK, path)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (write(OK, "gape"), "got no number 'gape', allowed: energy, gap, hull"),
        (write(OTHER, "gap"), f"{OTHER!r}: not one this answer may use, allowed: {OK}"),
        (write(GONE, "gap"), "no such run in the ledger"),
        (write(FAILED, "gap"), "ended as 'failed', allowed: ok, partial"),
        (write(OK, "gap", unit="K"), "another kind"),
        (write(OK, "log_s", unit="mol/L"), "a logarithm"),
        (write(OTHER), "not one this answer may use"),
        ("{{count:runs.great}}", "got 'great', allowed: blocked, empty"),
        ("{{count:" + OTHER + ".measured}}", "not one this answer may use, allowed: none here"),
    ],
)
def test_what_cannot_be_filled_says_why(
    ledger: Ledger, sources: Sources, reference: str, reason: str
) -> None:
    rendered = render(f"a {reference} b", ledger, sources)
    (refusal,) = rendered.refusals
    assert not rendered.fills
    assert reason in refusal.reason
    assert refusal.written == reference
    assert rendered.text[refusal.start : refusal.end].startswith("⟨refused: ")


def test_a_link_names_the_run_and_how_it_ended(ledger: Ledger, sources: Sources) -> None:
    rendered = render(f"{write(OK)}, {write(FAILED)}", ledger, sources)
    assert rendered.text == f"run {OK}, run {FAILED} (failed)"
    assert [fill.kind for fill in rendered.fills] == ["run", "run"]


@pytest.mark.parametrize(
    ("what", "n"),
    [("runs", 3), ("runs.ok", 1), ("runs.failed", 1), ("runs.empty", 0), ("runs.test.odd", 1)],
)
def test_things_are_counted_not_claimed(
    ledger: Ledger, sources: Sources, what: str, n: int
) -> None:
    assert render(f"{{{{count:{what}}}}}", ledger, sources).text == str(n)


def test_a_partial_run_may_be_cited(ledger: Ledger, sources: Sources) -> None:
    assert render(write(PARTIAL, "gap"), ledger, sources).fills


def test_a_text_without_references_stays(ledger: Ledger, sources: Sources) -> None:
    text = "nothing {here} 5 }} {{42}}"
    assert render(text, ledger, sources).text == text
