"""Can a rule fit anything? A rule that names a tool or a field wrongly would never speak."""

from collections.abc import Sequence

from heuresis.errors import RequestError
from heuresis.serving.approval.judging import is_like
from heuresis.serving.approval.rules import Rule
from heuresis.tools import registry

NAMED = 8  # fields that an error lists


def check_tools(rules: Sequence[Rule]) -> None:
    """Look up the tools and fields that rules name; imports those tools.

    Raises:
        RequestError: A rule names a tool or a field that no tool has.
    """
    for rule in rules:
        names = [name for name in registry.places() if is_like(name, rule.tool)]
        if not names:
            raise RequestError(
                f"rule {rule.id!r}, tool: got {rule.tool!r}, allowed: a pattern that fits one of "
                f"{', '.join(registry.places())}"
            )
        if rule.arguments:
            _check_fields(rule, names)


def _check_fields(rule: Rule, names: Sequence[str]) -> None:
    fields = {name for tool in names for name in registry.load(tool).request.model_fields}
    for path in rule.arguments:
        first = path.split(".")[0]
        if first != "*" and first not in fields:
            known = ", ".join(sorted(fields)[:NAMED])
            raise RequestError(
                f"rule {rule.id!r}, arguments: got the path {path!r}, allowed: one that begins "
                f"with a field of the tools that {rule.tool!r} fits, such as {known}"
            )
