"""Scientific strings get tags, and the text comes back letter by letter."""

from hypothesis import given
from hypothesis import strategies as st

from heuresis.agent.understanding.marking import mark

PIECES = st.sampled_from([
    "CC(=O)Oc1ccccc1C(=O)O", "C1CCCCC1CCCC(=O)N", "<SMILES>", "</SMILES>", "<smiles>CCO</smiles>",
    "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ", "ACGTACGTACGTACGTACGTACGTACGTACGT", "<protein>", "</dna>",
    "sodium chloride NaCl", "Ca(OH)2", " and ", "\n", "é\u202e", "<", ">", ".", "\x00",
])  # fmt: skip


def test_each_kind_of_string_gets_its_tag() -> None:
    text = "Give CC(=O)Oc1ccccc1C(=O)O with ACGTACGTACGTACGTACGTACGTACGTACGT twice."
    found = mark(text)
    assert found.text == (
        "Give <SMILES>CC(=O)Oc1ccccc1C(=O)O</SMILES> with "
        "<dna>ACGTACGTACGTACGTACGTACGTACGTACGT</dna> twice."
    )
    assert found.plain == text


def test_what_has_a_tag_gets_no_other() -> None:
    text = "It is <SMILES>CC(=O)Oc1ccccc1C(=O)O</SMILES>."
    assert mark(text).text == text


@given(st.lists(PIECES | st.text(max_size=20), max_size=30).map("".join))
def test_the_text_comes_back_whatever_it_holds(text: str) -> None:
    assert mark(text).plain == text


def test_a_text_longer_than_is_segmented_at_once_comes_back() -> None:
    text = "Take CC(=O)Oc1ccccc1C(=O)O daily. " * 9_000
    found = mark(text)
    assert found.plain == text
    assert found.text.count("<SMILES>") == 9_000
