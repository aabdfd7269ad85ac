"""What is loaded when: the vocabulary, the command line and memory start without science."""

import os
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src/heuresis"
HEAVY = {
    *("torch", "transformers", "rdkit", "pymatgen", "ase", "chgnet", "sevenn", "sklearn", "scipy"),
    *("chromadb", "langgraph", "matplotlib", "pandas", "ray", "streamlit", "litellm"),
}
HELP_S = 0.5


def _light_modules() -> list[str]:
    """Return the modules at the top, the commands, memory, and the list of tools."""
    top = [path for path in PACKAGE.glob("*.py") if path.stem not in ("__init__", "__main__")]
    rooms = [path for room in ("commands", "memory") for path in (PACKAGE / room).glob("[!_]*.py")]
    paths = sorted([*top, *rooms, PACKAGE / "tools/registry.py"])
    return [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in paths]


def test_the_light_modules_load_nothing_heavy() -> None:
    code = f"""
import sys
from importlib import import_module
for name in {_light_modules()!r}:
    import_module(name)
    found = {HEAVY!r} & {{module.split(".")[0] for module in sys.modules}}
    if found:
        sys.exit(f"{{name}} loads {{sorted(found)}}: import inside the function that needs it")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_answers_in_half_a_second() -> None:
    command = [sys.executable, "-m", "heuresis", "--help"]
    seconds = []
    for _ in range(3):  # processor time, and the best of three: others' work is not our slowness
        before = os.times()
        subprocess.run(command, check=True, capture_output=True)
        after = os.times()
        user = after.children_user - before.children_user
        seconds.append(user + after.children_system - before.children_system)
    assert min(seconds) < HELP_S
