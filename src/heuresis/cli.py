"""The command line: a small tree of nouns; each is imported only when it is called."""

import click

from heuresis.commands.edge import EdgeGroup, leave
from heuresis.commands.interrupts import guard_interrupts

PLACES = {
    "tool": ("heuresis.commands.tool:tool", "List, show and run scientific tools."),
    "image": ("heuresis.commands.image:image", "Read in pictures, volumes and clips."),
    "ask": ("heuresis.commands.ask:ask", "Ask in plain words; numbers come from runs."),
    "chat": ("heuresis.commands.chat:chat", "Talk in the terminal."),
    "session": ("heuresis.commands.ask:session", "List and read conversations."),
    "approval": ("heuresis.commands.approval:approval", "Grant, deny and revoke what waits."),
    "document": ("heuresis.commands.document:document", "Add, search, quote documents."),
    "api": ("heuresis.commands.api:api", "Serve tools and the assistant over HTTP."),
    "mcp": ("heuresis.commands.mcp:mcp", "Offer tools and the assistant to agents."),
    "key": ("heuresis.commands.key:key", "Make, list and revoke keys of the API."),
    "campaign": ("heuresis.commands.campaign:campaign", "Check, run, report, export campaigns."),
    "memory": ("heuresis.commands.memory:memory", "Search, trace and mend what is known."),
    "claim": ("heuresis.commands.claim:claim", "State claims; cite runs for and against."),
    "eval": ("heuresis.commands.eval:evaluate", "Judge campaigns, comparisons and crates."),
    "screen": ("heuresis.commands.screen:screen", "Ask tools about a whole library."),
    "replay": ("heuresis.commands.replay:replay", "Run a crate again, list every difference."),
    "serve": ("heuresis.commands.serve:serve", "Host models once, for every process."),
    "doctor": ("heuresis.commands.doctor:doctor", "Say what works, what is missing, and the fix."),
}

EPILOG = """\b
Exit codes:
  0    ok or partial
  1    failed: a model, a store or the disk
  2    the caller's mistake: the message says what is allowed
  3    blocked by a policy
  4    out of domain or empty
  5    waiting for an approval; `heuresis approval list` shows it
  130  interrupted; the same command, or `campaign resume`, goes on
  141  whoever read the output went away
Of many outcomes the gravest that is not usable decides: 3, then 1, 2, 4.

Results go to stdout, progress and messages to stderr. Every command takes --json.
Settings are read from HEURESIS_… variables; `heuresis doctor` shows them.
"""


@click.group(cls=EdgeGroup, places=PLACES, epilog=EPILOG)
@click.version_option(package_name="heuresis", prog_name="heuresis", message="%(prog)s %(version)s")
def cli() -> None:
    """A closed-loop scientific assistant whose numbers trace to runs."""


def main() -> None:
    """Run the command line in this process and end the process."""
    guard_interrupts()
    try:
        cli(prog_name="heuresis")
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else 1)
    except KeyboardInterrupt:
        leave(130)
