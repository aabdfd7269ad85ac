"""Conditions on quantities: a property, a comparison and a number, in either order."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from heuresis.agent.understanding.entities import Certainty, Condition
from heuresis.agent.understanding.places import P, tail
from heuresis.agent.understanding.properties import Property, Said, by_path
from heuresis.agent.understanding.quantities import Number, Sign, tail_after
from heuresis.agent.understanding.units import SPEAKS_OF, factor, remark

_REACH = 160  # characters between a number and what it may be about
NEAR = 0.1  # share by which 'about' may be missed
_BREAK = re.compile(r"[;!?]|\.\s|\bbut\b|\bthen\b")
_GLUE = re.compile(
    r"[\s,:()]*(?:(?:is|are|be|being|of|a|an|the|value|values|score|with|should|must|was|to|in|at|"
    r"has|have|that|which|probability|per|molecule|it|its|equals?|range|window|between|from|not|"
    r"level|for|all)\b[\s,:()]*)*", re.IGNORECASE,
)  # fmt: skip
_AFTER = re.compile(
    r"[\s-]*(?:(?:of|in|for|the|a|from|to|different|unique)\b\s*){0,3}", re.IGNORECASE
)
_LEAD = re.compile(r"(?i)\s*(?:an?\s+|the\s+|in\s+)?")
_VALUE = re.compile(r"(?i)\s*(?:value\s+|score\s+)?(?:of|is|=|:|at)?\s*")
_THAN = re.compile(r"\s+than\b(?:\s+(?:about|around|some|roughly))?")
_NOT = re.compile(r"(?i)\b(?:not|no|never|isn't|aren't|n't)\s*$")
_NONE = re.compile(r"(?i)\b(?:no|without|without any|zero|free of|lacking)\s+(?:any\s+)?$")
_DROPPED = re.compile(
    r"(?i)\b(?:drop|dropping|discard|exclude|excluding|remove|removing|reject|throw\s+(?:out|away)|"
    r"get\s+rid\s+of|leave\s+out|weed\s+out|filter\s+out|sort\s+out|screen\s+out|delete|eliminate|"
    r"skip|ignore|lose|toss|ditch|dump|bin|kick\s+out|prune|strip\s+out|cut(?:\s+out)?|cull)(?:ping|ting|ing|s|es)?\b(?![^.;]*\b(?:keep|retain|leaving|except|unless|but)\b)[^.;]*$"
)
_NOTHING = re.compile(
    r"(?i)\b(?:nothing|none|nobody|no\s+(?:one|ones|molecules?|compounds?|candidates?|crystals?|"
    r"structures?|materials?|substances?)|(?:can?|do|does|wo|will|would|should|may|must)\s*"
    r"(?:not|n['\N{RIGHT SINGLE QUOTATION MARK}]t)\s+"
    r"(?:use|want|need|like|accept|have|allow|tolerate|keep|stand)|avoid(?:ing)?)\b[^.;,]*$"
)
_NO = re.compile(r"(?i)\bno\s+$")
_GOES = re.compile(
    r"(?i)[^.;]{0,40}?\b(?:(?:can|must|may|should|has\s+to|have\s+to|will)?\s*(?:go(?:es)?|leaves?|"
    r"drops?\s+out|fails?|falls?\s+out)(?=\s*(?:$|[.,;:!?)]|and\b|please))|(?:is|are|be|gets?|being)\s+"
    r"(?:to\s+be\s+)?(?:out(?=\s*(?:$|[.,;:!?)]|and\b|please))|dropped|discarded|removed|excluded|rejected|thrown|tossed|"
    r"eliminated|filtered\s+out|ditched|cut|skipped|ignored|deleted|unwanted|unacceptable|forbidden|"
    r"not\s+(?:wanted|allowed|acceptable|ok)|no\s+good|disqualified|of\s+no\s+(?:use|interest)))"
)
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "==", "~": "~"}


@dataclass(frozen=True)
class Mention:
    """A property where the text names it."""

    start: int
    end: int
    said: Said

    @property
    def property(self) -> Property:
        """The property."""
        return self.said.property


@dataclass
class Reading:
    """The parts of a text that conditions are made of, and what was used up.

    Attributes:
        text: The text.
        mentions: Properties in it.
        numbers: Numbers in it.
        signs: Comparisons in it.
        used: Where each used mention starts.
    """

    text: str
    mentions: Sequence[Mention]
    numbers: Sequence[Number]
    signs: Sequence[Sign]
    used: set[int] = field(default_factory=set)

    def around(self, number: Number) -> "Reading":
        """Return what stands near a number; the rest cannot be about it."""
        low, high = number.start - _REACH, number.end + _REACH

        def near(pieces: Sequence[P]) -> list[P]:
            first = bisect_left(pieces, low, key=lambda piece: piece.start)
            return list(pieces[first : bisect_right(pieces, high, key=lambda piece: piece.start)])

        parts = near(self.mentions), near(self.numbers), near(self.signs)
        return Reading(self.text, *parts, used=self.used)


def conditions_in(whole: Reading) -> list[Condition]:
    """Read every condition, then join the two ends of a window on one mention."""
    found: list[tuple[Condition, int]] = []
    for number in whole.numbers:
        reading = whole.around(number)
        for sign, start, end in _comparisons(reading, number):
            mention = _mention(reading, start, end, number, sign)
            condition = _condition(reading.text, mention, number, sign, (start, end))
            if condition is not None:
                found.append((condition, mention.start if mention else -1))
                reading.used |= {mention.start} if mention else set()
    found += [(each, -1) for each in _absent(whole)]
    return _windows(found)


def _comparisons(reading: Reading, number: Number) -> list[tuple[Sign, int, int]]:
    """Return what compares this number, with the stretch that number and sign cover."""
    text, by_end = reading.text, sorted(reading.signs, key=lambda sign: sign.end)
    before = [s for s in by_end if s.end <= number.start and _is_joined(reading, s, number)]
    after = [s for s in reading.signs if s.is_symbol and 0 <= s.start - number.end <= 2]
    found = []
    if before and not (before[-1].says == "~" and len(before) > 1):
        sign = _turned(text, before[-1], number)
        found.append((sign, sign.start, number.end))
    tail = tail_after(text, number.end)
    if tail:
        found.append((tail, number.start, tail.end))
    if after and any(0 <= m.start - after[0].end <= 2 for m in reading.mentions):
        found.append((after[0].flipped(), number.start, after[0].end))
    if not found and number.low < number.high:
        found.append((Sign(number.start, number.start, "=="), number.start, number.end))
    if not found and (stated := _stated(reading, number)):
        found.append((Sign(stated, stated, "=="), number.start, number.end))
    return found


def _is_joined(reading: Reading, sign: Sign, number: Number) -> bool:
    """Whether a comparison is of this number: 'above 3', 'a minimum QED of 0.6'."""
    text = reading.text
    if _glued(text, sign.end, number.start):
        return True
    return any(
        _LEAD.fullmatch(text, sign.end, m.start) and _VALUE.fullmatch(text, m.end, number.start)
        for m in reading.mentions
        if sign.end <= m.start and m.end <= number.start and not sign.is_symbol
    )


def comparatives(text: str, mentions: Sequence[Mention]) -> list[Sign]:
    """Read adjectives as comparisons: 'stiffer than', 'less polar than'."""
    found = []
    for mention in mentions:
        match = _THAN.match(text, mention.end)
        if mention.said.sense and match:
            is_less = bool(re.search(r"(?i)\bless\s+$", tail(text, mention.start)))
            is_more = (mention.said.sense > 0) != is_less
            found.append(Sign(mention.start, match.end(), ">" if is_more else "<"))
    return found


def _glued(text: str, end: int, start: int) -> bool:
    return not text[end:start].strip(" ('\"") or text[end:start].strip() in ("a", "of", "the", "to")


def _turned(text: str, sign: Sign, number: Number) -> Sign:
    """Turn a comparison around where 'not' stands before it."""
    if (
        number.low < number.high
        or not _NOT.search(tail(text, sign.start))
        or sign.says in ("==", "~")
    ):
        return sign
    return Sign(sign.start, sign.end, _INVERSE[sign.says])  # type: ignore[arg-type]  # the keys are all


def _stated(reading: Reading, number: Number) -> int | None:
    """Return where a property stands that this number gives the value of: 'QED of 0.8'."""
    for mention in reading.mentions:
        between = reading.text[mention.end : number.start]
        is_word = reading.text[number.start].isalpha()  # 'the microsomal one'
        if mention.end <= number.start and re.fullmatch(r"(?i)\s*(?:is|of|:)?\s*", between):
            if is_word:
                continue
            return number.start if mention.property.unit else None
    return None


def _mention(reading: Reading, start: int, end: int, number: Number, sign: Sign) -> Mention | None:
    """Return the property that a comparison is about."""
    after = [
        m
        for m in reading.mentions
        if m.start >= end and _AFTER.fullmatch(reading.text, end, m.start)
    ]
    before = [
        m for m in reading.mentions
        if m.end <= start and not _BREAK.search(reading.text, m.end, start)
        and not _is_between(reading, m.end, start)
    ]  # fmt: skip
    free = [m for m in before if m.start not in reading.used]
    inside = [m for m in reading.mentions if start <= m.start and m.end <= end]
    close = [m for m in before if _GLUE.fullmatch(reading.text, m.end, start)]
    order = [*inside, *close[-1:]]
    order += [*after[:1], *free[-1:]] if not close or close[-1].start in reading.used else after[:1]
    if sign.is_symbol and after and start == number.start:
        order = [after[0], *order]
    if not order and not number.unit and sign.end > sign.start:
        # 'those above 0.4' speaks of what was named last
        order = [m for m in reading.mentions if m.end <= start and m.property.unit == "1"][-1:]
    fitting = [
        m for m in order if factor(number.unit, m.property.unit) is not None or not number.unit
    ]
    return next(iter(fitting), order[0] if order and number.unit in ("", "%") else None)


def _is_between(reading: Reading, start: int, end: int) -> bool:
    """Whether another number stands between, so that the property is spoken for."""
    return any(start <= n.start and n.end <= end for n in reading.numbers)


def _condition(
    text: str, mention: Mention | None, number: Number, sign: Sign, place: tuple[int, int]
) -> Condition | None:
    path = mention.property.path if mention else SPEAKS_OF.get(number.unit, "")
    known = by_path().get(path)
    if known is None or (
        mention is None and place[0] == number.start and number.low == number.high
    ):
        return None
    scale = factor(number.unit, known.unit)
    remarks = [remark(number.unit, known.unit), "" if mention else "property told by the unit"]
    certainty: Certainty = "certain"
    if scale is None or mention is None or sign.says == "~":
        certainty = "guess"
    elif any(remarks):
        certainty = "probable"
    low, high = (round(value * (scale or 1.0), 12) for value in (number.low, number.high))
    start = min(place[0], mention.start) if mention else place[0]
    is_none = bool(mention and mention.start < place[0] and _NO.search(tail(text, start)))
    end = max(place[1], mention.end, number.end) if mention else max(place[1], number.end)
    return Condition(
        text=text[start:end], start=start, end=end, path=path, unit=known.unit,
        certainty=certainty, why="; ".join(part for part in remarks if part),
        is_negated=is_none or _is_dropped(text, start, end),
        **_limits(sign, low, high),
    )  # fmt: skip


def _is_dropped(text: str, start: int, end: int) -> bool:
    """Whether what fits is to go: 'drop those above 2', 'anything above 2 goes'."""
    before = max(0, start - _REACH), start
    is_before = _DROPPED.search(text, *before) or _NOTHING.search(text, *before)
    return bool(is_before or _GOES.match(text, end))


def _limits(sign: Sign, low: float, high: float) -> dict[str, float | bool | None]:
    if low < high:
        return {"low": low, "high": high}
    if sign.says == "==":
        return {"low": low, "high": low}
    if sign.says == "~":
        width = NEAR * abs(low)
        return {"low": low - width, "high": low + width}
    if sign.says[0] == "<":
        return {"high": high, "has_high": sign.says == "<="}
    return {"low": low, "has_low": sign.says == ">="}


def _absent(reading: Reading) -> list[Condition]:
    """Read 'no stereocentres' as none of them; only counts can be none."""
    found = []
    for mention in reading.mentions:
        match = _NONE.search(reading.text, max(0, mention.start - 40), mention.start)
        is_count = ":n_" in mention.property.path or mention.property.path.endswith("_alerts")
        is_read = mention.start in reading.used
        if match and is_count and not is_read and mention.said.sense == 0:
            found.append(
                Condition(
                    text=reading.text[match.start() : mention.end], start=match.start(),
                    end=mention.end, path=mention.property.path, low=0.0, high=0.0,
                    unit=mention.property.unit,
                )
            )  # fmt: skip
            reading.used.add(mention.start)
    return found


def _windows(found: Sequence[tuple[Condition, int]]) -> list[Condition]:
    """Join a lower and an upper limit on the same mention: '0.3 < QED < 0.8'."""
    joined: list[tuple[Condition, int]] = []
    for one, place in sorted(found, key=lambda pair: pair[0].start):
        other = next((c for c, p in joined if p == place >= 0 and _complete(c, one)), None)
        if other is None:
            joined.append((one, place))
            continue
        low, high = (one, other) if one.low is not None else (other, one)
        start, end = min(one.start, other.start), max(one.end, other.end)
        whole = one.text if one.end - one.start >= end - start else other.text
        window = other.model_copy(update={
            "low": low.low, "has_low": low.has_low, "high": high.high, "has_high": high.has_high,
            "start": start, "end": end, "text": whole,
        })  # fmt: skip
        joined[joined.index((other, place))] = (window, place)
    return [condition for condition, _ in joined]


def _complete(one: Condition, other: Condition) -> bool:
    return (one.low is None) != (other.low is None) and (one.high is None) != (other.high is None)
