"""A tool that answers some fields answers them as the whole one does, and computes no others."""

from dataclasses import replace

import pytest

from heuresis.contract import Smiles
from heuresis.errors import ServiceError
from heuresis.tools.molecule import descriptors
from heuresis.tools.molecule.describe import DESCRIBE, DescribeRequest, narrow

from .molecules import ASPIRIN, KNOWN, SALT

CHEAP = frozenset({"average_mass", "log_p", "tpsa", "n_rings"})


def test_some_numbers_are_the_same_as_among_all() -> None:
    some = narrow(CHEAP)
    for smiles in (*KNOWN, SALT):
        request = DESCRIBE.canonical(DescribeRequest(smiles=Smiles(smiles)))
        (one,), (whole,) = some.backends[0].run([request]), DESCRIBE.backends[0].run([request])
        some.check_result(request, one)
        assert type(one).model_fields.keys() == CHEAP | {"smiles"}
        assert vars(one) == {name: getattr(whole, name) for name in vars(one)}


def test_what_nobody_asks_for_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: object) -> None:
        raise AssertionError("computed")

    dear = ("qed", "structural_alerts", "synthetic_accessibility")
    monkeypatch.setattr(descriptors, "FIELDS", descriptors.FIELDS)
    for name in dear:
        monkeypatch.setitem(descriptors.FIELDS, name, never)  # type: ignore[arg-type]  # a dict
    request = DescribeRequest(smiles=Smiles(ASPIRIN))
    assert narrow(CHEAP).backends[0].run([request])
    with pytest.raises(AssertionError, match="computed"):
        DESCRIBE.backends[0].run([request])


def test_a_narrow_tool_has_the_name_version_and_digest_of_the_whole() -> None:
    some = narrow(CHEAP)
    assert (some.card, some.backends[0].name, some.backends[0].digest()) == (
        DESCRIBE.card, DESCRIBE.backends[0].name, DESCRIBE.backends[0].digest(),
    )  # fmt: skip
    assert replace(some, response=DESCRIBE.response, backends=DESCRIBE.backends) == DESCRIBE


def test_a_narrow_answer_is_checked_too() -> None:
    some, request = narrow(CHEAP), DescribeRequest(smiles=Smiles(ASPIRIN))
    (good,) = some.backends[0].run([request])
    for change in ({"smiles": "CC"}, {"tpsa": good.average_mass}):
        with pytest.raises(ServiceError, match="got"):
            some.check_result(request, good.model_copy(update=change))


def test_a_number_without_a_meaning_makes_a_narrow_answer_partial() -> None:
    request = DescribeRequest(smiles=Smiles(SALT))
    for fields, reason in ((CHEAP, "log_p: defined"), (frozenset({"tpsa"}), "")):
        some = narrow(fields)
        (one,) = some.backends[0].run([request])
        assert some.grade(request, one).reason.startswith(reason)
        assert bool(some.grade(request, one).reason) is bool(reason)
