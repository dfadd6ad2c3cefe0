"""The way to a Neo4j server: where it is, who asks, and its errors as one line. The password is never shown."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import neo4j
from neo4j.exceptions import AuthError, ClientError, ConfigurationError, ConstraintError, DriverError, Neo4jError, ServiceUnavailable

from schemas.errors import PaperkgError, ServerError, excerpt, one_line
from schemas.server_address import checked_address

_SECONDS_TO_CONNECT = 10.0

logging.getLogger("neo4j").addHandler(logging.NullHandler())  # its retries would be printed where nobody set up logging


@dataclass(frozen=True)
class Login:
    """Who asks which server, and for which database (None: the user's own default)."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None = None


def login(uri: str, user: str | None = None, password: str | None = None, database: str | None = None) -> Login:
    """A Login; what is not given comes from NEO4J_USERNAME and NEO4J_PASSWORD. Raises ServerError."""
    checked_address(uri)
    secret = os.environ.get("NEO4J_PASSWORD") if password is None else password
    if secret is None:
        raise ServerError(uri, "no password: set NEO4J_PASSWORD, or pass password=")
    return Login(uri, user or os.environ.get("NEO4J_USERNAME") or "neo4j", secret, database)


class Database:
    """One database of a server; the driver retries what is worth it."""

    def __init__(self, driver: neo4j.Driver, name: str | None) -> None:
        self._driver = driver
        self._name = name

    def run(self, query: str, **parameters: Any) -> neo4j.EagerResult:
        """The result of one query in a transaction of its own."""
        return self._driver.execute_query(query, parameters, database_=self._name)

    def stream(self, query: str, **parameters: Any) -> Iterator[neo4j.Record]:
        """The records of a query that only reads, a few at a time."""
        with self._driver.session(database=self._name, default_access_mode=neo4j.READ_ACCESS) as session:
            yield from session.run(query, parameters)


@contextlib.contextmanager
def connect(to: Login) -> Iterator[Database]:
    """The database of a Login; whatever the driver or the server complains about is raised as ServerError."""
    try:
        with neo4j.GraphDatabase.driver(
            to.uri, auth=(to.user, to.password), connection_timeout=_SECONDS_TO_CONNECT, notifications_min_severity="OFF"
        ) as driver:
            driver.verify_connectivity()  # fails at once, where a query would try for half a minute
            yield Database(driver, to.database)
    except PaperkgError:
        raise
    except (Neo4jError, DriverError) as error:
        raise ServerError(to.uri, _problem(to, error)) from error
    except (OverflowError, UnicodeError, ValueError, OSError) as error:
        raise ServerError(to.uri, one_line(f"{error}")) from error


def _problem(to: Login, error: Neo4jError | DriverError) -> str:
    """What went wrong, in one line."""
    if isinstance(error, AuthError):
        return f"it refuses the user {excerpt(to.user)} with this password"
    if isinstance(error, ServiceUnavailable):
        secure = "; neo4j+s and bolt+s need a server that encrypts" if "+s" in to.uri else ""
        return f"no server answers there, or it went away; start it (or check the address) and run this again{secure}"
    if isinstance(error, ConfigurationError):
        return one_line(str(error))
    if isinstance(error, ClientError) and "DatabaseNotFound" in (error.code or ""):
        return f"no database {excerpt(str(to.database))}; SHOW DATABASES names those that exist"
    message = excerpt((getattr(error, "message", None) or str(error)), 300)
    if isinstance(error, ConstraintError):
        return f"a constraint of the database refuses the data: {message}; drop it (SHOW CONSTRAINTS) and run this again"
    return f"{type(error).__name__}: {message}"
