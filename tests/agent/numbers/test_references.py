"""References are read exactly, and whatever else stands in braces is said to be wrong."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.agent.numbers.references import CountRef, NumberRef, RunRef, parse, write

RUN = "01J9Z3K4M5N6P7Q8R9STVWXYZ0"


def test_a_number_a_run_and_a_count_are_told_apart() -> None:
    text = "a {{run:R.modes[2].e|unit=kcal/mol|digits=3}} {{run:R}} {{count:runs.ok}}"
    text = text.replace("R", RUN)
    number, run, count = parse(text).references
    assert isinstance(number, NumberRef)
    assert (number.run_id, number.path) == (RUN, "modes[2].e")
    assert (number.unit, number.digits) == ("kcal/mol", 3)
    assert text[number.start : number.end].startswith("{{run")
    assert isinstance(run, RunRef) and run.run_id == RUN
    assert isinstance(count, CountRef) and (count.of, count.what) == ("runs", "ok")


def test_blanks_and_small_letters_do_not_matter() -> None:
    (one,) = parse(f"{{{{ run : {RUN.lower()}.gap | unit = eV }}}}").references
    assert isinstance(one, NumberRef)
    assert (one.run_id, one.path, one.unit) == (RUN, "gap", "eV")


@pytest.mark.parametrize(
    ("braced", "reason"),
    [
        ("{{42}}", "allowed: {{run:ID.path}}"),
        ("{{}}", "allowed"),
        ("{{run:42.gap}}", "ID has 26"),
        ("{{run:" + RUN + ".gap|value=5}}", "'value', allowed: unit, digits"),
        ("{{run:" + RUN + ".gap|digits=0}}", "digits='0', allowed: 1 to 8"),
        ("{{run:" + RUN + ".gap|digits=99}}", "allowed: 1 to 8"),
        ("{{run:" + RUN + ".gap|digits=٣}}", "allowed: 1 to 8"),
        ("{{run:" + RUN + ".gap|unit=}}", "the unit ''"),
        ("{{run:" + RUN + ".gap|unit=5 eV}}", "the unit '5 eV'"),
        ("{{run:" + RUN + ".gap|digits=3|digits=4}}", "twice"),
        ("{{run:" + RUN + "|unit=eV}}", "options of a link"),
        ("{{count:runs|digits=3}}", "options of a count"),
        ("{{count:all}}", "allowed"),
        ("{{run:" + RUN + "." + "x" * 500 + "}}", "characters in braces"),
        ("{{ open", "nothing closes"),
    ],
)
def test_what_is_no_reference_says_what_is_allowed(braced: str, reason: str) -> None:
    parsed = parse(f"before {braced} after")
    assert not parsed.references
    assert reason in parsed.mistakes[0].reason


@given(st.text(st.sampled_from(list("{}|:.=runcot01J9Z \n\u200b½")), max_size=120))
def test_no_text_makes_the_parser_raise(text: str) -> None:
    parsed = parse(text)
    places = sorted((one.start, one.end) for one in (*parsed.references, *parsed.mistakes))
    assert all(a[1] <= b[0] for a, b in pairwise(places))


@pytest.mark.parametrize("path", ["", "gap", "end_points.logp", "modes[2].e"])
def test_what_is_written_is_read_back(path: str) -> None:
    (one,) = parse(write(RUN, path)).references
    assert getattr(one, "path", "") == path


def test_options_are_written_and_read_back() -> None:
    (one,) = parse(write(RUN, "gap", unit="kcal/mol", digits=3)).references
    assert isinstance(one, NumberRef)
    assert (one.unit, one.digits) == ("kcal/mol", 3)
