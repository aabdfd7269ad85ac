"""Habits that ruff cannot check: reserved words, sizes, first lines, reasons, foreign paths."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src/heuresis"
BANNED = {"task", "manager", "handler", "helper", "util"}
PRESCRIBED = {"get_read_tasks"}  # by Ray, of whoever is a source of data
DRAWERS = BANNED | {"common", "misc"}
LONGEST = 400
EXEMPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b")
REASONED = re.compile(
    r"#\s*(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[\w, -]+\])\s+# ?\S+ \S+"
)
# Folders of one machine, and the folder beside a checkout that no user has.
FOREIGN = re.compile(r"(?<![\w.])/(?:work|farm|root|home|tmp|opt)/|\.\./shared\b|(?<!\w)shared/")


def test_no_name_uses_a_word_that_says_nothing() -> None:
    bad = [
        f"{place}:{line}: {name}"
        for place, text in _sources()
        for line, name in _names(ast.parse(text))
        if _words(name) & BANNED and name not in PRESCRIBED
    ]
    bad += [place for place, _ in _sources() if _words(Path(place).stem) & DRAWERS]
    assert not bad


def test_a_file_is_one_idea() -> None:
    long = {place: n for place, text in _sources() if (n := text.count("\n")) > LONGEST}
    migrations = {place for place in long if "/migrations/versions/" in place}  # Alembic's writing
    assert not long.keys() - migrations, f"more than {LONGEST} lines, split by noun: {long}"


def test_a_file_says_what_it_is_in_its_first_line() -> None:
    written = [(place, text) for place, text in _sources() if text.strip()]
    assert not [place for place, text in written if not ast.get_docstring(ast.parse(text))]


def test_an_exemption_names_its_rule_and_its_reason() -> None:
    lines = [
        (f"{place}:{n}", line)
        for place, text in _sources()
        for n, line in enumerate(text.splitlines(), 1)
    ]
    marked = [(where, line) for where, line in lines if EXEMPTION.search(line)]
    bad = [where for where, line in marked if not REASONED.search(line)]
    assert not bad, f"allowed: `# noqa: CODE  # why it is right here`, got others at {bad}"


def test_no_file_names_a_place_of_one_machine(project_files: list[Path]) -> None:
    bad = []
    for path in project_files:
        if path.parts[0] in (".ci", "tests") or (ROOT / path).is_symlink():
            continue
        text = (ROOT / path).read_bytes().decode("utf-8", errors="ignore")
        bad += [f"{path}: {match[0]}" for match in FOREIGN.finditer(text)]
    assert not bad


def test_design_pages_have_numbers_of_their_own() -> None:
    numbers = [path.name.partition("-")[0] for path in (ROOT / "design").glob("*.md")]
    assert all(re.fullmatch(r"\d{3}", number) for number in numbers)
    assert len(numbers) == len(set(numbers))


def _sources() -> list[tuple[str, str]]:
    paths = sorted(PACKAGE.rglob("*.py"))
    return [(p.relative_to(ROOT).as_posix(), p.read_text(encoding="utf-8")) for p in paths]


def _words(name: str) -> set[str]:
    """Split snake_case and CamelCase; every word also without its plural s."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    return {form for word in words for form in (word, word.removesuffix("s"))}


def _names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Find the names a file makes; parameters of dunder methods are named by other libraries."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
                if not name.startswith("__"):
                    args = [each for each in ast.walk(node.args) if isinstance(each, ast.arg)]
                    yield from ((arg.lineno, arg.arg) for arg in args)
