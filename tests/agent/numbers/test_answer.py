"""A draft becomes an answer, or is refused; the same for a model and for rules."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numbers_ledger import FAILED, NUMBERS, OK, OTHER
from sentences import CLEAN, SAID, written
from sentences import NAMES as SESSION_NAMES

from heuresis.agent.numbers.answer import check, settle
from heuresis.agent.numbers.references import write
from heuresis.agent.numbers.renderer import Sources, render
from heuresis.agent.numbers.verdict import Flaw, Mode
from heuresis.memory.ledger import Ledger

MINUS = "\N{MINUS SIGN}"


def test_a_clean_draft_is_filled_and_every_number_can_be_linked(
    ledger: Ledger, sources: Sources
) -> None:
    settled = settle(f"The gap is {write(OK, 'gap')} ({write(OK)}).", ledger, sources)
    assert settled.text == f"The gap is {MINUS}2.31 ± 0.12 eV (run {OK})."
    assert [settled.text[f.start : f.end] for f in settled.fills] == [
        f"{MINUS}2.31 ± 0.12 eV",
        f"run {OK}",
    ]


def test_strict_shows_nothing_and_says_what_to_mend(ledger: Ledger, sources: Sources) -> None:
    settled = settle(f"{write(OK, 'gap')}, that is 2.3 eV.", ledger, sources)
    assert (settled.text, settled.fills) == ("", ())
    assert "'2.3': no run gave it" in settled.verdict.message


def test_lenient_keeps_the_links_in_place_behind_marks(ledger: Ledger, sources: Sources) -> None:
    draft = f"Of 12 runs, {write(OK, 'gap')} and twice {write(OK, 'hull')}."
    settled = settle(draft, ledger, sources, Mode.LENIENT)
    assert settled.text == (
        f"Of ⟨unsourced: 12⟩ runs, {MINUS}2.31 ± 0.12 eV and ⟨unsourced: twice⟩ "
        "0.02 ± 0.03 eV/atom."
    )
    assert [settled.text[f.start : f.end] for f in settled.fills] == [
        f"{MINUS}2.31 ± 0.12 eV",
        "0.02 ± 0.03 eV/atom",
    ]


def test_a_number_copied_from_a_run_is_still_free(ledger: Ledger, sources: Sources) -> None:
    for copied in ("-2.3142", "-2.31 ± 0.12 eV", f"{MINUS}2.31"):
        assert settle(f"The gap is {copied}.", ledger, sources).verdict.is_refused


@pytest.mark.parametrize("reference", [write(OTHER, "gap"), write(FAILED, "gap"), write(OK, "no")])
def test_a_reference_that_cannot_be_filled_is_refused(
    ledger: Ledger, sources: Sources, reference: str
) -> None:
    strict = settle(f"The gap is {reference}.", ledger, sources)
    assert strict.verdict.is_refused
    assert [flag.flaw for flag in strict.verdict.flags] == [Flaw.REFUSED]
    lenient = settle(f"The gap is {reference}.", ledger, sources, Mode.LENIENT)
    assert lenient.text.startswith("The gap is ⟨refused: ")


@pytest.mark.parametrize("path", NUMBERS)
def test_every_filled_text_passes_its_own_gate(ledger: Ledger, sources: Sources, path: str) -> None:
    assert not settle(f"a ({write(OK, path)}), b", ledger, sources).verdict.flags


SENTENCES = [text for texts in CLEAN.values() for text in texts]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SENTENCES), st.sampled_from(sorted(NUMBERS)))
def test_rendering_adds_nothing_the_gate_would_flag(
    ledger: Ledger, sources: Sources, text: str, path: str
) -> None:
    draft = written(text.replace("@R", write(OK, path)).replace("@S", write(OK, "energy")))
    sources = replace(sources, said=(SAID,), names=frozenset(SESSION_NAMES))
    rendered = render(draft, ledger, sources)
    assert not rendered.refusals
    assert not check(rendered, sources).flags
