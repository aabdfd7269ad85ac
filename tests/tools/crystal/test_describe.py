"""crystal.describe: symmetry, density, distances, charges, drawing."""

from typing import Any

import pytest

from heuresis.contract import Formula, Quantity
from heuresis.errors import ServiceError
from heuresis.tools.crystal.charge import charges_of
from heuresis.tools.crystal.describe import DESCRIBE, DescribeRequest, canonical, check_result

from .crystals import ask, cif, small, structure


def describe(name: str, **fields: Any) -> Any:
    return ask("crystal.describe", DescribeRequest(crystal=cif(name), **fields))


@pytest.mark.parametrize(
    ("name", "number", "density"),
    [("NaCl", 225, 2.16), ("Si", 227, 2.33), ("TiO2", 136, 4.25), ("SrTiO3", 221, 5.11)],
)
def test_symmetry_and_density_match_handbooks(name: str, number: int, density: float) -> None:
    found = describe(name)
    assert found.space_group.number == number
    assert found.density.value == pytest.approx(density, abs=0.03)


def test_the_cell_chosen_does_not_change_the_crystal() -> None:
    whole = describe("LiCoO2")
    part = ask("crystal.describe", DescribeRequest(crystal=small("LiCoO2")))
    assert part.density.value == pytest.approx(whole.density.value, rel=1e-5)
    assert part.shortest_distance.value == pytest.approx(whole.shortest_distance.value, abs=1e-4)
    assert part.space_group == whole.space_group
    assert part.charges == whole.charges


@pytest.mark.parametrize(
    ("amounts", "balance", "states"),
    [
        ({"Ti": 1, "O": 2}, "balanced", {"Ti": 4, "O": -2}),
        ({"Li": 1, "Co": 1, "O": 2}, "balanced", {"Li": 1, "Co": 3, "O": -2}),
        ({"Fe": 3, "O": 4}, "mixed_valence", {}),
        ({"Na": 1, "Cl": 2}, "not_balanced", {}),
        ({"Ti": 1, "Al": 1}, "intermetallic_undetermined", {}),
        ({"Si": 1}, "intermetallic_undetermined", {}),
    ],
)
def test_charge_balance_is_named(
    amounts: dict[str, int], balance: str, states: dict[str, int]
) -> None:
    found = charges_of(amounts)
    assert (found.balance, found.oxidation_states) == (balance, states)


def test_the_drawing_is_a_png_and_the_same_each_time() -> None:
    first, second = (describe("SrTiO3", depict=True).depiction for _ in range(2))
    assert first.data.startswith(b"\x89PNG")
    assert first.digest == second.digest
    assert describe("SrTiO3").depiction is None


def test_a_loose_tolerance_finds_more_symmetry() -> None:
    from heuresis.tools.crystal.structure import write

    rattled = write(structure("NaCl").copy().perturb(0.02, seed=1))
    numbers = [
        ask(
            "crystal.describe", DescribeRequest(crystal=rattled, symprec_a=tolerance)
        ).space_group.number
        for tolerance in (1e-4, 0.2)
    ]
    assert numbers == [1, 225]


def test_a_corrupted_answer_is_caught() -> None:
    request = canonical(DescribeRequest(crystal=cif("MgO")))
    good = DESCRIBE.backends[0].run([request])[0]
    tilted = good.charges.model_copy(update={"oxidation_states": {"Mg": 3, "O": -2}})
    for change in (
        {"formula": Formula("NaCl")},
        {"n_atoms": 7},
        {"density": Quantity.exact(3.6, "kg/m3")},
        {"shortest_distance": Quantity.exact(-1.0, "Å")},
        {"charges": tilted},
        {"space_group": good.space_group.model_copy(update={"symprec_a": 0.3})},
    ):
        with pytest.raises(ServiceError, match="got"):
            check_result(request, good.model_copy(update=change))
    with pytest.raises(ServiceError, match="depiction"):
        check_result(request.model_copy(update={"depict": True}), good)
