"""PostgreSQL and Redis in processes of their own, with nothing kept after the tests."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server and give its address; it listens on a socket in ``folder`` only."""
    pytest.importorskip("psycopg", reason="the `postgres` extra is not installed")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    # The server refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        for parent in (folder, *folder.parents[:3]):
            parent.chmod(0o755)
        shutil.chown(folder, user)
    data, control = folder / "data", str(programs[-1] / "pg_ctl")
    quiet = {"check": True, "user": user, "cwd": folder, "stdout": subprocess.DEVNULL}
    subprocess.run([str(programs[-1] / "initdb"), "-D", data, "-A", "trust", "-U", "tests"], **quiet)
    options = f"-c listen_addresses='' -c fsync=off -k {folder}"
    subprocess.run([control, "-D", data, "-w", "-o", options, "-l", folder / "log", "start"], **quiet)
    try:
        yield f"postgresql://tests@/postgres?host={folder}"
    finally:
        subprocess.run([control, "-D", data, "-m", "immediate", "stop"], **quiet)


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a Redis server on a free port and give its address."""
    pytest.importorskip("redis", reason="the `redis` extra is not installed")
    program = shutil.which("redis-server")
    if not program:
        pytest.skip("Redis is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if "Ready to accept connections" in line:
                break
        else:
            raise AssertionError(f"Redis did not start:\n{said}")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.communicate()
