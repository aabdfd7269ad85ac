"""One step from a molecule to a new one: the move set that every molecule proposer shares.

Analogue moves are ours; mutation and crossover of the molecular graph are those of mol-ga (MIT),
after Graph GA. Source: doi:10.1039/C8SC05372C. All choices come from one private generator.
"""

from random import Random
from typing import Any

from heuresis.agent.proposers import analogue_moves
from heuresis.agent.proposers.molecule_limits import MoleculeLimits
from heuresis.agent.proposers.molecule_lineage import Lineage
from heuresis.tools.rdkit_log import silent_rdkit

# name of the family -> its share of all steps; the last two are slow and often break a ring
FAMILIES = {
    "swap": 0.27,
    "decorate": 0.17,
    "strip": 0.05,
    "edit": 0.40,
    "mutation": 0.05,
    "crossover": 0.06,
}
MAX_PRODUCTS = 60
TRIES_PER_EDIT = 8


class Moves:
    """Draws moves at random; the same generator state and arguments give the same molecule."""

    def __init__(self, limits: MoleculeLimits, rng: Random) -> None:
        self._limits = limits
        self._rng = rng
        self._groups: dict[str, list[analogue_moves.Group]] = {}

    def step(self, parent: Lineage, mate: Lineage) -> Lineage | None:
        """Make one move from the parent, using the mate for a crossover; None where it fails."""
        family = self._rng.choices(list(FAMILIES), weights=list(FAMILIES.values()))[0]
        with silent_rdkit():
            if family == "mutation":
                made = self._mutate(parent)
            elif family == "crossover" and mate.form != parent.form:
                made = self._cross(parent, mate)
            else:
                made = self._react(parent, family)
        return None if made is None or made.form in (parent.form, mate.form) else made

    def _react(self, parent: Lineage, family: str) -> Lineage | None:
        from rdkit import Chem

        mol = Chem.MolFromSmiles(parent.form)
        pick = {"swap": self._swap, "strip": self._strip, "decorate": self._decorate}
        for _ in range(TRIES_PER_EDIT):
            move = pick.get(family, self._edit)(parent.form, mol)
            if move is None:
                return None
            name, reaction = move
            products = reaction.RunReactants((mol,), maxProducts=MAX_PRODUCTS)
            if products:
                form = self._limits.admit(self._rng.choice(products)[0])
                return None if form is None else parent.child(form, name)
        return None

    def _present(self, form: str, mol: Any) -> list[analogue_moves.Group]:
        if form not in self._groups:
            self._groups[form] = analogue_moves.groups_on(mol)
        return self._groups[form]

    def _swap(self, form: str, mol: Any) -> tuple[str, Any] | None:
        present = self._present(form, mol)
        if not present:
            return None
        old = self._rng.choice(present)
        new = self._rng.choice([g for g in analogue_moves.new_groups() if g is not old])
        return f"{old.name} to {new.name}", analogue_moves.swap(old, new)

    def _strip(self, form: str, mol: Any) -> tuple[str, Any] | None:
        present = self._present(form, mol)
        if not present:
            return None
        old = self._rng.choice(present)
        return f"remove {old.name}", analogue_moves.strip(old)

    def _decorate(self, _: str, __: Any) -> tuple[str, Any]:
        new = self._rng.choice(analogue_moves.new_groups())
        return f"add {new.name}", analogue_moves.decorate(new)

    def _edit(self, _: str, __: Any) -> tuple[str, Any]:
        number = self._rng.randrange(len(analogue_moves.EDITS))
        return analogue_moves.EDITS[number][0], analogue_moves.edit(number)

    def _mutate(self, parent: Lineage) -> Lineage | None:
        from mol_ga.graph_ga import mutate
        from rdkit import Chem

        try:
            mol = mutate.mutate(Chem.MolFromSmiles(parent.form), self._rng)
        except (RuntimeError, ValueError):  # rdkit refuses some of the reactions mol-ga draws
            return None
        form = None if mol is None else self._limits.admit(mol)
        return None if form is None else parent.child(form, "mutation")

    def _cross(self, parent: Lineage, mate: Lineage) -> Lineage | None:
        from mol_ga.graph_ga import crossover
        from rdkit import Chem

        pair = (Chem.MolFromSmiles(parent.form), Chem.MolFromSmiles(mate.form))
        try:
            mol = crossover.crossover(*pair, self._rng)
        except (RuntimeError, ValueError):  # as above
            return None
        form = None if mol is None else self._limits.admit(mol)
        return None if form is None else parent.child(form, "crossover", (mate,))
