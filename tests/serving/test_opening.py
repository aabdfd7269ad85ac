"""References in requests: opened by the lab, equal when opened, and carrying bytes when sent."""

import pickle

import pictures
import pytest
from pydantic import Field

from heuresis.contract import Frozen, ImageRef, MaskRef, Request, digest_of
from heuresis.errors import RequestError, ServiceError
from heuresis.memory.vault import Vault
from heuresis.serving.lab import Lab
from heuresis.serving.opening import open_files
from heuresis.serving.slot import canonical_json


class Inner(Frozen):
    mask: MaskRef | None = None


class Asked(Request):
    image: ImageRef
    more: tuple[ImageRef, ...] = ()
    inner: Inner = Inner()
    by_name: dict[str, ImageRef] = Field(default_factory=dict)
    word: str = "x"


@pytest.fixture
def vault(lab: Lab) -> Vault:
    return lab.vault


def test_references_at_any_depth_can_be_read_after_opening(vault: Vault) -> None:
    refs = [pictures.stored(vault, pictures.flat(n)) for n in range(3)]
    asked = Asked(
        image=refs[0],
        more=(refs[1],),
        inner=Inner(mask=MaskRef(refs[2])),
        by_name={"before": refs[0]},
    )
    opened = open_files(asked, vault)
    found = [opened.image, opened.more[0], opened.inner.mask, opened.by_name["before"]]
    assert [digest_of(one.read()) for one in found if one] == [*refs, refs[0]]
    assert opened == asked
    assert canonical_json(opened) == canonical_json(asked)
    with pytest.raises(ServiceError, match="not opened; tools read files through the lab only"):
        asked.image.read()


def test_an_opened_file_put_into_another_request_stays_open(vault: Vault) -> None:
    ref = pictures.stored(vault, pictures.flat())
    opened = open_files(Asked(image=ref), vault)
    again = Asked(image=opened.image)
    assert digest_of(again.image.read()) == ref


def test_a_request_without_files_is_returned_as_it_is(vault: Vault) -> None:
    class Plain(Request):
        words: tuple[str, ...] = ("a",)

    plain = Plain()
    assert open_files(plain, vault) is plain


@pytest.mark.parametrize("place", ["image", "more", "inner"])
def test_a_digest_that_is_not_in_the_vault_is_refused(vault: Vault, place: str) -> None:
    here, gone = pictures.stored(vault, pictures.flat()), digest_of(b"not here")
    fields = {"image": here, "more": [here], "inner": {"mask": here}}
    fields[place] = {"image": gone, "more": [here, gone], "inner": {"mask": gone}}[place]
    with pytest.raises(RequestError, match=f"file {gone}: got .*allowed: .*heuresis image add"):
        open_files(Asked.model_validate(fields), vault)


def test_an_opened_reference_travels_with_its_bytes(vault: Vault) -> None:
    ref = pictures.stored(vault, pictures.discs())
    asked = open_files(Asked(image=ref, more=(ref,)), vault)
    there = pickle.loads(pickle.dumps(asked))
    assert there == asked
    assert type(there.image) is ImageRef
    assert there.image.read() == there.more[0].read() == vault.get(ref)


def test_a_closed_reference_travels_closed() -> None:
    ref = pickle.loads(pickle.dumps(ImageRef("sha256:" + "0" * 64)))
    assert ref == "sha256:" + "0" * 64
    assert ref.source is None


def test_the_lab_refuses_a_missing_digest_as_the_callers_mistake(lab: Lab) -> None:
    outcome = lab.run("image.read", {"original": digest_of(b"nowhere")})
    assert (outcome.status, outcome.error_kind) == ("failed", "request")
    assert "not in the vault" in outcome.reason
    assert "allowed" in outcome.reason
