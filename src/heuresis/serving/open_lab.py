"""Open the lab that the settings describe: ledger, vault, host and policies joined."""

from heuresis.memory.ledger import Ledger
from heuresis.memory.recall import Recall
from heuresis.memory.vault import Vault
from heuresis.serving.hazard.policy import HazardPolicy
from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.lab import Lab
from heuresis.serving.policy import Policy
from heuresis.serving.privacy import PrivacyPolicy
from heuresis.settings import Settings


def policies(settings: Settings) -> tuple[Policy, ...]:
    """Return the screens of every lab."""
    return (HazardPolicy(), PrivacyPolicy(settings.egress_allowed))


def open_lab(settings: Settings) -> Lab:
    """Open the ledger and put the lab together; loads no model.

    Raises:
        ServiceError: The ledger cannot be opened.
    """
    ledger = Ledger(settings.ledger)
    return Lab(ledger, Vault(settings.vault), InProcessHost(), policies(settings), settings)


def open_recall(lab: Lab, settings: Settings) -> Recall:
    """Open the index over a lab's ledger; loads nothing yet."""
    return Recall(lab.ledger, settings.recall)
