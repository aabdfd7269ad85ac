"""The fixtures of approvals."""

from fixtures_approval import asking, ruled

__all__ = ["asking", "ruled"]
