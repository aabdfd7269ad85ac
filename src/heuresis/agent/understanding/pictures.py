"""What is asked of pictures in everyday words: kind, quality, vessels, regions, file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Asks = Literal["modality", "quality", "vessels", "regions", "file", "privacy"]
_IMAGE = (
    r"(?:image|picture|photo(?:graph)?|scan|shot|film|radiograph|slice|slide|frame|recording|"
    r"acquisition|exposure|capture|attachment|upload|modality|study|micrograph)s?"
)
_MODALITY_WORD = (
    r"(?:x-?ray|chest\s+(?:x-?ray|film|radiograph)|radiograph|ct|mri|mr|ultrasound|sonogram|"
    r"fundus|retina\w*|"
    r"microscop\w+|micrograph|histology|tomogra\w+|(?:magnetic\s+)?resonance)"
)
_VESSEL = (
    r"(?:(?:blood[\s-]*)?vessels?|vascula\w*|vascular\s+(?:tree|network)|arter(?:y|ies|ial)|"
    r"arterioles?|"
    r"veins?|venules?|venous|capillar(?:y|ies)|blood\s+supply)"
)
_THING = (
    r"(?:objects?|regions?|blobs?|shapes?|cells?|nuclei|nucleus|structures?|areas?|parts?|"
    r"pieces?|things?|"
    r"items?|particles?|contours?|segments?|foreground|grains|bits|elements|components?|zones?|"
    r"patches|"
    r"figures?|masks?|outlines?|borders?|boundaries|forms|instances|entities|spots|everything)"
)
_SHAPE = (
    r"(?:objects?|regions?|blobs?|shapes?|cells?|nuclei|particles?|contours?|segments?|"
    r"masks?|outlines?)"
)
_CUT_OUT = (
    r"(?:segment\w*|cut(?:ting)?|find\w*|detect\w*|locat\w+|outlin\w+|delineat\w+|mask\w*|"
    r"mark\w*|separat\w+|"
    r"split\w*|partition\w*|divid\w+|isolat\w+|pick\w*|extract\w*|count\w*|how\s+many|where|"
    r"contour\w*|trac\w+|"
    r"label\w*|highlight\w*|identif\w+|crop\w*|carv\w+|break\w*|draw\w*|circle|encircle|annotat\w+|"
    r"number\s+of|pull|distinguish|recogni[sz]e|select|map|lift|box|tell\s+apart)"
)
_PATTERNS: dict[Asks, str] = {
    "modality": (
        rf"\b(?:what|which)(?:\s+(?:kind|sort|type|class|category)s?)?(?:\s+of)?\s+(?:medical\s+|"
        rf"imaging\s+|"
        rf"a\s+)*(?:{_IMAGE}|imaging|technique|method|machine|scanner|device|technology)\s+"
        rf"(?:is|are|was|were|am|do|does|did|made|took|produced|have|has|we|i)\b(?!\s+(?:wrong|"
        rf"better|worse|the\s+better))|"
        rf"\b(?:kind|sort|type)\s+of\s+(?:medical\s+|imaging\s+|a\s+)*(?:{_IMAGE}|imaging)\b|"
        rf"\bmodality\b|\b(?:imaging|acquisition)\s+(?:technique|method|technology)\b|"
        rf"\bwhat(?:'s|\s+is|\s+are|\s+was)?\s+(?:exactly\s+)?(?:this|that|it|these|"
        rf"here)\b(?!\s+\w+\s+like)(?=\s*(?:[?.!,]|$|"
        rf"{_IMAGE}|supposed|and\b|please|here|showing|a\b|of\b))|"
        r"\bwhat\s+(?:am|are|were)\s+(?:i|we)\s+(?:looking\s+at|seeing|shown)|"
        r"\bwhat\s+(?:i|we)(?:'m|'re|\s+am|\s+are)?\s+looking\s+at|\bwhat\s+(?:does|"
        r"do)\s+(?:this|it|these|the\s+\w+)\s+"
        rf"(?:show|depict|represent)|\b(?:is|was)\s+(?:this|that|it)\s+(?:really\s+|"
        rf"actually\s+)?(?:an?\s+)?"
        rf"(?:chest\s+)?{_MODALITY_WORD}\b(?=\s*(?:[?.!,]|$|or\b|image|scan|picture|photo|slice))|"
        rf"\b{_MODALITY_WORD}\s*(?:,|/|or|,\s*or)\s*(?:an?\s+)?{_MODALITY_WORD}\b"
    ),
    "quality": (
        r"\b(?:quality|usab\w+|useab\w+|gradab\w+|gradeab\w+|diagnosab\w+|readab\w+|"
        r"interpretab\w+|legib\w+)\b|"
        r"\b(?:any|no)\s+good\b|\b(?:good|sharp|clear|clean|bright|crisp|fine)\s+enough\b|"
        r"\b(?:rat(?:e|ing)|judg\w+|assess\w*|apprais\w+|evaluat\w+|grad(?:e|ing)|scor(?:e|ing)|"
        r"critici[sz]e|vet)\b|"
        r"\b(?:is|are|isn't|was|if|unless|whether|looks?|seems?|how|be|too|judge|check|when|"
        r"provided|assuming|think)\b"
        r"[^.;!?]{0,40}?\b(?:sharp|blurr(?:y|ed)|nois[ye]|grainy|dark|bright|decent|rubbish|"
        r"ok(?:ay)?|fine|acceptable|good|bad|"
        r"poor|garbage|trash|crap|junk|worthless|useless|useful|passable|satisfactory|adequate|"
        r"sufficient|fuzzy|"
        r"under-?exposed|over-?exposed|alright|all\s+right|clear|artefact|motion\s+blur|"
        r"ghosting|in\s+focus|out\s+of\s+focus|"
        r"well[\s-]exposed|clean|crisp|reliable|suitable|fit\s+for|up\s+to|hazy|washed\s+out|"
        r"distorted|corrupted|degraded|"
        r"underexposure|overexposure|noise|artifact|blur)s?\b|"
        r"\b(?:artefacts?|artifacts?|defects?|flaws?|shortcomings?|noise\s+level|sharpness|"
        r"exposure)\b|"
        r"\b(?:retake|re-?take|redo|repeat(?:ed)?|re-?shoot|re-?scan|reacquir\w+|re-?acquir\w+|"
        r"re-?imag\w+|again\s+in|send\s+\w+\s+back|"
        r"keep\s+(?:it|this)|throw\s+(?:it|this)\s+(?:out|away)|toss\s+(?:it|this)|bin\s+(?:it|"
        r"this)|discard\s+(?:it|this))\b|"
        r"\b(?:can|could|may|should|would|do|is\s+it\s+ok\s+to)\s+(?:i|we|you|one|anybody|"
        r"they)\s+(?:still\s+|really\s+)?"
        r"(?:use|keep|work\s+with|trust|accept|rely|publish|submit|include|go\s+with|read|"
        r"live\s+with)\b|"
        r"\b(?:accept|reject|discard|approve)\s+(?:it|this|the\s+\w+)\b|\bpass(?:es)?\b|\bqc\b|"
        r"\bquality\s+control\b|"
        r"\bwhat(?:'s|\s+is)\s+(?:wrong|the\s+matter|off)\b|\bhow\s+(?:good|bad|sharp|noisy|"
        r"blurry|clear|clean|is\s+the)\b|"
        r"\b(?:patient|subject|he|she|they)\s+(?:\w+\s+){0,3}?(?:come|return|called|recalled|"
        r"be\s+(?:scanned|imaged))\s*(?:again|back|in)?\b|"
        r"\b(?:happy|satisfied|content|pleased|unhappy|complain)\b|\bsevere\s+(?:is|are)\b|"
        r"\b(?:problems?|issues?)\s+with\b|\btechnically\b"
    ),
    "privacy": (
        r"\b(?:anonymi[sz]\w+|pseudonymi[sz]\w+|de-?\s?identif\w+|metadata|private|privacy|phi|"
        r"confidential\w*)\b|"
        r"\b(?:personal|patient(?:'s|s)?|identifying|sensitive|"
        r"subject's)\s+(?:\w+\s+)?(?:names?|data|info\w*|details?|"
        r"identit\w+|id|ids|identifiers?|tags?|headers?)\b|\bidentif(?:y|ies|ied)\s+(?:the\s+|"
        r"a\s+|my\s+)?(?:patient|person|"
        r"subject)|\bnames?\s+(?:\w+\s+){0,3}(?:header|dicom|file|image|picture|scan|"
        r"metadata)\b|\bburned[\s-]in\b|"
        r"\b(?:scrub\w*|strip\w*|eras\w+|delet\w+|remov\w+|wipe|blank|hide|black\s+out|redact\w*|"
        r"get\s+rid\s+of|take\s+out)\s+"
        r"(?:[\w']+\s+){0,4}?(?:names?|identit\w+|identif\w+|tags|headers?|birth\w*|labels?)\b|"
        r"\b(?:patient|person|subject)(?:'s)?\s+names?\b|\bnames?\s+of\s+(?:the\s+|a\s+|"
        r"my\s+)?(?:patient|person|subject)|"
        r"\banything\s+identif\w+|\bidentifying\b|"
        r"\bwhat\s+(?:you|was|were|got|has\s+been)\s+(?:\w+\s+)?(?:removed|taken\s+out|"
        r"took\s+out|stripped|deleted)\b"
    ),
    "file": (
        r"\b(?:width|height|dimensions?|pixel\s+(?:size|count|dimensions?)|format|file\s+type|"
        r"bit\s+depth|number\s+of\s+frames|"
        r"frames)\b|\bhow\s+(?:many|much)\s+(?:pixels|frames|megapixels)\b|\bhow\s+(?:big|large|"
        r"wide|tall|high)\s+(?:is|are)\s+"
        rf"(?:this|that|it|the|my|these)\b(?!\s+{_VESSEL})|"
        rf"\b(?:what|which|its?|image|picture|pixel|the)\s+(?:is\s+the\s+)?(?:size|"
        rf"resolution)\b(?!\s+of\s+the\s+{_VESSEL})|"
        rf"\b(?:^|and\s+|to\s+|please\s+|just\s+)?(?:open|load|import|parse)\s+(?:up\s+)?(?:it|"
        rf"this|the|my|that)\b|"
        rf"(?:^|[.;!?,]\s*|\b(?:and|to|please|just|you)\s+)read\s+(?:in\s+)?(?:it|this|that|the|"
        rf"my)\b(?!\s+\w+\s+(?:quality))"
    ),
}
_MEASURES: tuple[tuple[str, str], ...] = (
    ("vessel_fraction", r"\b(?:fractions?|share|proportion|percent(?:age)?|per\s+cent|ratio|"
        r"coverage|cover(?:ed|s|ing)?|"
     r"occup\w+|tak(?:e|en|es)\s+up|how\s+much|%|area|made\s+up|consists?|amount|filled|"
     r"fills?)(?=\W|$)"),
    ("density", r"\b(?:dens\w+)\b"),
    ("widths", r"\b(?:wid(?:e|th|ths|er)|thick\w*|calib(?:re|er)s?|diameters?|thin|narrow|size)\b"),
    ("tortuosity", r"\b(?:tortuo\w+|twist\w*|wind(?:ing|y)|curv\w+|wiggl\w+|straight\w*|bend\w*|"
        r"bent|crooked|coil\w*|kink\w*|"
     r"meander\w*|sinuous|snak\w+|squiggl\w+)\b"),
)  # fmt: skip
_VESSEL_VERB = (
    r"\b(?:segment\w*|trac\w+|map\w*|mark\w*|extract\w*|isolat\w+|highlight\w*|outlin\w+|"
    r"draw\w*|show|find|detect\w*|"
    r"quantif\w+|analy[sz]\w+|measur\w+|where|mask\w*|delineat\w+|locat\w+|pick\w*|label\w*|"
    r"annotat\w+|identif\w+|get|give|"
    r"separat\w+|visuali[sz]\w+|characteri[sz]\w+|assess\w*|overlay|skeleton\w*|cut|pull|see|"
    r"display|want|need|how\s+are|"
    r"compute|determine|report|describe)\b"
)
_JUDGED = re.compile(
    r"(?i)\b(?:quality|usab\w+|useab\w+|gradab\w+|readab\w+|rat(?:e|ing)|judg\w+|assess\w*|"
    r"evaluat\w+|grad(?:e|ing)|"
    r"scor(?:e|ing)|decent|acceptable|(?:good|sharp|clear)\s+enough|any\s+good|how\s+good|"
    r"how\s+bad|rubbish|ok(?:ay)?|"
    r"use\s+(?:it|this)|retake)\b"
)
_NOT = re.compile(r"(?i)\b(?:not|don't|never|without|no\s+need\s+(?:to|for))\s+(?:\w+\s+){0,2}$")
_VESSELS = re.compile(rf"(?i)\b{_VESSEL}\b")
_VESSEL_VERBS = re.compile(rf"(?i){_VESSEL_VERB}")
_MEASURED = {path: re.compile(f"(?i){words}") for path, words in _MEASURES}
_REGIONS = re.compile(
    rf"(?i)\bsegment(?:ation|ing|ed|s)?\b|\b(?:masks?|contours?|outlines?)\s+(?:for|of|around|"
    rf"from)\b|"
    rf"\b{_CUT_OUT}\b[^.;!?]{{0,50}}?\b{_THING}\b|\b(?:show|give|get|need|"
    rf"want)\b[^.;!?]{{0,40}}?\b{_SHAPE}\b|\b{_THING}\b[^.;!?]{{0,30}}\b(?:marked|outlined|"
    rf"segmented|separated|"
    rf"cut\s+out|masked|highlighted|labell?ed|counted|isolated|are\s+there|"
    rf"from\s+(?:the\s+)?background)\b|\bbackground\s+(?:removal|"
    rf"subtraction)\b"
)
_SHAPES, _CUT_OUTS = re.compile(rf"(?i)\b{_SHAPE}\b"), re.compile(rf"(?i)\b{_CUT_OUT}\b")
_SIZES = re.compile(r"(?i)\b(?:format|width|height|pixels|size|frames|dimensions?|file\s+type)\b")
_SEARCHED = {name: re.compile(f"(?i){words}") for name, words in _PATTERNS.items()}


@dataclass(frozen=True)
class PictureAsk:
    """One thing that is asked of a picture.

    Attributes:
        what: What it is about.
        fields: Numbers of it that are asked for; empty for the usual ones.
        start: Where the text asks for it.
    """

    what: Asks
    fields: tuple[str, ...]
    start: int


def picture_asks(text: str, *, is_operated: bool = False) -> list[PictureAsk]:
    """Return what a message asks of its pictures, in order; looked for only where there are some.

    Args:
        text: The message.
        is_operated: Whether something is done to them; 'too dark, fix it' asks for no judgement.
    """
    found = [*_plain(text), *_vessels(text)]
    if is_operated and not _JUDGED.search(text):
        found = [one for one in found if one.what != "quality"]
    if is_operated and not _SIZES.search(text):
        found = [one for one in found if one.what != "file"]
    regions = _REGIONS.search(text) or (_CUT_OUTS.search(text) and _SHAPES.search(text))
    if regions and all(one.what != "vessels" for one in found):
        found.append(PictureAsk("regions", (), regions.start()))
    if any(one.what in ("privacy", "file") for one in found):
        found = [one for one in found if one.what != "modality" or "modality" in text.lower()]
    return sorted(found, key=lambda one: one.start)


def _plain(text: str) -> Iterator[PictureAsk]:
    for name, pattern in _SEARCHED.items():
        hits = [
            m
            for m in pattern.finditer(text)
            if name == "privacy" or not _NOT.search(text[: m.start()])
        ]
        if hits:
            yield PictureAsk(name, (), hits[0].start())


def _vessels(text: str) -> Iterator[PictureAsk]:
    """Read what is asked of vessels: to be traced, or some measure of them in the same message."""
    named = _VESSELS.search(text)
    if named is None or _NOT.search(text[: named.start()]):
        return
    fields = tuple(path for path, words in _MEASURED.items() if words.search(text))
    if (
        "density" in fields
        and "vessel_fraction" in fields
        and not re.search(
            r"(?i)\b(?:fraction|share|proportion|percent\w*|coverage|covered|how\s+much)", text
        )
    ):
        fields = tuple(one for one in fields if one != "vessel_fraction")
    verb = _VESSEL_VERBS.search(text)
    if fields or verb:
        starts = [m.start() for words in _MEASURED.values() if (m := words.search(text))]
        yield PictureAsk("vessels", fields, min([named.start(), *starts]))
