"""crystal.relax: one driver, two potentials, converged or refused."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from heuresis.contract import Crystal, Quantity
from heuresis.errors import HeuresisError, OutOfDomainError, RequestError, ServiceError
from heuresis.tools.crystal import potentials
from heuresis.tools.crystal.relax import RELAX, RelaxRequest, canonical, check_domain, check_result
from heuresis.tools.crystal.relaxation import Limits, Reduced, relax
from heuresis.tools.crystal.structure import read, write

from .crystals import NAMES, ask, cif, damaged, outcome, small, structure


def relaxed(crystal: Crystal, backend: str = "chgnet", **fields: Any) -> Any:
    found = outcome("crystal.relax", RelaxRequest(crystal=crystal, **fields), backend)
    assert found.response is not None, found.reason
    return found.response


def energy_ev(crystal: Any) -> float:
    """Energy per atom without moving anything."""
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(crystal)
    return potentials.surface("chgnet").get_potential_energy(atoms) / len(crystal)


def test_importing_the_tools_imports_no_science() -> None:
    code = (
        "import sys; from heuresis.tools import registry; "
        "[registry.load(n) for n in registry.places() if n.startswith('crystal.')]; "
        "print(sorted({'torch', 'pymatgen', 'ase', 'smact', 'spglib', 'numpy'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(("name", "volume_a3"), [("NaCl", 22.4), ("MgO", 9.33), ("Si", 20.0)])
def test_relaxed_volumes_are_near_measured_ones(name: str, volume_a3: float) -> None:
    found = relaxed(small(name))
    assert found.volume_per_atom.value == pytest.approx(volume_a3, rel=0.05)
    assert found.space_group_before.number == found.space_group_after.number
    assert found.functional == potentials.MP2020


def test_the_way_back_from_a_compressed_cell_is_the_same_minimum() -> None:
    squeezed = structure("MgO").get_primitive_structure()
    squeezed.scale_lattice(squeezed.volume * 0.85)
    found, normal = relaxed(write(squeezed)), relaxed(small("MgO"))
    assert found.energy_per_atom.value == pytest.approx(normal.energy_per_atom.value, abs=2e-3)
    assert found.volume_change.value > 0.1


@pytest.mark.parametrize("name", ["NaCl", "TiO2", "LiCoO2"])
def test_a_larger_cell_of_the_same_crystal_has_the_same_energy(name: str) -> None:
    whole, part = relaxed(cif(name)), relaxed(small(name))
    assert whole.energy_per_atom.value == pytest.approx(part.energy_per_atom.value, abs=1e-3)
    assert whole.n_atoms == len(read(cif(name)))


@given(
    st.sampled_from(["TiO2", "SrTiO3", "Si"]),
    st.tuples(*[st.floats(0, 1)] * 3),
    st.floats(0, 360),
)
@settings(max_examples=8)
def test_energy_ignores_origin_and_orientation(
    name: str, shift: tuple[float, float, float], degrees: float
) -> None:
    from pymatgen.core.operations import SymmOp

    crystal = structure(name).copy()
    before = energy_ev(crystal)
    crystal.translate_sites(range(len(crystal)), shift)
    crystal.apply_operation(SymmOp.from_axis_angle_and_translation([1, 2, 3], degrees))
    assert energy_ev(crystal) == pytest.approx(before, abs=2e-4)


def test_energy_ignores_the_order_of_atoms_and_the_choice_of_cell() -> None:
    crystal = structure("TiO2")
    before = energy_ev(crystal)
    assert energy_ev(crystal.get_sorted_structure(reverse=True)) == pytest.approx(before, abs=1e-5)
    sheared = crystal.copy()
    sheared.make_supercell([[1, 1, 0], [0, 1, 0], [0, 0, 2]])
    assert energy_ev(sheared) == pytest.approx(before, abs=1e-4)


def test_one_backward_pass_agrees_with_chgnets_own_prediction() -> None:
    from chgnet.model import CHGNet
    from pymatgen.io.ase import AseAtomsAdaptor

    crystal = structure("TiO2").copy().perturb(0.05, seed=2)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = CHGNet.load(verbose=False).predict_structure(crystal, task="efs")
    ours, atoms = potentials.surface("chgnet"), AseAtomsAdaptor.get_atoms(crystal)
    from ase.stress import voigt_6_to_full_3x3_stress
    from ase.units import GPa

    assert ours.get_potential_energy(atoms) / 6 == pytest.approx(float(theirs["e"]), abs=1e-5)
    assert np.allclose(ours.get_forces(atoms), theirs["f"], atol=1e-4)
    stress = voigt_6_to_full_3x3_stress(ours.get_stress(atoms)) / GPa
    assert np.allclose(stress, theirs["s"], atol=2e-3)


def test_forces_are_the_slope_of_the_energy() -> None:
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(structure("TiO2").copy().perturb(0.05, seed=3))
    on, step = potentials.surface("chgnet"), 0.01
    force = on.get_forces(atoms)[2, 0]
    heights = []
    for sign in (1, -1):
        moved = atoms.copy()
        moved.positions[2, 0] += sign * step
        heights.append(on.get_potential_energy(moved))
    assert -(heights[0] - heights[1]) / (2 * step) == pytest.approx(force, abs=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_reduction_to_the_smallest_cell_loses_nothing(name: str) -> None:
    crystal = structure(name).copy()
    crystal.make_supercell([2, 1, 1])
    reduced = Reduced.of(crystal)
    again = reduced.expand()
    assert len(reduced.atoms) * 2 <= len(crystal)
    assert np.allclose(again.lattice.matrix, crystal.lattice.matrix, atol=1e-4)
    assert np.allclose(again.cart_coords, crystal.cart_coords, atol=1e-2)
    assert [s.specie for s in again] == [s.specie for s in crystal]


def test_a_rattled_crystal_is_not_reduced_and_finds_its_minimum() -> None:
    rattled = structure("SrTiO3").copy()
    rattled.make_supercell([2, 1, 1])
    rattled.perturb(0.05, seed=4)
    assert len(Reduced.of(rattled).atoms) == 10
    found = relaxed(write(rattled))
    assert found.energy_per_atom.value == pytest.approx(
        relaxed(cif("SrTiO3")).energy_per_atom.value, abs=2e-3
    )


def test_a_fixed_cell_keeps_its_volume() -> None:
    found = relaxed(cif("TiO2"), relax_cell=False)
    assert abs(found.volume_change.value) < 1e-6


def test_too_few_steps_fail_with_the_reason_and_the_remedy() -> None:
    squeezed = structure("TiO2").copy()
    squeezed.scale_lattice(squeezed.volume * 1.3)
    with pytest.raises(ServiceError, match="not converged after 1 steps.*max_steps") as caught:
        ask("crystal.relax", RelaxRequest(crystal=write(squeezed), max_steps=1))
    assert caught.value.transient is False


@pytest.mark.slow
def test_the_second_potential_agrees_on_volumes() -> None:
    for name in ("NaCl", "MgO", "Si"):
        first, second = relaxed(small(name)), relaxed(small(name), "sevennet")
        assert second.volume_per_atom.value == pytest.approx(first.volume_per_atom.value, rel=0.04)
        assert second.functional == potentials.RAW


def test_both_backends_name_their_weights_without_loading_them() -> None:
    digests = {backend.name: backend.digest() for backend in RELAX.backends}
    assert all(digest.startswith("sha256:") for digest in digests.values())
    assert len(set(digests.values())) == 2
    assert all(backend.missing() is None for backend in RELAX.backends)


def test_an_atom_beyond_a_potentials_reach_is_out_of_its_domain() -> None:
    from pymatgen.core import Lattice, Structure

    caesium = write(Structure(Lattice.cubic(6.14), ["Cs", "Cs"], [[0, 0, 0], [0.5, 0.5, 0.5]]))
    request = canonical(RelaxRequest(crystal=caesium))
    check_domain(request)
    with pytest.raises(OutOfDomainError, match="SevenNet"):
        RELAX.backends[1].run([request])


def test_isolated_atoms_large_cells_and_missing_elements_never_reach_a_model() -> None:
    from pymatgen.core import Lattice, Structure

    lone = Structure(Lattice.cubic(8), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    radium = Structure(Lattice.cubic(4), ["Ra"], [[0, 0, 0]])
    large = structure("NaCl").copy()
    large.make_supercell(3)
    for crystal, why in ((lone, "allowed"), (radium, "Ra"), (large, "216 atoms")):
        with pytest.raises(OutOfDomainError, match=why):
            check_domain(canonical(RelaxRequest(crystal=write(crystal))))


@given(damaged())
@settings(max_examples=50)
def test_damaged_cifs_are_refused_before_any_model_is_asked(text: str) -> None:
    try:
        check_domain(canonical(RelaxRequest(crystal=text)))
    except (HeuresisError, ValidationError):
        return


def test_canonical_requests_of_one_crystal_are_equal() -> None:
    text = str(cif("TiO2"))
    spaced = RelaxRequest(crystal=Crystal(text.replace("\n", "\n\n")))
    once = canonical(spaced)
    assert once == canonical(RelaxRequest(crystal=Crystal(text))) == canonical(once)


@pytest.mark.parametrize("field", ["fmax_ev_per_a", "max_stress_gpa", "max_steps"])
def test_limits_are_limited(field: str) -> None:
    with pytest.raises(ValidationError):
        RelaxRequest(crystal=cif("MgO"), **{field: 0})


def test_a_corrupted_answer_is_caught() -> None:
    request = canonical(RelaxRequest(crystal=small("MgO")))
    good = relaxed(small("MgO"))
    energy = Quantity(value=-6.3, unit="eV", std=0.1)
    for change in (
        {"energy_per_atom": energy},
        {"energy_per_atom": energy.model_copy(update={"unit": "eV/atom", "value": 900.0})},
        {"largest_force": Quantity.exact(0.4, "eV/Å")},
        {"largest_stress": Quantity.exact(3.0, "GPa")},
        {"volume_change": Quantity.exact(7.0, "1")},
        {"crystal": small("NaCl")},
        {"n_atoms": 8},
        {"functional": "r2SCAN"},
    ):
        with pytest.raises(ServiceError, match="got"):
            check_result(request, good.model_copy(update=change))


def test_a_broken_surface_fails_by_name() -> None:
    def broken(_: Any) -> Any:
        return float("nan"), np.full((2, 3), np.nan), np.zeros(6)

    with pytest.raises(ServiceError, match="MgO.*not finite"):
        relax(read(small("MgO")), potentials.Surface(broken), Limits())


def test_threads_share_a_potential_without_mixing_crystals() -> None:
    names = ["NaCl", "MgO", "Si"] * 2
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda n: energy_ev(read(small(n))), names))
    assert found == [energy_ev(read(small(name))) for name in names]


def test_an_empty_crystal_is_refused() -> None:
    with pytest.raises(RequestError, match="allowed"):
        canonical(RelaxRequest(crystal=Crystal("data_empty\n_cell_length_a 4")))
