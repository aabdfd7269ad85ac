"""The rules made ready to match, each listed structure checked against its formula."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from heuresis.errors import PolicyError
from heuresis.serving.hazard.canonical import (
    Component,
    Composition,
    Identity,
    component_of,
    identity_of,
)
from heuresis.serving.hazard.families import Family, Kin, Needs, Together, fingerprint
from heuresis.serving.hazard.notation import chemistry
from heuresis.serving.hazard.rules import (
    ClassRule,
    ExactRule,
    HoldLevel,
    PatternHead,
    Rule,
    SimilarityRule,
    TogetherRule,
    load_rules,
)
from heuresis.serving.hazard.verdict import Finding

# Below this size one skeleton holds many unlike molecules (a cyanide and methylamine).
MIN_SKELETON_ATOMS = 8


@dataclass(frozen=True, slots=True)
class Listed:
    """What the list says on one structure.

    Attributes:
        findings: Rules that list it.
        relieves: Rules that must not speak on it.
    """

    findings: tuple[Finding, ...]
    relieves: frozenset[str]


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Every rule, ready to match; compared by identity, since it is built once."""

    compositions: frozenset[Composition]
    listed: Mapping[Identity, Listed]
    skeletons: Mapping[str, Finding]
    patterns: tuple[Family | Kin, ...]
    together: tuple[Together, ...]

    def listing(self, part: Component) -> Listed:
        """Look up one part; one that differs in hydrogen only from a refused one is held."""
        if part.atoms.composition not in self.compositions:
            return _UNLISTED
        identity = identity_of(part.mol)
        if identity in self.listed:
            return self.listed[identity]
        near = self.skeletons.get(identity.skeleton)
        return Listed((near,), frozenset()) if near else _UNLISTED

    @lru_cache(maxsize=16_384)  # noqa: B019  # one book a process, and few profiles exist
    def patterns_for(self, profile: Composition) -> tuple[Family | Kin, ...]:
        """Return the rules worth a look at a part with these atoms."""
        return tuple(rule for rule in self.patterns if rule.needs.meet(dict(profile)))

    @lru_cache(maxsize=16_384)  # noqa: B019  # as above
    def together_for(self, profile: Composition) -> tuple[Together, ...]:
        """Return the rules over all parts worth a look at a subject with these atoms."""
        return tuple(rule for rule in self.together if rule.needs.meet(dict(profile)))


_UNLISTED = Listed((), frozenset())


@cache
def rulebook() -> Rulebook:
    """Compile the rules once.

    Raises:
        PolicyError: A rule is broken, or a listed structure is not what its formula says.
    """
    return compile_rules(load_rules())


def compile_rules(rules: tuple[Rule, ...]) -> Rulebook:
    """Compile rules into a book.

    Raises:
        PolicyError: A rule is broken, or a listed structure is not what its formula says.
    """
    members = {r.id: list(_members(r)) for r in rules if isinstance(r, ExactRule)}
    exact = [rule for rule in rules if isinstance(rule, ExactRule)]
    families = [_family(rule) for rule in rules if isinstance(rule, ClassRule)]
    kin = [_kin(rule, members) for rule in rules if isinstance(rule, SimilarityRule)]
    return Rulebook(
        compositions=frozenset(p.atoms.composition for parts in members.values() for p in parts),
        listed=_listed(exact, members),
        skeletons=_skeletons(exact, members),
        patterns=(*families, *kin),
        together=tuple(_together(rule) for rule in rules if isinstance(rule, TogetherRule)),
    )


def _listed(
    rules: list[ExactRule], members: Mapping[str, list[Component]]
) -> dict[Identity, Listed]:
    found: dict[Identity, Listed] = {}
    for rule in rules:
        for part in members[rule.id]:
            identity = identity_of(part.mol)
            before = found.get(identity, _UNLISTED)
            found[identity] = Listed(
                (*before.findings, _finding(rule, rule.level)),
                before.relieves | frozenset(rule.relieves),
            )
    return found


def _skeletons(
    rules: list[ExactRule], members: Mapping[str, list[Component]]
) -> dict[str, Finding]:
    return {
        identity_of(part.mol).skeleton: _finding(rule, "review")
        for rule in rules
        for part in members[rule.id]
        if rule.level == "blocked" and part.atoms.n_heavy >= MIN_SKELETON_ATOMS
    }


def _members(rule: ExactRule) -> Iterator[Component]:
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    for index, member in enumerate(rule.members):
        mol = chemistry().MolFromSmiles(member.smiles)
        if mol is None or CalcMolFormula(mol) != member.formula:
            raise PolicyError(f"hazard rule {rule.id!r}: member {index} does not fit its formula")
        yield component_of(mol)


def _family(rule: ClassRule) -> Family:
    return Family(
        finding=_finding(rule, rule.level),
        needs=_needs(rule),
        min_count=rule.min_count,
        max_heavy_atoms=rule.max_heavy_atoms,
        hits=_queries(rule, rule.smarts),
        unless=_queries(rule, rule.unless),
        near=_queries(rule, rule.near),
    )


def _kin(rule: SimilarityRule, members: Mapping[str, list[Component]]) -> Kin:
    against = [part for name in rule.against for part in members.get(name, ())]
    if not against:
        raise PolicyError(f"hazard rule {rule.id!r}: got nothing to compare with")
    return Kin(
        held=_finding(rule, "review"),
        refused=_finding(rule, "blocked"),
        review_at=rule.review_at,
        blocked_at=rule.blocked_at,
        needs=_needs(rule),
        patterns=_queries(rule, rule.kin),
        fingerprints=tuple(fingerprint(part.mol) for part in against),
    )


def _together(rule: TogetherRule) -> Together:
    return Together(_finding(rule, rule.level), _needs(rule), _queries(rule, rule.smarts))


def _finding(rule: Rule, level: HoldLevel) -> Finding:
    return Finding(level, rule.id, rule.class_name, rule.source)


def _needs(rule: PatternHead) -> Needs:
    number: Callable[[str], int] = chemistry().GetPeriodicTable().GetAtomicNumber
    try:
        least = tuple((number(symbol), n) for symbol, n in rule.needs.items())
        return Needs(least, frozenset(number(symbol) for symbol in rule.any_of))
    except RuntimeError as error:
        raise PolicyError(f"hazard rule {rule.id!r}: got an unknown element") from error


def _queries(rule: PatternHead, smarts: tuple[str, ...]) -> tuple[Any, ...]:
    chem = chemistry()
    found = tuple(chem.MolFromSmarts(text) for text in smarts)
    if any(query is None for query in found):
        raise PolicyError(f"hazard rule {rule.id!r}: got a pattern that cannot be read")
    return found
