"""The published tables, as far as their form is known: tolerant in form, strict in sense."""

import base64
import csv
from pathlib import Path

import pytest

from heuresis.errors import RequestError
from heuresis.evals.medq_bench.dataset import questions, references, tables_in

PICTURE = base64.b64encode(b"picture").decode()


def table(folder: Path, name: str, *rows: dict[str, str]) -> None:
    with (folder / f"medqbench_{name}_test.tsv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)


def question(**changes: str) -> dict[str, str]:
    row = {"index": "7", "image": PICTURE, "question": "Is it blurred?", "A": "Yes", "B": "No",
           "C": "", "D": "", "answer": "B"}  # fmt: skip
    return {**row, **changes}


def test_a_question_is_read_with_its_image(tmp_path: Path) -> None:
    table(tmp_path, "QA", question(modality="CT", severity="mild"))
    (item,) = questions(tmp_path, "test")
    assert (item.index, item.modality, item.severity) == ("7", "CT", "mild")
    assert item.options == {"A": "Yes", "B": "No"}
    assert (item.answer, item.kind) == ("B", "yes-no")
    assert item.sources[0].read() == b"picture"


@pytest.mark.parametrize(
    ("answer", "letter"),
    [("B", "B"), ("b", "B"), ("1", "B"), ("0", "A"), ("1.0", "B"), ("B.", "B")],
)
def test_answers_may_be_letters_or_numbers(tmp_path: Path, answer: str, letter: str) -> None:
    table(tmp_path, "QA", question(answer=answer))
    assert next(questions(tmp_path, "test")).answer == letter


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"question_type": "How"}, "how"),
        ({"question_type": "Yes-or-No", "A": "It is"}, "yes-no"),
        ({"question": "How blurred is it?", "A": "Mildly"}, "how"),
        ({"question": "Which artefact is seen?", "A": "Noise"}, "what"),
        ({"question": "Name it.", "A": "Noise"}, "other"),
    ],
)
def test_the_kind_of_question_is_the_tables_or_told_from_its_words(
    tmp_path: Path, changes: dict[str, str], kind: str
) -> None:
    table(tmp_path, "QA", question(**changes))
    assert next(questions(tmp_path, "test")).kind == kind


@pytest.mark.parametrize(
    "images",
    [
        {"image_a": PICTURE, "image_b": PICTURE},
        {"image": f"['{PICTURE}', '{PICTURE}']"},
        {"image": f'["{PICTURE}", "{PICTURE}"]'},
        {"image_path": '["one.png", "two.png"]'},
    ],
)
def test_two_images_are_found_in_every_form(tmp_path: Path, images: dict[str, str]) -> None:
    for name in ("one.png", "two.png"):
        (tmp_path / name).write_bytes(b"picture")
    table(tmp_path, "paired_description", {**images, "description": "The first is better."})
    (item,) = references(tmp_path, "test", 2)
    assert [source.read() for source in item.sources] == [b"picture", b"picture"]


def test_an_image_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "out.png").write_bytes(b"picture")
    table(inside, "description", {"image_path": "../out.png", "description": "Good."})
    (item,) = references(inside, "test", 1)
    with pytest.raises(RequestError, match="no such file under"):
        item.sources[0].read()


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (question(answer="E"), r"row 1: got answer 'E', allowed: A, B"),
        (question(answer="C"), r"got answer 'C', allowed: A, B or 0 to 1"),
        (question(image=""), r"row 1: got 0 images, allowed: 1"),
        ({"index": "1", "question": "?"}, r"got columns index, question; absent: A, B, answer"),
    ],
)
def test_what_cannot_be_read_is_told_by_row(
    tmp_path: Path, row: dict[str, str], match: str
) -> None:
    table(tmp_path, "QA", row)
    with pytest.raises(RequestError, match=match):
        list(questions(tmp_path, "test"))


def test_a_folder_without_tables_says_what_they_are_called(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"got no table, allowed: medqbench_QA_test\.tsv"):
        tables_in(tmp_path, "test")
    with pytest.raises(RequestError, match="no such file"):
        list(questions(tmp_path, "test"))
