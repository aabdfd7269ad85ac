"""crystal.parse: text or a name becomes one canonical crystal."""

from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from heuresis.contract import Crystal, Formula, Quantity
from heuresis.errors import HeuresisError, RequestError, ServiceError
from heuresis.tools.crystal.parse import PARSE, ParseRequest, canonical, check_result
from heuresis.tools.crystal.prototypes import ALIASES, build, find, prototypes, structures_for
from heuresis.tools.crystal.structure import read

from .crystals import NAMES, as_symmetric_cif, ask, cif, damaged, structure


def parse(**fields: Any) -> Any:
    return ask("crystal.parse", ParseRequest(**fields))


@pytest.mark.parametrize("name", NAMES)
def test_cif_with_symmetry_becomes_one_checked_crystal(name: str) -> None:
    found = parse(cif=Crystal(as_symmetric_cif(name)))
    assert found.formula == structure(name).composition.reduced_formula
    assert found.n_atoms == len(structure(name))


def test_primitive_and_conventional_cells_are_the_same_crystal() -> None:
    whole, part = (parse(cif=cif("NaCl"), cell=cell) for cell in ("conventional", "primitive"))
    assert (whole.n_atoms, part.n_atoms) == (8, 2)
    assert whole.cell_volume.value == pytest.approx(4 * part.cell_volume.value, rel=1e-5)
    assert whole.space_group.number == part.space_group.number == 225


def test_a_poscar_is_turned_into_the_same_request_as_its_cif() -> None:
    from pymatgen.io.vasp import Poscar

    text = Poscar(structure("MgO")).get_str(significant_figures=12)
    assert canonical(ParseRequest(poscar=text)) == canonical(ParseRequest(cif=cif("MgO")))


@pytest.mark.parametrize(
    ("formula", "prototype", "number"),
    [
        ("MgO", "rocksalt", 225),
        ("SrTiO3", "perovskite", 221),
        ("AlN", "wurtzite", 186),
        ("TiO2", "C4", 136),
        ("MgAl2O4", "spinel", 227),
        ("Fe", "bcc", 229),
        ("Mg2Si", "antifluorite", 225),
    ],
)
def test_formula_and_structure_type_build_a_crystal(
    formula: str, prototype: str, number: int
) -> None:
    found = parse(formula=formula, prototype=prototype)
    assert found.space_group.number == number
    assert found.formula == formula


def test_the_larger_cation_takes_the_open_site_of_a_perovskite() -> None:
    crystal = build("SrTiO3", "perovskite")
    ti = next(site for site in crystal if site.specie.symbol == "Ti")
    nearest = crystal.get_neighbors(ti, 2.3)
    assert {n.specie.symbol for n in nearest} == {"O"}


@pytest.mark.parametrize(("formula", "measured"), [("NaCl", 22.4), ("MgO", 9.3), ("TiN", 9.5)])
def test_built_volumes_are_near_measured_ones(formula: str, measured: float) -> None:
    found = parse(formula=formula, prototype="B1")
    assert found.cell_volume.value / found.n_atoms == pytest.approx(measured, rel=0.15)


def test_an_element_needs_no_prototype() -> None:
    assert parse(formula="Si").space_group.number == 227


def test_a_formula_without_prototype_lists_what_is_allowed() -> None:
    with pytest.raises(RequestError, match="rutile|A2B_tP6_136_f_a"):
        parse(formula="TiO2")


@pytest.mark.parametrize("fields", [{"prototype": "rocksalt"}, {"prototype": "no such"}])
def test_wrong_prototypes_are_refused(fields: dict[str, str]) -> None:
    with pytest.raises(RequestError, match="allowed"):
        parse(formula="TiO2", **fields)


@pytest.mark.parametrize("fields", [{}, {"cif": cif("MgO"), "formula": "MgO"}])
def test_exactly_one_source_is_allowed(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        ParseRequest(**fields)


@given(damaged())
@settings(max_examples=50)
def test_damaged_cifs_raise_nothing_but_our_errors(text: str) -> None:
    try:
        parse(cif=text)
    except (HeuresisError, ValidationError):
        return


def test_every_alias_names_a_shipped_prototype() -> None:
    assert {find(alias).name for alias in ALIASES} <= {p.name for p in prototypes()}


def test_substitution_yields_labelled_crystals_with_all_elements_in_order_of_size() -> None:
    found = list(structures_for(["O", "Mg"], max_atoms=4))
    sizes = [len(read(crystal)) for _, crystal in found]
    assert sizes == sorted(sizes)
    assert all(set(map(str, read(c).composition)) == {"Mg", "O"} for _, c in found)
    assert "AB_cF8_225_a_b/NaCl[Mg,O]" in dict(found)
    assert found == list(structures_for(["Mg", "O"], max_atoms=4))


def test_a_corrupted_answer_is_caught() -> None:
    request = canonical(ParseRequest(formula=Formula("MgO"), prototype="B1"))
    good = PARSE.backends[0].run([request])[0]
    for change in (
        {"n_atoms": 3},
        {"cell_volume": Quantity.exact(1.0, "Å3")},
        {"cell_volume": Quantity.exact(good.cell_volume.value, "nm3")},
        {"formula": Formula("NaCl")},
        {"crystal": Crystal(good.crystal + "\n# odd")},
    ):
        with pytest.raises(ServiceError, match="got"):
            check_result(request, good.model_copy(update=change))
