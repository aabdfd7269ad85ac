"""Reading crystals: everything readable becomes one text, everything else a clear refusal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heuresis.contract import Crystal
from heuresis.errors import HeuresisError, OutOfDomainError, RequestError
from heuresis.tools.crystal.potentials import KNOWN
from heuresis.tools.crystal.structure import (
    canonical_text,
    check_model_domain,
    loneliest_distance,
    read,
    read_formula,
    read_poscar,
    shortest_distance,
    space_group,
    write,
)

from .crystals import BAD, NAMES, as_symmetric_cif, cif, damaged, structure


@pytest.mark.parametrize("name", NAMES)
def test_canonical_text_is_a_fixed_point(name: str) -> None:
    once = canonical_text(as_symmetric_cif(name))
    assert canonical_text(once) == once


@pytest.mark.parametrize("name", NAMES)
def test_writing_keeps_composition_volume_and_symmetry(name: str) -> None:
    given, again = structure(name), read(cif(name))
    assert again.composition == given.composition
    assert again.volume == pytest.approx(given.volume, rel=1e-5)
    assert space_group(again).number == space_group(given).number


@given(st.randoms(use_true_random=False), st.sampled_from(NAMES))
@settings(max_examples=20)
def test_order_of_sites_whitespace_and_keys_do_not_matter(random: object, name: str) -> None:
    lines = str(cif(name)).split("\n")
    cell, sites = lines[3:9], lines[15:]
    random.shuffle(cell)  # type: ignore[attr-defined]  # Hypothesis types it as object
    random.shuffle(sites)  # type: ignore[attr-defined]  # Hypothesis types it as object
    text = "\n\n".join([*lines[:3], *cell, *lines[9:15], *(f"  {s}  " for s in sites)])
    assert canonical_text(text) == canonical_text(cif(name))


def test_tiny_differences_below_the_stated_decimals_vanish() -> None:
    text = str(cif("NaCl")).replace("5.640000", "5.6400000004")
    assert canonical_text(text) == cif("NaCl")


@given(damaged())
@settings(max_examples=150)
def test_damaged_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        found = canonical_text(text)
    except HeuresisError:
        return
    assert canonical_text(found) == found


@given(st.text(max_size=300))
@settings(max_examples=60)
def test_arbitrary_text_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        canonical_text("data_x\n_cell_length_a " + text)


@pytest.mark.parametrize("text", BAD)
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="allowed"):
        canonical_text(text)


@pytest.mark.parametrize("edge", ["nan", "inf", "0.0", "-5.64", "4000.0", "1e400", "0.9"])
def test_impossible_cells_are_refused(edge: str) -> None:
    with pytest.raises(RequestError, match="allowed"):
        canonical_text(str(cif("NaCl")).replace("5.640000", edge))


@pytest.mark.parametrize("angle", ["0.0", "179.99", "-90", "nan"])
def test_impossible_angles_are_refused(angle: str) -> None:
    with pytest.raises(RequestError, match="allowed"):
        canonical_text(str(cif("NaCl")).replace("90.000000", angle))


@pytest.mark.parametrize(
    "symbol", ["Xx", "D", "T", "岩", "Q1", "?", "0", ".", "OH", "NO3", "Wat", "na"]
)
def test_unknown_elements_are_refused(symbol: str) -> None:
    with pytest.raises(RequestError, match="allowed"):
        canonical_text(str(cif("NaCl")).replace("Na Na0 ", f"{symbol} {symbol}0 "))


def test_overlapping_atoms_are_refused() -> None:
    from pymatgen.core import Lattice, Structure

    close = Structure(Lattice.cubic(4), ["Na", "Cl"], [[0, 0, 0], [0.1, 0, 0]])
    with pytest.raises(RequestError, match="apart"):
        canonical_text(write(close))


def test_partial_occupancy_is_refused() -> None:
    from pymatgen.core import Lattice, Structure

    mixed = Structure(Lattice.cubic(4), [{"Na": 0.5, "K": 0.5}], [[0, 0, 0]])
    with pytest.raises(RequestError, match="occupied"):
        canonical_text(mixed.to(fmt="cif"))


@pytest.mark.parametrize("share", ["0.5", "0", "1.5", "nan", "x"])
def test_a_site_that_is_not_full_is_never_dropped_in_silence(share: str) -> None:
    lines = str(cif("NaCl")).split("\n")
    rows = [*lines[:15], *(f"{line} {share if i == 0 else 1}" for i, line in enumerate(lines[15:]))]
    rows.insert(15, " _atom_site_occupancy")
    with pytest.raises(RequestError, match="allowed"):
        canonical_text("\n".join(rows))


def test_two_crystals_in_one_text_are_refused() -> None:
    with pytest.raises(RequestError, match="2 blocks"):
        canonical_text(f"{cif('NaCl')}\n{cif('MgO')}")


def test_labels_without_types_are_understood() -> None:
    lines = str(cif("NaCl")).split("\n")
    rows = [line.split(" ", 1)[1] for line in lines[15:]]
    text = "\n".join([*lines[:10], *lines[11:15], *rows])
    assert canonical_text(text) == cif("NaCl")


def test_a_text_of_too_many_lines_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(RequestError, match="lines"):
        canonical_text(str(cif("NaCl")) + "\n" * 30_000)


def test_the_domain_refuses_vacuum_unknown_elements_and_large_cells() -> None:
    from pymatgen.core import Lattice, Structure

    lone = Structure(Lattice.cubic(12), ["Ar"], [[0, 0, 0]])
    slab = Structure(Lattice.tetragonal(3, 9), ["Mg", "O"], [[0, 0, 0], [0, 0, 0.5]])
    heavy = Structure(Lattice.cubic(3), ["Cm"], [[0, 0, 0]])
    for crystal, why in ((lone, "vacuum"), (heavy, "Cm")):
        with pytest.raises(OutOfDomainError, match=why):
            check_model_domain(crystal, max_atoms=200, known=KNOWN)
    check_model_domain(slab, max_atoms=200, known=KNOWN)
    with pytest.raises(OutOfDomainError, match="atoms"):
        check_model_domain(structure("NaCl"), max_atoms=4, known=KNOWN)


def test_distances_count_periodic_images() -> None:
    assert shortest_distance(structure("NaCl")) == pytest.approx(2.82, abs=1e-6)
    assert loneliest_distance(read(cif("Si"))) == pytest.approx(5.43 * 3**0.5 / 4, abs=1e-4)


@pytest.mark.parametrize("text", ["", "Xx", "D2O", "Na0.5Cl", "岩塩", "na", "Na-Cl", "Fe99999"])
def test_odd_formulas_are_refused(text: str) -> None:
    with pytest.raises(RequestError, match="allowed"):
        read_formula(text)


def test_formulas_with_brackets_are_read() -> None:
    assert read_formula("Ca(OH)2") == {"Ca": 1, "O": 2, "H": 2}


def test_poscar_and_cif_of_one_crystal_agree() -> None:
    from pymatgen.io.vasp import Poscar

    text = Poscar(structure("TiO2")).get_str(significant_figures=12)
    assert canonical_text(write(read_poscar(text))) == cif("TiO2")


@given(st.data())
@settings(max_examples=200)
def test_damaged_poscars_are_read_or_refused(data: st.DataObject) -> None:
    from pymatgen.io.vasp import Poscar

    text = Poscar(structure("TiO2")).get_str()
    start = data.draw(st.integers(0, len(text)))
    piece = data.draw(st.sampled_from(["nan", "999999999", "-1", "", "Xx", "D", "T F"]) | st.text())
    try:
        read_poscar(text[:start] + piece + text[start + data.draw(st.integers(0, 30)) :])
    except HeuresisError:
        return


def test_a_poscar_without_element_names_is_refused_instead_of_getting_invented_ones() -> None:
    with pytest.raises(RequestError, match="cannot be determined"):
        read_poscar("x\n1.0\n4 0 0\n0 4 0\n0 0 4\n1 1\ndirect\n0 0 0\n0.5 0.5 0.5\n")


def test_a_poscar_of_a_billion_atoms_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(RequestError, match="atoms"):
        read_poscar("x\n1.0\n4 0 0\n0 4 0\n0 0 4\nNa Cl\n999999999 1\ndirect\n0 0 0\n")


@pytest.mark.parametrize("text", ["", "x", "x\n1.0\n1 0 0\n", "x\n1\n1 0 0\n0 1 0\n0 0 1\nA\n1\n"])
def test_broken_poscars_are_refused(text: str) -> None:
    with pytest.raises(RequestError, match="allowed"):
        read_poscar(text)


def test_crystal_is_a_string_type_of_its_own() -> None:
    assert isinstance(cif("MgO"), Crystal)
