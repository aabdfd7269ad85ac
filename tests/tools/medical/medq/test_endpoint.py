"""Image quality in a model's own words: slots from what it says, a verdict only if it gives one."""

import json
from collections.abc import Iterator

import pictures
import pytest
from fixtures_lab import MakeLab
from scripted_model import Fails, Says, ScriptedModel

from heuresis.contract import Status
from heuresis.errors import PolicyError, ServiceError
from heuresis.serving.privacy import PrivacyPolicy
from heuresis.settings import get_settings
from heuresis.tools.medical import compare_quality, quality
from heuresis.tools.medical.compare_quality import COMPARE_QUALITY, CompareQualityProblem
from heuresis.tools.medical.medq import prompts
from heuresis.tools.medical.medq.endpoint import CompareEndpoint, QualityEndpoint
from heuresis.tools.medical.quality import QUALITY, QualityProblem

USABLE = "Overall, the quality of this image is usable."
FIRST, SECOND = (pictures.opened(pictures.fundus(96, seed=n)) for n in (0, 1))
# Validation closes files; the lab opens them after it, and so does this.
ONE = QualityProblem(image=FIRST, judged_as="fundus").model_copy(update={"image": FIRST})
TWO = CompareQualityProblem(first=FIRST, second=SECOND, judged_as="fundus").model_copy(
    update={"first": FIRST, "second": SECOND}
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    with ScriptedModel() as model:
        monkeypatch.setenv("HEURESIS_CHAT_MODEL", "toy")
        monkeypatch.setenv("HEURESIS_CHAT_BASE_URL", model.url)
        monkeypatch.setenv("HEURESIS_EGRESS_ALLOWED", json.dumps([model.url]))
        get_settings.cache_clear()
        yield model
        get_settings.cache_clear()


def test_a_description_becomes_slots_and_keeps_its_words(server: ScriptedModel) -> None:
    text = f"There is mild noise and no blur. {USABLE}"
    server.script = [text]
    (found,) = QualityEndpoint().run([ONE])
    assert [(one.kind, one.severity) for one in found.attributes] == [
        ("noise", "mild"), ("blur", "none")]  # fmt: skip
    assert (found.verdict, found.text) == ("usable", text)
    assert found.verdict_probability is None
    assert found.coverage is not None
    assert found.coverage.value == 1
    assert [one.kind for one in found.advice] == ["noise"]
    QUALITY.check_result(ONE, found)
    assert QUALITY.grade(ONE, found).status == Status.OK
    assert prompts.DESCRIBE in server.texts()
    assert server.texts().count("<image>") == 1


def test_a_description_without_a_verdict_is_partial(server: ScriptedModel) -> None:
    server.script = ["There is severe noise. I would take it again."]
    (found,) = QualityEndpoint().run([ONE])
    assert found.verdict is None
    QUALITY.check_result(ONE, found)
    grade = QUALITY.grade(ONE, found)
    assert (grade.status, grade.reason) == (Status.PARTIAL, "the reply names no verdict")


def test_a_verdict_that_does_not_follow_is_partial_and_says_why(server: ScriptedModel) -> None:
    server.script = [f"There is severe noise. {USABLE}"]
    (found,) = QualityEndpoint().run([ONE])
    QUALITY.check_result(ONE, found)
    grade = QUALITY.grade(ONE, found)
    assert grade.status == Status.PARTIAL
    assert grade.reason == "the reply says 'usable', what it describes implies 'reject'"


def test_a_kind_that_no_tool_knows_still_explains_a_verdict(server: ScriptedModel) -> None:
    server.script = ["Severe metal artefacts. Overall, the quality of this image is reject."]
    (found,) = QualityEndpoint().run([ONE])
    assert found.attributes == ()
    assert QUALITY.grade(ONE, found).status == Status.OK


def test_slots_that_the_words_do_not_hold_are_refused(server: ScriptedModel) -> None:
    server.script = [f"There is mild noise. {USABLE}"]
    (found,) = QualityEndpoint().run([ONE])
    for changes in ({"verdict": "good"}, {"attributes": (), "advice": ()}):
        with pytest.raises(ServiceError, match="allowed what the text says"):
            quality.check_result(ONE, found.model_copy(update=changes))


def test_a_comparison_becomes_slots_of_both(server: ScriptedModel) -> None:
    server.script = [
        "The first image shows mild noise. The second image shows severe blur. "
        "Overall, the first image has the better quality."
    ]
    (found,) = CompareEndpoint().run([TWO])
    assert found.better == "first"
    assert {(one.kind, one.which_is_worse) for one in found.differences} == {
        ("noise", "first"), ("blur", "second")}  # fmt: skip
    assert found.probability_first_better is None
    COMPARE_QUALITY.check_result(TWO, found)
    assert COMPARE_QUALITY.grade(TWO, found).status == Status.OK
    assert server.texts().count("<image>") == 2
    with pytest.raises(ServiceError, match="allowed what the text says"):
        compare_quality.check_result(TWO, found.model_copy(update={"better": "second"}))


def test_a_comparison_without_a_winner_is_partial(server: ScriptedModel) -> None:
    server.script = ["The first image shows mild noise. They differ."]
    (found,) = CompareEndpoint().run([TWO])
    COMPARE_QUALITY.check_result(TWO, found)
    assert COMPARE_QUALITY.grade(TWO, found).status == Status.PARTIAL


@pytest.mark.parametrize(
    ("reply", "match"),
    [
        (Says(" "), "a reply that is empty"),
        (Says("<think>hm", finish="length"), "cut off while it thought"),
        (Fails(500), "scripted failure"),
    ],
    ids=str,
)
def test_a_reply_that_is_none_is_a_failure(
    server: ScriptedModel, reply: Says | Fails, match: str
) -> None:
    server.script = [reply]
    with pytest.raises(ServiceError, match=match):
        QualityEndpoint().run([ONE])


def test_no_picture_leaves_for_an_address_that_is_not_released(
    server: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEURESIS_EGRESS_ALLOWED")
    get_settings.cache_clear()
    with pytest.raises(PolicyError, match="not released"):
        QualityEndpoint().run([ONE])
    assert server.n_asked == 0


def test_the_digest_names_model_address_and_prompts(server: ScriptedModel) -> None:
    backend = QualityEndpoint()
    assert backend.missing() is None
    assert backend.endpoint == server.url
    assert backend.digest().startswith("program:chat toy@127.0.0.1:")
    assert backend.digest().endswith(f"prompts {prompts.digest()[7:19]}")


def test_without_a_model_it_says_what_to_set() -> None:
    assert "HEURESIS_CHAT_MODEL" in (QualityEndpoint().missing() or "")
    assert QualityEndpoint().digest().startswith("program:")


def test_through_the_lab_an_answer_without_a_verdict_is_partial_and_named(
    server: ScriptedModel, make_lab: MakeLab
) -> None:
    lab = make_lab(PrivacyPolicy([server.url]))
    for place in QUALITY.example_files:
        lab.vault.put(place.read_bytes())
    server.script = ["There is mild noise.", Fails(500), f"There is mild noise. {USABLE}"]
    first = lab.run(QUALITY.name, QUALITY.example, backend="endpoint")
    assert (first.status, first.backend) == (Status.PARTIAL, "endpoint"), first.reason
    assert "no verdict" in first.reason
    assert first.notice == "Research use, not for diagnosis."
    assert lab.run(QUALITY.name, QUALITY.example, backend="endpoint").cached
    assert server.n_asked == 1
    as_fundus = QUALITY.example.model_copy(update={"modality": "fundus"})
    again = lab.run(QUALITY.name, as_fundus, backend="endpoint")
    assert (again.status, server.n_asked) == (Status.OK, 3), "what is transient is tried again"


def test_through_the_lab_no_picture_leaves_unless_the_address_is_released(
    server: ScriptedModel, make_lab: MakeLab
) -> None:
    lab = make_lab(PrivacyPolicy())
    for place in QUALITY.example_files:
        lab.vault.put(place.read_bytes())
    outcome = lab.run(QUALITY.name, QUALITY.example, backend="endpoint")
    assert outcome.status == Status.BLOCKED
    assert "egress_allowed" in outcome.reason
    assert server.n_asked == 0
