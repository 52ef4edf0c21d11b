"""
`make serve`: the portal on this machine, a web process and a worker beside it, both kept alive until Ctrl-C.

A server installation has a supervisor for that (see compose.yaml); this is the small one of a single machine. A
worker that dies is started again, and rings for what it left behind.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

from config.variables import BASE_DIR, BadSetting, read

HOST = "127.0.0.1"
RESTART_AFTER = 2  # seconds, so that a worker that cannot start does not spin


def commands(port: int) -> dict[str, list[str]]:
    """What runs: the web process, the worker, and with Redis the clock that every worker shares."""
    celery = ["celery", "-q", "-A", "config.celery"]
    web = ["gunicorn", "config.wsgi", "-b", f"{HOST}:{port}", "-w", "2", "--threads", "4", "--log-level", "warning"]
    if not read("REDIS_URL"):
        return {"web": web, "worker": [*celery, "worker", "-P", "solo", "-l", "WARNING", "--without-mingle"]}
    return {"web": web, "worker": [*celery, "worker", "-c", "2", "-l", "WARNING"], "beat": [*celery, "beat"]}


def serve(port: int) -> None:
    """Start everything and keep it running until a signal ends this process."""
    _refuse_used_port(port)
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=BASE_DIR, check=True)
    wanted = commands(port)
    running = {name: _start(command) for name, command in wanted.items()}
    print(f"Linli 邻里: http://{HOST}:{port}/    (Ctrl-C ends it)", flush=True)
    try:
        while True:
            time.sleep(RESTART_AFTER)
            for name, process in running.items():
                if process.poll() is not None:
                    print(f"linli: the {name} process ended with {process.returncode}; starting it again", flush=True)
                    running[name] = _start(wanted[name])
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):  # a second signal must not leave a worker behind
            signal.signal(number, signal.SIG_IGN)
        _stop(list(running.values()))


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches it only through us, once."""
    quiet = "ignore:You're running the worker with superuser privileges"  # on one's own machine that is a choice
    return subprocess.Popen([sys.executable, "-W", quiet, "-m", *command], cwd=BASE_DIR, start_new_session=True)  # noqa: S603


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask all to end, wait for the job in hand as long as a page would, then insist."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _refuse_used_port(port: int) -> None:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError as error:
            raise BadSetting(
                f"port {port} is in use. End what uses it, or take another with `make serve PORT=8001`."
            ) from error


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    serve(int(os.environ.get("PORT", "8000")))
