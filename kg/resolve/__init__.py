"""Resolution: the entities of all papers -> one entity a thing."""

from kg.resolve.keys import name_key
from kg.resolve.meanings import PaperNames
from kg.resolve.name_list import ResolvedNames, read_names, resolve_list
from kg.resolve.overrides import NO_OVERRIDES, Override, Overrides, load_overrides
from kg.resolve.resolver import names_of, resolve, resolve_names

__all__ = [
    "NO_OVERRIDES",
    "Override",
    "Overrides",
    "PaperNames",
    "ResolvedNames",
    "load_overrides",
    "name_key",
    "names_of",
    "read_names",
    "resolve",
    "resolve_list",
    "resolve_names",
]
