"""image.restore through the lab: what comes out, what is refused."""

import pictures
import pytest

from heuresis.contract import Status
from heuresis.errors import ServiceError
from heuresis.serving.lab import Lab
from heuresis.tools.image.pixels import decode, image_file
from heuresis.tools.image.restore import RESTORE


def test_a_chain_written_in_two_ways_is_one_run(lab: Lab) -> None:
    image = pictures.stored(lab.vault, pictures.fundus(96))
    first = lab.run("image.restore", {"image": image, "chain": "denoise(1)>gamma(0.50)"})
    again = lab.run("image.restore", {"image": image, "chain": "denoise(1.0) > gamma(0.5)"})
    assert first.status == Status.OK
    assert (again.run_id, again.cached) == (first.run_id, True)


def test_the_restored_image_is_in_the_vault_and_can_be_restored_again(lab: Lab) -> None:
    image = pictures.stored(lab.vault, pictures.fundus(96))
    first = lab.run("image.restore", {"image": image, "chain": "gamma(0.5)"}).response
    again = lab.run("image.restore", {"image": first.image.ref, "chain": "gamma(2)"})
    assert again.status == Status.OK
    restored = decode(lab.vault.get(again.response.image.digest), "restored")
    assert restored.shape == (96, 96, 3)
    assert abs(restored.astype(int) - pictures.fundus(96)).mean() < 4


def test_nothing_changes_nothing(lab: Lab) -> None:
    image = pictures.stored(lab.vault, pictures.discs())
    outcome = lab.run("image.restore", {"image": image, "chain": "nothing"})
    assert outcome.response.mean_change.value == 0
    assert outcome.response.image.ref == image


@pytest.mark.parametrize(
    ("request_", "kind", "words"),
    [
        ({"chain": "dream(1)"}, "request", "got 'dream(1)', allowed"),
        ({"image": "sha256:" + "0" * 64}, "request", "not in the vault"),
        ({"image": "eye.png"}, "request", "image: got 'eye.png'"),
    ],
)
def test_what_cannot_be_restored_is_refused(
    lab: Lab, request_: dict[str, str], kind: str, words: str
) -> None:
    image = pictures.stored(lab.vault, pictures.discs())
    outcome = lab.run("image.restore", {"image": image, "chain": "nothing", **request_})
    assert (outcome.status, outcome.error_kind) == (Status.FAILED, kind)
    assert words in outcome.reason


def test_bytes_that_are_no_png_are_refused(lab: Lab) -> None:
    digest = lab.vault.put(b"GIF89a, or so it says")
    outcome = lab.run("image.restore", {"image": digest, "chain": "nothing"})
    assert outcome.error_kind == "request"
    assert "no PNG" in outcome.reason


def test_an_image_of_another_size_is_no_answer(lab: Lab) -> None:
    request = RESTORE.example.model_copy(update={"image": pictures.opened(pictures.discs())})
    [response] = RESTORE.backends[0].run([request])
    bad = response.model_copy(update={"image": image_file(pictures.flat(), "restored.png")})
    with pytest.raises(ServiceError, match=r"got shape \(128, 128\), allowed \(128, 160\)"):
        RESTORE.check_result(request, bad)
