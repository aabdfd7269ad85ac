"""Reading and writing crystals: CIF text to a checked structure, and back to one canonical text."""

import math
import re
import warnings
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, TypeVar

from pydantic import Field

from heuresis.contract import Crystal, Frozen
from heuresis.errors import OutOfDomainError, RequestError

MAX_ATOMS = 1_000
MAX_IMAGES = 50_000  # sites times symmetry operations
MAX_LINES = 20_000
SYMMETRY_KEYS = ("_symmetry_equiv_pos_as_xyz", "_space_group_symop_operation_xyz")
MIN_DISTANCE_A = 0.5
MIN_VOLUME_A3 = 1.0
CELL_EDGE_A = (0.8, 300.0)
MIN_SHAPE = 0.02  # volume / (a b c); below it the cell is almost flat
DECIMALS = 6
THIRD_TOLERANCE = 1.1e-4
INVENTED_ELEMENTS = "Elements in POSCAR cannot be determined"  # then pymatgen takes H, He, Li, ...
NEGATIVE_CELL = re.compile(r"_cell_(?:length|angle)_\w+\s+['\"]?-", re.IGNORECASE)
TYPE_SYMBOL = re.compile(r"([A-Z][a-z]?)[\d.]*[+-]?[\d.]*")
SITE_LABEL = re.compile(r"([A-Z][a-z]?)(?:[^A-Za-z].*)?")
SYMPREC_A = 0.05
STANDARD_SYMPREC_A = 0.01
MAX_VOLUME_A3 = 150.0
MAX_NEIGHBOUR_A = 5.7

# What pymatgen's readers were seen to raise on damaged text.
READER_ERRORS = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    UserWarning,  # raised as an error by pymatgen's POSCAR reader
)

T = TypeVar("T")


class SpaceGroup(Frozen):
    """Symmetry of a crystal at a stated tolerance."""

    symbol: str = Field(description="International short symbol.")
    number: int = Field(ge=1, le=230, description="Number in the International Tables.")
    symprec_a: float = Field(description="Tolerance of the search, Å.")


def read(crystal: str) -> Any:
    """Read CIF text into a pymatgen Structure of its own.

    Raises:
        RequestError: The text is no ordered crystal of known elements.
    """
    return _read_cif(str(crystal)).copy()


def read_poscar(text: str) -> Any:
    """Read POSCAR text into a pymatgen Structure; raises RequestError."""
    from pymatgen.io.vasp import Poscar

    _check_size(text, "poscar")
    counts = [int(n) for n in re.findall(r"\b\d{1,9}\b", " ".join(text.splitlines()[5:7]))]
    if sum(counts) > MAX_ATOMS or re.search(r"\d{10}", " ".join(text.splitlines()[5:7])):
        raise RequestError(f"poscar: got {sum(counts)} atoms, allowed up to {MAX_ATOMS}")
    structure = _guarded(lambda: Poscar.from_str(text, read_velocities=False).structure, "poscar")
    return checked(structure, "poscar")


def write(structure: Any) -> Crystal:
    """Write the canonical CIF text: P1, sorted sites, six decimals."""
    settle_elements()
    lattice, rows = structure.lattice, sorted(_rows(structure))
    lines = [f"data_{structure.composition.reduced_formula}"]
    lines += ["_symmetry_space_group_name_H-M 'P 1'", "_symmetry_Int_Tables_number 1"]
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines += [
        f"_cell_{name} {value:.{DECIMALS}f}"
        for name, value in zip(names, lattice.parameters, strict=True)
    ]
    lines += ["loop_", "_atom_site_type_symbol", "_atom_site_label"]
    lines += [f"_atom_site_fract_{axis}" for axis in "xyz"]
    for i, (_, symbol, *xyz) in enumerate(rows):
        lines.append(f"{symbol} {symbol}{i} " + " ".join(f"{x:.{DECIMALS}f}" for x in xyz))
    return Crystal("\n".join(lines))


def canonical_text(crystal: str) -> Crystal:
    """Rewrite CIF text so that equal crystals are equal texts; raises RequestError."""
    return write(_read_cif(str(crystal)))


def checked(structure: Any, name: str) -> Any:
    """Return an ordered structure of plain elements without charges or properties.

    Raises:
        RequestError: Disorder, unknown elements, overlap, a broken or an oversized cell.
    """
    n = len(structure)
    if not 1 <= n <= MAX_ATOMS:
        raise RequestError(f"{name}: got {n} atoms, allowed 1 to {MAX_ATOMS}")
    plain = _plain(structure, name)
    _check_cell(plain, name)
    closest = shortest_distance(plain)
    if closest < MIN_DISTANCE_A:
        raise RequestError(
            f"{name}: got atoms {closest:.3f} Å apart, allowed at least {MIN_DISTANCE_A} Å"
        )
    return plain


def shortest_distance(structure: Any) -> float:
    """Shortest distance between two atoms or an atom and its own image, in Å."""
    import numpy as np

    shortest = float(min(structure.lattice.get_niggli_reduced_lattice().abc))
    if len(structure) > 1:
        between = structure.distance_matrix[np.triu_indices(len(structure), 1)]
        shortest = min(shortest, float(between.min()))
    return shortest


def loneliest_distance(structure: Any) -> float:
    """Distance from the most isolated atom to its nearest neighbour or own image, in Å."""
    import numpy as np

    image = float(min(structure.lattice.get_niggli_reduced_lattice().abc))
    if len(structure) == 1:
        return image
    distances = structure.distance_matrix + np.diag([math.inf] * len(structure))
    return float(np.minimum(distances.min(axis=1), image).max())


def space_group(structure: Any, symprec_a: float = SYMPREC_A) -> SpaceGroup:
    """Find the space group; P1 where spglib finds none."""
    found = symmetry(structure, symprec_a)
    if found is None:
        return SpaceGroup(symbol="P1", number=1, symprec_a=symprec_a)
    return SpaceGroup(
        symbol=str(found.international), number=int(found.number), symprec_a=symprec_a
    )


def symmetry(structure: Any, symprec_a: float) -> Any:
    """Ask spglib for its symmetry dataset; None where it finds none."""
    import spglib

    cell = (structure.lattice.matrix, structure.frac_coords, structure.atomic_numbers)
    with warnings.catch_warnings():  # spglib 2.8 warns about its own error handling
        warnings.simplefilter("ignore")
        return spglib.get_symmetry_dataset(cell, symprec=symprec_a)


def standard_cell(structure: Any, is_primitive: bool) -> Any:
    """Idealise to the primitive or conventional standard cell; as given where spglib fails."""
    import spglib
    from pymatgen.core import Lattice, Structure

    given = (structure.lattice.matrix, structure.frac_coords, structure.atomic_numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = spglib.standardize_cell(
            given, to_primitive=is_primitive, symprec=STANDARD_SYMPREC_A
        )
    if found is None:
        return structure
    lattice, places, numbers = found
    return Structure(Lattice(lattice), numbers, places)


@cache
def settle_elements() -> None:
    """Let pymatgen warn, once and unheard, about elements without an electronegativity."""
    from pymatgen.core import Element

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for element in Element:
            _ = element.X


def read_formula(text: str) -> dict[str, int]:
    """Read a formula with whole numbers into atoms by element; raises RequestError."""
    from pymatgen.core import Composition

    if not re.fullmatch(r"[A-Za-z0-9()\[\]{}]+", text) or re.search(r"\d{5}", text):
        raise RequestError(f"formula {text!r}: got other signs, allowed such as 'Ca(OH)2'")
    settle_elements()
    composition = _guarded(lambda: Composition(text, strict=True), f"formula {text!r}")
    amounts = {str(getattr(e, "value", e)): float(n) for e, n in composition.items()}
    _check_symbols(set(amounts), f"formula {text!r}")
    if not amounts or any(n < 1 or n != int(n) or n > MAX_ATOMS for n in amounts.values()):
        raise RequestError(f"formula {text!r}: got {amounts}, allowed whole numbers from 1")
    return {symbol: int(n) for symbol, n in amounts.items()}


def check_model_domain(structure: Any, *, max_atoms: int, known: frozenset[str]) -> None:
    """Refuse what a potential trained on dense inorganic crystals has not seen.

    Raises:
        OutOfDomainError: Too many atoms, unknown elements, isolated atoms or mostly vacuum.
    """
    if len(structure) > max_atoms:
        raise OutOfDomainError(f"crystal: got {len(structure)} atoms, allowed up to {max_atoms}")
    unknown = sorted({site.specie.symbol for site in structure} - known)
    if unknown:
        raise OutOfDomainError(f"crystal: got {', '.join(unknown)}, allowed elements of MPtrj")
    per_atom = structure.volume / len(structure)
    if per_atom > MAX_VOLUME_A3:
        raise OutOfDomainError(
            f"crystal: got {per_atom:.0f} Å3 per atom, allowed up to {MAX_VOLUME_A3:.0f}: no vacuum"
        )
    alone = loneliest_distance(structure)
    if alone > MAX_NEIGHBOUR_A:
        raise OutOfDomainError(
            f"crystal: got an atom {alone:.2f} Å from any other, allowed {MAX_NEIGHBOUR_A} Å"
        )


@lru_cache(maxsize=512)
def _read_cif(text: str) -> Any:
    from pymatgen.io.cif import CifFile, CifParser

    settle_elements()
    _check_size(text, "crystal")
    if "_cell_length_a" not in text.lower():
        raise RequestError("crystal: got text without '_cell_length_a', allowed: CIF text")
    if NEGATIVE_CELL.search(text):
        raise RequestError("crystal: got a negative edge or angle, allowed: positive ones")
    blocks = _guarded(lambda: CifFile.from_str(text).data, "crystal")
    sites = [block.data for block in blocks.values() if "_atom_site_fract_x" in block.data]
    if len(sites) != 1:
        raise RequestError(f"crystal: got {len(sites)} blocks with atoms, allowed: one")
    _guarded(lambda: _check_sites(sites[0]), "crystal")
    found = _guarded(lambda: CifParser.from_str(text).parse_structures(primitive=False), "crystal")
    return checked(found[0], "crystal")


def _guarded(reader: Callable[[], T], name: str) -> T:
    """Call a third-party reader with its warnings silenced and its errors made ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=INVENTED_ELEMENTS)
        try:
            return reader()
        except READER_ERRORS as error:
            said = (str(error).splitlines() or [""])[0][:200]
            raise RequestError(f"{name}: got unreadable text ({said}), allowed: valid text") from (
                error
            )


def _check_sites(block: dict[str, Any]) -> None:
    """Refuse rows that pymatgen would drop or guess at without saying so."""
    types = block.get("_atom_site_type_symbol")
    names = [str(name) for name in types or block["_atom_site_label"]]
    pattern = TYPE_SYMBOL if types else SITE_LABEL
    matches = [(name, pattern.fullmatch(name)) for name in names]
    n_images = len(names) * max(len(block.get(key, ())) for key in (*SYMMETRY_KEYS, ""))
    if len(names) > MAX_ATOMS or n_images > MAX_IMAGES:
        raise RequestError(f"crystal: got {len(names)} sites, allowed a cell of {MAX_ATOMS} atoms")
    odd = sorted({name for name, match in matches if match is None})
    if odd:
        raise RequestError(f"crystal: got sites {odd[:5]!r}, allowed such as 'Na', 'Na1+', 'Na12'")
    _check_symbols({match.group(1) for _, match in matches if match}, "crystal")
    shares = [_share(str(share)) for share in block.get("_atom_site_occupancy", ())]
    if any(not abs(share - 1) < 1e-3 for share in shares):
        raise RequestError("crystal: got partly occupied or mixed sites, allowed: full ones")


def _share(text: str) -> float:
    return 1.0 if text in ("?", ".") else float(text.split("(", maxsplit=1)[0])


def _check_size(text: str, name: str) -> None:
    n_lines = text.count("\n") + text.count("\r")
    if n_lines > MAX_LINES:
        raise RequestError(f"{name}: got {n_lines} lines, allowed up to {MAX_LINES}")


def _plain(structure: Any, name: str) -> Any:
    from pymatgen.core import Structure

    if not structure.is_ordered:
        raise RequestError(f"{name}: got partly occupied or mixed sites, allowed: full ones")
    # pymatgen prints deuterium as 'H'; only the enum's value tells them apart.
    symbols = [
        str(getattr(getattr(site.specie, "element", site.specie), "value", site.specie))
        for site in structure
    ]
    _check_symbols(set(symbols), name)
    return Structure(structure.lattice, symbols, structure.frac_coords)


def _check_symbols(symbols: set[str], name: str) -> None:
    from ase.data import chemical_symbols

    unknown = sorted(symbols - set(chemical_symbols[1:]))
    if unknown:
        raise RequestError(f"{name}: got unknown elements {unknown!r}, allowed: H to Og, no D or T")


def _check_cell(structure: Any, name: str) -> None:
    import numpy as np

    lattice = structure.lattice
    if not (np.isfinite(lattice.matrix).all() and np.isfinite(structure.frac_coords).all()):
        raise RequestError(f"{name}: got a number that is not finite, allowed: finite numbers")
    low, high = CELL_EDGE_A
    if not all(low <= edge <= high for edge in lattice.abc):
        raise RequestError(f"{name}: got edges {lattice.abc} Å, allowed {low} to {high} Å")
    if lattice.volume < MIN_SHAPE * math.prod(lattice.abc):
        raise RequestError(f"{name}: got angles {lattice.angles}, allowed: a cell that is not flat")
    if lattice.volume < MIN_VOLUME_A3 * len(structure):
        raise RequestError(
            f"{name}: got {lattice.volume:.3f} Å3 for {len(structure)} atoms, "
            f"allowed at least {MIN_VOLUME_A3} Å3 per atom"
        )


def _rows(structure: Any) -> list[tuple[int, str, float, float, float]]:
    rows = []
    for site in structure:
        x, y, z = (_rounded(float(c)) for c in site.frac_coords)
        rows.append((site.specie.Z, site.specie.symbol, x, y, z))
    return rows


def _rounded(coordinate: float) -> float:
    """Bring a coordinate to [0, 1), near thirds to thirds as pymatgen reads them, and round."""
    inside = coordinate % 1.0
    for third in (1 / 3, 2 / 3):
        if abs(inside / third - 1) < THIRD_TOLERANCE:
            inside = third
    return round(inside, DECIMALS) % 1.0
