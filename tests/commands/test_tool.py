"""Tools from the command line: every way to ask, every ending, hostile input."""

import json
import os
from pathlib import Path

import pytest

from heuresis.commands.reading import MAX_BYTES


def test_a_request_is_inline_json_or_options_or_pairs(run) -> None:
    ways = (['{"number": 21}'], ["--number", "21"], ["--set", "number=21"], ["--number=21"])
    for way in ways:
        ended = run("tool", "run", "test.echo", *way, "--json")
        assert ended.code == 0
        assert ended.json()["response"]["double"]["value"] == 42


def test_an_outcome_begins_with_its_status_and_names_its_run(run) -> None:
    ended = run("tool", "run", "test.echo", "--number", "21")
    assert ended.out.startswith("ok\n")
    assert "run   01" in ended.out
    assert "42" in ended.out


@pytest.mark.parametrize(
    ("number", "code", "status"),
    [
        (5, 0, "ok"),
        (0, 4, "empty"),
        (-2, 4, "out_of_domain"),
        (-1, 2, "failed"),
        (-3, 1, "failed"),
        (-13, 1, "failed"),
    ],
)
def test_the_exit_code_follows_the_outcome(run, number: int, code: int, status: str) -> None:
    ended = run("tool", "run", "test.echo", "--number", str(number), "--json")
    assert (ended.code, ended.json()["status"]) == (code, status)


def test_what_the_hazard_screen_refuses_exits_with_3(run) -> None:
    sarin = "CC(C)OP(C)(=O)F"
    ended = run("tool", "run", "molecule.describe", "--smiles", sarin, "--json")
    assert (ended.code, ended.json()["status"]) == (3, "blocked")


def test_of_a_batch_the_gravest_unusable_outcome_decides(run) -> None:
    def code(*numbers: int) -> int:
        text = json.dumps([{"number": n} for n in numbers])
        return run("tool", "run", "test.echo", text).code

    assert code(1, 2) == 0
    assert code(1, 0) == 4
    assert code(0, -1) == 2
    assert code(-1, -3, 0) == 1


def test_a_batch_prints_one_json_document_per_line_in_order(run, tmp_path: Path) -> None:
    table = tmp_path / "numbers.csv"
    table.write_text("number\n3\n\n1\n2\n")
    ended = run("tool", "run", "test.echo", str(table), "--json")
    values = [json.loads(line)["response"]["double"]["value"] for line in ended.out.splitlines()]
    assert values == [6, 2, 4]
    assert "number" not in ended.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '[{"number": 1}, {"number": 2}]'),
        ("a.jsonl", '{"number": 1}\n\n{"number": 2}\n'),
        ("a.csv", "\ufeffnumber\n1\n2\n"),
        ("a.tsv", "number\n1\n2\n"),
        ("unnamed", '{"number": 1}\n{"number": 2}\n'),
    ],
)
def test_every_file_of_requests_is_read(run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    ended = run("tool", "run", "test.echo", "--file", str(tmp_path / name), "--json")
    assert (ended.code, len(ended.out.splitlines())) == (0, 2)


def test_requests_come_from_standard_input(run) -> None:
    ended = run("tool", "run", "test.echo", "-", "--json", given='{"number": 4}')
    assert ended.json()["response"]["double"]["value"] == 8


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.json", b"", "empty file"),
        ("blank.csv", b"  \n ", "empty file"),
        ("no.csv", b"numbr\n1\n", "no column 'number', only ['numbr']; allowed: number"),
        ("more.csv", b"number,colour\n1,red\n", "unknown column(s) ['colour']"),
        ("twice.csv", b"number,number\n1,1\n", "twice"),
        ("short.csv", b"number\n1,2\n", "line 2: got 2 cells, allowed: 1"),
        ("bare.csv", b"number\n", "no row"),
        ("quote.csv", b'number\n"1\n', "broken table"),
        ("latin.csv", b"number\n\xff\n", "no UTF-8 text at position 7"),
        ("nul.csv", b"number\n\x001\n", "number: got '\\x001'"),
        ("deep.json", b"[" * 100_000, "nested too deeply"),
        ("nan.json", b'{"number": NaN}', "NaN is no JSON number"),
        ("half.json", b'{"number": "\\ud800"}', "surrogate"),
        ("list.json", b"[]", "empty list"),
        ("words.json", b'["number"]', "item 1: got a str"),
        ("broken.jsonl", b'{"number": 1}\n{', "line 2"),
        ("what.xyz", b"number", "unknown kind"),
        ("salt.cif", b"data_x", "takes no crystal"),
        ("digits.json", b'{"number": ' + b"9" * 5000 + b"}", "no valid JSON"),
    ],
)
def test_bad_input_is_the_callers_mistake_and_says_what_is_allowed(
    run, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    ended = run("tool", "run", "test.echo", str(tmp_path / name))
    assert ended.code == 2
    assert said in ended.err + ended.out
    assert "Traceback" not in ended.err


def test_a_file_beyond_the_limit_is_refused(run, tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    ended = run("tool", "run", "test.echo", str(tmp_path / "huge.json"))
    assert (ended.code, "up to 50 MB" in ended.err) == (2, True)


def test_a_folder_and_an_absent_file_are_refused(run, tmp_path: Path) -> None:
    assert "cannot be read" in run("tool", "run", "test.echo", str(tmp_path)).err
    assert "no such file" in run("tool", "run", "test.echo", "nowhere.csv").err


def test_a_name_that_steers_terminals_is_shown_and_not_obeyed(run) -> None:
    ended = run("tool", "run", "test.echo", "\x1b[31mred\u202e.csv")
    assert ended.code == 2
    assert "\x1b" not in ended.err
    assert "\u202e" not in ended.err


def test_arguments_that_are_no_text_are_refused(run_alone) -> None:
    ended = run_alone("tool", "run", "test.slow", "--smiles", os.fsdecode(b"\xff\xfe"), "--json")
    assert ended.code == 2
    assert "UTF-8" in ended.json()["error"]["message"]


def test_an_unknown_tool_backend_option_or_nothing_at_all_exits_with_2(run) -> None:
    assert "unknown name" in run("tool", "run", "test.ecko", "--number", "1").err
    assert "allowed: echo" in run("tool", "run", "test.echo", "--number=1", "--backend=x").err
    assert "--number" in run("tool", "run", "test.echo", "--numbr", "1").err
    assert "got no input" in run("tool", "run", "test.echo").err
    assert "one of them" in run("tool", "run", "test.echo", "{}", "--file", "x").err
    assert "field=value" in run("tool", "run", "test.echo", "--set", "number").err


def test_with_json_an_error_is_the_one_document(run) -> None:
    for words in (["tool", "run", "test.ecko"], ["tool", "run", "test.echo", "--numbr", "1"]):
        ended = run(*words, "--json")
        assert (ended.code, ended.err) == (2, "")
        assert ended.json()["error"]["kind"] == "request"


def test_files_that_a_run_made_are_written_below_a_folder(run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = run("tool", "run", "test.echo", "--number", "2000", "--out", str(out))
    (written,) = out.rglob("*.txt")
    assert written.read_text() == "2000"
    assert f"written: {written}" in ended.out


def test_a_value_may_stand_in_a_file(run, tmp_path: Path) -> None:
    (tmp_path / "n").write_text("8")
    ended = run("tool", "run", "test.echo", "--number", f"@{tmp_path / 'n'}", "--json")
    assert ended.json()["response"]["double"]["value"] == 16


def test_structure_files_go_to_the_field_that_means_them(run, tmp_path: Path) -> None:
    (tmp_path / "two.smi").write_text("CCO ethanol\nC methane\n")
    ended = run("tool", "run", "test.slow", str(tmp_path / "two.smi"), "--json")
    lengths = [json.loads(one)["response"]["length"]["value"] for one in ended.out.splitlines()]
    assert lengths == [3, 1]
    (tmp_path / "POSCAR").write_text(
        "NaCl\n1\n0 2.82 2.82\n2.82 0 2.82\n2.82 2.82 0\nNa Cl\n1 1\nDirect\n0 0 0\n.5 .5 .5\n"
    )
    ended = run("tool", "run", "crystal.describe", str(tmp_path / "POSCAR"), "--json")
    assert ended.json()["response"]["formula"] == "NaCl"


def test_an_sdf_is_read_molecule_by_molecule(run, tmp_path: Path) -> None:
    from rdkit import Chem

    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    (tmp_path / "a.sdf").write_text(f"{block}$$$$\n{block}$$$$\n")
    (tmp_path / "a.mol").write_text(block)
    (tmp_path / "bad.sdf").write_text("nothing\n$$$$\n")
    assert (
        len(run("tool", "run", "test.slow", str(tmp_path / "a.sdf"), "--json").out.split("\n")) == 3
    )
    assert run("tool", "run", "test.slow", str(tmp_path / "a.mol"), "--json").code == 0
    assert "molecule 1" in run("tool", "run", "test.slow", str(tmp_path / "bad.sdf")).err


def test_the_options_of_a_tool_are_the_fields_of_its_request(run) -> None:
    ended = run("tool", "run", "test.echo", "--help")
    assert ended.code == 0
    assert "--number INTEGER" in ended.out
    assert "[required]" in ended.out


def test_the_list_shows_every_tool_also_one_that_cannot_be_loaded(run, monkeypatch) -> None:
    from heuresis.tools import registry

    monkeypatch.setitem(registry.BUILT_IN, "test.lost", "no_such_module:LOST")
    registry.places.cache_clear()
    found = {row["name"]: row for row in run("tool", "list", "--json").json()}
    assert found["test.echo"]["backends"][0]["missing"] is None
    assert found["test.lost"]["backends"] == []
    assert "cannot be loaded" in run("tool", "list").out


def test_a_card_is_shown_with_fields_and_an_example(run) -> None:
    ended = run("tool", "show", "test.echo")
    for text in ("Doubles a number.", "Any number", "ready", "heuresis tool run test.echo"):
        assert text in ended.out
    assert run("tool", "show", "test.echo", "--json").json()["example"] == {"number": 1}
