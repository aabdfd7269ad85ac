"""The API's fixtures."""

from fixtures_api import api, few_tools, make_api

__all__ = ["api", "few_tools", "make_api"]
