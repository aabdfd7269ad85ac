"""`heuresis doctor`: what works here, what is missing, and what would make it work."""

from pathlib import Path

import click

from heuresis.commands import exit_codes, output
from heuresis.commands.opened import home_option, json_option


@click.command("doctor")
@click.option("--digests", is_flag=True, help="Also digest every backend's weights; takes a while.")
@home_option
@json_option
def doctor(digests: bool, home: Path | None, as_json: bool) -> int:
    """Say what works here, what is missing, and what would make it work.

    Exits 0 when the core works, also where optional parts are missing, and 1 when it does not.
    """
    from dataclasses import asdict

    from heuresis.commands import doctor_programs, doctor_stores

    found = [*doctor_stores.look(home), *doctor_programs.look(digests=digests)]
    broken = [one for one in found if one.state == "broken"]
    in_force = doctor_stores.settings_in_force(home)
    if as_json:
        output.emit({"works": not broken, "findings": [asdict(one) for one in found],
                     "settings": {name: value for name, value, _ in in_force}})  # fmt: skip
    else:
        output.line("the core works" if not broken else f"{len(broken)} essential part(s) broken")
        rows = [(one.state, one.part, one.what, one.fix) for one in found]
        output.table(("state", "part", "found", "what would help"), rows)
        output.table(("setting", "value", "from"), in_force)
    return exit_codes.FAILED if broken else exit_codes.OK
