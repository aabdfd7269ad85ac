"""Slots, the verdict they imply, the sentences made from them, and what may help."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuresis.tools.image.degradations.kinds import ABOUT, KINDS, MODALITIES, Modality
from heuresis.tools.medical.medq.advice import OPERATIONS, advise
from heuresis.tools.medical.medq.decoding import slots_implying
from heuresis.tools.medical.medq.findings import SEVERITIES, Finding, visible
from heuresis.tools.medical.medq.tiers import TIERS, Tier, tier_of
from heuresis.tools.medical.medq.wording import describe, describe_pair

slots = st.lists(
    st.builds(Finding, kind=st.sampled_from(KINDS), severity=st.sampled_from(SEVERITIES)),
    max_size=6,
    unique_by=lambda one: one.kind,
)


def found(*pairs: tuple[str, str]) -> list[Finding]:
    return [Finding.model_validate({"kind": kind, "severity": how}) for kind, how in pairs]


@pytest.mark.parametrize(
    ("findings", "tier"),
    [
        (found(), "good"),
        (found(("blur", "none")), "good"),
        (found(("blur", "mild")), "usable"),
        (found(("blur", "mild"), ("noise", "mild")), "usable"),
        (found(("blur", "mild"), ("noise", "mild"), ("compression", "mild")), "reject"),
        (found(("blur", "severe")), "reject"),
    ],
)
def test_the_verdict_follows_from_the_slots(findings: list[Finding], tier: Tier) -> None:
    assert tier_of(findings) == tier


@given(slots, st.sampled_from(KINDS))
def test_one_more_severe_finding_is_never_better(findings: list[Finding], kind: str) -> None:
    others = [one for one in findings if one.kind != kind]
    worse = [*others, *found((kind, "severe"))]
    assert TIERS.index(tier_of(worse)) >= TIERS.index(tier_of(findings))


@given(st.sampled_from(MODALITIES), slots)
def test_the_text_has_three_to_five_sentences_and_ends_with_the_verdict(
    modality: Modality, findings: list[Finding]
) -> None:
    text = describe(modality, findings)
    assert 3 <= len(re.findall(r"\.(?= |$)", text)) <= 5
    assert text.endswith(f"Overall, the quality of this image is {tier_of(findings)}.")


@given(st.sampled_from(MODALITIES), slots)
def test_the_text_names_what_is_visible_and_nothing_else(
    modality: Modality, findings: list[Finding]
) -> None:
    text = describe(modality, findings)
    seen = {one.kind for one in visible(findings)}
    for kind in KINDS:
        words = rf"(severe|mild|,|and) {ABOUT[kind].words}"
        assert bool(re.search(words, text)) == (kind in seen)


def test_severe_findings_are_told_before_mild_ones() -> None:
    text = describe("ct", found(("noise", "mild"), ("blur", "severe")))
    assert text.index("severe blur") < text.index("mild noise")


@given(slots, slots)
def test_a_comparison_swapped_says_the_same_of_each_image(
    one: list[Finding], two: list[Finding]
) -> None:
    text = describe_pair("mri", "first", one, two)
    swapped = describe_pair("mri", "second", two, one)
    turned = text.replace("first", "#").replace("second", "first").replace("#", "second")
    assert sorted(turned.split(". ")) == sorted(swapped.split(". "))
    assert text.endswith("Overall, the first image has the better quality.")


def test_every_kind_has_advice_that_says_so_where_nothing_helps() -> None:
    assert set(OPERATIONS) == set(KINDS)
    told = advise(found(("noise", "mild"), ("dark_spots", "severe")))
    assert [(one.kind, one.operation) for one in told] == [
        ("dark_spots", "none"),
        ("noise", "denoise"),
    ]
    assert "take the image anew" in told[0].why


@given(
    st.sampled_from(TIERS),
    st.lists(
        st.tuples(*[st.floats(0.001, 1)] * 3).map(lambda p: [x / sum(p) for x in p]),
        min_size=3,
        max_size=10,
    ),
)
def test_decoded_slots_imply_the_verdict_they_were_decoded_for(
    tier: Tier, chances: list[list[float]]
) -> None:
    levels = slots_implying(tier, np.array(chances))
    findings = [
        Finding(kind=kind, severity=SEVERITIES[at]) for kind, at in zip(KINDS, levels, strict=False)
    ]
    assert tier_of(findings) == tier


def test_decoding_takes_the_likeliest_kind() -> None:
    chances = np.array([[0.9, 0.08, 0.02], [0.4, 0.35, 0.25], [0.8, 0.1, 0.1]])
    assert slots_implying("usable", chances).tolist() == [0, 1, 0]
    assert slots_implying("reject", chances).tolist() == [0, 2, 0]
    assert slots_implying("good", chances).tolist() == [0, 0, 0]
