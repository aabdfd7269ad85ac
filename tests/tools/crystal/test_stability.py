"""crystal.stability: one hull, one functional, competitors shared by a chemical system."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from heuresis.contract import Crystal, Formula, Need, Outcome, Status
from heuresis.errors import OutOfDomainError, RequestError, ServiceError
from heuresis.tools.crystal.competitors import competitors
from heuresis.tools.crystal.elements import reference_states
from heuresis.tools.crystal.hull import PhaseEnergy, corrected, locate
from heuresis.tools.crystal.potentials import KNOWN, MP2020, RAW
from heuresis.tools.crystal.prototypes import build
from heuresis.tools.crystal.relax import RelaxRequest, RelaxResponse
from heuresis.tools.crystal.relax import check_domain as check_relax_domain
from heuresis.tools.crystal.stability import (
    STABILITY,
    HullEntry,
    StabilityRequest,
    assemble,
    canonical,
    check_domain,
    check_result,
    grade,
    needs,
)
from heuresis.tools.crystal.structure import canonical_text, read, write

from .crystals import NAMES, cif, outcome, small

REFERENCE = (
    HullEntry(formula=Formula("Mg"), energy_per_atom_ev=-1.6),
    HullEntry(formula=Formula("O2"), energy_per_atom_ev=-4.95),
    HullEntry(formula=Formula("MgO"), energy_per_atom_ev=-6.30),
)


def built(formula: str, prototype: str) -> Crystal:
    return canonical_text(write(build(formula, prototype)))


def judged(crystal: Crystal, backend: str = "chgnet", **fields: Any) -> Any:
    request = StabilityRequest(crystal=crystal, **fields)
    found = outcome("crystal.stability", request, backend)
    assert found.response is not None, found.reason
    return found.response


def phase(formula: str, energy_ev: float, functional: str = MP2020) -> PhaseEnergy:
    return PhaseEnergy(
        label=formula,
        crystal=None,
        formula=Formula(formula),
        energy_per_atom_ev=energy_ev,
        functional=functional,
    )


def test_the_hull_arithmetic_is_that_of_a_hand_worked_example() -> None:
    elements = [phase("Mg", -1.0), phase("O2", -5.0)]
    at = locate(phase("MgO", -6.0), elements)
    assert at.formation_ev == pytest.approx(-3.0)
    assert at.beyond_ev == pytest.approx(-3.0)
    above = locate(phase("Mg2O", -4.0), [*elements, phase("MgO", -6.0)])
    assert above.beyond_ev == pytest.approx(-4.0 + (2 * 6.0 + 1.0) / 3)
    assert {(part.formula, round(part.fraction, 6)) for part in above.parts} == {
        ("Mg", 0.333333),
        ("MgO", 0.666667),
    }


def test_two_functionals_never_share_a_hull() -> None:
    with pytest.raises(RequestError, match="one in a hull"):
        locate(phase("MgO", -6.0), [phase("Mg", -1.0), phase("O2", -5.0, "r2SCAN")])


def test_a_hull_without_an_element_is_refused() -> None:
    with pytest.raises(RequestError, match="no pure O"):
        locate(phase("MgO", -6.0), [phase("Mg", -1.0)])


def test_stable_rocksalt_lies_on_the_hull_and_silly_prototypes_far_above() -> None:
    rocksalt = judged(built("MgO", "rocksalt"))
    assert rocksalt.energy_above_hull.value < 0.02
    assert rocksalt.formation_energy.value == pytest.approx(-3.1, abs=0.2)
    assert judged(built("MgO", "cesium chloride")).energy_above_hull.value > 0.3
    assert judged(built("MgO", "zincblende")).energy_above_hull.value > 0.05
    assert "51.4 %" in rocksalt.judge
    assert rocksalt.n_competitors > 4


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["chgnet", "sevennet"])
def test_spinel_is_stable_in_its_ternary_by_both_potentials(backend: str) -> None:
    found = judged(built("MgAl2O4", "spinel"), backend)
    assert found.energy_above_hull.value < 0.03
    assert found.formation_energy.value == pytest.approx(-3.4, abs=0.2)
    assert found.functional == MP2020


def test_needs_are_the_same_for_every_crystal_of_a_system_but_itself() -> None:
    first, second = (
        needs(canonical(StabilityRequest(crystal=crystal)), "chgnet")
        for crystal in (built("MgO", "rocksalt"), built("MgO", "zincblende"))
    )
    assert first[0].request != second[0].request
    assert first[1:] == second[1:]
    assert all(isinstance(n, Need) and n.backend == "chgnet" for n in first)


@pytest.mark.parametrize("elements", [("Al", "Mg", "O"), ("Al", "N", "Ti"), ("Cl", "Na")])
def test_competitors_are_canonical_bounded_and_within_the_domain(elements: tuple[str, ...]) -> None:
    found = competitors(elements, 20, 10)
    compounds = [c for c in found if c.element is None]
    assert {c.element for c in found} - {None} == set(elements)
    assert len(compounds) <= 20
    assert len({c.label for c in found}) == len(found)
    for competitor in found:
        request = RelaxRequest(crystal=competitor.crystal)
        assert canonical_text(competitor.crystal) == competitor.crystal
        check_relax_domain(request)
        assert competitor.element or len(read(competitor.crystal)) <= 10


def test_more_competitors_only_add_to_the_list() -> None:
    few, many = competitors(("Al", "Mg", "O"), 5, 14), competitors(("Al", "Mg", "O"), 12, 14)
    assert many[: len(few)] == few


def test_every_element_of_the_potentials_has_a_reference_state() -> None:
    for symbol in sorted(KNOWN):
        for _, crystal in reference_states(symbol):
            check_relax_domain(RelaxRequest(crystal=canonical_text(crystal)))


def test_an_own_reference_hull_replaces_the_competitors() -> None:
    found = judged(
        built("MgO", "rocksalt"),
        reference=REFERENCE,
        reference_name="example 1.0",
        reference_functional=MP2020,
    )
    assert found.reference == "example 1.0"
    assert found.n_competitors == 3
    assert abs(found.relative_to_competitors.value) < 0.1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"reference_functional": "r2SCAN"}, "one in a hull"),
        ({"reference": REFERENCE[:1]}, "no pure O"),
        ({"reference": (HullEntry(formula=Formula("Xx"), energy_per_atom_ev=-1.0),)}, "allowed"),
    ],
)
def test_an_unfit_reference_hull_is_refused(change: dict[str, Any], why: str) -> None:
    fields: dict[str, Any] = {
        "reference": REFERENCE,
        "reference_name": "example",
        "reference_functional": MP2020,
    }
    with pytest.raises(RequestError, match=why):
        canonical(StabilityRequest(crystal=small("MgO"), **{**fields, **change}))


def test_a_reference_hull_must_be_named() -> None:
    with pytest.raises(ValidationError, match="all or none"):
        StabilityRequest(crystal=small("MgO"), reference=REFERENCE)


def _outcomes(request: StabilityRequest, lost: str = "no such") -> list[Outcome]:
    """Invent a relaxed answer for every need, losing those whose formula matches."""
    good = outcome("crystal.relax", RelaxRequest(crystal=small("MgO")), "chgnet").response
    assert isinstance(good, RelaxResponse)
    answers = []
    for need in needs(request, "chgnet"):
        crystal = need.request.crystal  # type: ignore[attr-defined]  # a RelaxRequest
        formula = Formula(read(crystal).composition.reduced_formula)
        changed = good.model_copy(update={"crystal": crystal, "formula": formula})
        is_lost = re.fullmatch(lost, formula) is not None
        answers.append(
            Outcome(
                run_id="0" * 26,
                tool="crystal.relax",
                status=Status.FAILED if is_lost else Status.OK,
                reason="not converged" if is_lost else "",
                response=None if is_lost else changed,
                backend="chgnet",
                seconds=0.1,
            )
        )
    return answers


def test_lost_competitors_are_dropped_and_counted() -> None:
    request = canonical(StabilityRequest(crystal=built("MgAl2O4", "spinel")))
    problem = assemble(request, _outcomes(request, lost="MgAl2|Mg2Al"))
    assert len(problem.dropped) >= 2
    assert all("not converged" in reason for reason in problem.dropped)
    assert len(problem.phases) + len(problem.dropped) == len(needs(request, "chgnet")) - 1


def test_a_lost_element_is_a_failure() -> None:
    request = canonical(StabilityRequest(crystal=small("MgO")))
    with pytest.raises(ServiceError, match=r"'O'.*no relaxed reference"):
        assemble(request, _outcomes(request, lost="O2"))


def test_a_lost_crystal_is_a_failure() -> None:
    request = canonical(StabilityRequest(crystal=small("MgO")))
    with pytest.raises(ServiceError, match="not converged"):
        assemble(request, [o if i else _outcomes(request, "MgO")[0]
                           for i, o in enumerate(_outcomes(request))])  # fmt: skip


def test_corrections_bring_raw_energies_to_the_corrected_functional() -> None:
    raw = phase("MgO", -5.98, RAW).model_copy(update={"crystal": small("MgO")})
    found = corrected(raw)
    assert found.functional == MP2020
    assert found.energy_per_atom_ev - raw.energy_per_atom_ev == pytest.approx(-0.687 / 2, abs=1e-3)
    assert corrected(found) == found
    element = phase("Si", -5.4, RAW).model_copy(update={"crystal": small("Si")})
    assert corrected(element).energy_per_atom_ev == pytest.approx(-5.4)


def test_oxides_of_transition_metals_get_the_hubbard_correction_too() -> None:
    raw = phase("LiCoO2", -5.7, RAW).model_copy(update={"crystal": small("LiCoO2")})
    change = corrected(raw).energy_per_atom_ev - raw.energy_per_atom_ev
    assert change == pytest.approx((-2 * 0.687 - 1.638) / 4, abs=2e-3)


def test_an_unknown_functional_is_never_corrected() -> None:
    with pytest.raises(ServiceError, match="r2SCAN"):
        corrected(phase("MgO", -6.0, "r2SCAN"))


def test_many_elements_are_out_of_the_domain() -> None:
    from pymatgen.core import Lattice, Structure

    places = [[x, y, 0.0] for x in (0, 0.5) for y in (0, 1 / 3, 2 / 3)]
    alloy = Structure(Lattice.orthorhombic(5, 8, 3), ["Fe", "Co", "Ni", "Cr", "Mn", "Al"], places)
    with pytest.raises(OutOfDomainError, match="6 elements"):
        check_domain(canonical(StabilityRequest(crystal=write(alloy))))


@pytest.mark.parametrize("name", NAMES)
def test_real_crystals_are_in_the_domain(name: str) -> None:
    check_domain(canonical(StabilityRequest(crystal=cif(name))))


def test_a_corrupted_answer_is_caught_and_a_thin_hull_is_partial() -> None:
    request = canonical(StabilityRequest(crystal=built("MgO", "rocksalt")))
    good = judged(built("MgO", "rocksalt"))
    above = good.energy_above_hull
    for change in (
        {"energy_above_hull": above.model_copy(update={"value": -0.2})},
        {"energy_above_hull": above.model_copy(update={"value": 0.9})},
        {"formation_energy": above.model_copy(update={"unit": "kJ/mol"})},
        {"decomposition": ()},
        {"formula": Formula("Mg2O")},
        {"reference": "another"},
        {"functional": RAW},
    ):
        with pytest.raises(ServiceError, match="got"):
            check_result(request, good.model_copy(update=change))
    assert grade(request, good).status is Status.OK
    thin = good.model_copy(update={"n_dropped": good.n_competitors})
    assert grade(request, thin).status is Status.PARTIAL


def test_backends_are_the_potentials() -> None:
    assert [backend.name for backend in STABILITY.backends] == ["chgnet", "sevennet"]
