"""Addresses of Neo4j servers."""

from __future__ import annotations

import re

from schemas.errors import ServerError

_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
# A port is digits alone, so "bolt://user:password" is none.
_ADDRESS = re.compile(r"(?:(?P<scheme>[A-Za-z+]+)://)?(?:[\w.-]+|\[[\da-fA-F:.%]+\])(?::\d{1,5})?/?")


def checked_address(uri: str) -> str:
    """`uri` when it is a scheme, a host and perhaps a port; raises ServerError.

    One that is not is never shown: what stands where the host or port should be may be a password.
    """
    match = _ADDRESS.fullmatch(uri)
    if match and (match["scheme"] or "").lower() in _SCHEMES:
        return uri
    shown = uri if match else "the server's address"
    if "@" in uri:
        raise ServerError(shown, "it holds a user or a password; give the user apart and set NEO4J_PASSWORD")
    raise ServerError(shown, f"not the address of a Neo4j server, such as bolt://localhost:7687; schemes: {', '.join(_SCHEMES)}")
