"""`heuresis document`, and documents given to `ask` and to campaign files."""

import json
from pathlib import Path
from typing import Any

import papers
import pytest

from heuresis.agent.spec import load_spec
from heuresis.errors import RequestError

CSV = "name,smiles\nethanol,CCO\ntorn,C1CC\nphenol,Oc1ccccc1\n"


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    place = tmp_path / "paper.pdf"
    place.write_bytes(papers.pdf([papers.ABSTRACT, papers.METHODS]))
    return place


@pytest.fixture
def table(tmp_path: Path) -> Path:
    place = tmp_path / "t.csv"
    place.write_text(CSV)
    return place


def test_files_are_added_listed_and_shown_page_by_page(run: Any, paper: Path, table: Path) -> None:
    added = run("document", "add", str(paper), str(table), "--json")
    one, two = map(json.loads, added.out.splitlines())
    assert (one["kind"], one["is_new"], two["n_wrong"]) == ("pdf", True, 1)
    assert {row["id"] for row in json.loads(run("document", "list", "--json").out)} == {
        one["id"], two["id"],
    }  # fmt: skip
    page = run("document", "show", one["id"], "--page", "2")
    assert papers.METHODS[0] in page.out
    assert papers.ABSTRACT[0] not in page.out
    assert run("document", "show", one["id"], "--page", "9").code == 4
    shown = json.loads(run("document", "show", two["id"][:20], "--json").out)
    assert [item["wrong"] for item in shown["items"]][1] == "'C1CC' is no SMILES that can be read"
    assert "(was known)" in run("document", "add", str(paper)).out


def test_words_are_found_with_their_page_until_the_document_is_withdrawn(
    run: Any, paper: Path
) -> None:
    added = json.loads(run("document", "add", str(paper), "--json").out)
    for more in ((), ("--in", added["id"])):
        [best, *_] = json.loads(run("document", "search", "solubility", *more, "--json").out)
        assert (best["place"], "14.7 mg/mL" in best["quote"]) == ("page 1", True)
    assert run("document", "search", "glacier").code == 4
    assert json.loads(run("memory", "search", "solubility", "--json").out)[0]["kind"] == "passage"
    assert run("document", "withdraw", added["id"], "--reason", "retracted").code == 0
    assert run("document", "search", "solubility").code == 4
    assert run("document", "list", "--json").out.strip() == "[]"
    assert "withdrawn" in run("document", "list", "--withdrawn").out
    assert "retracted" in run("document", "show", added["id"], "--json").out


def test_what_is_wrong_with_a_file_is_the_callers_to_fix(run: Any, tmp_path: Path) -> None:
    torn = tmp_path / "torn.pdf"
    torn.write_bytes(papers.pdf([papers.ABSTRACT])[:-90])
    ended = run("document", "add", str(torn))
    assert (ended.code, "cut off" in ended.err) == (2, True)
    asked = run("ask", "QED of CCO", "--file", str(torn))
    assert (asked.code, "cut off" in asked.err) == (2, True)


def test_signs_that_steer_a_terminal_are_made_visible(run: Any, tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    place.write_text("The \u202esolubility\u202c is high.")
    added = json.loads(run("document", "add", str(place), "--json").out)
    shown = run("document", "show", added["id"])
    assert "\\u202esolubility" in shown.out
    assert "\u202e" not in shown.out


def test_a_paper_given_to_ask_is_quoted(run: Any, paper: Path) -> None:
    text = "what does the attached paper say about solubility?"
    ended = run("ask", text, "--file", str(paper))
    assert ended.code == 0
    assert "[file-1.pdf, page 1]" in ended.out


CAMPAIGN = """
name: from_a_table
goal: better relatives of what a table holds
space: {{kind: molecule, start: "@{name}"}}
objectives: [{{name: qed, tool: molecule.describe, path: qed, unit: "1", direction: maximise,
              worst: 0, best: 1}}]
proposer: {{kind: evolution}}
budget: {{rounds: 1, per_round: 2}}
"""


def test_a_campaign_begins_with_the_molecules_of_a_table(tmp_path: Path) -> None:
    tmp_path.joinpath("good.csv").write_text(
        "name,smiles\nethanol,CCO\nagain,CCO\nphenol,Oc1ccccc1\n"
    )
    file = tmp_path / "c.yaml"
    file.write_text(CAMPAIGN.format(name="good.csv"))
    assert load_spec(file).space.start == ("CCO", "Oc1ccccc1")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (CSV, "unreadable rows: 1 .of 3 rows.: row 3: 'C1CC'"),
        ("name,mp\nethanol,1\n", "no column of SMILES"),
        ("", "empty file"),
    ],
)
def test_a_campaign_begins_with_all_of_a_table_or_not_at_all(
    tmp_path: Path, content: str, why: str
) -> None:
    tmp_path.joinpath("bad.csv").write_text(content)
    file = tmp_path / "c.yaml"
    file.write_text(CAMPAIGN.format(name="bad.csv"))
    with pytest.raises(RequestError, match=f"bad.csv': .*{why}"):
        load_spec(file)
