"""Shapes: converged, unbroken, the molecule asked for, and the same again for the same seed."""

from typing import Any

import pytest
from hypothesis import given, settings

from heuresis.contract import Artifact, Smiles, Status
from heuresis.errors import OutOfDomainError, RequestError, ServiceError
from heuresis.tools.molecule.conformers import Shape, Shapes, embed_mmff
from heuresis.tools.molecule.geometry import (
    GEOMETRY,
    GeometryRequest,
    GeometryResponse,
    _answer,
    canonical,
    check_domain,
    check_result,
    grade,
)

from .molecules import (
    ASPIRIN,
    BAD,
    CHOLINE,
    FUMARIC_ACID,
    IBUPROFEN,
    L_ALANINE,
    PACLITAXEL,
    SALT,
    spellings,
)

MMFF, XTB = GEOMETRY.backends
GLYCINE_ZWITTERION = "[NH3+]CC(=O)[O-]"
PHENYLBORONIC_ACID = "OB(O)c1ccccc1"


def ask(smiles: str, backend: Any = MMFF, n: int = 3, seed: int = 0) -> GeometryResponse:
    request = GeometryRequest(smiles=Smiles(smiles), n_conformers=n, seed=seed)
    request = canonical(request)
    check_domain(request)
    [response] = backend.run([request])
    check_result(request, response)
    assert isinstance(response, GeometryResponse)
    return response


@pytest.mark.parametrize("smiles", [ASPIRIN, IBUPROFEN, L_ALANINE, CHOLINE, FUMARIC_ACID, "C"])
def test_shapes_of_known_molecules_converge(smiles: str) -> None:
    found = ask(smiles)
    assert (found.n_kept, found.method) == (3, "MMFF94")
    assert found.conformers is not None
    assert (found.conformers.data or b"").count(b"$$$$") == 3


def test_a_large_drug_keeps_its_stereo() -> None:
    assert ask(PACLITAXEL, n=1).n_kept == 1


def test_conformers_differ_from_each_other() -> None:
    energies = [each.value for each in ask("CCCCCCCCO", n=8).relative_energies]
    assert len({round(energy, 3) for energy in energies}) > 3


def test_the_energy_of_gauche_butane_is_above_anti() -> None:
    energies = [each.value for each in ask("CCCC", n=12).relative_energies]
    assert energies[0] == 0
    assert energies[-1] == pytest.approx(0.78, abs=0.05)  # MMFF94


def test_the_same_seed_gives_the_same_file_and_another_seed_another() -> None:
    first, again, other = (ask(IBUPROFEN, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.conformers != other.conformers


@settings(max_examples=10)
@given(spellings((ASPIRIN, IBUPROFEN, L_ALANINE)))
def test_the_answer_ignores_how_the_molecule_is_spelled(pair: tuple[str, str]) -> None:
    assert ask(pair[0], n=1) == ask(pair[1], n=1)


def test_gfn2_relaxes_a_molecule() -> None:
    found = ask("CCO", XTB, n=2)
    assert (found.n_kept, found.method) == (2, "GFN2-xTB")


def test_gfn2_takes_boron_where_mmff_has_no_parameters() -> None:
    with pytest.raises(OutOfDomainError, match="the backend 'xtb' takes others"):
        ask(PHENYLBORONIC_ACID)
    assert ask(PHENYLBORONIC_ACID, XTB, n=1).n_kept == 1


def test_a_zwitterion_that_passes_its_proton_on_is_no_answer() -> None:
    found = ask(GLYCINE_ZWITTERION, XTB, n=1)
    assert (found.n_converged, found.n_kept, found.conformers) == (1, 0, None)
    verdict = grade(GeometryRequest(smiles=Smiles(GLYCINE_ZWITTERION), n_conformers=1), found)
    assert verdict.status is Status.EMPTY
    assert "0 of these kept their bonds" in verdict.reason


def test_conformers_that_did_not_converge_are_counted_and_dropped() -> None:
    request = GeometryRequest(smiles=Smiles("CCO"), n_conformers=3)
    shapes = embed_mmff("CCO", 3, 0)
    last = shapes.found[-1]._replace(is_converged=False)
    found = _answer(request, "MMFF94", Shapes(shapes.mol, [*shapes.found[:-1], last]))
    check_result(request, found)
    assert (found.n_embedded, found.n_converged, found.n_kept) == (3, 2, 2)
    assert grade(request, found).status is Status.PARTIAL
    assert "2 converged" in grade(request, found).reason


def test_nothing_converged_is_empty() -> None:
    request = GeometryRequest(smiles=Smiles("CCO"), n_conformers=1)
    shapes = embed_mmff("CCO", 1, 0)
    found = _answer(request, "MMFF94", Shapes(shapes.mol, [Shape(0, 1.0, False, True)]))
    check_result(request, found)
    assert grade(request, found).status is Status.EMPTY


@pytest.mark.parametrize("smiles", [SALT, "[Fe]", "C" * 101, "[CH3]", "O"])
def test_molecules_outside_its_domain_are_refused(smiles: str) -> None:
    with pytest.raises(OutOfDomainError, match="allowed"):
        check_domain(GeometryRequest(smiles=Smiles(smiles)))


@pytest.mark.parametrize("text", BAD)
def test_text_that_is_no_molecule_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="allowed: SMILES"):
        canonical(GeometryRequest(smiles=Smiles(text)))


def swapped(good: GeometryResponse, before: bytes, after: bytes) -> Artifact:
    assert good.conformers is not None
    assert good.conformers.data is not None
    data = good.conformers.data.replace(before, after)
    return Artifact.of(data, name="conformers.sdf", media_type="chemical/x-mdl-sdfile")


def test_corrupted_answers_are_caught() -> None:
    good, other = ask(L_ALANINE), ask("C[C@@H](N)C(=O)O")
    energies = good.relative_energies
    wrong_unit = energies[0].model_copy(update={"unit": "kJ/mol"})
    bad: list[dict[str, Any]] = [
        {"smiles": Smiles("CCC")},
        {"n_requested": 4},
        {"n_converged": 2},
        {"n_kept": 2},
        {"relative_energies": energies[::-1]},
        {"relative_energies": (wrong_unit, *energies[1:])},
        {"relative_energies": energies[:2]},
        {"conformers": None},
        {"conformers": other.conformers},
        {"conformers": swapped(good, b"$$$$\n", b"")},
        {"conformers": swapped(good, b" C  ", b" Si ")},
    ]
    for change in bad:
        with pytest.raises(ServiceError, match="got"):
            check_result(
                GeometryRequest(smiles=Smiles(L_ALANINE), n_conformers=3),
                good.model_copy(update=change),
            )


def test_each_backend_names_what_it_runs_on() -> None:
    assert MMFF.missing() is None
    assert MMFF.digest().startswith("program:rdkit==")
    assert XTB.digest().startswith("program:tblite==")
