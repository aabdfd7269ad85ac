"""Molecules made by filling three places of scaffolds: a million, in one order that mixes them."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

SCAFFOLDS = (
    "c1c({a})cc({c})cc1C(=O)N{b}", "c1c({a})cc({c})nc1N{b}", "C1CN({b})CCN1c1cc({c})cc({a})c1",
    "O=C(N{b})c1cc2cc({a})cc({c})c2[nH]1", "c1c({c})cc2c(c1)nc({a})n2{b}",
    "c1c({c})cc({a})cc1OC{b}", "O=S(=O)(N{b})c1cc({c})cc({a})c1", "c1({c})nc({a})sc1C(=O)N{b}",
    "C1CCN(C(=O){b})C1c1cc({c})cc({a})c1", "O=C1N({b})C(=O)c2c({c})c({a})ccc12",
    "c1c({c})c({a})oc1CN{b}", "N#Cc1cc({c})c(O{b})c({a})c1", "O=c1c({a})c({c})n({b})cc1",
    "c1c({a})nc({c})nc1NC{b}", "C1CC(N{b})CCN1c1nc({c})cc({a})n1", "c1c({a})cc({c})cc1CNC(=O){b}",
)  # fmt: skip
ON_RING = (
    "F", "Cl", "Br", "C", "CC", "C(C)C", "OC", "OCC", "C#N", "C(F)(F)F", "N", "NC", "N(C)C", "O",
    "C(=O)O", "C(=O)N", "C(=O)OC", "S(C)(=O)=O", "S(N)(=O)=O", "NC(C)=O", "c3ccccc3", "c3ccncc3",
    "c3ccco3", "c3cccs3", "N3CCOCC3", "N3CCCC3", "OC(F)F", "C=C", "CO", "CCO", "C3CC3", "SC",
    "[N+](=O)[O-]", "C(C)=O", "C=O", "NC(N)=O", "OCCO", "CN", "CCN", "C#C",
)  # fmt: skip
CHAINS = (
    "C", "CC", "CCC", "CC(C)C", "CCO", "CCOC", "CCN(C)C", "CC#N", "CC(=O)N", "CC(=O)O", "CCF",
    "C4CC4", "CC4CC4", "C4CCC4", "C4CCCC4", "C4CCCCC4", "CC4CCCO4", "CCc4ccccc4", "Cc4ccccc4",
    "Cc4ccncc4", "Cc4ccco4", "Cc4cccs4", "CCn4ccnc4", "Cc4ccc(F)cc4", "Cc4ccc(Cl)cc4",
    "Cc4ccc(OC)cc4", "CCc4c[nH]c5ccccc45", "CCN4CCOCC4", "CCCN4CCCC4", "C(C)(C)C", "CC(O)C",
    "CCS(C)(=O)=O", "CCCCCC", "CC(C)(C)C", "C[C@H](O)C", "C[C@@H](N)C", "CC=C", "CCSC", "CCCl",
    "CCCCO",
)  # fmt: skip
N_ALL = len(SCAFFOLDS) * len(ON_RING) ** 2 * len(CHAINS)
STRIDE = 618_033  # shares no factor with the number of molecules


def molecules() -> Iterator[str]:
    """Yield SMILES, every combination once."""
    for i in range(N_ALL):
        rest, a = divmod(i * STRIDE % N_ALL, len(ON_RING))
        rest, c = divmod(rest, len(ON_RING))
        scaffold, b = divmod(rest, len(CHAINS))
        yield SCAFFOLDS[scaffold].format(a=ON_RING[a], b=CHAINS[b], c=ON_RING[c])


def write_library(path: Path, n: int) -> None:
    """Write a library of SMILES with names."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{one} g{i}\n" for i, one in enumerate(islice(molecules(), n)))
