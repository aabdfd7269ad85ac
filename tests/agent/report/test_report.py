"""The report: honest, traceable, closed to the outside, the same from the same ledger."""

import csv
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from heuresis.agent.report.record import WITHHELD, gather
from heuresis.agent.report.summary import summary_table
from heuresis.agent.report.write import write_report
from heuresis.errors import RequestError
from heuresis.memory import campaigns
from heuresis.serving.lab import Lab

Finished = Any  # of conftest.py: ledger, campaign_id, folder
Maker = Callable[..., str]
FILES = ("report.html", "candidates.csv", "report.json")
VOID = {"meta", "br", "link", "img", "input", "hr"}
EVIL = "<script>alert('x')</script>"


class Page(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.numbers: list[list[str]] = []  # links in each number
        self.words: list[str] = []
        self.loose: list[str] = []  # measured-looking text of cells outside a number
        self._open: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        names = (found.get("class") or "").split()
        if "number" in names:
            self.numbers.append([])
        if tag == "a" and self._inside("number"):
            self.numbers[-1].append(found.get("href") or "")
        if tag not in VOID:
            self._open.append((tag, " ".join(names)))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if "±" in data and self._inside_tag("td") and not self._inside("number"):
            self.loose.append(data)

    def _inside(self, name: str) -> bool:
        return any(name in names.split() for _, names in self._open)

    def _inside_tag(self, name: str) -> bool:
        return any(tag == name for tag, _ in self._open)

    @property
    def ids(self) -> list[str]:
        return [str(found["id"]) for _, found in self.tags if "id" in found]


Texts = tuple[Page, str, str, str]


def read(folder: Path) -> Texts:
    """Read a report: the page, parsed and as text, the table and the data."""
    html, table, text = ((folder / name).read_text(encoding="utf-8") for name in FILES)
    return Page(html), html, table, text


def texts(lab: Lab, campaign_id: str, folder: Path) -> Texts:
    """Write a report and read it."""
    write_report(lab, campaign_id, folder)
    return read(folder)


def test_every_number_links_to_its_run(finished: Finished) -> None:
    page, _, _, _ = read(finished.folder)
    assert len(page.numbers) > 30
    assert all(page.numbers)
    assert {link.removeprefix("#") for links in page.numbers for link in links} <= set(page.ids)
    assert not page.loose


def test_an_id_stands_once_in_the_page(finished: Finished) -> None:
    page, _, _, _ = read(finished.folder)
    named = [name for name in page.ids if "-DejaVuSans-" not in name]
    assert len(named) == len(set(named))


def test_the_appendix_names_the_command_that_shows_a_run(finished: Finished) -> None:
    page, html, _, _ = read(finished.folder)
    for name in page.ids:
        if name.startswith("run-"):
            assert f"heuresis memory show {name.removeprefix('run-')}" in html


def test_nothing_in_the_page_leads_outside(finished: Finished) -> None:
    page, html, _, _ = read(finished.folder)
    assert "https://example.org/counting" in html  # a citation, as text
    for tag, found in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "embed", "img")
        for name, value in found.items():
            assert not name.startswith("on")
            if name in ("href", "src", "xlink:href", "action"):
                assert re.match(r"#|data:image/png;base64,", str(value))
            assert name in ("aria-label", "title", "content") or "//" not in str(value)
    assert "@import" not in html
    assert "url(http" not in html


def test_text_of_people_and_models_is_inert(finished: Finished) -> None:
    page, html, _, _ = read(finished.folder)
    assert "<script" not in html
    said = "".join(page.words)
    for hint in (f"=cmd {EVIL}", f"same as {EVIL}", f"got chlorine {EVIL}"):
        assert hint in said


def test_a_spreadsheet_computes_nothing(lab: Lab, make_campaign: Maker, tmp_path: Path) -> None:
    campaign = campaigns.get(lab.ledger, make_campaign(n_rounds=1))
    new = campaigns.NewCandidate("C=C", (), "evolution", "=HYPERLINK(1)", None, "")
    campaigns.open_round(lab.ledger, campaign, 2, [new], {})
    _, _, table, _ = texts(lab, campaign.id, tmp_path)
    assert {row["operator"] for row in csv.DictReader(io.StringIO(table))} >= {"'=HYPERLINK(1)"}


def test_a_campaign_in_which_nothing_passed_says_so(
    lab: Lab, make_campaign: Maker, tmp_path: Path
) -> None:
    page, _, table, text = texts(lab, make_campaign(n_rounds=0, stop="no candidate"), tmp_path)
    said = " ".join("".join(page.words).split())
    assert "No candidate passed every gate" in said
    assert "the proposer had no further candidate" in said
    assert json.loads(text)["ranking"] == []
    assert table.count("\n") == 1
    assert summary_table(lab, json.loads(text)["campaign"]["id"]) == []


def test_the_same_ledger_gives_the_same_bytes(
    lab: Lab, make_campaign: Maker, tmp_path: Path
) -> None:
    campaign_id = make_campaign()
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        write_report(lab, campaign_id, folder)
    for name in ("report.html", "report.json", "candidates.csv"):
        one, two = ((folder / name).read_bytes() for folder in folders)
        assert one == two
    assert sorted(path.name for path in folders[0].iterdir()) == [
        "candidates.csv",
        "report.html",
        "report.json",
    ]


def test_the_table_has_a_row_for_every_candidate_also_the_rejected(finished: Finished) -> None:
    _, _, table, _ = read(finished.folder)
    rows = list(csv.DictReader(io.StringIO(table)))
    known = campaigns.view(finished.ledger, finished.campaign_id)
    assert [row["candidate"] for row in rows] == [one.id for one in known]
    assert {row["fate"] for row in rows} == {"measured", "stopped"}
    for row in rows:
        assert bool(row["good_run_id"]) == (row["fate"] == "measured")
        assert row["reason"] or row["fate"] == "measured"


def test_the_data_name_the_run_of_every_value(finished: Finished) -> None:
    _, _, _, text = read(finished.folder)
    content: dict[str, Any] = json.loads(text)
    known = {run["id"] for run in content["runs"]}
    values = [value for one in content["candidates"] for value in one["values"].values()]
    assert values
    assert {value["run_id"] for value in values} <= known
    assert content["counts"]["proposed"] == len(content["candidates"])


def test_a_form_that_the_hazard_screen_stopped_is_in_no_file(finished: Finished) -> None:
    _, html, table, text = read(finished.folder)
    for content in (html, table, text):
        assert "CCOP(C)(F)=O" not in content
        assert WITHHELD in content


def test_an_improvement_within_the_uncertainty_is_called_that(
    lab: Lab, make_campaign: Maker, tmp_path: Path
) -> None:
    objective = {"name": "good", "tool": "test.guess", "path": "good", "unit": "log10(mol/L)",
                 "direction": "maximise", "worst": -4, "best": 1}  # fmt: skip
    page, _, _, _ = texts(lab, make_campaign(objectives=[objective]), tmp_path)
    said = " ".join("".join(page.words).split())
    assert "best candidate is not distinguishable from the start molecule" in said
    assert "What was traded" not in said  # one objective has no trade


def test_accounts_count_every_answer(finished: Finished) -> None:
    _, _, _, text = read(finished.folder)
    content = json.loads(text)
    ends = content["endings"]["test.guess"]
    assert ends["ok"] == {"fresh": 11, "cached": 0}
    assert ends["out_of_domain"] == {"fresh": 1, "cached": 0}
    assert [(event["rule_id"], event["n"]) for event in content["policy_events"]] == [
        ("agents.g", 1)
    ]
    spent = {item["name"]: (item["spent"], item["allowed"]) for item in content["budget"]}
    assert spent["rounds"] == ("3", "3")
    assert spent["fresh runs of test.guess"] == ("11", "100")


def test_a_second_campaign_reports_found_runs_as_found(
    lab: Lab, make_campaign: Maker, tmp_path: Path
) -> None:
    make_campaign()
    _, _, _, text = texts(lab, make_campaign(), tmp_path)
    content = json.loads(text)
    assert content["endings"]["test.guess"]["ok"] == {"fresh": 0, "cached": 11}


def test_a_judge_of_another_version_is_not_given_todays_card(
    lab: Lab, make_campaign: Maker, tmp_path: Path
) -> None:
    campaign_id = make_campaign()
    with lab.ledger.write() as connection:
        cards = '{"test.guess": {"version": "0.9.0", "backend": "b", "weights_digest": "d"}}'
        connection.execute(campaigns.CAMPAIGN.update().values(cards=cards))
    page, _, _, _ = texts(lab, campaign_id, tmp_path)
    assert "the campaign used 0.9.0" in "".join(page.words)


def test_lineage_leads_back_to_the_start(finished: Finished) -> None:
    _, _, _, text = read(finished.folder)
    lineage = json.loads(text)["lineage"]
    assert lineage[-1]["operator"] == "start"
    assert [step["round"] for step in lineage] == [2, 1, 1]


def test_summary_names_runs_and_ranks(lab: Lab, make_campaign: Maker) -> None:
    campaign_id = make_campaign()
    rows = summary_table(lab, campaign_id, n=3)
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert rows[0]["utility"] >= rows[1]["utility"]
    assert rows[0]["run_ids"] == [rows[0]["values"]["good"]["run_id"]]
    assert set(rows[0]["run_ids"]) <= gather(lab.ledger, campaign_id).runs.keys()


def test_an_unknown_campaign_is_refused(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="campaign 'nobody'"):
        write_report(lab, "nobody", tmp_path)
    assert not list(tmp_path.glob("*.html"))
