"""Attachments of a message that are documents: read in before anything is planned."""

from collections.abc import Mapping, Sequence
from typing import Any

from heuresis.agent.documents.content import suffix_of
from heuresis.agent.documents.entering import enter
from heuresis.agent.documents.reading import SUFFIXES
from heuresis.errors import RequestError
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab


def read_in(
    lab: Lab, attachments: Sequence[Mapping[str, Any]], context: Context
) -> list[dict[str, Any]]:
    """Return attachments of which each document is in the ledger, or says why it is not.

    Args:
        lab: Where their bytes are.
        attachments: As the message has them: name, digest, and document if it was read before.
        context: Who asks.
    """
    return [_read(lab, dict(one), context) for one in attachments]


def _read(lab: Lab, attachment: dict[str, Any], context: Context) -> dict[str, Any]:
    name, digest = str(attachment.get("name", "")), str(attachment.get("digest", ""))
    if attachment.get("document") or not digest or suffix_of(name) not in SUFFIXES:
        return attachment
    try:
        entered = enter(lab, lab.vault.get(digest), name, context)
    except RequestError as error:
        return {**attachment, "unread": str(error)}
    return {**attachment, "document": entered.document.id}
