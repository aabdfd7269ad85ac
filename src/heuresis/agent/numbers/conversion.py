"""One number in another unit: value and uncertainty together, or the reason why not."""

import re
import unicodedata
import warnings
from dataclasses import replace
from functools import cache
from typing import Any

from heuresis.errors import RequestError
from heuresis.memory.campaigns import Number

# What may be converted. Anything else is shown as recorded: pint alone would read 'px' as a length
# and 'pH' as a picohenry.
NAMES = {
    **dict.fromkeys(("eV", "meV", "keV", "J", "kJ", "MJ", "cal", "kcal"), ""),
    **dict.fromkeys(("Ha", "hartree", "Eh"), "hartree"),
    **dict.fromkeys(
        ("K", "V", "mV", "A", "mA", "C", "F", "S", "W", "mW", "N", "T", "Hz", "THz"), ""
    ),
    **dict.fromkeys(("GHz", "MHz", "kHz"), ""),
    **dict.fromkeys(("degC", "°C", "celsius"), "degC"),
    **dict.fromkeys(("Å", "angstrom", "Angstrom"), "angstrom"),
    **dict.fromkeys(("km", "m", "dm", "cm", "mm", "nm", "pm", "fm", "bohr"), ""),
    **dict.fromkeys(("µm", "μm", "um", "micron"), "micrometer"),
    **dict.fromkeys(("Pa", "hPa", "kPa", "MPa", "GPa", "TPa", "bar", "mbar", "kbar", "Mbar"), ""),
    **dict.fromkeys(("atm", "mmHg", "torr"), ""),
    **dict.fromkeys(("kg", "g", "mg", "ng"), ""),
    **dict.fromkeys(("µg", "μg", "ug"), "microgram"),
    **dict.fromkeys(("Da", "u", "amu"), "dalton"),
    "kDa": "kilodalton",
    **dict.fromkeys(("mol", "mmol", "nmol"), ""),
    **dict.fromkeys(("µmol", "μmol", "umol"), "micromole"),
    **dict.fromkeys(("L", "l", "mL", "ml", "dL"), ""),
    **dict.fromkeys(("µL", "μL", "uL", "ul"), "microliter"),
    **dict.fromkeys(("M", "molar"), "molar"),
    **dict.fromkeys(("mM", "nM"), ""),
    **dict.fromkeys(("µM", "μM", "uM"), "micromolar"),
    **dict.fromkeys(("s", "ms", "ns", "ps", "fs", "min"), ""),
    **dict.fromkeys(("µs", "μs", "us"), "microsecond"),
    **dict.fromkeys(("h", "hr", "hour"), "hour"),
    **dict.fromkeys(("day", "d"), "day"),
    **dict.fromkeys(("degree", "degrees", "deg", "°"), "degree"),
    **dict.fromkeys(("rad", "mrad"), ""),
    **dict.fromkeys(("D", "debye"), "debye"),
    **dict.fromkeys(("%", "percent"), "percent"),
    **dict.fromkeys(("ppm", "atom", "px"), ""),
    **dict.fromkeys(("1", "dimensionless"), "dimensionless"),
    **dict.fromkeys(("dyn", "erg", "psi", "inch", "ft", "lb", "oz", "week", "year"), ""),
    **dict.fromkeys(("Ry", "rydberg"), "rydberg"),
}
# Any of these may have any prefix: 'pm', 'MeV', 'kcal', 'μmol'.
PREFIXED = (
    "eV",
    "J",
    "cal",
    "m",
    "Pa",
    "bar",
    "g",
    "Da",
    "mol",
    "L",
    "l",
    "s",
    "Hz",
    "V",
    "N",
    "W",
)
PREFIXES = {
    **{sign: sign for sign in ("a", "f", "p", "n", "m", "c", "d", "h", "k", "M", "G", "T")},
    **dict.fromkeys(("µ", "μ", "u"), "micro"),
}
NAMES |= {
    prefix + unit: f"{full}{unit}" if full != "micro" else f"u{unit}"
    for unit in PREFIXED
    for prefix, full in PREFIXES.items()
    if prefix + unit not in NAMES and (prefix + unit) not in ("as", "ds", "hs", "cs", "aL", "al")
}
OURS = ("atom = [atom]", "px = [picture]")  # in no relation to anything else
MAX_POWER = 6
AVOGADRO = 6.02214076e23  # per mole, exact
_PIECE = re.compile(r"\s*(?:([A-Za-zÅåµμ°%]+|1)(?:\^|\*\*)?(-?\d+)?|([*·/()]))")


def convert(number: Number, unit: str) -> Number:
    """Return a number in another unit.

    Raises:
        RequestError: A logarithm, a unit that is not known here, or one of another kind.
    """
    if unit == number.unit:
        return number
    for one in (number.unit, unit):
        if re.match(r"\s*(?:log|ln\b|dB|p(?:H|Ka|IC))", one):
            raise RequestError(
                f"unit {unit!r}: got a number in {number.unit!r}, a logarithm, whose ratio to "
                f"other units is not fixed; allowed: {number.unit!r}"
            )
    scale, offset = _line(number.unit, unit)

    def moved(value: float | None) -> float | None:
        return None if value is None else value * scale + offset

    low, high = sorted_ends(moved(number.low), moved(number.high))
    return replace(
        number,
        value=number.value * scale + offset,
        unit=unit,
        std=None if number.std is None else number.std * abs(scale),
        low=low,
        high=high,
    )


def is_unit(unit: str) -> bool:
    """Whether a unit is known here, so that numbers of its kind can be told in it."""
    try:
        _unit(unit)
    except RequestError:
        return False
    return True


def sorted_ends(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """Return both ends of an interval, the lower first."""
    return (high, low) if low is not None and high is not None and low > high else (low, high)


@cache
def _line(old: str, new: str) -> tuple[float, float]:
    """Return scale and offset by which one unit becomes another."""
    registry = _registry()
    source, target = _unit(old), _unit(new)
    scale = 1.0
    if _is_angle(old) != _is_angle(new):  # pint takes a radian for a plain number
        raise _other_kind(old, new, "another kind")
    if not source.is_compatible_with(target):
        scale, target = _per_particle(old, source, new, target)
    zero, one = (registry.Quantity(x, source).to(target).magnitude for x in (0.0, 1.0))
    return float(one - zero) * scale, float(zero) * scale


def _per_particle(old: str, source: Any, new: str, target: Any) -> tuple[float, Any]:
    """Match what is said per mole with what is said per particle, by Avogadro's number."""
    mole = _registry().parse_units("mol")
    for power in (1, -1):
        if source.is_compatible_with(target * mole**power):
            return AVOGADRO**power, target * mole**power
    why = "another kind"
    if ("atom" in old) != ("atom" in new):
        why = "another kind: per atom is neither per mole nor per cell"
    raise _other_kind(old, new, why)


def _is_angle(unit: str) -> bool:
    return bool(re.search(r"deg(?!C)|\brad|mrad|°(?!C)", unit))


def _other_kind(old: str, new: str, why: str) -> RequestError:
    return RequestError(
        f"unit {new!r}: got a number in {old!r}, which is of {why}; "
        f"allowed: units of the same kind as {old!r}"
    )


def _unit(text: str) -> Any:
    """Read a unit as scientists write it, such as 'Å3/atom' or 'kJ mol-1'."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    at, parts, glue = 0, [], ""
    while at < len(plain):
        piece = _PIECE.match(plain, at)
        if piece is None:
            raise _unknown(text)
        at = piece.end()
        name, power, sign = piece.groups()
        if sign:
            parts.append("*" if sign == "·" else sign)
            glue = "" if sign != ")" else "*"
            continue
        if name not in NAMES or abs(int(power or 1)) > MAX_POWER or (name == "1" and power):
            raise _unknown(text)
        parts.append(f"{glue}({NAMES[name] or name})**({power or 1})")
        glue = "*"
    try:
        return _registry().parse_units("".join(parts) or "dimensionless")
    except Exception as error:  # what pint's parser raises is not a closed list
        raise _unknown(text) from error


def _unknown(text: str) -> RequestError:
    return RequestError(
        f"unit {text!r}: got one that is not converted here; allowed: the unit as recorded, or a "
        "product of known ones such as 'meV/atom', 'kJ/mol', 'nm', 'GPa', '%'"
    )


@cache
def _registry() -> Any:
    """Build pint's registry once: it takes half a second."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pint

        registry: Any = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
        for line in OURS:
            registry.define(line)
    return registry
