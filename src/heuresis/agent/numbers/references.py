"""References: how an answer names a number, a run or a count, instead of writing it down.

`{{run:ID.path}}` is a number, `{{run:ID}}` a link to a run, `{{count:runs.ok}}` a number of things,
`{{diff:ID.path|ID.path}}` the first number less the second, `{{ratio:ID.path|ID.path}}` over it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from heuresis.agent.numbers.derived import Measure

ALLOWED = (
    "allowed: {{run:ID.path}}, {{run:ID.path|unit=kcal/mol|digits=3}}, {{run:ID}}, "
    "{{diff:ID.path|ID.path}}, {{ratio:ID.path|ID.path}}, {{count:runs.ok}}, "
    "{{count:CAMPAIGN.measured}}, {{passage:ID.3:0-120}}; ID has 26 letters and digits"
)
MAX_DIGITS = 8
MAX_CHARS = 400  # between the braces
MAX_SHOWN = 60  # of a wrong text

ULID = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"
_BRACED = re.compile(r"\{\{([^{}]*)\}\}|\{\{")
_RUN = re.compile(rf"({ULID})(?:\.(\S(?:[^\n]*\S)?))?", re.IGNORECASE)
_COUNT = re.compile(rf"(runs|{ULID})(?:\.([A-Za-z][\w.]*))?", re.IGNORECASE)
_PASSAGE = re.compile(rf"({ULID}\.\d{{1,9}})(?::(\d{{1,9}})-(\d{{1,9}}))?", re.IGNORECASE)
_UNIT = re.compile(r"[A-Za-zÅµμ°%1][\w µμÅ°%·*/^()⁻¹²³-]{0,39}")


@dataclass(frozen=True)
class Place:
    """Where something stands in a text, half-open."""

    start: int
    end: int


@dataclass(frozen=True)
class NumberRef(Place):
    """A number of a run, perhaps in another unit.

    Attributes:
        run_id: The run.
        path: Place of the number in its answer.
        unit: Unit to show it in; None as it was recorded.
        digits: Significant digits, where no uncertainty decides them; None as usual.
    """

    run_id: str
    path: str
    unit: str | None = None
    digits: int | None = None


@dataclass(frozen=True)
class RunRef(Place):
    """A run as such, to be linked."""

    run_id: str


@dataclass(frozen=True)
class CountRef(Place):
    """How many there are.

    Attributes:
        of: 'runs', or the id of a campaign.
        what: Which of them, such as 'ok' or 'measured'; empty for all.
    """

    of: str
    what: str


@dataclass(frozen=True)
class DerivedRef(Place):
    """A number computed from two numbers of runs.

    Attributes:
        measure: Difference or ratio, of the first to the second.
        first: Run and path.
        second: Run and path.
        unit: Unit to show a difference in; None as the first was recorded.
        digits: As for a number of a run.
    """

    measure: Measure
    first: tuple[str, str]
    second: tuple[str, str]
    unit: str | None = None
    digits: int | None = None


@dataclass(frozen=True)
class PassageRef(Place):
    """Words of a document.

    Attributes:
        ref: The passage: id of the document and number, joined by a full stop.
        first: First of its characters.
        last: One after the last; None for the whole passage.
    """

    ref: str
    first: int = 0
    last: int | None = None


@dataclass(frozen=True)
class Mistake(Place):
    """Braces that hold no reference.

    Attributes:
        reason: What was got and what is allowed.
    """

    reason: str


Reference = NumberRef | DerivedRef | RunRef | CountRef | PassageRef


@dataclass(frozen=True)
class Parsed:
    """All that stands in double braces in a text, in order."""

    references: tuple[Reference, ...]
    mistakes: tuple[Mistake, ...]


def parse(text: str) -> Parsed:
    """Find the references of a text; never raises, whatever the text."""
    found: list[Reference] = []
    wrong: list[Mistake] = []
    for match in _BRACED.finditer(text):
        one = _read(match)
        if isinstance(one, Mistake):
            wrong.append(one)
        else:
            found.append(one)
    return Parsed(tuple(found), tuple(wrong))


def write(run_id: str, path: str = "", *, unit: str = "", digits: int = 0) -> str:
    """Return a reference as a composer writes it; without a path, a link to the run."""
    options = [f"|unit={unit}"] * bool(unit) + [f"|digits={digits}"] * bool(digits)
    return "{{run:" + run_id + f".{path}" * bool(path) + "".join(options) + "}}"


def write_derived(
    measure: Measure, first: tuple[str, str], second: tuple[str, str], *, unit: str = ""
) -> str:
    """Return a difference or ratio as a composer writes it; each number is a run and a path."""
    option = f"|unit={unit}" * bool(unit)
    return "{{" + f"{measure}:{'.'.join(first)}|{'.'.join(second)}{option}" + "}}"


def write_passage(ref: str, first: int, last: int) -> str:
    """Return a quotation as a composer writes it: characters of a passage, half-open."""
    return "{{passage:" + f"{ref}:{first}-{last}" + "}}"


def _read(match: re.Match[str]) -> Reference | Mistake:
    start, end = match.span()
    body = match[1]
    if body is None or len(body) > MAX_CHARS:
        got = "'{{' that nothing closes" if body is None else f"{len(body)} characters in braces"
        return Mistake(start, end, f"got {got}, {ALLOWED}")
    head, *options = body.split("|")
    kind, _, name = (part.strip() for part in head.partition(":"))
    if kind == "run" and (run := _RUN.fullmatch(name)):
        return _run(start, end, run, options)
    if kind in ("diff", "ratio") and (run := _RUN.fullmatch(name)):
        return _derived(start, end, "diff" if kind == "diff" else "ratio", run, options)
    if kind == "count" and (count := _COUNT.fullmatch(name)):
        return _count(start, end, count, options)
    if kind == "passage" and (words := _PASSAGE.fullmatch(name)) and not options:
        first, last = (int(words[2]), int(words[3])) if words[2] else (0, None)
        return PassageRef(start, end, words[1].upper(), first, last)
    return Mistake(start, end, f"got {match[0][:MAX_SHOWN]!r}, {ALLOWED}")


def _count(start: int, end: int, count: re.Match[str], options: list[str]) -> Reference | Mistake:
    if options:
        return Mistake(start, end, f"got options of a count, {ALLOWED}")
    of = count[1].lower() if count[1].lower() == "runs" else count[1].upper()
    return CountRef(start, end, of, count[2] or "")


def _run(start: int, end: int, run: re.Match[str], texts: Sequence[str]) -> Reference | Mistake:
    run_id, path = run[1].upper(), run[2]
    options = _options(texts)
    if isinstance(options, str):
        return Mistake(start, end, options)
    if path is None:
        if options:
            return Mistake(start, end, f"got options of a link to a run, {ALLOWED}")
        return RunRef(start, end, run_id)
    digits = options.get("digits")
    return NumberRef(start, end, run_id, path, options.get("unit"), int(digits) if digits else None)


def _derived(
    start: int, end: int, measure: Measure, first: re.Match[str], texts: Sequence[str]
) -> Reference | Mistake:
    second = _RUN.fullmatch(texts[0].strip()) if texts else None
    if second is None or first[2] is None or second[2] is None:
        return Mistake(start, end, f"got a {measure} without two numbers, {ALLOWED}")
    options = _options(texts[1:])
    if isinstance(options, str):
        return Mistake(start, end, options)
    if measure == "ratio" and "unit" in options:
        return Mistake(start, end, "got a unit of a ratio, allowed: digits")
    numbers = (first[1].upper(), first[2]), (second[1].upper(), second[2])
    digits = options.get("digits")
    given = options.get("unit"), int(digits) if digits else None
    return DerivedRef(start, end, measure, *numbers, *given)


def _options(texts: Sequence[str]) -> dict[str, str] | str:
    """Read options; where one is wrong, return the reason."""
    options: dict[str, str] = {}
    for text in texts:
        key, _, value = (part.strip() for part in text.partition("="))
        if reason := _wrong_option(key, value, options):
            return reason
        options[key] = value
    return options


def _wrong_option(key: str, value: str, known: dict[str, str]) -> str:
    if key in known:
        return f"got the option {key!r} twice, allowed: once"
    if key == "unit":
        fits = _UNIT.fullmatch(value)
        return "" if fits else f"got the unit {value[:MAX_SHOWN]!r}, allowed: such as 'kcal/mol'"
    if key == "digits":
        fits = re.fullmatch(rf"[1-{MAX_DIGITS}]", value)
        return "" if fits else f"got digits={value[:MAX_SHOWN]!r}, allowed: 1 to {MAX_DIGITS}"
    return f"got the option {key[:MAX_SHOWN]!r}, allowed: unit, digits"
