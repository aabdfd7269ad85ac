"""Words that point: 'the second one', 'those', 'it', 'the best three', 'this scan'."""

import re
from collections.abc import Iterator

from heuresis.agent.understanding.entities import Reference, ReferenceKind
from heuresis.agent.understanding.quantities import NUMBER_WORDS

_FIRST_TEN = "first second third fourth fifth sixth seventh eighth ninth tenth"
_ORDINALS = {word: n for n, word in enumerate(_FIRST_TEN.split(), 1)} | {
    "last": -1, "latter": -1, "latest": -1, "final": -1, "former": 1,
}  # fmt: skip
_IMAGE = (
    r"(?:image|picture|photo(?:graph)?|scan|x-?ray|radiograph|fundus(?:\s+\w+)?|slice|mri|film|"
    r"ct(?:\s+scan)?|ultrasound|chest\s+x-?ray|chest\s+radiograph|frame|video|clip|micrograph|"
    r"dicom(?:\s+file)?|file|upload)s?"
)
_THING = (
    r"(?:ones?|molecules?|candidates?|compounds?|crystals?|structures?|results?|materials?|"
    r"entr(?:y|ies)|runs?|hits?|suggestions?|analogu?es?|rows?|answers?|images?|pictures?|options?)"
)
_ORD = rf"({'|'.join(_ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th))"
_COUNT = rf"(\d{{1,3}}|{'|'.join(list(NUMBER_WORDS)[2:13])})"
_STANDS_ALONE = r"(?=\s*(?:$|[.,;?!)]|and\b|or\b|with\b|is\b|has\b|to\b|vs))"
_BY = r"(?!\s+(?:by|in\s+terms|according|for|with|first|way|possible)\b)"

_FIRST_N = re.compile(
    rf"\bthe\s+(first|last)\s+{_COUNT}\b(?!\s*(?:[a-z]*\s)?(?:rings|digits))(?:\s+{_THING})?", re.I
)
_ORDINAL = (
    re.compile(rf"\b(?:the|that|this)\s+{_ORD}\b\s+({_THING})\b(?!\s+[a-z]+\s+of\b)", re.I),
    re.compile(rf"\b(?:the|that|this)\s+{_ORD}\b(){_STANDS_ALONE}", re.I),
    re.compile(rf"\b{_ORD}\s+({_THING})\b", re.I),
)
_ORDINAL_AND = re.compile(
    rf"(?<=\bthe\s){_ORD}\s*(?:,|and|,\s*and)\s+(?:the\s+)?{_ORD}\b(?!\s+{_THING})", re.I
)
_N = r"\d{1,3}(?![\w.-])"
_NUMBERED = re.compile(
    r"(?:\b(candidate|molecule|compound|crystal|structure|number|no\.|result|entry|option|"
    rf"suggestion|image)s?\s*(?:number\s+|no\.\s*|#\s*)?|#\s*){_N}"
    rf"(?:\s*(?:,|and|or|,\s*and|vs\.?)\s*#?{_N})*", re.I,
)  # fmt: skip
_BEST_N = re.compile(rf"\b(?:the\s+)?(?:best|top)\s+{_COUNT}(?:\s+{_THING})?\b{_BY}", re.I)
_BEST = re.compile(
    rf"\bthe\s+(?:very\s+)?(?:best(?:\s+(?:{_THING}|so\s+far))?|winner|winning\s+\w+|"
    rf"top\s+{_THING}|champion)\b{_BY}", re.I,
)  # fmt: skip
_ABOVE = (
    re.compile(
        rf"\b(?:the\s+)?(?:same|previous|above|preceding|last|current)\s+({_THING})\b", re.I
    ),
    re.compile(
        rf"\bthe\s+({_THING})\s+(?:above|before|from\s+before|from\s+earlier|you\s+(?:just\s+)?"
        r"(?:found|showed|drew|made|proposed|suggested))\b", re.I,
    ),
)  # fmt: skip
_ATTACHED = re.compile(
    rf"\b(?:attached|uploaded|enclosed)(?:\s+[\w-]+){{0,2}}?\s+(?:{_IMAGE}|cif|poscar|structure|"
    r"crystal|molecule|sdf|table|csv)\b|\b(?:the\s+|my\s+|an?\s+)?(?:attachment|upload)s?\b|"
    r"\b(?:attached|uploaded|enclosed)\b", re.I,
)  # fmt: skip
_THIS_IMAGE = re.compile(
    r"\b(?:this|these|my)\s+(?:(?:medical|retinal|chest|brain|colou?r|blurry|noisy|dark|fundus|"
    rf"grey|eye)\s+)*{_IMAGE}\b|\bthe\s+(?:picture|photo|scan|x-?ray|radiograph|photograph)\b|"
    rf"\b{_IMAGE}\s+is\s+this\b|\b(?:is|are)\s+(?:this|these)\s+(?:an?\s+|really\s+)*{_IMAGE}\b|"
    r"\bwhat\s+is\s+this\b", re.I,
)  # fmt: skip
_THIS_ONE = re.compile(
    r"\b(?:this|that)\s+(one|molecule|candidate|compound|crystal|structure|result|material|run|"
    r"drug|substance)\b", re.I,
)  # fmt: skip
_IT = re.compile(
    r"\b(?:it|its|itself)\b(?!\s+(?:is|was|'s|would|possible|seems|looks|should|true|mean|work|"
    r"hard|easy|difficult|take|matter|rain|safe\s+to|better\s+to)\b)", re.I,
)  # fmt: skip
_IDLE_BEFORE = re.compile(
    r"\b(?:is|does|how\s+\w+\s+(?:is|does|would)|how\s+(?:is|does))\s+$", re.I
)
_IDLE_AFTER = re.compile(r"\s+(?:to|possible|true|that|ok|safe to)\b", re.I)
_ALL = re.compile(
    r"\b(?:all\s+of\s+)?(?:them|these|those|both(?:\s+of\s+(?:them|these|those))?|they|the\s+"
    rf"(?:ones|others|rest|remaining\s+\w+))\b(?:\s+{_COUNT})?(?:\s+{_THING})?|"
    rf"\bthe\s+{_COUNT}\s+{_THING}\b|"
    rf"\ball\s+(?:the\s+)?{_COUNT}(?:\s+of\s+(?:them|these|those))?(?:\s+{_THING})?(?=\s*(?:$|"
    rf"[.,;?!:)]|and\b|in\b|as\b|by\b|for\b|please\b))|"
    rf"\bthe\s+(?:lot|whole\s+lot|whole\s+set|set|bunch)\b|\bevery(?:\s+one|thing)\s+above\b|"
    rf"\ball\s+{_THING}\b(?=\s+(?:above|so\s+far|you))", re.I,
)  # fmt: skip
_SIMPLE: tuple[tuple[ReferenceKind, re.Pattern[str], str], ...] = (
    ("best", _BEST, ""), ("attachment", _ATTACHED, ""), ("attachment", _THIS_IMAGE, "image"),
    ("all", _ALL, ""),
)  # fmt: skip


def pointers_in(text: str) -> Iterator[Reference]:
    """Yield everything that may point at something; what overlaps is for the caller to settle."""
    yield from _by_place(text)
    for kind, pattern, noun in _SIMPLE:
        for match in pattern.finditer(text):
            yield _made(kind, match, noun=noun)
    for pattern in _ABOVE:
        for match in pattern.finditer(text):
            is_many = match[1].lower().endswith("s")
            yield _made("all" if is_many else "single", match, noun=match[1])
    for match in _THIS_ONE.finditer(text):
        yield _made("single", match, noun=match[1])
    for match in _IT.finditer(text):
        if not _is_idle(text, match):
            yield _made("single", match)


def _by_place(text: str) -> Iterator[Reference]:
    for match in _FIRST_N.finditer(text):
        kind: ReferenceKind = "first" if match[1].lower() == "first" else "last"
        yield _made(kind, match, _number(match[2]))
    for pattern in _ORDINAL:
        for match in pattern.finditer(text):
            yield _made("ordinal", match, _ordinal(match[1]), noun=match[2])
    for match in _ORDINAL_AND.finditer(text):
        for n in (1, 2):
            yield _at("ordinal", text, *match.span(n), _ordinal(match[n]))
    for match in _NUMBERED.finditer(text):
        yield from _numbered(match)
    for match in _BEST_N.finditer(text):
        yield _made("best", match, _number(match[1]))


def _is_idle(text: str, match: re.Match[str]) -> bool:
    """Whether 'it' points at nothing: 'how hard is it to make …', 'is it possible'."""
    is_asked = bool(_IDLE_BEFORE.search(text[: match.start()]))
    return is_asked and bool(_IDLE_AFTER.match(text, match.end()))


def _numbered(match: re.Match[str]) -> Iterator[Reference]:
    """Read 'candidates 2 and 4' as two references, the first with its noun."""
    for n, digits in enumerate(re.finditer(r"\d{1,3}", match[0])):
        start = match.start() + (digits.start() if n else 0)
        end = match.start() + digits.end()
        yield _at("ordinal", match.string, start, end, int(digits[0]), (match[1] or "").lower())


def _made(
    kind: ReferenceKind, match: re.Match[str], position: int | None = None, noun: str = ""
) -> Reference:
    word = noun.lower()
    word = "one" if word == "ones" else word.removesuffix("s")
    return _at(kind, match.string, *match.span(), position, word)


def _at(  # noqa: PLR0913, PLR0917  # the fields of a reference
    kind: ReferenceKind, text: str, start: int, end: int, position: int | None, noun: str = ""
) -> Reference:
    return Reference(
        text=text[start:end], start=start, end=end, kind=kind, position=position, noun=noun
    )


def _ordinal(word: str) -> int:
    return _ORDINALS.get(word.lower()) or int(re.sub(r"\D", "", word))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBER_WORDS[word.lower()]
