"""crystal.bulk_modulus: an energy-volume curve, fitted and judged."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heuresis.contract import Crystal, Formula, Outcome, Quantity, Status
from heuresis.errors import ServiceError
from heuresis.tools.crystal.bulk_modulus import (
    BULK_MODULUS,
    GPA_PER_EV_A3,
    BulkModulusRequest,
    assemble,
    canonical,
    check_result,
    fit_curve,
    needs,
)
from heuresis.tools.crystal.relax import RelaxRequest

from .crystals import cif, outcome, small


def modulus(crystal: Crystal, backend: str = "chgnet", **fields: Any) -> Any:
    request = BulkModulusRequest(crystal=crystal, **fields)
    found = outcome("crystal.bulk_modulus", request, backend)
    assert found.response is not None, found.reason
    return found.response


def birch_murnaghan(volume: float, v0: float, b0_gpa: float, b1: float) -> float:
    """Energy in eV; Birch, doi:10.1103/PhysRev.71.809."""
    eta = (v0 / volume) ** (2 / 3)
    b0 = b0_gpa / GPA_PER_EV_A3
    return 9 * v0 * b0 / 16 * ((eta - 1) ** 3 * b1 + (eta - 1) ** 2 * (6 - 4 * eta))


@given(st.floats(8, 40), st.floats(5, 500), st.floats(2, 8))
@settings(max_examples=60)
def test_the_fit_recovers_a_curve_of_its_own_kind(v0: float, b0: float, b1: float) -> None:
    volumes = [v0 * (0.94 + 0.02 * i) for i in range(7)]
    found = fit_curve(volumes, [birch_murnaghan(v, v0, b0, b1) - 5.0 for v in volumes])
    assert found.volume == pytest.approx(v0, rel=1e-4)
    assert found.modulus_gpa == pytest.approx(b0, rel=1e-3)
    assert found.derivative == pytest.approx(b1, abs=0.05)
    assert found.modulus_std_gpa < 1e-2 * b0


def test_noise_on_the_curve_widens_the_stated_error() -> None:
    volumes = [18.8 + 0.4 * i for i in range(7)]
    clean = [birch_murnaghan(v, 20, 100, 4) for v in volumes]
    noisy = [e + 1e-3 * (-1) ** i for i, e in enumerate(clean)]
    assert fit_curve(volumes, noisy).modulus_std_gpa > 1.0
    assert fit_curve(volumes, clean).modulus_std_gpa < 1e-3


def test_a_curve_without_a_minimum_is_a_failure() -> None:
    volumes = [10.0 + i for i in range(7)]
    with pytest.raises(ServiceError, match="no minimum"):
        fit_curve(volumes, [-v for v in volumes])


# Measured at room temperature: MgO 160, NaCl 24.4, Si 98 GPa. Bands of 25 %.
@pytest.mark.parametrize(("name", "measured"), [("MgO", 160.0), ("NaCl", 24.4), ("Si", 98.0)])
def test_bulk_moduli_are_within_a_quarter_of_measured_ones(name: str, measured: float) -> None:
    found = modulus(small(name))
    assert found.bulk_modulus.value == pytest.approx(measured, rel=0.25)
    assert found.bulk_modulus.unit == "GPa"
    assert found.r_squared > 0.995
    assert (
        found.crystal
        == outcome("crystal.relax", RelaxRequest(crystal=small(name)), "chgnet").response.crystal
    )  # type: ignore[union-attr]  # a relaxation that converged


def test_a_larger_cell_has_the_same_stiffness() -> None:
    whole, part = modulus(cif("NaCl")), modulus(small("NaCl"))
    assert whole.bulk_modulus.value == pytest.approx(part.bulk_modulus.value, rel=0.05)


def test_it_leans_on_a_relaxation_by_the_same_potential() -> None:
    request = canonical(BulkModulusRequest(crystal=cif("TiO2")))
    for backend in ("chgnet", "sevennet"):
        (need,) = needs(request, backend)
        assert (need.tool, need.backend) == ("crystal.relax", backend)
        assert need.request == RelaxRequest(crystal=cif("TiO2"))


def test_a_failed_relaxation_fails_it_with_the_reason() -> None:
    failed = Outcome(
        run_id="0" * 26,
        tool="crystal.relax",
        status=Status.FAILED,
        reason="not converged",
        backend="chgnet",
        seconds=1.0,
    )
    with pytest.raises(ServiceError, match="not converged"):
        assemble(BulkModulusRequest(crystal=cif("MgO")), [failed])


def test_a_corrupted_answer_is_caught() -> None:
    request, good = canonical(BulkModulusRequest(crystal=small("NaCl"))), modulus(small("NaCl"))
    stiff = good.bulk_modulus.model_copy(update={"value": 5000.0})
    for change in (
        {"bulk_modulus": stiff},
        {"bulk_modulus": good.bulk_modulus.model_copy(update={"unit": "Pa"})},
        {"equilibrium_volume": Quantity(value=90.0, unit="Å3/atom", std=0.1)},
        {"volumes_a3_per_atom": good.volumes_a3_per_atom[:4]},
        {"r_squared": 0.6},
        {"largest_force": Quantity.exact(1.0, "eV/Å")},
        {"formula": Formula("KCl")},
    ):
        with pytest.raises(ServiceError, match="got"):
            check_result(request, good.model_copy(update=change))


def test_backends_are_the_potentials() -> None:
    assert [backend.name for backend in BULK_MODULUS.backends] == ["chgnet", "sevennet"]
