"""A real Neo4j Community server for tests and benchmarks, from Maven Central artifacts (docs/neo4j.md has the recipe)."""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neo4j
import pytest
from neo4j.exceptions import DriverError, Neo4jError

POM = Path(__file__).parent / "pom.xml"
ROOT = POM.parent.parent.parent
SECONDS_TO_START = 60

_OPENS = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in ("java.nio", "java.io", "sun.nio.ch")]
_SMALL = ["-XX:+UseSerialGC", "-Xmx512m", "-XX:MaxDirectMemorySize=256m"]
QUICK_START = "-XX:TieredStopAtLevel=1"  # the first compiler only: for a server that lives for minutes
JAVA = ["java", *_SMALL, *_OPENS, "-Dio.netty.tryReflectionSetAccessible=true", "-Dlog4j2.disable.jmx=true"]

SETTINGS = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=128m
db.tx_log.preallocate=false
dbms.usage_report.enabled=false
"""


def missing() -> str:
    """Why no server can be run here; "" when it can."""
    for program in ("java", "mvn"):
        if not shutil.which(program):
            return f"no {program} found: a Neo4j server for the tests needs Java 17 or newer and Maven (or set NEO4J_URI)"
    shown = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', shown)
    if not version or int(version[1]) < 17:
        return f"Java 17 or newer is needed, found: {shown.splitlines()[0] if shown else 'none'}"
    try:
        libraries()
    except subprocess.CalledProcessError as error:
        return f"Maven cannot fetch Neo4j: {error.stdout[-2000:]}"
    return ""


def libraries(pom: Path = POM) -> Path:
    """The folder of the jars, fetched once a version of the pom; raises CalledProcessError when Maven cannot fetch them."""
    folder = ROOT / ".neo4j" / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    if not folder.is_dir():
        part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={part}"]
        try:
            subprocess.run(["mvn", "-B", "-q", "-f", str(pom), *goal], check=True, capture_output=True, text=True)
            part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return folder


class Neo4jServer:
    """A server in a folder of its own, on a free loopback port, with a password of its own."""

    def __init__(self, home: Path, plugins: Iterable[Path] = (), settings: str = "", java: Iterable[str] = (QUICK_START,)) -> None:
        self._java = [*JAVA, *java]
        self._home = home
        self._classpath = f"{libraries()}/*"
        self._process: subprocess.Popen[bytes] | None = None
        self.password = secrets.token_hex(12)
        self.user = "neo4j"
        self.uri = f"bolt://127.0.0.1:{_free_port()}"
        for name in ("conf", "data", "logs", "import", "plugins", "run"):
            (home / name).mkdir(parents=True, exist_ok=True)
        (home / "conf" / "neo4j.conf").write_text(SETTINGS.format(port=self.uri.rpartition(":")[2]) + settings)
        for plugin in plugins:
            shutil.copy(plugin, home / "plugins")
        self.admin("dbms", "set-initial-password", self.password)
        atexit.register(self.kill)

    def start(self) -> None:
        """Start, and wait until it answers; one that runs still is ended."""
        self.kill()
        folders = [f"--home-dir={self._home}", f"--config-dir={self._home / 'conf'}"]
        classpath = f"{self._classpath}{os.pathsep}{self._home / 'plugins'}/*"
        command = [*self._java, "-cp", classpath, "org.neo4j.server.CommunityEntryPoint", *folders]
        with (self._home / "logs" / "console.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError("the Neo4j server did not start:\n" + (self._home / "logs" / "console.log").read_text()[-4000:])
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with neo4j.GraphDatabase.driver(self.uri, auth=(self.user, self.password), notifications_min_severity="OFF") as driver:
                driver.verify_connectivity()
        except (DriverError, Neo4jError, OSError):
            return False
        return True

    def stop(self) -> None:
        """Stop as an administrator does, and wait."""
        if self._process:
            self._process.terminate()
            self._process.wait(SECONDS_TO_START)

    def kill(self) -> None:
        """End at once, whatever it is doing."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def memory(self) -> float:
        """Megabytes of memory that the server holds."""
        status = Path(f"/proc/{self._process.pid if self._process else 0}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def processor_seconds(self) -> float:
        """Processor time that the server has used."""
        used = Path(f"/proc/{self._process.pid if self._process else 0}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")

    def admin(self, *arguments: str, folder: Path | None = None) -> str:
        """What `neo4j-admin` prints; raises CalledProcessError."""
        command = [*self._java, "-cp", self._classpath, "org.neo4j.cli.AdminTool", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, env=self.environment()).stdout

    def environment(self) -> dict[str, str]:
        """Environment of the import tool."""
        return os.environ | {"NEO4J_HOME": str(self._home), "NEO4J_CONF": str(self._home / "conf")}

    def admin_command(self, path: Path) -> Path:
        """An executable `neo4j-admin` at `path`, as a distribution has it."""
        words = " ".join(f"'{word}'" for word in [*self._java, "-cp", self._classpath, "org.neo4j.cli.AdminTool"])
        path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        path.chmod(0o755)
        return path

    def shell(self, script: Path) -> subprocess.CompletedProcess[str]:
        """Run a script with cypher-shell."""
        command = ["java", "-cp", self._classpath, "org.neo4j.shell.Main", "-a", self.uri, "-u", self.user, "-f", str(script)]
        environment = os.environ | {"NEO4J_PASSWORD": self.password}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@dataclass
class Server:
    """A server that tests use: where it is, and what may be asked of it."""

    uri: str
    user: str
    password: str
    own: Neo4jServer | None  # None: another's, which can be neither stopped nor imported into
    _cleared: bool = False

    @property
    def login(self) -> dict[str, str]:
        """Keyword arguments of the export and of kg.read_neo4j."""
        return {"user": self.user, "password": self.password}

    def ask(self, query: str, **parameters: object) -> tuple[list[str], list[list[Any]]]:
        """The columns and the rows of a query."""
        auth = (self.user, self.password)
        with neo4j.GraphDatabase.driver(self.uri, auth=auth, notifications_min_severity="OFF") as driver:
            result = driver.execute_query(query, parameters)
            return list(result.keys), [record.values() for record in result.records]

    def run(self, query: str, **parameters: object) -> list[list[Any]]:
        """The rows of a query."""
        return self.ask(query, **parameters)[1]

    def clear(self) -> None:
        """Remove everything but the constraints and indexes of our exports; another's database must be empty when the tests begin."""
        if not self.own and not self._cleared and self.run("MATCH (n) RETURN count(n)") != [[0]]:
            pytest.fail(f"the tests empty the database at NEO4J_URI ({self.uri}), and it is not empty: name one that is")
        self._cleared = True
        self.run("MATCH (n) DETACH DELETE n")
        for kind, owned in (("CONSTRAINT", "true"), ("INDEXE", "type <> 'LOOKUP' AND owningConstraint IS NULL")):
            columns = "name" if kind == "CONSTRAINT" else "name, type, owningConstraint"
            for (name,) in self.run(f"SHOW {kind}S YIELD {columns} WHERE {owned} AND NOT name STARTS WITH 'paperkg_' RETURN name"):
                self.run(f"DROP {kind.removesuffix('E')} `{name}`")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
