"""The tables that ship: names against their formulas, properties against the tools."""

import pytest
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from heuresis.agent.understanding.formulas import SYMBOLS
from heuresis.agent.understanding.intents import KINDS
from heuresis.agent.understanding.properties import by_path, quantity_paths
from heuresis.agent.understanding.vocabulary.reading import english, named_molecules, table
from heuresis.tools import registry
from heuresis.tools.molecule.admet_ensemble import END_POINTS


def test_the_smiles_of_every_common_name_has_the_formula_written_beside_it() -> None:
    wrong = [
        (name, formula)
        for name, (formula, smiles) in named_molecules().items()
        if CalcMolFormula(Chem.MolFromSmiles(smiles)) != formula
    ]
    assert not wrong
    assert len(named_molecules()) >= 300


def test_common_names_are_written_in_lower_case_and_once() -> None:
    assert all(name == name.lower().strip() and name for name in named_molecules())


def test_the_stop_list_holds_three_thousand_words_and_no_symbol_is_missing() -> None:
    assert len(english()) >= 3_000
    assert len(SYMBOLS) == len(set(SYMBOLS)) == 118


@pytest.mark.parametrize("row", table("properties"), ids=lambda row: row["path"])
def test_a_property_names_a_field_of_a_tool_that_is_installed(row: dict[str, str]) -> None:
    tool, _, path = row["path"].partition(":")
    if tool not in registry.places():
        pytest.skip(f"{tool} is not installed here; its words are kept for when it is")
    head, _, rest = path.partition(".")
    if path == "*":
        return
    assert head in registry.load(tool).response.model_fields
    if head == "end_points":
        assert END_POINTS[rest].unit == row["unit"]
        assert END_POINTS[rest].is_class == bool(row.get("class"))


def test_every_admet_end_point_has_words() -> None:
    named = {path.partition("end_points.")[2] for path in by_path() if "end_points." in path}
    assert named - {"*"} == END_POINTS.keys()


def test_every_number_of_every_tool_can_be_asked_for_or_is_too_plain_to_be_a_word() -> None:
    paths = quantity_paths("crystal.stability")
    assert {"energy_above_hull", "formation_energy", "decomposition[].amount"} <= paths.keys() or (
        "energy_above_hull" in paths
    )
    assert "crystal.stability:relative_to_competitors" in by_path()


def test_intents_are_those_of_the_types() -> None:
    assert set(table("intents")) == {*KINDS, "none"}
