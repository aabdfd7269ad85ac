"""Open the lab that the settings describe: ledger, vault, host and policies joined."""

from heuresis.memory.ledger import Ledger
from heuresis.memory.recall import Recall
from heuresis.memory.vault import Vault
from heuresis.serving.hazard.policy import HazardPolicy
from heuresis.serving.host import Host
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
        RequestError: The file that says how models are hosted is wrong.
        ServiceError: The ledger cannot be opened.
    """
    ledger = Ledger(settings.ledger)
    host = open_host(settings)
    return Lab(ledger, Vault.of(settings), host, policies(settings), settings)


def open_host(settings: Settings) -> Host:
    """Return the place where models run; connects to nothing before its first call.

    Raises:
        RequestError: The file that says how models are hosted is wrong.
    """
    if settings.host == "inprocess":
        return InProcessHost()
    from heuresis.serving.hosts.ray_serve.config import read_config
    from heuresis.serving.hosts.ray_serve.host import RayHost
    from heuresis.serving.hosts.ray_serve.operation import config_file

    return RayHost(settings, read_config(config_file(settings)))


def open_recall(lab: Lab, settings: Settings) -> Recall:
    """Open the index over a lab's ledger; loads nothing yet."""
    return Recall(lab.ledger, settings.recall)
