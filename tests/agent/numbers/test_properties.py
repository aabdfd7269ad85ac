"""What holds for every text: no crash, no number slips in, markup changes nothing."""

import importlib.util
import re
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from heuresis.agent.numbers.gate import gate
from heuresis.agent.numbers.references import parse
from heuresis.agent.numbers.verdict import Mode


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SETS = load("sentences"), load("held_out"), load("held_out_again")
written, SAID, NAMES = SETS[0].written, SETS[0].SAID, SETS[0].NAMES
CLEAN = [written(text) for one in SETS for texts in one.CLEAN.values() for text in texts]
FREE = [written(text) for one in SETS for texts in one.FREE.values() for text in texts]
MARKS = ["**", "*", "`", "~~", "\u200b", "\u00ad", "<b>", "</i>", "\u2060", "<span>", "&shy;"]
# Where a mark would change what is said: inside braces, tags, entities, links and LaTeX.
SOLID = re.compile(
    r"\{\{[^}]*\}\}|<[^>]*>|&\w+;|&#\w+;|!?\[[^\]]*\]\([^)]*\)|\\\w*|\{[\d ,-]+\}|https?://\S+|\[gap\]"
    r"|\{\{|```\n|\|"
)
# A number behind one of these names a thing: 'section 2.1', 'space group 225', 'version 1.2'.
NAMING = re.compile(
    r"(?i)\b(?:sections?|figures?|fig\.|tables?|equation|eq\.|group|number|version)\W*$|-3m\W*$"
)

PIECES = st.sampled_from(
    [
        *("{{", "}}", "{{run:", "{{count:runs}}", "|unit=", "**", "<b", ">", "<!--", "-->", "]("),
        *("[x](", "http://a/5", "\u200b", "½", "٤", "Ⅻ", "one", "twice", "C1CC1", "H2O", "&#52;"),
        *("(", ")", "[", "]", "\n", "1. ", "# 1. A", " ", "eV", "%", "-", "_", "\\", "$", "5"),
        *("\ue000", "\ud800", "\x00", "İ", "ǅ"),
    ]
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=200), st.lists(PIECES, max_size=30).map("".join)
)
NUMERALS = st.one_of(
    st.decimals(0, 10**6, places=2, allow_nan=False).map(str),
    st.integers(1000, 10**9).map(str),
    st.integers(0, 10**6).map(lambda n: f"{n}.5 eV"),
    st.integers(0, 999).map(lambda n: f"{n}%"),
    st.integers(1, 99).map(lambda n: f"{n}e-{n}"),
    st.sampled_from(
        ["seventeen", "forty-two", "twice", "a dozen", "½", "٤٢٣", "two thirds", "XIV eV"]
    ),
    st.sampled_from(["**12**34", "tw**elve**", "1\u200b234", "&#55;&#56;.5", "f<i>if</i>ty"]),
)


@given(TEXTS, st.sampled_from(Mode), st.lists(TEXTS, max_size=2), st.lists(TEXTS, max_size=2))
def test_no_text_makes_it_crash(text: str, mode: Mode, said: list[str], names: list[str]) -> None:
    parse(text)
    verdict = gate(text, mode=mode, said=said, names=names)
    for flag in verdict.flags:
        assert 0 <= flag.start < flag.end <= len(text)
    for one in verdict.excused:
        assert 0 <= one.start < one.end <= len(text)
    assert all(a.end <= b.start for a, b in pairwise(verdict.flags))


@given(TEXTS)
def test_it_says_the_same_twice(text: str) -> None:
    assert gate(text) == gate(text)


@settings(max_examples=400)
@given(st.sampled_from(CLEAN), NUMERALS, st.integers(0, 10**6))
def test_a_number_put_into_a_clean_sentence_is_always_found(
    text: str, numeral: str, where: int
) -> None:
    gaps = [0, *(m.start() for m in re.finditer(r"(?<=\S) (?=\S)", text)), len(text)]
    gaps = [at for at in gaps if not any(m.start() < at < m.end() for m in SOLID.finditer(text))]
    gaps = [at for at in gaps if not NAMING.search(text[:at])]
    at = gaps[where % len(gaps)]
    verdict = gate(f"{text[:at]} {numeral} {text[at:]}", names=NAMES)
    begin, end = at + 1, at + 1 + len(numeral)
    assert any(flag.start < end and begin < flag.end for flag in verdict.flags)


@settings(max_examples=600, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.sampled_from(CLEAN + FREE), st.sampled_from(MARKS), st.integers(0, 10**6))
def test_markup_neither_hides_nor_excuses(text: str, mark: str, where: int) -> None:
    at = where % (len(text) + 1)
    assume(not any(m.start() < at < m.end() for m in SOLID.finditer(text)))
    marked = f"{text[:at]}{mark}{text[at:]}"
    bare = bool(gate(text, said=(SAID,), names=NAMES).flags)
    assert bool(gate(marked, said=(SAID,), names=NAMES).flags) == bare


@pytest.mark.parametrize("unit", ["1,", "C1", "(", "[a](", "{{", "2-methyl", "é", "one ", "<a "])
def test_a_long_text_is_read_in_time(unit: str) -> None:
    gate(unit * (8000 // len(unit)))
