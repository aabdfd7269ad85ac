"""Comparisons to slots of each image, and the image called better, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.tools.medical.medq.findings import KINDS, MODALITIES, Finding, visible
from heuresis.tools.medical.medq.pair_reading import better_in, read_pair
from heuresis.tools.medical.medq.wording import describe_pair

FINDINGS = st.lists(
    st.builds(
        Finding, kind=st.sampled_from(KINDS), severity=st.sampled_from(["none", "mild", "severe"])
    ),
    unique_by=lambda finding: finding.kind,
    max_size=5,
)


@given(
    st.sampled_from(MODALITIES),
    st.sampled_from(["first", "second", "tie"]),
    FINDINGS,
    FINDINGS,
)
def test_our_own_comparison_is_read_back(
    modality: str, better: str, first: list[Finding], second: list[Finding]
) -> None:
    reading = read_pair(describe_pair(modality, better, first, second))  # type: ignore[arg-type]  # sampled from them
    for slots, findings in ((reading.first, first), (reading.second, second)):
        read = {(slot.kind, slot.severity) for slot in slots if slot.severity != "none"}
        assert read == {(one.kind, one.severity) for one in visible(findings)}
    assert reading.better == better


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert 0 <= read_pair(text).coverage <= 1


@pytest.mark.parametrize(
    ("sentence", "better"),
    [
        ("Overall, image A is better than image B.", "first"),
        ("Overall, the second image is worse.", "first"),
        ("Overall, the first is of lower quality than the second.", "second"),
        ("The second image.", "second"),
        ("Overall, both images have the same quality.", "tie"),
        ("Overall, neither is better.", "tie"),
        ("Overall, the first image is preferred over the second image.", "first"),
        ("Overall, one of them is better.", None),
        ("Overall, the images differ.", None),
        ("The first image is better and the second image is better.", None),
    ],
)
def test_the_last_sentence_names_the_better_image_or_none(
    sentence: str, better: str | None
) -> None:
    assert better_in(sentence.lower()) == better


@pytest.mark.parametrize(
    ("text", "worse"),
    [
        ("Image A is sharp, whereas image B is heavily blurred.", {"blur": "second"}),
        ("The first image has less noise than the second image.", {"noise": "second"}),
        ("Compared with the first image, the second image is noisier.", {"noise": "second"}),
        ("Severe streak artifacts are seen in the second image.", {"sparse_view": "second"}),
        ("Both images show mild noise.", {}),
        ("The first image shows mild blur. The second image shows severe blur.",
         {"blur": "second"}),
    ],
)  # fmt: skip
def test_what_is_said_is_given_to_the_image_it_is_said_of(text: str, worse: dict[str, str]) -> None:
    assert read_pair(text).worse_by_kind() == worse
