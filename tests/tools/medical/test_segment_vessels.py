"""`medical.segment_vessels`: who is let in, what an answer must hold, and when it is not full."""

from typing import Any

import numpy as np
import pictures
import pytest

from heuresis.contract import (
    MaskRef,
    Outcome,
    Quantity,
    Response,
    Status,
    artifacts_in,
    digest_of,
    quantities_in,
)
from heuresis.errors import OutOfDomainError, RequestError, ServiceError
from heuresis.tools.image.modality import MODALITY, ModalityRequest
from heuresis.tools.image.pixels import decode, encode, image_file, mask_file
from heuresis.tools.medical.segment_vessels import (
    SEGMENT_VESSELS,
    UNITS,
    Small,
    UltraWide,
    VesselProblem,
    VesselRequest,
    VesselResponse,
    assemble,
    check_domain,
    check_result,
    grade,
    needs,
)
from heuresis.tools.medical.serp_mamba.preparation import field_of_view

EYE = pictures.fundus(360)
FOV = field_of_view(EYE)
NOT_A_NUMBER = Quantity.model_construct(value=float("nan"), unit="1/px", no_uncertainty="test")


class Judgement(Response):
    """What `medical.quality` answers, in the part that matters here."""

    verdict: str | None
    text: str = "The picture is blurred. Overall, the quality of this image is as said."


def mask_ref(inside: np.ndarray[Any, Any]) -> MaskRef:
    data = encode(np.where(inside, 255, 0).astype(np.uint8))
    return MaskRef(digest_of(data)).opened(lambda _: data)


def request(array: np.ndarray[Any, Any] = EYE, **fields: Any) -> VesselRequest:
    asked = VesselRequest(image=pictures.opened(array), **fields)
    files = {"image": pictures.opened(array), **fields}
    return asked.model_copy(update={name: files[name] for name in files})  # stays open


def problem(array: np.ndarray[Any, Any] = EYE, quality: str = "good", **fields: Any) -> Any:
    asked = request(array, **fields)
    given = {name: getattr(asked, name) for name in VesselRequest.model_fields}
    return VesselProblem.model_construct(**given, quality=quality, quality_text="As seen.")


def outcome(tool: str, response: Response | None, **fields: Any) -> Outcome:
    known = {"status": Status.OK, **fields}
    return Outcome(run_id="1", tool=tool, response=response, backend="b", seconds=0, **known)


def modality(array: np.ndarray[Any, Any] = EYE) -> Outcome:
    asked = ModalityRequest.model_construct(image=pictures.opened(array))
    return outcome("image.modality", MODALITY.backends[0].run([asked])[0])


def quality(verdict: str | None) -> Outcome:
    return outcome("medical.quality", Judgement(verdict=verdict))


@pytest.fixture(scope="module")
def answered() -> VesselResponse:
    """One answer, found once: a network takes its time."""
    return Small().run([problem(truth=mask_ref(FOV & (EYE[:, :, 1] < 60)))])[0]


@pytest.fixture(scope="module")
def asked() -> VesselRequest:
    return request(truth=mask_ref(FOV & (EYE[:, :, 1] < 60)))


# --- who is let in ---


def test_a_colour_photograph_of_an_eye_is_let_in() -> None:
    check_domain(request())


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (EYE[:, :, 1], "got a grey image"),
        (np.repeat(EYE[:, :, 1:2], 3, axis=2), "got a grey image"),
        (pictures.noise(400, 400), "got none with dark corners"),
        (EYE[80:280, 80:280], "got none with dark corners"),
        (np.stack([np.zeros((9, 9), np.uint8)] * 2 + [np.ones((9, 9), np.uint8)], 2), "got none"),
    ],
)
def test_what_is_no_round_colour_photograph_is_refused(
    picture: np.ndarray[Any, Any], reason: str
) -> None:
    with pytest.raises(OutOfDomainError, match=rf"{reason}.*allowed"):
        check_domain(request(np.ascontiguousarray(picture)))


def test_a_cut_photograph_is_let_in_with_its_field_given() -> None:
    check_domain(
        request(np.ascontiguousarray(EYE[80:280, 80:280]), fov=mask_ref(FOV[80:280, 80:280]))
    )


@pytest.mark.parametrize("name", ["fov", "truth"])
def test_a_mask_of_another_size_is_the_callers_to_mend(name: str) -> None:
    with pytest.raises(
        RequestError, match=rf"{name}: got a mask of 100 x 50 px, allowed: 360 x 360"
    ):
        check_domain(request(**{name: mask_ref(np.arange(5000).reshape(50, 100) > 9)}))


def test_an_empty_field_is_refused() -> None:
    with pytest.raises(OutOfDomainError, match="fov: got an empty mask"):
        check_domain(request(fov=mask_ref(np.zeros((360, 360), bool))))


def test_a_small_field_is_refused_with_its_diameter() -> None:
    with pytest.raises(OutOfDomainError, match=r"diameter of 18\d px, allowed: 300 px and more"):
        Small().run([problem(pictures.fundus(200))])


def test_the_two_colours_of_a_laser_scan_are_refused() -> None:
    scan = EYE.copy()
    scan[:, :, 2] = 0
    with pytest.raises(OutOfDomainError, match="narrow-field photographs only"):
        Small().run([problem(scan)])


# --- what other tools say first ---


def test_modality_and_quality_are_asked_before_ours_and_not_before_a_users_own() -> None:
    assert [need.tool for need in needs(request(), Small().name)] == [
        "image.modality",
        "medical.quality",
    ]
    assert needs(request(), UltraWide().name) == []


@pytest.mark.parametrize("verdict", ["good", "usable"])
def test_a_photograph_good_enough_is_passed_on_with_its_verdict(verdict: str) -> None:
    found = assemble(request(), [modality(), quality(verdict)])
    assert (found.quality, found.image) == (verdict, request().image)


@pytest.mark.parametrize("verdict", ["reject", None])
def test_a_rejected_photograph_is_refused_unless_the_caller_insists(verdict: str | None) -> None:
    with pytest.raises(OutOfDomainError, match=r"quality: got .*blurred.*allowed: 'good'"):
        assemble(request(), [modality(), quality(verdict)])
    insisted = assemble(request(allow_rejected=True), [modality(), quality(verdict)])
    assert insisted.quality == (verdict or "not judged")


def test_another_kind_of_picture_is_refused_even_if_the_caller_insists() -> None:
    page = modality(pictures.text_page())
    with pytest.raises(OutOfDomainError, match=r"got .*allowed: fundus"):
        assemble(request(allow_rejected=True), [page, quality("good")])


def test_a_judge_who_may_not_judge_refuses_and_one_who_fails_fails() -> None:
    refused = outcome(
        "medical.quality", None, status=Status.OUT_OF_DOMAIN, error_kind="domain", reason="got 8 px"
    )
    with pytest.raises(OutOfDomainError, match="got 8 px"):
        assemble(request(), [modality(), refused])
    failed = outcome("medical.quality", None, status=Status.FAILED, reason="no memory")
    with pytest.raises(ServiceError, match=r"medical\.quality: got failed \(no memory\)"):
        assemble(request(), [modality(), failed])


def test_without_judges_a_users_own_network_is_asked_all_the_same() -> None:
    assert assemble(request(), []).quality == "not judged"


# --- what an answer holds ---


def test_an_answer_passes_its_own_checks(answered: VesselResponse, asked: VesselRequest) -> None:
    check_result(asked, answered)
    assert answered.notice == "Research use, not for diagnosis."
    names = {file.name for file in artifacts_in(answered).values()}
    assert names >= {"vessels.png", "probability.png", "skeleton.png", "field_of_view.png"}


def test_the_mask_is_that_part_of_the_probability_in_the_field(answered: VesselResponse) -> None:
    vessels = decode(answered.mask.data or b"", "mask") > 0
    probability = decode(answered.probability.data or b"", "probability")
    assert probability.dtype == np.uint16
    assert not vessels[~FOV].any()
    assert np.array_equal(vessels, probability > answered.threshold.value * 65_535)
    assert answered.vessel_fraction.value == pytest.approx(vessels.sum() / FOV.sum())


def test_measures_state_their_spread_over_the_flips(answered: VesselResponse) -> None:
    for path in ("vessel_fraction", "density", "tortuosity", "widths.mean", "widths.p50"):
        assert quantities_in(answered)[path].std is not None, path


def test_every_number_is_in_the_unit_it_promises(answered: VesselResponse) -> None:
    found = quantities_in(answered)
    assert {path: found[path].unit for path in UNITS} == UNITS
    assert {found[path].unit for path in found.keys() - UNITS.keys()} == {"1"}


@pytest.mark.parametrize("path", ["vessel_fraction", "density", "tortuosity", "disagreement"])
def test_a_number_in_a_wrong_unit_is_caught_by_name(
    answered: VesselResponse, asked: VesselRequest, path: str
) -> None:
    wrong = getattr(answered, path).model_copy(update={"unit": "um"})
    with pytest.raises(ServiceError, match=rf"{path}: got the unit 'um'"):
        check_result(asked, answered.model_copy(update={path: wrong}))


def test_widths_in_a_wrong_unit_are_caught(answered: VesselResponse, asked: VesselRequest) -> None:
    assert answered.widths is not None
    wrong = answered.widths.model_copy(update={"p90": Quantity.exact(5, "um")})
    with pytest.raises(ServiceError, match=r"widths\.p90: got the unit 'um', allowed 'px'"):
        check_result(asked, answered.model_copy(update={"widths": wrong}))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"vessel_fraction": Quantity.exact(1.5, "1")}, "vessel_fraction: got 1.5"),
        ({"vessel_fraction": Quantity.exact(0.5, "1")}, "not the mask's"),
        ({"density": NOT_A_NUMBER}, "density: got nan"),
        ({"tortuosity": Quantity.exact(0.9, "1")}, "tortuosity: got 0.9"),
        ({"metrics": None}, "metrics: allowed where a truth is given"),
        ({"mask": mask_file(~FOV, "m.png")}, "beyond the field"),
        ({"mask": mask_file(FOV, "m.png")}, "other pixels than those above"),
        ({"skeleton": mask_file(FOV, "s.png")}, "centrelines beyond"),
        ({"fov": mask_file(FOV[:9], "f.png")}, r"f\.png: got 360 x 9 px, allowed 360 x 360"),
        ({"probability": image_file(EYE[:, :, 0], "p.png")}, "allowed uint16"),
    ],
)
def test_an_answer_that_contradicts_itself_is_caught(
    answered: VesselResponse, asked: VesselRequest, change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ServiceError, match=reason):
        check_result(asked, answered.model_copy(update=change))


def test_the_asked_threshold_and_field_are_the_ones_used() -> None:
    field = FOV.copy()
    field[:, :180] = False
    given = request(fov=mask_ref(field), threshold=0.25)
    found = Small().run([problem(fov=mask_ref(field), threshold=0.25)])[0]
    check_result(given, found)
    assert found.threshold.value == 0.25
    assert np.array_equal(decode(found.fov.data or b"", "fov") > 0, field)
    with pytest.raises(ServiceError, match=r"threshold: got 0\.25, asked 0\.3"):
        check_result(request(fov=mask_ref(field), threshold=0.3), found)


def test_the_same_photograph_gets_the_same_answer_to_the_bit(answered: VesselResponse) -> None:
    again = Small().run([problem()])[0]
    assert again.probability.digest == answered.probability.digest


# --- how full an answer is ---


def test_a_field_without_vessels_is_answered_empty() -> None:
    blank = np.where(FOV[:, :, None], np.array([180, 90, 50], np.uint8), 0).astype(np.uint8)
    found = Small().run([problem(blank)])[0]
    check_result(request(blank), found)
    assert grade(request(blank), found).status is Status.EMPTY


def test_a_usable_photograph_is_answered_with_a_warning() -> None:
    found = Small().run([problem(quality="usable")])[0]
    assert found.warnings == ("quality usable: As seen.",)


def sound(answered: VesselResponse, **fields: Any) -> VesselResponse:
    """An answer against which nothing speaks, but for the fields."""
    usual = {
        "vessel_fraction": Quantity.exact(0.12, "1"),
        "disagreement": Quantity.exact(0.3, "1"),
        "quality": "good",
    }
    return answered.model_copy(update=usual | fields)


def test_a_sound_answer_is_full(answered: VesselResponse, asked: VesselRequest) -> None:
    assert grade(asked, sound(answered)).status is Status.OK


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"quality": "reject"}, "quality is rejected"),
        ({"vessel_fraction": Quantity.exact(0.01, "1")}, "vessels fill 1.0%"),
        ({"vessel_fraction": Quantity.exact(0.4, "1")}, "vessels fill 40.0%"),
        ({"disagreement": Quantity.exact(0.9, "1")}, "only by Dice 0.10"),
    ],
)
def test_what_speaks_against_an_answer_makes_it_partial(
    answered: VesselResponse, asked: VesselRequest, fields: dict[str, Any], reason: str
) -> None:
    found = grade(asked, sound(answered, **fields))
    assert found.status is Status.PARTIAL
    assert reason in found.reason


# --- a user's own weights ---


def test_the_users_own_network_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from heuresis.settings import get_settings

    assert "HEURESIS_VESSEL_FOLDER" in str(UltraWide().missing())
    assert UltraWide().digest() == "program:serp-mamba without weights"
    monkeypatch.setenv("HEURESIS_VESSEL_FOLDER", str(tmp_path))
    get_settings.cache_clear()
    assert "no weights.safetensors, card.json" in str(UltraWide().missing())
    for name in ("weights.safetensors", "card.json"):
        (tmp_path / name).write_text("{}")
    assert "mamba_ssm, causal_conv1d" in str(UltraWide().missing())
    assert UltraWide().digest() == digest_of(b"{}")
    with pytest.raises(ServiceError, match=r"card\.json: got .*allowed"):
        UltraWide().run([problem()])


def test_the_card_says_what_it_was_trained_on_and_is_not_for_diagnosis() -> None:
    card = SEGMENT_VESSELS.card
    assert card.training_data[0].name.startswith("DRIVE")
    assert card.notice == "Research use, not for diagnosis."
