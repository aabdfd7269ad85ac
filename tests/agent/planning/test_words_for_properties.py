"""Quantities in verbs, loose phrases and with typing errors, up to the steps of a plan."""

import pytest

from heuresis.agent.planning.embedded import plan
from heuresis.agent.planning.plan import Call, Compare, Keep, Plan, Sort
from heuresis.agent.understanding.properties import graded
from heuresis.agent.understanding.understand import understand

ADMET = "molecule.admet:end_points."
ASKED = {
    "how much does toluene hate water": "molecule.describe:log_p",
    "how hydrophobc is hexane": "molecule.describe:log_p",
    "what does caffeine weigh": "molecule.describe:average_mass",
    "how many daltons is ibuprofen": "molecule.describe:average_mass",
    "how much polar surface does glucose carry": "molecule.describe:tpsa",
    "would paracetamol be a pain to synthesise?": "molecule.describe:synthetic_accessibility",
    "how annoying is COc1cc(C=O)ccc1O to make": "molecule.describe:synthetic_accessibility",
    "how many hydrogen bonds can caffeine accept": "molecule.describe:n_h_bond_acceptors",
    "how floppy is ibuprofen": "molecule.describe:n_rotatable_bonds",
    "asymmetric carbons in glucose": "molecule.describe:n_stereo_centres",
    "undesirable substructures in aniline": "molecule.describe:structural_alerts",
    "does any supplier stock naphthalene": "molecule.buyable:is_listed",
    "how much caffeine goes into solution in water": f"{ADMET}Solubility_AqSolDB",
    "does caffeine cross into the CNS": f"{ADMET}BBB_Martins",
    "could ibuprofen cause heart rhythm problems": f"{ADMET}hERG",
    "could naphthalene cause mutations": f"{ADMET}AMES",
    "does paracetamol hurt the liver": f"{ADMET}DILI",
    "can nitrobenzene give you cancer": f"{ADMET}Carcinogens_Lagunin",
    "what dose of phenol kills half of the rats": f"{ADMET}LD50_Zhu",
    "does caffeine get past the gut wall": f"{ADMET}HIA_Hou",
    "how strongly does warfarin stick to plasma proteins": f"{ADMET}PPBR_AZ",
    "how widely does morphine spread through the body": f"{ADMET}VDss_Lombardo",
    "how long does caffeine stay in the body": f"{ADMET}Half_Life_Obach",
    "how fast do liver microsomes chew up warfarin": f"{ADMET}Clearance_Microsome_AZ",
    "is warfarin metabolised by CYP2C9": f"{ADMET}CYP2C9_Substrate_CarbonMangels",
    "is naproxen a 2C9 inhibitor": f"{ADMET}CYP2C9_Veith",
    "does ibuprofen shut down CYP2C9": f"{ADMET}CYP2C9_Veith",
    "how squishy is rocksalt NaCl": "crystal.bulk_modulus:bulk_modulus",
    "what does a cubic centimetre of rocksalt MgO weigh": "crystal.describe:density",
    "how much room does each atom take in fcc Al": "crystal.describe:volume_per_atom",
    "how close do atoms come in rocksalt MgO": "crystal.describe:shortest_distance",
    "how far above the hull does rocksalt MgO sit": "crystal.stability:energy_above_hull",
}


def planned(text: str) -> Plan:
    return plan(understand(text))


def shown(made: Plan) -> set[str]:
    tools = {step.id: step.tool for step in made.steps if isinstance(step, Call)}
    return {f"{tools[one.step]}:{one.path}" for one in made.shows}


@pytest.mark.parametrize(("text", "path"), ASKED.items())
def test_a_loose_phrase_asks_for_its_quantity_and_for_nothing_else(text: str, path: str) -> None:
    made = planned(text)
    assert shown(made) == {path}
    assert not made.not_understood


@pytest.mark.parametrize(
    "text",
    [
        "specific rotation of menthol",
        "reaction enthalpy of the hydrolysis of aspirin",
        "how volatile is hexane",
        "does caffeine fluoresce",
        "the decay rate of warfarin under UV light",
        "calculate the zeta potential of caffeine",
    ],
)
def test_a_quantity_that_nothing_here_tells_is_not_answered_with_others(text: str) -> None:
    made = planned(text)
    assert not shown(made)
    assert made.not_understood


def test_the_usual_numbers_are_told_where_someone_asks_about_a_thing() -> None:
    assert len(shown(planned("tell me about caffeine"))) > 3
    assert len(shown(planned("caffeine"))) > 3


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("TPSA of caffeine in pm^2", "pm^2"),
        ("polar surface of urea in square metres", "m^2"),
        ("density of rocksalt NaCl in kg per m^3", "kg/m^3"),
        ("bulk modulus of fcc Al in psi", "psi"),
        ("hydration free energy of phenol, J/mol please", "J/mol"),
        ("how many days is the half-life of warfarin", "day"),
        ("lattice constant of fcc Al in femtometres", "fm"),
    ],
)
def test_any_unit_that_can_be_converted_to_may_be_wished_for(text: str, unit: str) -> None:
    made = planned(text)
    assert {one.unit for one in made.shows} == {unit}
    assert not made.not_understood


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("CCO, CCN and CCC: logP, anything over 2 goes", ("log_p", 2, None, True)),
        ("CCO, CCN, CCC. Those with TPSA above 55 should be removed.", ("tpsa", 55, None, True)),
        ("CCO, CCN, CCC; no logP over 2", ("log_p", 2, None, True)),
        ("I can't use anything heavier than 50 Da: CCO, CCN", ("average_mass", 50, None, True)),
        ("CCO, CCN: reject if more than 1 H-bond donor", ("n_h_bond_donors", 1, None, True)),
        ("CCO, CCN: none with more than 1 ring", ("n_rings", 1, None, True)),
        ("CCO, CCN, CCC; TPSA capped at 20", ("tpsa", None, 20, False)),
        ("CCO, CCN, CCC: minimum QED 0.4", ("qed", 0.4, None, False)),
        ("QED of CCO, CCN. Only those that reach 0.4 survive.", ("qed", 0.4, None, False)),
        ("CCO, CCN, no heavier than 50 Da", ("average_mass", None, 50, False)),
    ],
)
def test_what_is_to_stay_and_what_is_to_go(
    text: str, limits: tuple[str, float | None, float | None, bool]
) -> None:
    [keep] = [step for step in planned(text).steps if isinstance(step, Keep)]
    assert (keep.path, keep.low, keep.high, keep.is_negated) == limits


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("rank CCO, CCCO, CO by weight, heaviest on top", ("average_mass", "descending", None)),
        ("CCO, CCCO, CO from light to heavy", ("average_mass", "ascending", None)),
        ("CCO, CCCO, CO by logP, greasiest last", ("log_p", "ascending", None)),
        ("which two of CCO, CCCO, CO are the floppiest", ("n_rotatable_bonds", "descending", 2)),
        ("which of CCO, CCC, CO has the tiniest polar surface", ("tpsa", "ascending", None)),
        ("pair with the highest logP out of CCO, CCC, CO", ("log_p", "descending", 2)),
        ("CCO, CCC, CO: sort from greasiest to least greasy", ("log_p", "descending", None)),
        ("CCO, CCC, CO sorted on weight, small to large", ("average_mass", "ascending", None)),
        ("pick the one of CCO, CCC, CO with the lowest logP; its TPSA?", ("log_p", "ascending", 1)),
        ("For the lightest of CCO, CCC, CO, what is its QED?", ("average_mass", "ascending", 1)),
        ("logP of the heaviest of CCO, CCC, CO", ("average_mass", "descending", 1)),
    ],
)
def test_which_comes_first_and_how_many_are_kept(
    text: str, order: tuple[str, str, int | None]
) -> None:
    [sort] = [step for step in planned(text).steps if isinstance(step, Sort)]
    assert (sort.path, sort.direction, sort.limit) == order


def test_what_is_asked_of_the_one_picked_is_asked_of_no_other() -> None:
    made = planned("take the heaviest of CCO, CCCO and CO; is it for sale?")
    kinds = [step.tool if isinstance(step, Call) else step.kind for step in made.steps]
    assert kinds.index("sort") < kinds.index("molecule.buyable")


def test_an_order_that_was_asked_for_is_told_whole_though_one_is_asked_about() -> None:
    made = planned("rank CCO, CCC, CO by QED, then see if that top one can be bought")
    [sort] = [step for step in made.steps if isinstance(step, Sort)]
    assert sort.limit is None


@pytest.mark.parametrize(
    "text",
    ["how far apart are CCO and CCCCO in logP", "by what margin is CCCCO more lipophilic than CCO"],
)
def test_how_far_two_are_apart_is_a_comparison(text: str) -> None:
    [step] = [step for step in planned(text).steps if isinstance(step, Compare)]
    assert (step.path, step.measure) == ("log_p", "diff")


def test_adjectives_of_one_word_are_graded() -> None:
    assert graded("floppy") == ("floppier", "floppiest")
    assert graded("dense") == ("denser", "densest")
    assert graded("lipophilic") == graded("easy to make") == ()
