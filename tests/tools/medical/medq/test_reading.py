"""Free text to slots: what is named, how severe, what is denied, and the verdict or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.tools.medical.medq.findings import ABOUT, KINDS, MODALITIES, Finding
from heuresis.tools.medical.medq.reading import read
from heuresis.tools.medical.medq.synonyms import ALL_KINDS
from heuresis.tools.medical.medq.tiers import tier_of
from heuresis.tools.medical.medq.verdict_reading import verdict_in
from heuresis.tools.medical.medq.wording import describe

FINDINGS = st.lists(
    st.builds(
        Finding, kind=st.sampled_from(KINDS), severity=st.sampled_from(["none", "mild", "severe"])
    ),
    unique_by=lambda finding: finding.kind,
    max_size=6,
)
GOOD = "Overall, the quality of this image is good."


@given(st.sampled_from(MODALITIES), FINDINGS)
def test_our_own_text_is_read_back_as_the_slots_it_was_made_of(
    modality: str, findings: list[Finding]
) -> None:
    reading = read(describe(modality, findings))  # type: ignore[arg-type]  # sampled from it
    shown = {one.kind: one.severity for one in findings if one.severity != "none"}
    assert {one.kind: one.severity for one in reading.findings()} == shown
    assert reading.verdict == tier_of(findings)
    assert reading.coverage > 0


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    reading = read(text)
    assert 0 <= reading.coverage <= 1
    assert [slot.kind for slot in reading.slots] == sorted(
        (slot.kind for slot in reading.slots), key=ALL_KINDS.index
    )


@given(st.sampled_from(KINDS), st.sampled_from(["no", "without", "free of", "no visible"]))
def test_a_denied_kind_is_absent_within_four_words(kind: str, denial: str) -> None:
    words = ABOUT[kind].words  # type: ignore[index]  # sampled from it
    (slot,) = read(f"The image is seen {denial} {words}. {GOOD}").slots
    assert (slot.kind, slot.severity) == (kind, "none")


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("It shows severe noise, blur and mild ghosting.",
         {"noise": "severe", "blur": "severe", "ghosting": "mild"}),
        ("There is no visible noise, blur, motion artefacts or ghosting.",
         {"noise": "none", "blur": "none", "motion": "none", "ghosting": "none"}),
        ("Noise is severe and blur is mild.", {"noise": "severe", "blur": "mild"}),
        ("Blur is not visible.", {"blur": "none"}),
        ("The image is not free of noise.", {"noise": "mild"}),
        ("The image is sharp with good contrast.", {"blur": "none", "low_contrast": "none"}),
        ("The image is not sharp.", {"blur": "mild"}),
        ("Sharpness is poor.", {"blur": "mild"}),
        ("A noise-free image.", {"noise": "none"}),
        ("Without any streak artifacts but with metal artifacts.",
         {"sparse_view": "none", "metal": "mild"}),
        ("Not only noise but also severe blur.", {"noise": "mild", "blur": "severe"}),
        ("Low-dose noise is marked.", {"low_dose": "severe"}),
        ("There is no noise, no blur.", {"noise": "none", "blur": "none"}),
        ("A grainy, washed-out picture.", {"noise": "mild", "low_contrast": "mild"}),
        ("It is heavily blurred with slight underexposure.",
         {"blur": "severe", "underexposure": "mild"}),
        ("No noise at the rim. Severe noise in the middle.", {"noise": "severe"}),
        ("The liver is enlarged.", {}),
    ],
)  # fmt: skip
def test_words_of_readers_become_slots(text: str, slots: dict[str, str]) -> None:
    assert {slot.kind: slot.severity for slot in read(text).slots} == slots


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("Overall, the quality of this image is good.", "good"),
        ("**Overall, the quality of this image is [reject]**", "reject"),
        ("Overall quality: usable", "usable"),
        ("Reject.", "reject"),
        ("Overall, this is a high-quality image.", "good"),
        ("The image should be rejected.", "reject"),
        ("Overall, it is not usable.", "reject"),
        ("Overall, the quality is poor.", "reject"),
        ("Overall, the quality of this image is [good/usable/reject].", None),
        ("The quality of the image is good to usable.", None),
        ("The overall quality is not good.", None),
        ("Overall, the image suffers from low contrast.", None),
        ("Overall, contrast is good.", None),
        ("Overall, I cannot tell.", None),
        ("", None),
    ],
)
def test_the_last_sentence_gives_a_verdict_or_none(sentence: str, verdict: str | None) -> None:
    assert read(f"There is severe noise. {sentence}").verdict == verdict


def test_a_verdict_before_the_last_sentence_does_not_count() -> None:
    assert read(f"{GOOD} The noise is mild.").verdict is None


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_no_verdict_comes_from_nothing(text: str) -> None:
    words = ("good", "usable", "reject", "quality", "excellent", "high", "accept", "adequate",
             "fair", "moderate", "sufficient", "poor", "low", "diagnostic")  # fmt: skip
    if not any(word in text.lower() for word in words):
        assert verdict_in(text.lower()) is None


def test_coverage_says_how_much_was_understood() -> None:
    reading = read(f"The liver is seen. There is mild noise. {GOOD}")
    assert (reading.n_sentences, reading.n_read) == (3, 2)
    assert read("").coverage == 0
