"""Resolution: the entities of all papers -> one entity a thing."""

from kg.resolve.keys import name_key
from kg.resolve.resolver import resolve

__all__ = ["name_key", "resolve"]
