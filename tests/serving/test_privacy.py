"""No picture leaves for a server that the settings do not name, and what left is on record."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pictures
import pytest
from fixtures_lab import MakeLab, rows
from remote_tools import ADDRESS, SENT

from heuresis.contract import Outcome
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_lab, policies
from heuresis.serving.policy import EgressPolicy
from heuresis.serving.privacy import PrivacyPolicy
from heuresis.settings import Settings
from heuresis.tools import registry


@pytest.fixture(autouse=True)
def _look(test_tools: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.BUILT_IN, "test.look", "remote_tools:LOOK")
    registry.places.cache_clear()
    SENT.clear()


@pytest.fixture
def strict(make_lab: MakeLab) -> Lab:
    return make_lab(PrivacyPolicy())


@pytest.fixture
def open_to_one(make_lab: MakeLab) -> Lab:
    return make_lab(PrivacyPolicy([ADDRESS + "/"]))


def look(lab: Lab, where: str = "there", origin: str = "call:one", **fields: Any) -> Outcome:
    return lab.run("test.look", fields, Context(origin=origin), where)


def events(lab: Lab) -> list[tuple[str, str, str]]:
    return [
        (row["phase"], row["level"], row["rule_id"]) for row in rows(lab.ledger, "policy_event")
    ]


def test_a_picture_does_not_leave_by_default(strict: Lab) -> None:
    image = pictures.stored(strict.vault, pictures.noise())
    for fields in ({"image": image}, {"others": [image]}):
        outcome = look(strict, **fields)
        assert (outcome.status, outcome.response) == ("blocked", None)
        assert (
            "privacy.egress: pictures would leave for https://models.example.org" in outcome.reason
        )
        assert "egress_allowed" in outcome.reason
    assert SENT == []
    assert events(strict) == [("egress", "blocked", "privacy.egress")]


def test_a_picture_is_looked_at_here_without_a_word(strict: Lab) -> None:
    image = pictures.stored(strict.vault, pictures.noise())
    assert look(strict, "here", image=image).status == "ok"
    assert events(strict) == []


def test_a_question_without_a_picture_may_leave(strict: Lab) -> None:
    assert look(strict, question="what is a picture?").status == "ok"
    assert events(strict) == []


def test_a_server_that_the_settings_name_is_sent_the_picture_and_it_is_logged(
    open_to_one: Lab,
) -> None:
    image = pictures.stored(open_to_one.vault, pictures.noise())
    outcome = look(open_to_one, image=image)
    assert (outcome.status, outcome.notice) == ("ok", None)
    assert [image] == SENT
    (event,) = rows(open_to_one.ledger, "policy_event")
    assert (event["phase"], event["level"], event["rule_id"]) == ("egress", "ok", "privacy.egress")
    assert event["reason"] == f"1 file(s) sent to {ADDRESS}"
    assert event["subject"].startswith("sha256:")


def test_what_is_answered_from_the_ledger_did_not_leave_again(open_to_one: Lab) -> None:
    image = pictures.stored(open_to_one.vault, pictures.noise())
    look(open_to_one, image=image)
    assert look(open_to_one, origin="call:two", image=image).cached
    assert [image] == SENT
    assert len(events(open_to_one)) == 1


def test_a_server_without_an_address_is_never_allowed(open_to_one: Lab) -> None:
    image = pictures.stored(open_to_one.vault, pictures.noise())
    assert look(open_to_one, "nowhere", image=image).status == "blocked"
    assert SENT == []


def test_a_file_as_it_came_never_leaves(open_to_one: Lab) -> None:
    file = open_to_one.vault.put(b"\0" * 128 + b"DICM")
    outcome = look(open_to_one, original=file)
    assert outcome.status == "blocked"
    assert "privacy.original" in outcome.reason
    assert SENT == []


def test_permission_given_later_holds_for_the_same_request(strict: Lab, open_to_one: Lab) -> None:
    image = pictures.stored(strict.vault, pictures.noise())
    assert look(strict, image=image).status == "blocked"
    assert look(open_to_one, origin="call:two", image=image).status == "ok"
    assert look(strict, origin="call:three", image=image).status == "blocked"


def test_a_screen_that_breaks_lets_nothing_leave(make_lab: MakeLab) -> None:
    class Breaks(PrivacyPolicy):
        def leaving(self, *_: Any) -> Any:
            raise OSError("no rules")

    lab = make_lab(Breaks([ADDRESS]))
    image = pictures.stored(lab.vault, pictures.noise())
    assert look(lab, image=image).status == "blocked"
    assert SENT == []


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Lab]:
    lab = open_lab(Settings(home=tmp_path / "mine"))
    yield lab
    lab.ledger.close()


def test_every_lab_has_the_privacy_screen(opened: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(isinstance(policy, EgressPolicy) for policy in opened.policies)
    monkeypatch.setenv("HEURESIS_EGRESS_ALLOWED", f'["{ADDRESS}"]')
    chosen = policies(Settings())
    assert [policy.name for policy in chosen] == ["hazard", "privacy"]
    assert chosen[1].digest() != PrivacyPolicy().digest()
    image = pictures.stored(opened.vault, pictures.noise())
    assert look(opened, image=image).status == "blocked"
