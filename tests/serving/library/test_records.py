"""Libraries are read record by record; what is wrong with one is told by its number."""

import gzip
from typing import Any

import pytest

from heuresis.errors import RequestError
from heuresis.serving.library import records as reading
from heuresis.serving.library.records import Record, open_library, records

SDF = """{title}
  made by hand

  1  0  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 O   0  0
M  END
> <field>
1

$$$$
"""


def read(place: Any, column: str = "") -> list[Record]:
    return list(records(open_library(place, column)))


def test_lines_are_structures_with_names(write: Any) -> None:
    place = write("a.smi", "\ufeffCCO ethanol, pure\r\n\n  C\n")
    assert read(place) == [Record(1, "CCO", "ethanol, pure"), Record(3, "C")]


def test_a_packed_library_is_read_like_a_plain_one(write: Any) -> None:
    place = write("a.smi.gz", gzip.compress(b"CCO a\nC b\n"))
    assert read(place) == [Record(1, "CCO", "a"), Record(2, "C", "b")]


def test_a_packed_library_that_breaks_off_is_refused_where_it_does(write: Any) -> None:
    place = write("a.smi.gz", gzip.compress(b"CCO a\n" * 50_000)[:-200])
    with pytest.raises(RequestError, match="after line [1-9]"):
        read(place)


def test_a_file_that_is_not_packed_but_says_so_is_refused(write: Any) -> None:
    with pytest.raises(RequestError, match="after line 0"):
        open_library(write("a.smi.gz", "CCO\n"))


def test_bytes_that_are_no_text_and_lines_without_end_are_told_by_number(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_LINE_BYTES", 10)
    place = write("a.smi", b"CCO\n\xff\xfe\n" + b"C" * 35 + b"\nN\n")
    found = read(place)
    assert [(one.number, one.text) for one in found] == [(1, "CCO"), (2, ""), (3, ""), (4, "N")]
    assert [one.wrong for one in found if one.wrong] == [
        "got bytes that are no UTF-8 text", "got a line of more than 10 bytes",
    ]  # fmt: skip


def test_a_table_names_its_column_and_its_bad_rows(write: Any) -> None:
    place = write("a.csv", 'ID,Smiles,x\n1,CCO,2\n2,C\n3,"C,4\n\n5,,1\n6,"N",1\n')
    found = read(place)
    assert [(one.number, one.text, one.name) for one in found if not one.wrong] == [
        (2, "CCO", "1"), (7, "N", "6"),
    ]  # fmt: skip
    assert [one.number for one in found if one.wrong] == [3, 4, 6]
    assert found[1].wrong == "got 2 columns, allowed: 3"


def test_an_open_quote_does_not_swallow_the_rest(write: Any) -> None:
    place = write("a.csv", 'smiles\n"CCO\n' + "C\n" * 100)
    assert [bool(one.wrong) for one in read(place)] == [True] + [False] * 100


def test_another_column_is_named_by_the_person(write: Any) -> None:
    place = write("a.tsv", "drug\tsmiles\nC\tN\n")
    assert [one.text for one in read(place)] == ["N"]
    assert [one.text for one in read(place, "drug")] == ["C"]
    with pytest.raises(RequestError, match="allowed: one of other"):
        read(place, "other")


def test_a_table_without_structures_is_refused(write: Any) -> None:
    with pytest.raises(RequestError, match="`--column` names another"):
        open_library(write("a.csv", "a,b\n1,2\n"))


def test_blocks_of_sdf_are_cut_and_named(write: Any) -> None:
    place = write("a.sdf", SDF.format(title="water") + SDF.format(title="") + "\n")
    found = read(place)
    assert [(one.number, one.name) for one in found] == [(1, "water"), (2, "")]
    assert found[0].text.startswith("water\n")
    assert open_library(place).holds == "sdf"


def test_a_last_block_without_its_end_is_a_record(write: Any) -> None:
    place = write("a.sdf", SDF.format(title="one") + SDF.format(title="two")[:-10])
    assert [one.name for one in read(place)] == ["one", "two"]


def test_blocks_that_are_too_large_are_told_and_not_held(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_BLOCK_CHARS", 200)
    place = write("a.sdf", SDF.format(title="x" * 300) + SDF.format(title="ok"))
    assert [bool(one.wrong) for one in read(place)] == [True, False]


def test_crystals_are_cut_before_their_heads(write: Any) -> None:
    place = write("a.cif", "# made by hand\ndata_NaCl\n_cell 1\ndata_MgO\n_cell 2\n")
    found = read(place)
    assert [(one.number, one.name) for one in found] == [(1, "NaCl"), (2, "MgO")]
    assert found[1].text == "data_MgO\n_cell 2\n"


@pytest.mark.parametrize("name", ["a.xlsx", "a.gz", "a"])
def test_unknown_forms_are_refused_with_those_that_are_known(write: Any, name: str) -> None:
    with pytest.raises(RequestError, match=r"allowed: \.smi"):
        open_library(write(name, "C\n"))


def test_an_empty_or_missing_file_is_refused(write: Any) -> None:
    with pytest.raises(RequestError, match="empty file"):
        open_library(write("a.smi", ""))
    with pytest.raises(RequestError, match="No such file"):
        open_library(write.folder / "b.smi")
    with pytest.raises(RequestError, match="with .csv and .tsv only"):
        open_library(write("a.smi", "C\n"), "smiles")
