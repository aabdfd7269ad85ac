"""SMILES, InChI, SELFIES and names give one molecule, or a reason."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from heuresis.contract import Formula, InChI, Smiles, Status
from heuresis.errors import HeuresisError, RequestError, ServiceError
from heuresis.tools.molecule import opsin
from heuresis.tools.molecule.opsin import smiles_of_names
from heuresis.tools.molecule.parse import (
    PARSE,
    ParseRequest,
    ParseResponse,
    canonical,
    check_result,
    grade,
)

from .molecules import KNOWN, spellings

ETHANOL_INCHI = "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3"


def ask(*texts: str, notation: Any = "auto") -> list[ParseResponse]:
    requests = [canonical(ParseRequest(text=text, notation=notation)) for text in texts]
    responses = list(PARSE.backends[0].run(requests))
    for request, response in zip(requests, responses, strict=True):
        check_result(request, response)
    return responses


def test_four_notations_of_ethanol_are_one_molecule() -> None:
    found = ask("OCC", ETHANOL_INCHI, "[C][C][O]", "ethanol")
    assert [each.read_as for each in found] == ["smiles", "inchi", "selfies", "name"]
    assert {(each.smiles, each.inchi, each.inchikey, each.formula) for each in found} == {
        ("CCO", ETHANOL_INCHI, "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "C2H6O")
    }


def test_types_say_what_each_form_means() -> None:
    [found] = ask("CCO")
    assert (type(found.smiles), type(found.inchi), type(found.formula)) == (Smiles, InChI, Formula)


SETTLED = {
    "CO": ("smiles", "CO"),
    "[Na+].[Cl-]": ("smiles", "[Cl-].[Na+]"),
    "[OH-]": ("smiles", "[OH-]"),
    "  CCO ": ("smiles", "CCO"),
    "2-acetyloxybenzoic acid": ("name", "CC(=O)Oc1ccccc1C(=O)O"),
    "sodium\u00a0chloride": ("name", "[Cl-].[Na+]"),
    "\N{GREEK SMALL LETTER ALPHA}-pinene": ("name", "CC1=CCC2CC1C2(C)C"),
    "N,N\N{PRIME}-dimethylurea": ("name", "CNC(=O)NC"),
    "ETHANOL": ("name", "CCO"),
}


def test_the_notation_is_found_out() -> None:
    found = [(each.read_as, each.smiles) for each in ask(*SETTLED)]
    assert found == list(SETTLED.values())


@pytest.mark.parametrize("smiles", KNOWN)
def test_what_is_written_as_inchi_is_read_back(smiles: str) -> None:
    [direct] = ask(smiles)
    if direct.inchi:
        [again] = ask(direct.inchi)
        assert again.inchi == direct.inchi


@given(spellings())
def test_every_spelling_is_the_same_question(pair: tuple[str, str]) -> None:
    first, second = (canonical(ParseRequest(text=text)) for text in pair)
    assert first == second == canonical(first)


@given(spellings(KNOWN[:7]))
def test_selfies_reads_as_the_smiles_it_came_from(pair: tuple[str, str]) -> None:
    from selfies import encoder

    [as_smiles], [as_selfies] = ask(pair[0]), ask(encoder(pair[1]), notation="selfies")
    assert as_selfies.smiles == as_smiles.smiles


@pytest.mark.parametrize(
    "text",
    [
        "   ", "C1CC(", "c1ccc(cc1", "日本酒", "a\nb c", "InChI=1S/nonsense", "InChI=1S/",
        "BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "C" * 5_000, "C" * 9_999, "123", "==", "\x00", "🧪",
        "<script>",
    ],
)  # fmt: skip
def test_text_that_is_no_molecule_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match=r"got .* allowed"):
        canonical(ParseRequest(text=text))


def test_empty_and_endless_text_is_refused_by_the_schema() -> None:
    for text in ("", "C" * 10_001):
        with pytest.raises(ValidationError, match="string_too"):
            ParseRequest(text=text)


@pytest.mark.parametrize(
    ("notation", "text"),
    [("smiles", "ethanol"), ("inchi", "CCO"), ("selfies", "CCO"), ("selfies", "[nope]"),
     ("name", "C=C#C"), ("name", "日本")],
)  # fmt: skip
def test_text_in_another_notation_than_said_is_refused(notation: Any, text: str) -> None:
    with pytest.raises(RequestError, match=notation):
        canonical(ParseRequest(text=text, notation=notation))


@given(st.text(min_size=1, max_size=60), st.sampled_from(["auto", "smiles", "inchi", "selfies"]))
def test_arbitrary_text_is_settled_or_refused_on_purpose(text: str, notation: Any) -> None:
    try:
        settled = canonical(ParseRequest(text=text, notation=notation))
    except HeuresisError:
        return
    assert canonical(settled) == settled


@given(st.text(alphabet="[]C=O#NBranchRing12.Sepil@H+-", max_size=40))
def test_arbitrary_brackets_are_settled_or_refused_on_purpose(text: str) -> None:
    try:
        ask("[C]" + text, notation="selfies")
    except HeuresisError:
        return


def test_an_unknown_name_is_empty_and_spoils_no_neighbour() -> None:
    first, unknown, last = ask("ethanol", "wonderine forte", "CCO")
    assert first.smiles == last.smiles == "CCO"
    verdict = grade(ParseRequest(text="wonderine forte"), unknown)
    assert verdict.status is Status.EMPTY
    assert "'wonderine forte' was read as a name" in verdict.reason
    assert grade(ParseRequest(text="CCO"), last).status is Status.OK


def test_without_java_names_fail_with_the_fix_and_the_rest_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert PARSE.backends[0].missing() is None
    assert ask("CCO", ETHANOL_INCHI)[1].smiles == "CCO"
    with pytest.raises(ServiceError, match="Java not found: install"):
        ask("a name never asked before")


def test_names_known_already_start_no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = smiles_of_names(["propan-2-ol", "propan-1-ol"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert smiles_of_names(["propan-1-ol", "propan-2-ol"]) == before


def test_java_that_breaks_is_a_service_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho out of memory >&2\nexit 3\n")
    java.chmod(0o755)
    monkeypatch.setattr(opsin, "_reader", None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(ServiceError, match="OPSIN: got no answer for 1 names .* Java ended"):
        smiles_of_names(["another name never asked before"])


def test_a_java_that_was_killed_is_started_again() -> None:
    smiles_of_names(["a name that starts it"])
    reader = opsin._reader
    assert reader is not None
    reader._java.kill()
    reader._java.wait()
    assert smiles_of_names(["2-methylnonane"]) == {"2-methylnonane": "CC(C)CCCCCCC"}
    assert opsin._reader is not reader


def test_forgetting_old_names_loses_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opsin, "_MAX_REMEMBERED", 2)
    found = smiles_of_names(["methane", "ethane", "propane"])
    assert list(found.values()) == ["C", "CC", "CCC"]


@pytest.mark.parametrize(
    "change",
    [
        {"smiles": "CCC"},
        {"smiles": "OCC"},
        {"formula": "C2H6"},
        {"inchikey": "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"},
        {"read_as": "name"},
        {"inchi": None},
        {"smiles": None, "inchi": None, "inchikey": None, "formula": None},
    ],
)
def test_a_corrupted_answer_is_caught(change: dict[str, Any]) -> None:
    [good] = ask("CCO")
    bad = ParseResponse.model_validate(good.model_dump() | change)
    with pytest.raises(ServiceError, match="allowed"):
        check_result(ParseRequest(text="CCO"), bad)
