"""In which unit a number is told: the one that was asked for, where it can be."""

from heuresis.agent.planning.drafting import Draft
from heuresis.agent.understanding.entities import Understanding
from heuresis.agent.understanding.properties import by_path, name_of
from heuresis.errors import RequestError
from heuresis.memory.campaigns import Number


def unit_for(draft: Draft, message: Understanding, path: str) -> str:
    """Return the unit that a message wants a quantity in; '' for its own.

    A unit that it cannot be brought to is noted.
    """
    known = by_path().get(path)
    if not message.units:
        return ""
    if known is None or not known.unit:
        return message.units[0].unit  # the recorded unit decides
    why = ""
    per = known.unit.partition("/")[2]  # 'in nm3' of something per atom means nm3 per atom
    for wish in message.units:
        for unit in (wish.unit, *([f"{wish.unit}/{per}"] if per == "atom" else [])):
            if unit == known.unit:
                return ""
            why = cannot(known.unit, unit)
            if not why:
                return unit
    draft.notes.append(f"{name_of(path)} is told in {known.unit}: {why}.")
    return ""


def cannot(unit: str, wanted: str) -> str:
    """Return why a number in one unit cannot be told in another; '' where it can."""
    from heuresis.agent.numbers.conversion import convert

    try:
        convert(Number(1.0, unit, None, None, None, None, None, "", ""), wanted)
    except RequestError as error:
        return str(error)
    return ""
