"""`heuresis image add`, and pictures given to tools by their place."""

import json
from pathlib import Path
from typing import Any

import pictures
import pytest
from dicoms import dicom

from heuresis.tools import registry
from heuresis.tools.image.examples import FUNDUS
from heuresis.tools.image.pixels import encode


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    place = tmp_path / "disc.png"
    place.write_bytes(encode(pictures.discs()))
    return place


@pytest.fixture
def look(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.BUILT_IN, "test.look", "remote_tools:LOOK")
    registry.places.cache_clear()


def test_a_picture_is_added_and_said_what_became_of_it(run: Any, tmp_path: Path) -> None:
    place = tmp_path / "scan.dcm"
    place.write_bytes(dicom(pictures.ct_slice(96)))
    ended = run("image", "add", str(place))
    assert ended.code == 0
    for words in ("dicom CT, 1 frame(s) of 96 x 96 px", "original  sha256:", "image     sha256:",
                  "PatientName", "text      none found"):  # fmt: skip
        assert words in ended.out
    assert "JANINE" not in ended.out


def test_many_files_give_one_document_per_line(run: Any, disc: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.png"
    cut.write_bytes(disc.read_bytes()[:-100])
    ended = run("image", "add", str(disc), str(cut), "--json")
    good, bad = map(json.loads, ended.out.splitlines())
    assert (good["status"], bad["status"]) == ("ok", "failed")
    assert good["original"].startswith("sha256:")
    assert good["response"]["images"][0]["digest"].startswith("sha256:")
    assert "truncated or broken" in bad["reason"]
    assert ended.code == 2


def test_what_is_no_picture_exits_with_2(run: Any, tmp_path: Path) -> None:
    place = tmp_path / "letter.png"
    place.write_text("Dear doctor")
    ended = run("image", "add", str(place))
    assert ended.code == 2
    assert "got text, allowed: PNG, JPEG" in ended.err
    assert run("image", "add", str(tmp_path / "gone")).code == 2


def test_options_are_passed_on(run: Any, tmp_path: Path) -> None:
    place = tmp_path / "scan.dcm"
    place.write_bytes(
        dicom(pictures.ct_slice(96).astype("int16"), RescaleIntercept=0, RescaleSlope=1)
    )
    ended = run(
        "image", "add", str(place), "--window-centre", "100", "--window-width", "50", "--json"
    )
    window = ended.json()["response"]["window"]
    assert (window["centre"]["value"], window["chosen_by"]) == (100, "request")
    wrong = run("image", "add", str(place), "--window-centre", "100")
    assert "allowed: both, or none" in wrong.out
    assert wrong.code == 2


def test_a_picture_given_by_its_place_is_read_in_first(run: Any, look: None, disc: Path) -> None:
    ended = run("tool", "run", "test.look", "--image", f"@{disc}", "--json")
    assert ended.json()["status"] == "ok"
    added = run("image", "add", str(disc), "--json").json()
    by_digest = run("tool", "run", "test.look", "--image", added["response"]["images"][0]["digest"],
                    "--json")  # fmt: skip
    assert by_digest.json()["cached"]
    assert by_digest.json()["run_id"] == ended.json()["run_id"]


def test_pictures_in_lists_and_in_files_are_read_in_too(
    run: Any, look: None, disc: Path, tmp_path: Path
) -> None:
    table = tmp_path / "asked.jsonl"
    table.write_text(json.dumps({"image": f"@{disc}", "others": [f"@{disc}"]}) + "\n")
    ended = run("tool", "run", "test.look", str(table), "--json")
    assert ended.json()["status"] == "ok"
    one = run("tool", "run", "test.look", "--others", f"@{disc}", "--json")
    assert one.json()["status"] == "ok"


def test_an_original_given_by_its_place_is_stored_only(run: Any, disc: Path) -> None:
    ended = run("tool", "run", "image.read", "--original", f"@{disc}", "--json")
    assert ended.json()["response"]["format"] == "png"


def test_many_frames_where_one_picture_is_wanted_are_refused(
    run: Any, look: None, disc: Path
) -> None:
    (disc.parent / "clip").mkdir()
    for n in range(2):
        (disc.parent / "clip" / f"{n}.png").write_bytes(disc.read_bytes())
    ended = run("tool", "run", "test.look", "--image", f"@{disc.parent / 'clip'}")
    assert ended.code == 2
    assert "got 2 frames, allowed: one picture" in ended.err


def test_the_example_of_a_tool_runs_with_its_files(run: Any) -> None:
    ended = run("tool", "run", "image.read", "--example", "--json")
    assert ended.json()["status"] == "ok"
    assert FUNDUS.is_file()
    changed = run("tool", "run", "test.echo", "--example", "--number", "4", "--json")
    assert changed.json()["response"]["double"]["value"] == 8
    twice = run("tool", "run", "test.echo", "{}", "--example")
    assert (twice.code, "allowed: one of them" in twice.err) == (2, True)
