"""What readers call the same degradation: words by kind, of severity, of denial and of praise.

Kinds beyond those of the simulator are known so that two texts can be compared; no tool of ours
finds them. Written by us from the vocabulary of image quality; texts of the benchmark were not
read for it.
"""

import re
from typing import Literal, get_args

from heuresis.tools.medical.medq.findings import KINDS, Severity

OtherKind = Literal[
    "artefact", "metal", "ring", "ringing", "reflection", "folds", "occlusion", "colour_cast"
]
OTHER_KINDS: tuple[OtherKind, ...] = get_args(OtherKind)
ALL_KINDS: tuple[str, ...] = (*KINDS, *OTHER_KINDS)

_ART = r"(?: (?:artef|artif)acts?)?"
_LOW = (
    r"(?:low|lower|poor|poorer|reduced|weak|insufficient|limited|inadequate|diminished|washed out)"
)
_IS = r"(?:is|are|was|were|appears?|looks?|seems?|remains?)"
_VERY = r"(?:(?:very|rather|quite|too|somewhat|slightly|mildly|severely|markedly|heavily) )?"

# Patterns over lower-case text. Of two that begin at one place the longer match is taken.
WORDS: dict[str, tuple[str, ...]] = {
    "noise": (r"nois(?:e|y|i)\w*", r"grain(?:y|iness)?", r"speckl\w+", r"snow"),
    "blur": (
        rf"(?:motion[ -])?blur\w*{_ART}",
        r"out[ -]of[ -]focus",
        r"de-?focus\w*",
        r"unsharp\w*",
        r"(?:lacks?|lacking|lack of|loss of|reduced|poor) (?:sharpness|focus|fine details?)",
        rf"(?:sharpness|focus) {_IS} {_VERY}{_LOW}",
        r"soft (?:edges|appearance|look)",
        r"hazy|haz[ei]\w*|fuzz\w+",
    ),
    "low_resolution": (
        r"(?:low|lower|poor|reduced|insufficient|limited)[ -]resolution",
        rf"resolution {_IS} {_VERY}{_LOW}",
        r"pixel(?:l?at\w+|lated|s visible)",
        r"upscal\w+|up-?sampl\w+",
        r"aliased edges|staircas\w+",
    ),
    "compression": (
        rf"(?:jpe?g|compression|compressed|block(?:y|ing|iness)){_ART}",
        r"mosquito noise",
    ),
    "underexposure": (
        r"under[ -]?expos\w+",
        r"(?:too|overly|excessively|very) dark",
        r"(?:low|reduced|insufficient|poor|inadequate) (?:brightness|exposure|illumination)",
        rf"(?:brightness|exposure) {_IS} {_VERY}{_LOW}",
        r"dim(?:ly lit)?",
    ),
    "overexposure": (
        r"over[ -]?expos\w+",
        r"(?:too|overly|excessively|very) bright",
        r"saturat(?:ed|ion of bright)\w*",
        r"blown[ -]out\w*|glare",
    ),
    "low_contrast": (
        r"(?:low|lower|poor|poorer|reduced|weak|insufficient|limited|inadequate|diminished)"
        r"[ -]contrast",
        rf"contrast {_IS} {_VERY}{_LOW}",
        r"(?:lacks?|lacking|lack of|loss of) contrast",
        r"washed[ -]out",
    ),
    "motion": (r"motion (?:artef|artif)acts?", r"(?:patient )?movement\w*" + _ART, r"motion"),
    "undersampling": (rf"under[ -]?sampl\w+{_ART}", rf"aliasing{_ART}", r"wrap[ -]?around" + _ART),
    "ghosting": (rf"ghost\w*{_ART}", r"double contours?"),
    "bias_field": (
        rf"bias[ -]field\w*{_ART}",
        r"(?:intensity|field|signal) (?:in|non-?)(?:homogeneit\w+|uniformit\w+)",
        r"(?:in|non-?)homogene\w+ (?:intensit\w+|signal|field)",
    ),
    "sparse_view": (rf"sparse[ -]views?(?: streaks?)?{_ART}", rf"streak\w*{_ART}"),
    "limited_angle": (rf"limited[ -]angle(?: distortions?)?{_ART}", r"missing wedge"),
    "low_dose": (r"low[ -]dose(?: noise)?", r"photon starvation", r"quantum (?:noise|mottle)"),
    "uneven_light": (
        r"(?:uneven|non-?uniform|inhomogeneous|irregular) (?:light\w*|illuminat\w+|brightness)",
        r"vignett\w+|shading",
        rf"(?:illumination|lighting) {_IS} {_VERY}(?:uneven|non-?uniform)",
    ),
    "dark_spots": (r"dark (?:spots?|dots?|blobs?|patches)", r"dust\w*|lens (?:dirt|debris)"),
    "stain_shift": (
        r"(?:stain\w*|colou?r) (?:shifts?|variations?|fading|inconsisten\w+|unevenness)",
        r"(?:uneven|inconsistent|faded|weak|pale|poor) stain\w*",
    ),
    "bubbles": (r"bubbles?(?: (?:or|and) debris)?", r"debris", r"blood (?:clots?|stains?|spots?)"),
    "artefact": (r"(?:artef|artif)acts?", r"degradations?", r"distort\w+", r"quality issues?"),
    "metal": (rf"metal\w*{_ART}", rf"beam[ -]hardening{_ART}"),
    "ring": (rf"rings?{_ART}",),
    "ringing": (rf"(?:gibbs )?ringing{_ART}", rf"gibbs{_ART}", rf"truncation{_ART}"),
    "reflection": (r"(?:specular )?(?:reflect\w+|highlights?)",),
    "folds": (r"(?:tissue )?folds?|folding|wrinkl\w+", r"tears?"),
    "occlusion": (r"occlu\w+|obstruct\w+|eyelash\w*",),
    "colour_cast": (
        r"colou?r (?:casts?|distortions?)",
        r"(?:bluish|greenish|yellowish) tint",
    ),
}
# Praise: says that a kind is absent, and turned round by "not" that it is present.
PRAISE: dict[str, tuple[str, ...]] = {
    "blur": (r"sharp(?:ly|ness)?", r"in focus|well[ -]focus\w+", r"crisp(?:ly|ness)?"),
    "low_contrast": (r"(?:good|high|excellent|adequate|sufficient|strong) contrast",),
    "low_resolution": (r"(?:good|high|adequate|sufficient) resolution",),
    "underexposure": (r"well[ -](?:exposed|lit|illuminated)", r"(?:good|adequate) exposure"),
    "uneven_light": (r"(?:even|uniform) (?:light\w*|illuminat\w+)", r"evenly (?:lit|illuminated)"),
    "noise": (r"(?:noise|artefact|artifact)[ -]free",),
}
SEVERITY: dict[Severity, str] = {
    "severe": r"sever\w+|heav(?:y|ily)|strong(?:ly)?|marked(?:ly)?|significant(?:ly)?|substantial"
    r"(?:ly)?|pronounced|extensive(?:ly)?|serious(?:ly)?|considerabl[ey]|extreme(?:ly)?|massive"
    r"(?:ly)?|prominent(?:ly)?|high levels? of|excessive(?:ly)?",
    # "moderate" lies between the three published steps; it is read as the lower one.
    "mild": r"mild(?:ly)?|slight(?:ly)?|minor|subtle|subtly|faint(?:ly)?|minimal(?:ly)?|light|"
    r"little|some|somewhat|moderate(?:ly)?|a bit|small amounts? of|low levels? of",
}
UNSAID: Severity = "mild"  # a kind that is named without a severity
DENIAL = (
    r"no|not(?! only)|without|free (?:of|from)|absence of|absent|lacks?|lacking|lack of|never|"
    r"neither|nor|none|devoid of|cannot|isn't|aren't|doesn't|don't|hardly any"
)


def compiled(table: dict[str, tuple[str, ...]]) -> dict[str, re.Pattern[str]]:
    """Join the patterns of each kind into one that matches whole words."""
    return {
        kind: re.compile(rf"(?<![\w-])(?:{'|'.join(patterns)})(?![\w])")
        for kind, patterns in table.items()
    }
