"""A real Elasticsearch for tests: fetched with Maven once, run on loopback, stopped at the end.

What it lacks beside a whole distribution: mapper-extras, search templates, percolator, ingest,
life cycles, data streams, ES|QL. What the platform uses, every server of version 8 has.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import urllib3

HERE = Path(__file__).parent
CACHE = HERE.parents[2] / ".cache" / "elasticsearch"
UNPRIVILEGED = "nobody"  # the server refuses to run as root
_SECONDS_TO_FETCH = 1_800
_SECONDS_TO_START = 180


class Lacking(RuntimeError):
    """This machine cannot run the server; the text says what is missing."""


def home() -> Path:
    """The unpacked server, fetched if it is not there yet (760 MB over the net, once).

    Raises Lacking.
    """
    _require("java", "mvn")
    _require_java_17()
    folder = _reachable(CACHE)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # two runs at once: the second finds it done
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "server" / "bin").is_dir():
            _fetch(folder)
    return folder / "server"


def _require(*programs: str) -> None:
    lacking = [name for name in programs if shutil.which(name) is None]
    if lacking:
        raise Lacking(f"no {' and no '.join(lacking)} on this machine (Java 17 and Maven)")


def _require_java_17() -> None:
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < 17:
        raise Lacking(f"Java 17 is needed, this is {said.splitlines()[0] if said else 'none'}")


def _reachable(folder: Path) -> Path:
    """The folder, or as root one that an unprivileged account can get to as well."""
    if os.geteuid() != 0:
        return folder
    closed = [one for one in folder.parents if one.exists() and not one.stat().st_mode & 0o001]
    return Path("/var/tmp/cilis-elasticsearch") if closed else folder


def _fetch(folder: Path) -> None:
    scratch = Path(tempfile.mkdtemp(dir=folder))
    try:
        ran = subprocess.run(
            ["mvn", "-q", "-B", f"-Dunpack.into={scratch}", "generate-resources"],
            cwd=HERE,
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_FETCH,
            check=False,
        )
        found = list(scratch.glob("sonarqube-*/elasticsearch"))
        if ran.returncode != 0 or not found:
            raise Lacking(f"Maven did not bring the server: {(ran.stdout + ran.stderr)[-600:]}")
        scratch.chmod(0o755)
        found[0].rename(folder / "server")
    except subprocess.TimeoutExpired as problem:
        raise Lacking("Maven did not bring the server in half an hour") from problem
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class Elasticsearch:
    """One node with a small heap and its own data; nothing of it outlives `close`.

    ``settings``: more lines of elasticsearch.yml, for nodes with little room.
    """

    def __init__(
        self, *, heap: str = "512m", settings: Mapping[str, str | int] = MappingProxyType({})
    ) -> None:
        self._heap, self._settings = heap, settings
        self._folder = Path(tempfile.mkdtemp(prefix="elasticsearch-"))
        self._port, self._inner_port = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, or start it again with the data it had; returns when it is of use.

        Raises Lacking when it does not come up.
        """
        server = home()
        self._write_settings(server)
        with (self._folder / "out").open("wb") as out:
            self._process = subprocess.Popen(
                self._command(server),
                cwd=server,
                env=self._environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._account(),
            )
        self._wait()

    def stop(self) -> None:
        """End it, politely at first; its data stay for another `start`."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def pause(self) -> None:
        """Let it hang: connections are taken, nothing is answered."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop it and forget its data."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write_settings(self, server: Path) -> None:
        for name in ("conf", "data", "logs", "tmp"):
            (self._folder / name).mkdir(exist_ok=True)
        conf = self._folder / "conf"
        shutil.copyfile(server / "config" / "log4j2.properties", conf / "log4j2.properties")
        (conf / "jvm.options").write_text(
            f"-Xms{self._heap}\n-Xmx{self._heap}\n-XX:+UseSerialGC\n-XX:+ExitOnOutOfMemoryError\n"
            f"-Djava.io.tmpdir={self._folder}/tmp\n-XX:ErrorFile={self._folder}/logs/fatal.log\n"
        )
        (conf / "elasticsearch.yml").write_text(
            f"path.data: {self._folder}/data\npath.logs: {self._folder}/logs\n"
            "cluster.name: cilis-tests\nnode.name: one\ndiscovery.type: single-node\n"
            f"network.host: 127.0.0.1\nhttp.port: {self._port}\n"
            f"transport.port: {self._inner_port}\n"
            "xpack.security.enabled: false\nnode.store.allow_mmap: false\n"
            "cluster.routing.allocation.disk.threshold_enabled: false\n"
            + "".join(f"{name}: {value}\n" for name, value in self._settings.items())
        )
        if os.geteuid() == 0:
            for path in (self._folder, *self._folder.rglob("*")):
                shutil.chown(path, UNPRIVILEGED)

    def _command(self, server: Path) -> list[str]:
        return [
            "java", "-Xms4m", "-Xmx64m", "-XX:+UseSerialGC",
            "-Dcli.name=server", f"-Dcli.script={server}/bin/elasticsearch",
            "-Dcli.libs=lib/tools/server-cli", f"-Des.path.home={server}",
            f"-Des.path.conf={self._folder}/conf", "-Des.distribution.type=tar",
            "-Des.java.type=ES_JAVA_HOME", "-cp", f"{server}/lib/*:{server}/lib/cli-launcher/*",
            "org.elasticsearch.launcher.CliToolLauncher",
        ]  # fmt: skip

    def _environment(self) -> dict[str, str]:
        java = Path(shutil.which("java") or "java").resolve()
        return {
            "PATH": os.environ["PATH"],  # noqa: TID251 - the child's, not ours
            "HOME": str(self._folder),
            "HOSTNAME": "localhost",
            "ES_TMPDIR": f"{self._folder}/tmp",
            "ES_JAVA_HOME": str(java.parents[1]),
            "JAVA_HOME": str(java.parents[1]),
            "USER": UNPRIVILEGED if os.geteuid() == 0 else getpass.getuser(),
        }

    def _account(self) -> dict[str, object]:
        return {"user": UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}

    def _wait(self) -> None:
        """Answering is not readiness: the cluster has to be at least yellow."""
        assert self._process is not None
        deadline = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                answer = urllib3.request(
                    "GET", f"{self.url}/_cluster/health", timeout=2, retries=False
                )
                if answer.status == 200 and answer.json()["status"] in {"yellow", "green"}:
                    return
            time.sleep(0.2)
        self.stop()
        raise Lacking(f"it did not start: {(self._folder / 'out').read_text()[-800:]}")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
