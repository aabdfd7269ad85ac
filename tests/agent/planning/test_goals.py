"""Plans for comparisons, claims, searches, units and pictures: steps that are more than calls."""

from typing import Any

import pytest

from heuresis.agent.planning.embedded import plan
from heuresis.agent.planning.plan import (
    Answered,
    Campaign,
    Check,
    Claim,
    Compare,
    Constant,
    Keep,
    Listed,
    Plan,
    Sort,
)
from heuresis.agent.spec import CampaignSpec
from heuresis.agent.understanding.entities import Attachment, Context, Shown
from heuresis.agent.understanding.understand import understand

EYE = Attachment(name="file-1.png", digest="sha256:" + "a" * 64)
OTHER = Attachment(name="file-2.png", digest="sha256:" + "b" * 64)


def planned(text: str, *files: Attachment, context: Context | None = None) -> Plan:
    return plan(understand(text, list(files), context or Context()))


def of(made: Plan, kind: Any) -> list[Any]:
    return [step for step in made.steps if isinstance(step, kind)]


def tools(made: Plan) -> list[str]:
    return [call.tool for call in made.calls]


def test_than_decides_what_is_taken_from_what() -> None:
    [step] = of(planned("How much heavier is CCCO than CCO?"), Compare)
    assert (step.path, step.measure, step.first, step.second) == ("average_mass", "diff", 0, 1)
    [step] = of(planned("Than CCO, how much heavier is CCCO?"), Compare)
    assert step.is_question is False


def test_a_ratio_is_asked_for_by_times() -> None:
    [step] = of(planned("how many times heavier is glucose than water"), Compare)
    assert step.measure == "ratio"


def test_yes_or_no_is_asked_by_a_question_with_than() -> None:
    [step] = of(planned("Is phenol more soluble than naphthalene?"), Compare)
    assert (step.is_question, step.direction) == (True, "descending")


def test_the_lightest_is_looked_for_at_the_low_end() -> None:
    made = planned("which of CCO, CCCO and CO is the lightest")
    [step] = of(made, Compare)
    assert (step.direction, step.first, step.second) == ("ascending", None, None)
    assert [one.direction for one in of(made, Sort)] == ["ascending"]


def test_a_number_after_than_is_a_limit_and_no_comparison() -> None:
    made = planned("Keep CCO and CCCCCCCC that are heavier than 100 Da")
    assert of(made, Compare) == []
    [step] = of(made, Keep)
    assert (step.low, step.is_negated) == (100.0, False)


def test_what_is_dropped_is_what_fits() -> None:
    [step] = of(planned("CCO, CCCCCCCC: drop anything heavier than 100 Da"), Keep)
    assert step.is_negated
    assert (step.fits(120.0), step.fits(46.0)) == (False, True)


def test_a_question_on_a_limit_leaves_nobody_out() -> None:
    made = planned("Is the QED of CCO over 0.5?")
    assert of(made, Keep) == []
    [step] = of(made, Check)
    assert (step.path, step.low) == ("qed", 0.5)


def test_a_probability_is_asked_as_yes_or_no() -> None:
    [step] = of(planned("is phenol mutagenic?"), Check)
    assert (step.low, step.has_low, step.is_negated) == (0.5, False, False)


@pytest.mark.parametrize(
    ("text", "sign", "threshold", "other"),
    [
        ("test whether phenol is more soluble than naphthalene", ">", None, 1),
        ("Hypothesis: CCO is lighter than CCCO.", "<", None, 1),
        ("is it true that the logP of CCCCCC is below 2?", "<", 2.0, None),
        ("I suspect that phenol is mutagenic", ">", 0.5, None),
        ("CCO is lighter than CCCO, is that true?", "<", None, 1),
    ],
)
def test_a_sentence_put_forward_becomes_a_claim(
    text: str, sign: str, threshold: float | None, other: int | None
) -> None:
    [step] = of(planned(text), Claim)
    assert (step.sign, step.threshold, step.other) == (sign, threshold, other)


def test_a_sentence_that_compares_nothing_is_no_claim_and_that_is_said() -> None:
    made = planned("test whether CCO is beautiful")
    assert of(made, Claim) == []
    assert any("cannot be tested here" in note for note in made.not_understood)


def test_i_think_is_no_hypothesis_where_nothing_is_compared() -> None:
    made = planned("the QED of CCO please, I think that is all")
    assert of(made, Claim) == []
    assert [one.path for one in made.shows] == ["qed"]
    assert not any("tested" in note for note in made.not_understood)


def test_a_wish_for_something_better_is_a_campaign_with_a_valid_file() -> None:
    made = planned("find an analogue of aspirin with better solubility and QED above 0.4")
    [step] = of(made, Campaign)
    assert step.starts == made.calls[0].id
    filled = {**step.spec, "space": {**step.spec["space"], "start": ["CC(=O)Oc1ccccc1C(=O)O"]}}
    spec = CampaignSpec.model_validate(filled)
    assert [(one.name, one.direction) for one in spec.objectives] == [
        ("solubility", "maximise"), ("qed", "maximise"),
    ]  # fmt: skip
    assert {gate.name for gate in spec.validators} >= {"distinct", "makeable", "limit_1_qed"}


def test_a_search_for_crystals_takes_the_elements_that_are_named() -> None:
    [step] = of(planned("find stiff compounds in the Mg-Al-O system"), Campaign)
    spec = CampaignSpec.model_validate(step.spec)
    assert spec.space.kind == "crystal"
    assert set(spec.space.elements) == {"Mg", "Al", "O"}
    assert {one.path for one in spec.objectives} == {"bulk_modulus", "energy_above_hull"}


@pytest.mark.parametrize(
    "text", ["make a more soluble molecule", "search a stable nitride with band gap above 2 eV"]
)
def test_a_search_without_a_place_to_begin_says_which_there_are(text: str) -> None:
    made = planned(text)
    assert made.steps == ()
    assert any("molecules around given ones" in note for note in made.not_understood)


@pytest.mark.parametrize(
    "text", ["find the QED of CCO", "find out which of CCO and CCN is the heaviest"]
)
def test_finding_a_number_is_no_search(text: str) -> None:
    made = planned(text)
    assert of(made, Campaign) == []
    assert "molecule.describe" in tools(made)


def test_a_unit_that_is_wished_for_reaches_the_answer() -> None:
    [shown] = planned("exact mass of CCO in kDa").shows
    assert shown.unit == "kDa"
    [shown] = planned("volume per atom of rocksalt MgO in nm^3").shows
    assert shown.unit == "nm3/atom"


def test_a_unit_of_another_kind_is_refused_with_the_reason() -> None:
    made = planned("solubility of CCO in g/L")
    assert [one.unit for one in made.shows] == [""]
    assert any("a logarithm" in note for note in made.not_understood)


def test_each_formula_has_its_own_structure_type() -> None:
    made = planned("bulk modulus of rocksalt MgO and wurtzite ZnO")
    assert made.calls[0].fields["prototype"] == Listed(values={0: "rocksalt", 1: "wurtzite"})


def test_elements_are_crystals_where_crystals_are_spoken_of() -> None:
    made = planned("which is stiffer, Al or Cu, both fcc")
    assert [one.value for one in made.subjects] == ["Al", "Cu"]
    assert made.calls[0].fields["prototype"] == Constant(value="fcc")


def test_filters_are_put_on_in_order_and_what_follows_sees_their_result() -> None:
    made = planned("denoise and sharpen this image, then check its quality", EYE)
    assert tools(made) == ["image.read", "image.restore", "medical.quality"]
    assert made.calls[1].fields["chain"] == Constant(value="denoise(1) > sharpen(1)")
    assert made.calls[2].fields["image"] == Answered(step=made.calls[1].id, path="image")


def test_a_fault_without_a_severity_says_what_is_taken() -> None:
    made = planned("add noise to this picture", EYE)
    assert made.calls[1].fields["severity"] == Constant(value="moderate")
    assert any("no severity" in note for note in made.not_understood)
    made = planned("add severe noise to this picture", EYE)
    assert made.calls[1].fields["severity"] == Constant(value="severe")


def test_two_pictures_are_compared_in_one_call() -> None:
    made = planned("which of these pictures is sharper?", EYE, OTHER)
    assert tools(made) == ["image.read", "medical.compare_quality"]
    call = made.calls[1]
    assert call.among == (0,)
    assert [call.fields[name].subject for name in ("first", "second")] == [0, 1]


def test_an_everyday_word_of_a_picture_asks_no_molecule() -> None:
    made = planned("is there a mass in this picture?", EYE)
    assert made.calls == ()
    assert any("no tool here finds this" in note for note in made.not_understood)


def test_what_nothing_here_does_is_not_answered_with_something_else() -> None:
    made = planned("boiling point of ethanol")
    assert made.calls == ()
    assert any("boiling point" in note for note in made.not_understood)


def test_a_later_question_goes_on_about_what_was_shown() -> None:
    shown = tuple(Shown(kind="smiles", canonical=text, label=text) for text in ("CCO", "CCN"))
    made = planned("and which is lighter?", context=Context(shown=shown, subjects=shown))
    assert [one.value for one in made.subjects] == ["CCO", "CCN"]
    assert [one.direction for one in of(made, Compare)] == ["ascending"]


def test_help_lists_every_tool() -> None:
    notes = planned("what can you do?").not_understood
    assert any(note.startswith("molecule.admet: ") for note in notes)
    assert any(note.startswith("crystal.relax: ") for note in notes)


@pytest.mark.parametrize(
    "text",
    ["Binding energy of aspirin to thrombin?", "What is the surface energy of MgO in rocksalt?"],
)
def test_a_word_inside_a_longer_phrase_for_what_is_not_done_asks_for_nothing(text: str) -> None:
    made = plan(understand(text))
    assert not made.calls
    assert any("no tool here does this" in one for one in made.not_understood)


def test_a_verb_with_best_sorts_and_one_with_better_searches() -> None:
    best = plan(understand("phenol, aniline and toluene: which one dissolves best?"))
    assert [step.kind for step in best.steps][-2:] == ["sort", "compare"]
    better = plan(understand("suggest relatives of phenol that dissolve better"))
    assert better.steps[-1].kind == "campaign"


def test_a_geometry_is_optimised_by_its_tool_and_not_by_a_search() -> None:
    made = plan(understand("optimise the 3D structure of CCOCC with 7 conformers"))
    assert [call.tool for call in made.calls] == ["molecule.parse", "molecule.geometry"]


@pytest.mark.parametrize(
    "text",
    [
        "gold is denser than iron, aren't they? (both fcc)",
        "Please check the claim that phenol is heavier than toluene.",
    ],
)
def test_a_statement_with_a_question_behind_it_is_a_claim(text: str) -> None:
    assert plan(understand(text)).steps[-1].kind == "claim"


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("order CCO, CCC and CCN by logP starting with the lowest", "ascending"),
        ("rank CCO, CCC and CCN by how much mass they have, biggest first", "descending"),
    ],
)
def test_the_way_of_an_order_may_come_behind_it(text: str, direction: str) -> None:
    [order] = understand(text).ordering[:1]
    assert order.direction == direction
