"""`harken serve`: one process, or a parent with several workers on one port."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ..errors import Invalid
from ..settings import Settings

# Each worker has a queue of its own for the same port, and Linux deals new connections out among them (socket(7),
# SO_REUSEPORT). With one queue for all, whoever wakes first takes every connection of a burst.
_KERNEL_SHARES = sys.platform == "linux"
_WORKER = "_HARKEN_WORKER"  # number of this worker, its socket and its URL; set by the parent only


def command(
    data: Annotated[Path | None, typer.Option(help="Directory with everything: database, media, keys.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=16, help="Serving processes.")] = None,
    database: Annotated[str | None, typer.Option(help="PostgreSQL URL instead of SQLite.")] = None,
    nats: Annotated[str | None, typer.Option(help="NATS URL of the cluster profile.")] = None,
) -> None:
    """Serve Harken; prints one line with its URL once it answers."""
    settings = Settings.load(data=data, host=host, port=port, workers=workers, database=database, nats=nats)
    if settings.nats:
        raise Invalid("--nats belongs to the cluster profile, which is not built yet; leave it out", "nats")
    if _WORKER in os.environ:
        number, descriptor = map(int, os.environ.pop(_WORKER).split(":"))
        sys.exit(_serve(settings, socket.socket(fileno=descriptor), number))
    listening = _listen(settings)
    settings = _with_port(settings, listening.getsockname()[1])
    if settings.workers == 1:
        sys.exit(_serve(settings, listening, 0, announce=True))
    sys.exit(_supervise(settings, listening))


def _listen(settings: Settings) -> socket.socket:
    """The socket to listen on. Raises Invalid when the address is taken or not ours."""
    try:
        with _bound(settings, shared=False) as alone:  # a shared port would let in a second Harken by mistake
            if settings.workers == 1:
                return _listening(alone.dup())
            settings = _with_port(settings, alone.getsockname()[1])
        return _listening(_bound(settings, shared=True))
    except OSError as error:
        raise Invalid(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            "Choose another with --port, or 0 for a free one.",
            "port",
        ) from error


def _bound(settings: Settings, shared: bool) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared and _KERNEL_SHARES:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((settings.host, settings.port))
    except OSError:
        made.close()
        raise
    return made


def _listening(bound: socket.socket) -> socket.socket:
    bound.listen(2048)
    bound.setblocking(False)
    return bound


def _with_port(settings: Settings, port: int) -> Settings:
    import msgspec

    return msgspec.structs.replace(settings, port=port)


def _serve(settings: Settings, listening: socket.socket, number: int, announce: bool = False) -> int:
    """Serve in this process until SIGTERM or SIGINT; the exit code."""
    gc.disable()  # until everything is loaded: looking for circles meanwhile took a quarter of the time to start
    import uvloop

    from .. import ids
    from ..observe import set_up_logging

    _open_many_files()

    ids.use_lane(number)
    set_up_logging(settings.log_level)
    return uvloop.run(_run(settings, listening, number, announce))


async def _run(settings: Settings, listening: socket.socket, number: int, announce: bool) -> int:
    import uvicorn

    from .. import clock, mail
    from ..actions.delete_account import finish_deletions, finish_farewells
    from ..app import build
    from ..engine import opened
    from ..media.store import FileStore

    class Server(uvicorn.Server):
        """Leaves the signals to us, and says when it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if announce:
                print(f"Harken listens on {engine.base_url}", flush=True)

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    async with opened(settings) as engine:
        engine.start()
        config = uvicorn.Config(
            build(engine),
            log_config=None,
            access_log=False,
            lifespan="off",
            http="httptools",
            ws="websockets-sansio",
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
            timeout_graceful_shutdown=2,
            timeout_keep_alive=75,
            h11_max_incomplete_event_size=65_536,
            ws_max_size=65_536,
            ws_ping_interval=30,
            ws_ping_timeout=30,
            server_header=False,
        )
        server = Server(config)
        loop = asyncio.get_running_loop()

        def finish() -> None:
            # The application ends its own streams: no server does, and each would wait for them.
            engine.streaming.close()
            server.should_exit = True

        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, finish)
        interrupted = None
        if number == 0:
            store = FileStore(engine.media_directory)
            interrupted = asyncio.create_task(finish_deletions(engine.db, store, clock.now()))
        # What is loaded now stays: the collector need not walk it again and again, nor after every few requests. Not
        # looking through it once before takes a quarter of a second off the start and costs half a megabyte.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        gc.enable()
        await server.serve(sockets=[listening])
        await finish_farewells()
        await mail.finish()
        if interrupted is not None:
            await interrupted
        await engine.stop()
    return 0


def _open_many_files() -> None:
    """As many as the system lets us: an open stream is one, and most systems give a process 1,024 unless asked."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _supervise(settings: Settings, listening: socket.socket) -> int:
    """Start the workers, start dead ones again, stop all at a signal."""
    queues = [listening]
    stopping = False
    numbers: dict[int, subprocess.Popen[bytes]] = {}
    with tempfile.TemporaryDirectory(prefix="harken-metrics-") as metrics:

        def start(number: int) -> None:
            queue = queues[number].fileno()
            environment = os.environ | {
                _WORKER: f"{number}:{queue}",
                "PROMETHEUS_MULTIPROC_DIR": metrics,
                "HARKEN_DATA": str(settings.data),
                "HARKEN_DATABASE": settings.database,
                "HARKEN_HOST": settings.host,
                "HARKEN_PORT": str(settings.port),
                "HARKEN_WORKERS": str(settings.workers),
            }
            numbers[number] = subprocess.Popen(
                [sys.executable, "-m", "harken", "serve"], env=environment, pass_fds=[queue]
            )

        def stop(*_: object) -> None:
            nonlocal stopping
            stopping = True
            for worker in numbers.values():
                with contextlib.suppress(ProcessLookupError):
                    worker.send_signal(signal.SIGTERM)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        start(0)
        if not _answers(settings, numbers[0]):  # alone in front of the port while it migrates
            stop()
            return numbers[0].wait() or 1
        for number in range(1, settings.workers):
            # We keep every queue open: who comes while a worker is started again waits there and is served.
            queues.append(_listening(_bound(settings, shared=True)) if _KERNEL_SHARES else listening)
            start(number)
        print(f"Harken listens on {settings.url or f'http://{settings.host}:{settings.port}'}", flush=True)
        while not stopping:
            time.sleep(0.2)
            for number, worker in list(numbers.items()):
                if worker.poll() is not None and not stopping:
                    start(number)
        for worker in numbers.values():
            try:
                worker.wait(timeout=5)
            except subprocess.TimeoutExpired:
                worker.kill()
    return 0


def _answers(settings: Settings, worker: subprocess.Popen[bytes]) -> bool:
    """Wait until the first worker answers; migrations may take a while, so only its end ends the wait."""
    while worker.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((settings.host, settings.port), timeout=5) as asking,
        ):
            asking.settimeout(5)
            asking.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            if asking.recv(12).endswith(b"200"):
                return True
        time.sleep(0.02)
    return False
