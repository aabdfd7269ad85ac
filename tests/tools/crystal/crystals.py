"""Real crystals that the tests of the crystal tools share, and a door that caches their runs."""

import warnings
from functools import cache
from typing import Any

from hypothesis import strategies as st

from heuresis.contract import Crystal, Outcome, Request, Status
from heuresis.errors import HeuresisError
from heuresis.tools import registry
from heuresis.tools.crystal.structure import write

BAD = (
    "garbage",
    "data_x\nloop_\n_atom_site_label\n",
    "日本語の結晶",
    "data_x\n_cell_length_a 4\n",
    "_cell_length_a\x00",
)


@cache
def structure(name: str) -> Any:
    """Build a conventional cell from its space group and measured parameters."""
    from pymatgen.core import Lattice, Structure

    cubic, spacegroup = Lattice.cubic, Structure.from_spacegroup
    made = {
        "NaCl": lambda: spacegroup(
            "Fm-3m", cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
        ),
        "MgO": lambda: spacegroup("Fm-3m", cubic(4.21), ["Mg", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        "Si": lambda: spacegroup("Fd-3m", cubic(5.43), ["Si"], [[0, 0, 0]]),
        "TiO2": lambda: spacegroup(
            "P4_2/mnm",
            Lattice.tetragonal(4.594, 2.959),
            ["Ti", "O"],
            [[0, 0, 0], [0.305, 0.305, 0]],
        ),
        "SrTiO3": lambda: spacegroup(
            "Pm-3m", cubic(3.905), ["Sr", "Ti", "O"], [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0]]
        ),
        "LiCoO2": lambda: spacegroup(
            "R-3m",
            Lattice.hexagonal(2.815, 14.05),
            ["Li", "Co", "O"],
            [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.26]],
        ),
    }
    return made[name]()


NAMES = ("NaCl", "MgO", "Si", "TiO2", "SrTiO3", "LiCoO2")


def cif(name: str) -> Crystal:
    """Canonical text of a named crystal's conventional cell."""
    return write(structure(name))


def small(name: str) -> Crystal:
    """Canonical text of a named crystal's primitive cell."""
    return write(structure(name).get_primitive_structure())


def ask(tool_name: str, request: Request, backend: str = "") -> Any:
    """Ask a tool as the lab would, needs included, without a ledger; raises what it raises."""
    tool = registry.load(tool_name)
    request = tool.canonical(request)
    tool.check_domain(request)
    chosen = next((b for b in tool.backends if b.name == backend), tool.backends[0])
    problem = request
    if tool.needs and tool.assemble:
        answers = [outcome(n.tool, n.request, n.backend) for n in tool.needs(request, chosen.name)]
        problem = tool.assemble(request, answers)
    response = chosen.run([problem])[0]
    tool.check_result(request, response)
    return response


@cache
def outcome(tool_name: str, request: Request, backend: str = "") -> Outcome:
    """Ask once per process; errors become a failed outcome."""
    fields: dict[str, Any] = {"run_id": "0" * 26, "tool": tool_name, "backend": backend}
    try:
        response = ask(tool_name, request, backend)
    except HeuresisError as error:
        return Outcome(**fields, status=Status.FAILED, reason=str(error), seconds=0.0)
    return Outcome(**fields, status=Status.OK, response=response, seconds=0.0)


@cache
def as_symmetric_cif(name: str) -> str:
    """The same crystal as pymatgen's own CIF with symmetry operations."""
    from pymatgen.io.cif import CifWriter

    with warnings.catch_warnings():  # spglib 2.8 warns about its own error handling
        warnings.simplefilter("ignore")
        return str(CifWriter(structure(name), symprec=0.01))


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Real CIF text with pieces cut, doubled, swapped or overwritten."""
    text = as_symmetric_cif(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(len(text) - 1, 0)))
        stop = start + draw(st.integers(0, 12))
        piece = draw(
            st.sampled_from(
                ["", "nan", "inf", "-1", "0", "1e400", "Xx", "D", "Na+", "?", ".", "loop_\n", "'"]
            )
            | st.text(max_size=6)
        )
        text = text[:start] + piece + text[stop:]
    return text
