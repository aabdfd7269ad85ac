"""Pictures, claims, lists of crystals and earlier results in many voices."""

import re

import pytest

from heuresis.agent.planning.embedded import plan
from heuresis.agent.planning.plan import Call, Claim, Constant, Listed, Look, Plan
from heuresis.agent.understanding.entities import Attachment, Context, Shown
from heuresis.agent.understanding.understand import understand

FILES = [
    Attachment(name="eye.png", digest="sha256:" + "a" * 64),
    Attachment(name="eye2.png", digest="sha256:" + "b" * 64),
]
READERS = ("image.read", "molecule.parse", "crystal.parse")


def planned(text: str, n_files: int = 0, context: Context | None = None) -> Plan:
    return plan(understand(text, FILES[:n_files], context or Context(), read_names=lambda n: {}))


def done(made: Plan) -> list[str]:
    """Name the calls of a plan, readers left out, with what is put on a picture."""
    found = []
    for step in made.steps:
        if isinstance(step, Look):
            found.append("look")
        if not isinstance(step, Call) or step.tool in READERS:
            continue
        said = [step.fields[one] for one in ("chain", "kind", "severity") if one in step.fields]
        values = [str(one.value) for one in said if isinstance(one, Constant)]
        found.append(" ".join([step.tool, *(re.sub(r"\([\d.]+\)", "", one) for one in values)]))
    return found


def built(made: Plan) -> dict[str, str]:
    """Return the structure type of each subject."""
    [source] = [one.fields["prototype"] for one in made.calls if one.tool == "crystal.parse"]
    if isinstance(source, Constant):
        return {one.label: source.value for one in made.subjects}
    assert isinstance(source, Listed)
    return {one.label: source.values[i] for i, one in enumerate(made.subjects)}


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("adjust the gamma, sharpen afterwards", "gamma > sharpen"),
        ("sharpen the picture after denoising it", "denoise > sharpen"),
        ("before sharpening, remove the noise", "denoise > sharpen"),
        ("could you take the noise out of my MRI?", "denoise"),
        ("noise should be removed, then contrast raised", "denoise > contrast"),
        ("it's way too dark, fix that", "gamma"),
        ("make the image less fuzzy", "deblur"),
        ("There's some blur. Remove it, please.", "deblur"),
        ("bring the edges out more", "sharpen"),
        ("The lighting is uneven. Correct it.", "illumination"),
        ("i want it less grainy and more contrasty", "denoise > contrast"),
        ("unsharp mask", "sharpen"),
        ("turn the brightness up", "gamma"),
        ("Perform deconvolution, subsequently enhance contrast.", "deblur > contrast"),
    ],
)
def test_filters_are_read_in_the_order_in_which_they_are_to_be_used(text: str, chain: str) -> None:
    assert done(planned(text, 1)) == [f"image.restore {chain}"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("make this noisier", "noise moderate"),
        ("Produce a CT slice with moderate sparse-view streaks from this", "sparse_view moderate"),
        ("pretend the patient moved during the scan, mild please", "motion mild"),
        ("i want a bubbly version of this micrograph", "bubbles moderate"),
        ("Give me a heavily compressed copy.", "compression severe"),
        ("reduce the resolution of this scan strongly", "low_resolution severe"),
        ("emulate acquisition with only a limited angle, severe", "limited_angle severe"),
        ("mimic a reduced-dose scan", "low_dose moderate"),
        ("make a washed-out copy", "low_contrast moderate"),
        ("put a few dark spots on it", "dark_spots moderate"),
        ("Degrade this photo with uneven illumination, severity mild.", "uneven_light mild"),
        ("simulate k-space undersampling (moderate)", "undersampling moderate"),
        ("introduce a mild bias field", "bias_field mild"),
        ("could you fake some strong ghosting", "ghosting severe"),
        ("give the slide a different stain, simulate a strong shift", "stain_shift severe"),
        ("artificially add a slight blur", "blur mild"),
        ("deliberately overexpose this, moderately", "overexposure moderate"),
        ("produce an underexposed copy, mild", "underexposure mild"),
    ],
)
def test_each_fault_is_put_on_as_strongly_as_said(text: str, fault: str) -> None:
    assert done(planned(text, 1)) == [f"image.degrade {fault}"]


QUALITY, PAIR, VESSELS = "medical.quality", "medical.compare_quality", "medical.segment_vessels"


@pytest.mark.parametrize(
    ("n_files", "text", "tools"),
    [
        (1, "which imaging modality does this come from", ["image.modality"]),
        (1, "xray or ultrasound?", ["image.modality"]),
        (1, "can i use this one or is it rubbish", [QUALITY]),
        (1, "Should we retake the photo?", [QUALITY]),
        (1, "is there motion blur in here?", [QUALITY]),
        (1, "Cut out the different blobs.", ["vision.segment"]),
        (1, "find all object regions in the attachment", ["vision.segment"]),
        (1, "which regions does the image consist of? mark them", ["vision.segment"]),
        (1, "get rid of the patients name in the header pls", []),
        (1, "is it decent? if so what fraction is vessels", [QUALITY, VESSELS]),
        (1, "boost contrast, then segment the vessels", ["image.restore contrast", VESSELS]),
        (1, "denoise it and tell me if that helped", ["image.restore denoise", PAIR]),
        (1, "rate it, then sharpen it", [QUALITY, "image.restore sharpen"]),
        (2, "is the second better than the first", [PAIR]),
        (2, "The photograph was retaken. Did it get any better?", [PAIR]),
        (2, "left or right, which has less noise", [PAIR]),
        (2, "is the quality of both alright?", [QUALITY]),
    ],
)
def test_everyday_words_on_pictures_ask_the_tool_that_is_meant(
    n_files: int, text: str, tools: list[str]
) -> None:
    made = planned(text, n_files)
    assert done(made) == tools
    assert made.calls[0].tool == "image.read"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("How much of the retina is covered by blood vessels?", "vessel_fraction"),
        ("how dense is the vasculature", "density"),
        ("I'm after the mean vessel thickness.", "widths"),
        ("do the arteries meander a lot?", "tortuosity"),
    ],
)
def test_measures_of_vessels_have_everyday_words(text: str, path: str) -> None:
    made = planned(text, 1)
    assert done(made) == [VESSELS]
    assert [one.path for one in made.shows] == [path]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("verify the statement that caffeine is more lipophilic than aspirin", "log_p >"),
        ("pretty sure fcc Al is less stiff than fcc Cu, prove me wrong", "bulk_modulus <"),
        ("is it a myth that ibuprofen is heavier than naproxen", "average_mass >"),
        ("My colleague insists caffeine is heavier than ibuprofen.", "average_mass >"),
        ("True or false: benzene is less polar than phenol", "tpsa <"),
        ("rocksalt MgO is denser than rocksalt NaCl - fact or fiction?", "density >"),
        ("Rumour has it that toluene is more lipophilic than phenol. Check.", "log_p >"),
        ("Bcc W is denser than bcc Mo.", "density >"),
        ("caffeine isn't more lipophilic than benzene, is it?", "log_p <="),
        ("does the claim hold that phenol has a TPSA below 30", "tpsa <"),
    ],
)
def test_a_claim_is_heard_in_any_mouth_and_keeps_its_direction(text: str, claim: str) -> None:
    [found] = [one for one in planned(text).steps if isinstance(one, Claim)]
    assert f"{found.path} {found.sign}" == claim


@pytest.mark.parametrize(
    "text",
    [
        "Is caffeine more lipophilic than aspirin?",
        "keep those of caffeine and aspirin that are heavier than 185 Da",
        "I need the logP of caffeine and aspirin",
    ],
)
def test_a_question_is_no_claim(text: str) -> None:
    assert not any(isinstance(one, Claim) for one in planned(text).steps)


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("W, Mo and Ta as bcc: bulk modulus", "W=bcc Mo=bcc Ta=bcc"),
        ("Cu, Ag and Au, all fcc, density", "Cu=fcc Ag=fcc Au=fcc"),
        (
            "zincblende GaAs, GaP and InP: densities",
            "GaAs=zincblende GaP=zincblende InP=zincblende",
        ),
        ("fcc: Cu, Ag. bcc: W, Mo. bulk modulus?", "Cu=fcc Ag=fcc W=bcc Mo=bcc"),
        ("Mg and Zn in hcp, Al and Ni in fcc: densities", "Mg=hcp Zn=hcp Al=fcc Ni=fcc"),
        ("sort Al, K by density, everything face-centered cubic", "Al=fcc K=fcc"),
        ("how stiff is V in bcc", "V=bcc"),
    ],
)
def test_every_member_of_a_list_gets_the_structure_that_is_said(text: str, types: str) -> None:
    assert " ".join(f"{one}={form}" for one, form in built(planned(text)).items()) == types


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("is fcc Fe denser than bcc Fe?", {"Fe (fcc)": "fcc", "Fe (bcc)": "bcc"}),
        (
            "density of diamond and of graphite",
            {"diamond (diamond)": "diamond", "graphite (graphite)": "graphite"},
        ),
        (
            "stiffness of diamond vs Si in the diamond structure",
            {"diamond": "diamond", "Si": "diamond"},
        ),
    ],
)
def test_one_formula_in_two_structures_is_two_things(text: str, types: dict[str, str]) -> None:
    assert built(planned(text)) == types


def test_what_was_shown_keeps_its_structure_in_the_next_message() -> None:
    shown = tuple(
        Shown(kind="formula", canonical=one, label=one, structure_type=form)
        for one, form in (("Cu", "fcc"), ("W", "bcc"))
    )
    context = Context(shown=shown, subjects=shown)
    assert built(planned("let each of them relax", context=context)) == {"Cu": "fcc", "W": "bcc"}
    assert built(planned("both as hcp?", context=context)) == {"Cu": "hcp", "W": "hcp"}


@pytest.mark.parametrize(
    "text", ["density of W, Xq and Ta in bcc", "logP of caffeine, blorbium and aspirin"]
)
def test_a_member_of_a_list_that_is_not_read_is_told(text: str) -> None:
    assert any("was not used" in note for note in planned(text).not_understood)


@pytest.mark.parametrize(
    "text",
    [
        "what did we get for caffeine?",
        "did we look at vanillin before",
        "what have I asked about toluene so far",
        "pull up our old results for ibuprofen",
    ],
)
def test_earlier_results_are_looked_up(text: str) -> None:
    assert done(planned(text)) == ["look"]


def test_a_formula_takes_the_structure_of_an_earlier_run_where_that_is_pointed_back_at() -> None:
    text, known = "what was the bulk modulus of LiF again?", {"FLi": "rocksalt"}
    made = plan(understand(text, read_names=lambda n: {}), (), known)
    assert built(made) == {"LiF": "rocksalt"}
    assert any("earlier run" in note for note in made.not_understood)
    plain = plan(understand("bulk modulus of LiF", read_names=lambda n: {}), (), known)
    assert "prototype" not in plain.calls[0].fields
