"""The whole protocol on a simulated set, with a scripted model in every role."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from scripted_model import Fails, ScriptedModel

from heuresis.errors import RequestError, ServiceError
from heuresis.evals.medq_bench.dataset import Question, questions, references
from heuresis.evals.medq_bench.models import ModelAnswers, as_pixels
from heuresis.evals.medq_bench.perception import answer_all, result
from heuresis.evals.medq_bench.run import SAME_FAMILY, Plan, run
from heuresis.evals.medq_bench.simulated import drawn_bases, write_set
from heuresis.evals.medq_bench.tool_answers import letter
from heuresis.tools.chat import Chat
from heuresis.tools.medical.medq.findings import level
from heuresis.tools.medical.medq.reading import read


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("set")
    write_set(place, 2, 0)
    return place


def replying(asked: Any) -> str:
    """Answer as a model that calls everything noisy."""
    text = str(asked["messages"])
    if "Score" in text:
        return "Score: 1"
    if "letter of one option" in text:
        return "A"
    if "first image" in text:
        return "The first image shows mild noise. Overall, the first image has the better quality."
    return "There is mild noise. Overall, the quality of this image is usable."


def chat(server: ScriptedModel, model: str = "toy") -> Chat:
    return Chat(model=model, base_url=server.url, egress_allowed=(server.url,))


def test_a_simulated_set_has_the_published_form_and_is_the_same_again(
    folder: Path, tmp_path: Path
) -> None:
    counts = write_set(tmp_path, 2, 0)
    for table, n in counts.items():
        name = f"medqbench_{table}_test.tsv"
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
        with (tmp_path / name).open(newline="") as file:
            assert len(list(csv.reader(file, delimiter="\t"))) == n + 1
    with pytest.raises(RequestError, match="got a table, allowed: none yet"):
        write_set(tmp_path, 2, 0)


def test_its_references_are_read_back_whole(folder: Path) -> None:
    for item in references(folder, "test", 1):
        reading = read(item.text)
        assert reading.verdict is not None
        assert max((level(slot.severity) for slot in reading.slots), default=0) == level(
            item.severity  # type: ignore[arg-type]  # the table's words are ours
        )
    shapes = {as_pixels(one.sources[0].read()).shape for one in questions(folder, "test")}
    assert all(len(shape) in (2, 3) for shape in shapes)


def test_baselines_run_without_a_model(folder: Path) -> None:
    found = run(Plan(folder=folder))
    assert [one.method for one in found.perception] == [
        "baseline: always A", "baseline: random letter"]  # fmt: skip
    assert [one.method for one in found.description] == [
        "baseline: constant sentence", "baseline: reference of another item"]  # fmt: skip
    assert {one.judge_kind for one in (*found.description, *found.comparison)} == {"rule"}
    assert found.judges_agree == {}
    assert "not the published ones" in found.note


def test_a_model_is_asked_with_the_image_without_it_and_with_a_grey_one(folder: Path) -> None:
    with ScriptedModel(otherwise=replying) as server:
        found = run(Plan(folder=folder, candidate=ModelAnswers(chat(server)), limit=2))
    seeing, blind, grey, *_ = found.perception
    assert (seeing.overall.n, seeing.overall.n_unparsed) == (2, 0)
    assert "question only" in blind.method
    assert "grey image" in grey.method
    assert "<image>" in server.texts(0)
    assert "<image>" not in server.texts(2)
    assert server.texts(4).count("<image>") == 1
    pictures = [str(server.asked[i]["messages"][0]["content"][1]) for i in (0, 4)]
    assert pictures[0] != pictures[1]
    assert server.texts(-1).count("<image>") == 2
    described = found.description[0]
    assert (described.n, described.n_without_verdict, described.coverage) == (2, 0, 1)


def test_both_judges_stand_side_by_side_and_their_agreement_is_told(folder: Path) -> None:
    with ScriptedModel(otherwise=replying) as server:
        plan = Plan(
            folder=folder,
            candidate=ModelAnswers(chat(server, "gpt-4o")),
            judge_kind="llm",
            judge=chat(server, "openai/gpt-9"),
            limit=3,
        )
        found = run(plan)
    kinds = [one.judge_kind for one in found.description[:2]]
    assert kinds == ["rule", "llm"]
    by_model = found.description[1]
    assert by_model.total.answered == 4
    assert by_model.note == SAME_FAMILY
    assert any(name.startswith("description: ") for name in found.judges_agree)


def test_a_model_judge_needs_a_model(folder: Path) -> None:
    with pytest.raises(RequestError, match="got no language model"):
        run(Plan(folder=folder, judge_kind="llm"))


def test_failures_of_the_model_are_wrong_and_counted(folder: Path) -> None:
    with ScriptedModel(otherwise=lambda _: Fails(503)) as server:
        found = run(Plan(folder=folder, candidate=ModelAnswers(chat(server)), limit=2))
    assert found.perception[0].overall.n_failed == 2
    assert found.perception[0].overall.accuracy.value == 0
    assert found.description[0].n_without_text == 2
    assert found.description[0].total.failed_as_zero == 0


def test_a_model_that_refuses_every_call_ends_the_eval(folder: Path) -> None:
    with ScriptedModel(otherwise=lambda _: Fails(403)) as server:
        with pytest.raises(ServiceError, match="refused"):
            run(Plan(folder=folder, candidate=ModelAnswers(chat(server))))
    assert server.n_asked == 1


# --- a tool's findings as letters ---


def question(text: str, *options: str) -> Question:
    return Question.model_validate(
        {
            "index": "0", "sources": (), "modality": "CT", "question": text, "kind": "other",
            "options": dict(zip("ABCD", options, strict=False)), "answer": "A",
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "levels", "expected"),
    [
        (question("Is there noise?", "Yes", "No"), {"noise": 1}, "A"),
        (question("Is there noise?", "Yes", "No"), {"blur": 2}, "B"),
        (question("Is the image sharp?", "Yes", "No"), {"blur": 2}, "B"),
        (question("Is the image sharp?", "Yes", "No"), {}, "A"),
        (question("Is there any degradation?", "Yes", "No"), {"blur": 1}, "A"),
        (question("Is the liver visible?", "Yes", "No"), {}, ""),
        (question("What is wrong?", "Noise", "Blur", "Nothing"), {"noise": 1, "blur": 2}, "B"),
        (question("What is wrong?", "Noise", "Blur", "No artefacts"), {}, "C"),
        (question("What is wrong?", "Noise", "Blur"), {"noise": 1, "blur": 1}, ""),
        (question("How severe is the blur?", "None", "Mild", "Severe"), {"blur": 2}, "C"),
        (question("How severe is the blur?", "None", "Mild", "Severe"), {}, "A"),
        (question("How is the quality?", "Good", "Usable", "Reject"), {"blur": 2}, "C"),
        (question("What organ is it?", "Liver", "Lung"), {"blur": 2}, ""),
    ],
)
def test_findings_choose_a_letter_or_none(
    asked: Question, levels: dict[str, int], expected: str
) -> None:
    assert letter(asked, levels, "reject" if 2 in levels.values() else "good") == expected


def test_a_tool_that_saw_everything_would_answer_nearly_everything(folder: Path) -> None:
    """Give the rule the true slots: what it misses is its own limit, not the tool's."""
    texts = [read(item.text) for item in references(folder, "test", 1)]
    asked = list(questions(folder, "test"))
    by_image = {}
    for reference, reading in zip(references(folder, "test", 1), texts, strict=True):
        by_image[reference.sources[0].text] = reading

    def oracle(item: Question) -> str:
        reading = by_image[item.sources[0].text]
        levels = {slot.kind: level(slot.severity) for slot in reading.findings()}
        return letter(item, levels, reading.verdict)

    found = result("oracle", answer_all(asked, oracle))
    assert found.overall.accuracy.value > 0.95
    assert re.match(r"oracle", found.method)


def test_drawn_pictures_are_the_default(folder: Path) -> None:
    assert {base.modality for base in drawn_bases()} == {
        item.modality for item in questions(folder, "test")}  # fmt: skip
