"""What is to be done to a picture: filters that restore it, and faults that spoil it."""

import re
from collections.abc import Iterator
from functools import cache

from heuresis.agent.understanding.entities import Operation
from heuresis.agent.understanding.places import apart
from heuresis.agent.understanding.severities import severity_of
from heuresis.agent.understanding.vocabulary.reading import table

_CHAIN = re.compile(
    r"\b(?:denoise|deblur|sharpen|contrast|illumination|gamma)\(\s*\d+(?:\.\d+)?\s*\)"
)
# Verbs that put a fault on a picture, wherever they stand before it in the sentence.
_SPOIL = re.compile(
    r"(?i)\b(?:add|adds|adding|simulat\w+|introduc\w+|inject\w*|degrad\w+|corrupt\w*|spoil\w*|"
    r"worsen\w*|damag\w+|synthesi[sz]\w+|imitat\w+|mimic\w*|emulat\w+|put|contaminat\w+|ruin\w*|"
    r"superimpos\w+|overlay|fake|pretend\w*|deteriorat\w+|impos\w+|insert\w*|sprinkle\w*|apply|"
    r"applying|throw\s+in|what\s+if|as\s+if|as\s+though|"
    r"how\s+(?:would|might|could|does|will)\s+[^.;?!]*?\blook(?:ed|s)?)\b"
)
# These do so where a copy is made, or 'it' is made so: 'a noisy copy', 'make it noisy'.
_MADE = re.compile(
    r"(?i)\b(?:make|making|makes|turn|render|creat\w+|generat\w+|produc\w+|give|want|need|like|get|"
    r"show|build|prepare|have)\b"
)
_COPY = re.compile(
    r"(?i)[^.;!?]{0,40}\b(?:versions?|cop(?:y|ies)|variants?|edition|counterpart|duplicate|"
    r"rendition|"
    r"simulation)\b"
)
_MUCH = (
    r"(?:(?:a|lot|bit|little|much|way|slightly|very|really|more|somewhat|rather|quite|far|some|"
    r"look|"
    r"appear|be|heavily|severely|mildly|moderately|strongly|badly|even)\s+)*"
)
_OF_IT = re.compile(
    rf"(?i)\b(?:(?:it|this|them|that|these|(?:the|my|this|that)\s+\w+|(?:the|my|this|"
    rf"that)\s+\w+\s+\w+)\s+{_MUCH}|"
    rf"(?:like|as\s+in)\s+(?:an?\s+)?{_MUCH})$"
)
_WITH = re.compile(
    r"(?i)\b(?:it|this|that|them|(?:this|the|my|that|an?)\s+(?:[\w-]+\s+)?[\w-]+)\s+(?:but\s+)?with\s+"
    r"(?:[\w-]+\s+){0,3}$"
)
_THEN_MADE = re.compile(
    r"(?i)\b(?:simulat(?:e|ed|ing)|emulate|imitate|mimic|fake|pretend|make\s+(?:one|that|it)|"
    r"create\s+(?:one|that|it)|"
    r"generate\s+(?:one|that|it)|produce\s+(?:one|that|it))\b"
)
_ITSELF = re.compile(
    r"(?i)(?:(?:blur|underexpose|under-expose|overexpose|over-expose|compress|downsample|downscale|"
    r"pixelate|undersample|defocus)(?=\s+(?:the|this|it|my|that|them|these)\b)|"
    r"(?:reduce|lower)\s+(?:the|its)\s+(?:resolution|dose|contrast)\b)"
)
_LOWER = (
    r"remov\w+|reduc\w+|less|without|no|suppress\w*|rid|eliminat\w+|decreas\w+|lower\w*|"
    r"lessen\w*|undo\w*|"
    r"revers\w+|cut\w*|kill\w*|ton(?:e|ing)|diminish\w*|dampen\w*|attenuat\w+|mitigat\w+|"
    r"minimi[sz]\w+|"
    r"drop\w*|soften\w*|fewer|down|against|denois\w+|deblur\w+|filter\w*|clean\w*|smooth\w*"
)
_RAISE = (
    r"increas\w+|rais\w+|boost\w*|amplif\w+|more|higher|crank\w*|strengthen\w*|intensif\w+|add|"
    r"turn\w*\s+up|"
    r"maximi[sz]\w+"
)
_TOUCH = (
    r"fix\w*|correct\w*|tak(?:e|es|ing)|counter\w*|compensat\w+|repair\w*|tackl\w+|deal|strip\w*|"
    r"wipe\w*|"
    r"tame|even\w*|flatten\w*|homogeni[sz]\w+|level\w*|equali[sz]\w+|uniform\w*|normali[sz]\w+|"
    r"balanc\w+|"
    r"iron|enhanc\w+|improv\w+|push\w*|pull\w*|bump\w*|up|lift\w*|stretch\w*|better|accentuat\w+|"
    r"emphasi[sz]\w+|bring\w*|recover\w*|restor\w+|adjust\w*|chang\w+|optimi[sz]\w+|set|tun(?:e|"
    r"ing)|"
    r"tweak\w*|give|jack|heighten\w*|expand\w*|work|sort|handl\w+|treat\w*|get|modif\w+|turn\w*"
)
_VERB = re.compile(rf"(?i)\b(?:(?P<lower>{_LOWER})|(?P<raise>{_RAISE})|(?P<touch>{_TOUCH}))\b")
_PASSIVE = re.compile(
    r"(?i)[^.;!?,]{0,24}?\b(?:(?P<lower>removed|reduced|suppressed|lowered|gone|go|down|undone|"
    r"filtered|"
    r"eliminated|out|off|away)|(?P<raise>increased|raised|boosted|up)|(?P<touch>corrected|fixed|"
    r"evened|flattened|enhanced|improved|adjusted|push|boost|lift|stretched|work|better))\b"
)
_DIRECTLY = re.compile(
    r"(?i)\s+(?:removed|reduced|suppressed|lowered|raised|increased|boosted|corrected|fixed|"
    r"evened|flattened|"
    r"enhanced|improved|adjusted|stretched|up|down|gone|out)\b"
)
_THEN_GONE = re.compile(
    r"(?i)^[^.;!?]{0,40}[.;!?,\N{EN DASH}\N{EM DASH}-]\s*(?:[\w']+\s+){0,4}?(?:remov\w+|fix|"
    r"correct|reduc\w+|suppress|undo|get\s+rid\s+of|"
    r"take|clean|filter|eliminate|even|flatten|level|tackle|deal\s+with|do\s+something\s+about|"
    r"mitigate|repair)\s+"
    r"(?:it|that|this|them)\b"
)
_WISHED = re.compile(
    r"(?i)\b(?:once|after|when|until|should|must|needs?|ought|could|wants?|like|get|have|has)\b"
)
_GRADED = re.compile(r"(?i)less|fewer|more|higher|better|no|without")
_FIX = re.compile(
    r"(?i)\b(?:fix|correct|even|flatten|remove|reduce|handle|take\s+care|get\s+rid|undo|counter|"
    r"level|tone|repair|improve|do\s+something|do\s+anything|sort|help|remedy|rescue|save|"
    r"restore|enhance|adjust|compensate|make\s+up|clean|change)\b"
)
_TOO = re.compile(
    r"(?i)\b(?:too|so|very|rather|quite|pretty|really|overly|bit|is|looks?|came\s+out)\s+$"
)
_NOT_ENOUGH = re.compile(r"(?i)\b(?:not|isn't|n't|lacks?|lacking)\b[^.;!?,]*$")
_STATED = re.compile(
    r"(?i)\b(?:is|are|was|were|am|which|who|looks?|came|come|got|does|did|do|how|whether|than|if|"
    r"any|"
    r"there|what)\b[^.;!?,]*$"
)
_CUT = re.compile(
    r"[.;!?\n]+\s*|,?\s+\b(?:then|but|afterwards?|and\s+(?:then|see|tell|say|check|is|are))\b|"
    r",\s+(?=is\b|are\b)",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.;!?\n]")
_NOT = re.compile(r"(?i)\b(?:not|don't|do\s+not|never|without|n't|no\s+need\s+to)\s+(?:to\s+)?$")
_AFTER = re.compile(
    r"(?i)\b(?:after|once|following|having)\s+(?:(?!that\b|this\b|which\b)[\w']+\s+){0,4}$"
)
_BEFORE = re.compile(r"(?i)\b(?:before|prior\s+to|ahead\s+of)\s+(?:[\w']+\s+){0,3}$")
_FAULTS = ("noise", "blur", "darkness", "light")  # qualities that nobody wants more of


def operations_in(text: str) -> list[Operation]:
    """Find what is to be done to pictures, in the order in which it is to be done."""
    exact = [_made(text, m.span(), "restore", "".join(m[0].split())) for m in _CHAIN.finditer(text)]
    sure = apart([*exact, *_verbs(text)])
    spoilt = [one for one in _spoilt(text) if _is_free(one, sure)]
    clauses = {_clause(text, one.start) for one in spoilt}
    changed = [
        one for one in _changed(text)
        if _is_free(one, [*sure, *spoilt]) and _clause(text, one.start) not in clauses
    ]  # fmt: skip
    return _in_order(text, _once([*sure, *apart(spoilt), *apart(changed)]))


def _once(found: list[Operation]) -> list[Operation]:
    """Drop a fault that is said twice: 'uneven coil sensitivity (a bias field)'."""
    kept: dict[object, Operation] = {}
    for one in found:
        kept.setdefault(one.what if one.does == "spoil" else one.start, one)
    return list(kept.values())


def _verbs(text: str) -> Iterator[Operation]:
    """Read filters that are said by one word or phrase: 'deblur', 'noise removal'."""
    for match in _patterns("verbs").finditer(text):
        if not _NOT.search(text[max(0, match.start() - 30) : match.start()]):
            yield _made(text, match.span(), "restore", _names("verbs")[_number(match)])


def _spoilt(text: str) -> Iterator[Operation]:
    found = list(_patterns("spoil").finditer(text))
    for i, match in enumerate(found):
        if not _is_spoilt(text, match):
            continue
        low = found[i - 1].end() if i else 0
        high = found[i + 1].start() if i + 1 < len(found) else len(text)
        severity = severity_of(text, *match.span(), low, high)
        yield _made(text, match.span(), "spoil", _names("spoil")[_number(match)], severity)


def _is_spoilt(text: str, match: re.Match[str]) -> bool:
    """Whether a fault is to be put on, rather than asked about or removed."""
    begin = max((m.end() for m in _STOP.finditer(text, 0, match.start())), default=0)
    before = text[begin : match.start()]
    if _NOT.search(before):
        return False
    if _ITSELF.match(text, match.start()):
        return True
    if cues := [*_SPOIL.finditer(before)]:
        return not _lowered(before[cues[-1].end() :])
    if cues := [*_MADE.finditer(before)]:
        between = before[cues[-1].end() :]
        is_copy = _COPY.match(between) or _COPY.match(text, match.end())
        is_so = is_copy or _OF_IT.search(before) or _WITH.search(before)
        if is_so:
            return not _lowered(between)
    return _THEN_MADE.search(text, match.end()) is not None and not _lowered(before)


def _lowered(between: str) -> bool:
    return any(m["lower"] or m["touch"] == "fix" for m in _VERB.finditer(between))


def _changed(text: str) -> Iterator[Operation]:
    """Read what is to have more or less of some quality: 'push up the contrast', 'less fuzzy'."""
    for match in _qualities().finditer(text):
        name, part = _parts()[_number(match)]
        sense = _sense(text, match, name, part)
        does = table("operations")["qualities"][name]
        what = does["more"] if sense == "more" else does["less"] if sense else ""
        if what:
            is_fault = "(" not in what
            severity = severity_of(text, *match.span(), 0, len(text)) if is_fault else ""
            yield _made(text, match.span(), "spoil" if is_fault else "restore", what, severity)


def _sense(text: str, match: re.Match[str], name: str, part: str) -> str:
    """Return 'more' or 'less', or '' where nothing is to be done about a quality."""
    begin, end = _clause(text, match.start())
    before, after = text[begin : match.start()], text[match.end() : end]
    if _NOT.search(before):
        return ""
    if part in ("graded", "opposite"):
        is_idle = _STATED.search(before) or re.match(r"\s+than\b", after)
        is_made = _MADE.search(before) and not re.match(r"\s+than\b", after)
        way = "more" if part == "graded" else "less"
        return way if is_made or not is_idle else ""
    if part == "adjectives":
        return _of_adjective(text, before, after)
    rest = text[match.end() :]
    return _of_noun(before, after, rest, is_fault=name in _FAULTS)


def _of_noun(before: str, after: str, rest: str, *, is_fault: bool) -> str:
    """Read 'push up the contrast', 'take the noise out'; 'which has less noise' asks."""
    verbs = [*_VERB.finditer(before)]
    if not verbs and (passive := _PASSIVE.match(after)):
        is_told = _DIRECTLY.match(after) and not _STATED.search(before)
        if not (is_told or _WISHED.search(f"{before}{after}")):
            return ""
        return "less" if passive["lower"] or (is_fault and not passive["raise"]) else "more"
    if not verbs:
        return "less" if is_fault and _THEN_GONE.search(rest) else ""
    last, stated = verbs[-1], _STATED.search(before)
    if stated and (stated.start() > last.start() or _GRADED.fullmatch(last[0])):
        return ""
    if is_fault:
        return "more" if last["raise"] else "less"
    return "less" if last["lower"] else "more"


def _of_adjective(text: str, before: str, after: str) -> str:
    """Read 'make it less fuzzy', 'make it sharp', 'too dark, fix that'."""
    if re.search(r"(?i)\bless\s+$", before):
        return "" if _STATED.search(before) else "less"
    if _MADE.search(before) and (_OF_IT.search(before) or re.search(r"(?i)\bmore\s+$", before)):
        return "more"
    if _NOT_ENOUGH.search(before) and _FIX.search(text):
        return "more"
    return "less" if _TOO.search(before) and _FIX.search(text) else ""


def _clause(text: str, at: int) -> tuple[int, int]:
    """Return where the clause around a place begins and ends."""
    cuts = list(_CUT.finditer(text))
    begin = max((m.end() for m in cuts if m.end() <= at), default=0)
    return begin, min((m.start() for m in cuts if m.start() >= at), default=len(text))


def _in_order(text: str, found: list[Operation]) -> list[Operation]:
    """Turn around what is said in the other order: 'sharpen it after denoising'."""
    ordered = sorted(found, key=lambda one: one.start)
    for i in range(len(ordered) - 1):
        one, other = ordered[i : i + 2]
        if one.end > other.start:
            continue
        between = text[one.end : other.start]
        head = text[max(0, one.start - 40) : one.start]
        if _AFTER.search(between) or (_BEFORE.search(head) and "," in between):
            ordered[i : i + 2] = [other, one]
    return ordered


def _is_free(one: Operation, others: list[Operation]) -> bool:
    return all(one.end <= other.start or other.end <= one.start for other in others)


def _made(text: str, place: tuple[int, int], does: str, what: str, severity: str = "") -> Operation:
    return Operation.model_validate({
        "text": text[slice(*place)], "start": place[0], "end": place[1], "does": does,
        "what": what, "severity": severity,
    })  # fmt: skip


def _number(match: re.Match[str]) -> int:
    return int(str(match.lastgroup)[1:].partition("_")[0])


@cache
def _names(part: str) -> tuple[str, ...]:
    return tuple(table("operations")[part])


@cache
def _parts() -> tuple[tuple[str, str], ...]:
    """Return quality and part of speech of each group of the pattern."""
    parts = ("nouns", "adjectives", "graded", "opposite")
    return tuple((name, part) for name in _names("qualities") for part in parts)


@cache
def _qualities() -> re.Pattern[str]:
    listed = table("operations")["qualities"]
    return _compiled([listed[name][part] for name, part in _parts()])


@cache
def _patterns(part: str) -> re.Pattern[str]:
    return _compiled(list(table("operations")[part].values()))


def _compiled(listed: list[list[str]]) -> re.Pattern[str]:
    """Compile lists of phrases to one group each; longer phrases win wherever they are listed."""
    ranked = sorted(
        ((phrase, n) for n, phrases in enumerate(listed) for phrase in phrases),
        key=lambda one: -len(one[0]),
    )
    whole = "|".join(f"(?P<o{n}_{i}>{_spelled(phrase)})" for i, (phrase, n) in enumerate(ranked))
    return re.compile(rf"(?i)(?<![\w-])(?:{whole})(?![\w-])")


def _spelled(phrase: str) -> str:
    """Allow any white space, and both ways to spell 'equalise'."""
    return re.escape(phrase).replace(r"\ ", r"\s+").replace("alis", "ali[sz]")
