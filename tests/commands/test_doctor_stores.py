"""The doctor on stores of other computers: what it shows, and what it never does."""

import pytest
from fixtures_s3 import CREDENTIALS, ObjectStore, object_store

IN_STORES = (object_store,)  # a fixture, for the tests below


def finding(run, part: str) -> dict[str, str]:
    (found,) = (one for one in run("doctor", "--json").json()["findings"] if one["part"] == part)
    return found


def test_an_object_store_is_written_read_and_shown(
    run, monkeypatch: pytest.MonkeyPatch, object_store: ObjectStore
) -> None:
    url = f"s3://{object_store.new_bucket()}/lab"
    monkeypatch.setenv("HEURESIS_VAULT_URL", url)
    monkeypatch.setenv("HEURESIS_VAULT_ENDPOINT_URL", object_store.endpoint_url)
    found = finding(run, "vault")
    assert found["state"] == "ok"
    assert found["what"] == f"written and read: {url} at {object_store.endpoint_url}"
    told = run("doctor").out
    assert not any(secret in told for secret in CREDENTIALS.values())


def test_a_store_without_credentials_names_what_is_missing(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HEURESIS_VAULT_URL", "s3://bucket")
    found = finding(run, "vault")
    assert found["state"] == "broken"
    assert "no AWS_ACCESS_KEY_ID and no AWS_SECRET_ACCESS_KEY in the environment" in found["what"]


def test_an_index_whose_server_is_down_is_missing_and_the_core_works(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEURESIS_RECALL_URL", "http://127.0.0.1:9")
    found = finding(run, "recall")
    assert found["state"] == "missing"
    assert "its server does not answer" in found["what"]
    assert "HEURESIS_RECALL_URL" in found["fix"]
    assert run("doctor").code == 0


def test_a_password_in_a_collectors_address_is_not_shown(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEURESIS_OTLP_ENDPOINT", "http://me:hush-hush@collector:4318")
    told = run("doctor")
    assert told.code == 1
    assert "HEURESIS_OTLP_ENDPOINT: got a name or password in it" in " ".join(told.out.split())
    assert "hush-hush" not in told.out + told.err
