#!/usr/bin/env python3
"""How the cost of an nsqd grows: topics, connections, backlog, channels, message size, messages in flight.

Measures two servers, each started anew for each point, while the other does not run:

    curves.py --json=curves.json 'distribution/target/nsqd/bin/nsqd' 'path/to/go/nsqd'
    curves.py --plot curves.json docs/performance
    curves.py --table curves.json

The main figure is the CPU time that the server spends, not how fast it is: this program loads a server from a single
thread and is often what limits the rate. Needs Linux and Python 3.11, and matplotlib for --plot only.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import os
import re
import resource
import selectors
import shlex
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Address = tuple[str, int]
Figures = dict[str, float]

HOST = "127.0.0.1"
MIB = 1 << 20
TOPIC = "curves"
CHANNEL = "channel"
WARM_UP_TOPIC = "warm-up"
BODY = 100  # bytes of a message, where its size is not what is varied
PATIENCE = 180.0  # seconds after which a server that does nothing counts as broken
NEEDED_FILES = 16_384  # descriptors, for ten thousand connections

OK_FRAME = struct.pack(">II", 6, 0) + b"OK"
HEARTBEAT_FRAME = struct.pack(">II", 15, 0) + b"_heartbeat_"
MESSAGE_TYPE = 2
MESSAGE_HEAD = 4 + 4 + 8 + 2 + 16  # size, type, timestamp, attempts, id


class Failure(Exception):
    """A server did not do what it should."""


# ----------------------------------------------------------------------------------------------------------- the server


class Server:
    """A daemon with a data path of its own, and what the kernel knows of its process and of those that it started."""

    def __init__(self, command: str, directory: Path, flags: list[str]) -> None:
        self.tcp = free_address()
        self.http = free_address()
        self._log = directory / "log"
        arguments = [
            *shlex.split(command),
            f"--tcp-address={HOST}:{self.tcp[1]}",
            f"--http-address={HOST}:{self.http[1]}",
            f"--broadcast-address={HOST}",
            f"--data-path={data_path(directory)}",
            "--log-level=error",
            "--max-heartbeat-interval=1h",
            *flags,
        ]
        began = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            # Until TCP answers a command: Go's daemon listens long before it does.
            self._wait_for(lambda: Connection(self.tcp).close())
            self.start_seconds = time.monotonic() - began
            self._wait_for(lambda: socket.create_connection(self.http).close())
        except BaseException:
            self.kill()
            raise

    def _wait_for(self, attempt: Callable[[], None]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                attempt()
                return
            except ConnectionRefusedError:
                if self._process.poll() is not None:
                    raise Failure(f"exited with {self._process.returncode}: {self.complaints()}") from None
                if time.monotonic() > deadline:
                    raise Failure(f"not there after {PATIENCE:.0f} s") from None
                time.sleep(0.005)

    def complaints(self) -> str:
        return self._log.read_text(errors="replace")[-500:].strip()

    def _processes(self) -> list[int]:
        found = [self._process.pid]
        for process in found:
            for children in Path(f"/proc/{process}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    found.extend(int(child) for child in children.read_text().split())
        return found

    def cpu(self) -> float:
        """Seconds of CPU time, user's and system's: the kernel's clocks of the processes, which count nanoseconds."""
        return sum(time.clock_gettime((~process << 3) | 2) for process in self._processes())

    def rss(self) -> float:
        return self._status("VmRSS")

    def peak_rss(self) -> float:
        return self._status("VmHWM")

    def _status(self, field: str) -> float:
        """MiB."""
        kib = 0
        for process in self._processes():
            status = Path(f"/proc/{process}/status").read_text()
            if match := re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE):
                kib += int(match[1])
        return kib / 1024

    def live(self) -> float:
        """MiB that are still in use after a full collection: the heap, and with Go the stacks of its goroutines too."""
        for process in self._processes():
            java = Path(os.readlink(f"/proc/{process}/exe"))
            if java.name == "java":
                return live_of_java(process, java.with_name("jcmd"))
        return self._live_of_go()

    def _live_of_go(self) -> float:
        profile = self.get("/debug/pprof/heap?gc=1&debug=1").decode(errors="replace")
        heap = re.search(r"^# HeapAlloc = (\d+)", profile, re.MULTILINE)
        stacks = re.search(r"^# Stack = (\d+)", profile, re.MULTILINE)
        if not heap or not stacks:
            raise Failure("/debug/pprof/heap does not tell what is in use")
        return (int(heap[1]) + int(stacks[1])) / MIB

    def get(self, path: str) -> bytes:
        return self._ask(path, None)

    def post(self, path: str) -> bytes:
        return self._ask(path, b"")

    def _ask(self, path: str, body: bytes | None) -> bytes:
        request = urllib.request.Request(f"http://{HOST}:{self.http[1]}{path}", data=body)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            answer: bytes = response.read()
        return answer

    def version(self) -> str:
        return str(json.loads(self.get("/info"))["version"])

    def create(self, topic: str, channels: list[str]) -> None:
        self.post(f"/topic/create?topic={topic}")
        for channel in channels:
            self.post(f"/channel/create?topic={topic}&channel={channel}")

    def wait_for_depth(self, topic: str, depth: int) -> None:
        """Until so many messages wait in the topic's only channel, and none elsewhere: Go's daemon moves them from the
        topic to the channel after its answer, and both see to the last FINs after the consumer has sent them."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            topics = json.loads(self.get(f"/stats?format=json&topic={topic}&include_mem=false"))["topics"]
            channel = topics[0]["channels"][0]
            if topics[0]["depth"] == 0 and channel["depth"] == depth and channel["in_flight_count"] == 0:
                return
            time.sleep(0.02)
        raise Failure(f"the channel has not come to {depth} messages after {PATIENCE:.0f} s")

    def stop(self) -> float:
        """Seconds from SIGTERM to the end."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure(f"not gone {PATIENCE:.0f} s after SIGTERM") from None
        if code != 0:
            raise Failure(f"exited with {code}: {self.complaints()}")
        return time.monotonic() - began

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def live_of_java(process: int, jcmd: Path) -> float:
    def ask(command: str) -> str:
        asked = subprocess.run([jcmd, str(process), command], capture_output=True, text=True, check=False)
        if asked.returncode != 0:
            raise Failure(f"jcmd {command}: {asked.stdout}{asked.stderr}")
        return asked.stdout

    ask("GC.run")
    spaces = re.findall(r"total \d+K, used (\d+)K", ask("GC.heap_info"))
    return sum(int(kib) for kib in spaces) / 1024


def free_address() -> Address:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return HOST, probe.getsockname()[1]


def data_path(directory: Path) -> Path:
    path = directory / "data"
    path.mkdir(exist_ok=True)
    return path


# ---------------------------------------------------------------------------------------------------------- its clients


def identify(heartbeat_ms: int) -> bytes:
    """The start of a connection. Buffers of the server are sent after 25 ms instead of 250."""
    settings = {
        "client_id": "curves",
        "hostname": "curves",
        "user_agent": "curves",
        "heartbeat_interval": heartbeat_ms,
        "output_buffer_timeout": 25,
        "msg_timeout": 600_000,
    }
    body = json.dumps(settings).encode()
    return b"  V2IDENTIFY\n" + struct.pack(">I", len(body)) + body


def subscribe(topic: str, channel: str) -> bytes:
    return f"SUB {topic} {channel}\n".encode()


class Connection:
    """A blocking connection, too short-lived for a heartbeat: the server says only what was asked for."""

    HEARTBEAT_MS = 3_600_000

    def __init__(self, address: Address) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(identify(self.HEARTBEAT_MS))
        self.expect_ok()

    def expect_ok(self) -> None:
        answer = bytearray(len(OK_FRAME))
        self.fill(memoryview(answer))
        if answer != OK_FRAME:
            raise Failure(f"not OK, but {bytes(answer) + self.socket.recv(200)!r}")

    def fill(self, buffer: memoryview) -> None:
        got = 0
        while got < len(buffer):
            read = self.socket.recv_into(buffer[got:])
            if read == 0:
                raise Failure("the server has closed the connection")
            got += read

    def close(self) -> None:
        self.socket.close()


class Publisher(Connection):
    """Publishes batches, always the same one."""

    def __init__(self, address: Address, topic: str, size: int, batch: int) -> None:
        super().__init__(address)
        message = struct.pack(">I", size) + b"m" * size
        body = struct.pack(">I", batch) + message * batch
        self._command = f"MPUB {topic}\n".encode() + struct.pack(">I", len(body)) + body

    def publish(self, batches: int = 1, ahead: int = 8) -> None:
        """At most so many batches are sent ahead of their answers."""
        unanswered = 0
        for _ in range(batches):
            if unanswered == ahead:
                self.expect_ok()
                unanswered -= 1
            self.socket.sendall(self._command)
            unanswered += 1
        for _ in range(unanswered):
            self.expect_ok()


class Consumer(Connection):
    """Receives messages of one size. So all frames are of one length, and are taken apart without looking at each."""

    def __init__(self, address: Address, topic: str, channel: str, size: int) -> None:
        super().__init__(address)
        self.socket.sendall(subscribe(topic, channel))
        self.expect_ok()
        self._frame = MESSAGE_HEAD + size
        self._id = struct.Struct(f">{MESSAGE_HEAD - 16}x16s{size}x")
        self._buffer = bytearray()

    def ready(self, count: int) -> None:
        self.socket.sendall(f"RDY {count}\n".encode())

    def receive(self, count: int) -> list[bytes]:
        """Exactly so many messages; their ids."""
        if len(self._buffer) != count * self._frame:
            self._buffer = bytearray(count * self._frame)
        view = memoryview(self._buffer)
        self.fill(view)
        return self._ids(view)

    def finish(self, ids: list[bytes]) -> None:
        self.socket.sendall(b"FIN " + b"\nFIN ".join(ids) + b"\n")

    def drain(self, count: int) -> None:
        """Receives and finishes so many messages, whenever whole ones have come."""
        view = memoryview(bytearray(max(256 * 1024, 2 * self._frame)))
        got = 0
        while count:
            read = self.socket.recv_into(view[got:])
            if read == 0:
                raise Failure("the server has closed the connection")
            got += read
            whole = got - got % self._frame
            if whole:
                ids = self._ids(view[:whole])
                self.finish(ids)
                count -= len(ids)
                view[: got - whole] = bytes(view[whole:got])
                got -= whole

    def _ids(self, frames: memoryview) -> list[bytes]:
        types = bytes(frames[7 :: self._frame])
        if types.count(MESSAGE_TYPE) != len(types):
            raise Failure(f"not only messages: {bytes(frames[:200])!r}")
        return [message_id for (message_id,) in self._id.iter_unpack(frames)]


class Crowd:
    """Consumers that wait for messages, and answer heartbeats meanwhile."""

    HEARTBEAT_MS = 2000
    AT_ONCE = 64

    def __init__(self, address: Address, count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._address = address
        self._missing: dict[socket.socket, int] = {}  # the rest of the answers to what a connection began with
        self._greeting = identify(self.HEARTBEAT_MS) + subscribe(TOPIC, CHANNEL) + b"RDY 1\n"
        self._connect(count)

    def _connect(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE
        unconnected = count
        while unconnected or self._missing:
            while unconnected and len(self._missing) < self.AT_ONCE:
                unconnected -= 1
                client = socket.create_connection(self._address, timeout=PATIENCE)
                client.sendall(self._greeting)
                client.setblocking(False)
                self._missing[client] = 2 * len(OK_FRAME)
                self._selector.register(client, selectors.EVENT_READ)
            self._answer(1.0)
            if time.monotonic() > deadline:
                raise Failure(f"{unconnected + len(self._missing)} connections are missing after {PATIENCE:.0f} s")

    def _answer(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            client = key.fileobj
            assert isinstance(client, socket.socket)
            data = client.recv(4096)
            if client in self._missing:
                self._missing[client] -= len(data)
                if self._missing[client] <= 0:
                    del self._missing[client]
            if not data or b"E_" in data:
                raise Failure(f"a waiting consumer got {data!r}")
            if HEARTBEAT_FRAME in data:
                client.sendall(b"NOP\n")

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._answer(left)

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()


# ----------------------------------------------------------------------------------------------------------- the curves


@dataclass(frozen=True)
class Effort:
    """How long things are measured."""

    idle_seconds: float
    settle_seconds: float
    warm_up_seconds: float
    messages: int


FULL = Effort(idle_seconds=5, settle_seconds=3, warm_up_seconds=4, messages=200_000)
QUICK = Effort(idle_seconds=2, settle_seconds=1, warm_up_seconds=0.5, messages=20_000)


class Bench:
    """What measures one point of a curve: a server at a time, and how much to do."""

    def __init__(self, command: str, directory: Path, effort: Effort) -> None:
        self.effort = effort
        self.directory = directory
        self.version = ""
        self._command = command

    @contextlib.contextmanager
    def server(self, *flags: str) -> Iterator[Server]:
        server = Server(self._command, self.directory, list(flags))
        try:
            self.version = server.version()
            yield server
        finally:
            server.kill()

    def warm_up(self, server: Server, work: Callable[[], None]) -> None:
        end = time.monotonic() + self.effort.warm_up_seconds
        while time.monotonic() < end:
            work()


class Meter:
    """The server's CPU time and the time that passes."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.cpu = 0.0
        self.seconds = 0.0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        cpu, began = self._server.cpu(), time.monotonic()
        yield
        self.cpu += self._server.cpu() - cpu
        self.seconds += time.monotonic() - began

    def cpu_us(self, count: float) -> float:
        return self.cpu * 1e6 / count

    def rate(self, count: float) -> float:
        return count / self.seconds

    def load(self) -> float:
        """Milliseconds of CPU time in a second."""
        return self.cpu * 1e3 / self.seconds


def memory(server: Server) -> Figures:
    """The order matters: the last one collects garbage."""
    return {"rss": server.rss(), "peak": server.peak_rss(), "live": server.live()}


def measure_topics(bench: Bench, topics: int) -> Figures:
    metadata = {
        "topics": [
            {"name": f"topic-{n:05}", "paused": False, "channels": [{"name": CHANNEL, "paused": False}]}
            for n in range(topics)
        ],
        "version": "1.3.0",
    }
    (data_path(bench.directory) / "nsqd.dat").write_text(json.dumps(metadata))
    with bench.server() as server:
        time.sleep(bench.effort.settle_seconds)
        idle = Meter(server)
        with idle.running():
            time.sleep(bench.effort.idle_seconds)
        figures = memory(server)
        return figures | {"start": server.start_seconds * 1e3, "idle": idle.load(), "stop": server.stop() * 1e3}


def measure_connections(bench: Bench, connections: int) -> Figures:
    with bench.server() as server:
        server.create(TOPIC, [CHANNEL])
        connecting, idle = Meter(server), Meter(server)
        with connecting.running():
            crowd = Crowd(server.tcp, connections)
        with contextlib.closing(crowd):
            crowd.wait(bench.effort.settle_seconds)
            with idle.running():
                crowd.wait(max(bench.effort.idle_seconds, 2 * Crowd.HEARTBEAT_MS / 1e3))
            figures = memory(server)
            return figures | {
                "idle": idle.load(),
                "connect_cpu": connecting.cpu * 1e3,
                "connect": connecting.seconds * 1e3,
                "stop": server.stop() * 1e3,
            }


def measure_backlog(bench: Bench, messages: int) -> Figures:
    batch = 1000
    rounds = max(1, bench.effort.messages // messages)
    with bench.server() as server:
        warm_up_messages = 20_000

        def publish(topic: str, count: int) -> None:
            with contextlib.closing(Publisher(server.tcp, topic, BODY, batch)) as publisher:
                publisher.publish(count // batch)

        def drain(topic: str, count: int) -> None:
            with contextlib.closing(Consumer(server.tcp, topic, CHANNEL, BODY)) as consumer:
                consumer.ready(2500)
                consumer.drain(count)

        def warm_up() -> None:
            publish(WARM_UP_TOPIC, warm_up_messages)
            server.wait_for_depth(WARM_UP_TOPIC, warm_up_messages)
            drain(WARM_UP_TOPIC, warm_up_messages)
            server.wait_for_depth(WARM_UP_TOPIC, 0)

        for topic in (TOPIC, WARM_UP_TOPIC):
            server.create(topic, [CHANNEL])
        bench.warm_up(server, warm_up)
        publishing, routing, draining, settling = (Meter(server) for _ in range(4))
        figures: Figures = {}
        for left in reversed(range(rounds)):
            with publishing.running():
                publish(TOPIC, messages)
            with routing.running():
                server.wait_for_depth(TOPIC, messages)
            if left == 0:
                figures = memory(server)
            with draining.running():
                drain(TOPIC, messages)
            with settling.running():
                server.wait_for_depth(TOPIC, 0)
        count = rounds * messages
        return figures | {
            "publish_cpu": publishing.cpu_us(count) + routing.cpu_us(count),
            "publish_rate": publishing.rate(count),
            "drain_cpu": draining.cpu_us(count) + settling.cpu_us(count),
            "drain_rate": draining.rate(count),
        }


def in_step(publisher: Publisher, consumers: list[Consumer], batch: int) -> None:
    """A batch there and back. Consumers ask for exactly one, so that its last message fills the server's window, and no
    buffer waits for a timer."""
    publisher.publish()
    for consumer in consumers:
        consumer.finish(consumer.receive(batch))


def measure_in_step(bench: Bench, channels: int, size: int, batch: int, messages: int) -> tuple[Meter, int, Figures]:
    """The meter, how many messages were delivered, and the memory."""
    names = [f"{CHANNEL}-{n}" for n in range(channels)]
    with bench.server() as server, contextlib.ExitStack() as clients:
        server.create(TOPIC, names)
        publisher = clients.enter_context(contextlib.closing(Publisher(server.tcp, TOPIC, size, batch)))
        consumers = [
            clients.enter_context(contextlib.closing(Consumer(server.tcp, TOPIC, name, size))) for name in names
        ]
        for consumer in consumers:
            consumer.ready(batch)
        bench.warm_up(server, lambda: in_step(publisher, consumers, batch))
        meter = Meter(server)
        rounds = max(1, messages // batch)
        with meter.running():
            for _ in range(rounds):
                in_step(publisher, consumers, batch)
        return meter, rounds * batch * channels, memory(server)


def measure_channels(bench: Bench, channels: int) -> Figures:
    most = 20 * bench.effort.messages  # deliveries
    messages = min(bench.effort.messages, most // channels)
    meter, delivered, figures = measure_in_step(bench, channels, BODY, 1000, messages)
    return figures | {"cpu": meter.cpu_us(delivered), "rate": meter.rate(delivered)}


def measure_size(bench: Bench, size: int) -> Figures:
    batch = max(1, min(1000, 4 * MIB // size))
    most = 5000 * bench.effort.messages  # bytes
    messages = min(bench.effort.messages, most // size)
    meter, delivered, figures = measure_in_step(bench, 1, size, batch, messages)
    rate = meter.rate(delivered)
    return figures | {"cpu": meter.cpu_us(delivered), "rate": rate, "bandwidth": rate * size / 1e6}


def measure_in_flight(bench: Bench, in_flight: int) -> Figures:
    """Two consumers take turns: the oldest messages of one are finished, as many published, and it gets them."""
    consumers_count = 2
    window = in_flight // consumers_count
    batch = 50  # the same for all points
    filling = min(window, 5000)
    with bench.server("--max-rdy-count=1000000") as server, contextlib.ExitStack() as clients:
        server.create(TOPIC, [CHANNEL])
        filler = clients.enter_context(contextlib.closing(Publisher(server.tcp, TOPIC, BODY, filling)))
        publisher = clients.enter_context(contextlib.closing(Publisher(server.tcp, TOPIC, BODY, batch)))
        held: list[tuple[Consumer, list[list[bytes]]]] = []
        for _ in range(consumers_count):
            consumer = clients.enter_context(contextlib.closing(Consumer(server.tcp, TOPIC, CHANNEL, BODY)))
            ids: list[bytes] = []
            while len(ids) < window:
                consumer.ready(len(ids) + filling)
                filler.publish()
                ids.extend(consumer.receive(filling))
            held.append((consumer, [ids[at : at + batch] for at in range(0, window, batch)]))

        turns = iter(range(sys.maxsize))

        def turn() -> None:
            number = next(turns)
            consumer, batches = held[number % consumers_count]
            oldest = number // consumers_count % len(batches)
            consumer.finish(batches[oldest])
            publisher.publish()
            batches[oldest] = consumer.receive(batch)

        bench.warm_up(server, turn)
        meter = Meter(server)
        rounds = bench.effort.messages // batch
        with meter.running():
            for _ in range(rounds):
                turn()
        count = rounds * batch
        return memory(server) | {"cpu": meter.cpu_us(count), "rate": meter.rate(count)}


@dataclass(frozen=True)
class Metric:
    """A figure of a curve.

    kind: `total` is a cost of everything together, `each` one of each message, `rate` is not a cost.
    noise: a total that has grown by less has not grown.
    unit_bytes: MiB that are also told in bytes for each topic, connection or message.
    """

    key: str
    title: str
    unit: str
    kind: str
    noise: float = 0.0
    unit_bytes: bool = False


@dataclass(frozen=True)
class Curve:
    name: str
    axis: str
    points: tuple[int, ...]
    measure: Callable[[Bench, int], Figures]
    metrics: tuple[Metric, ...]


RSS = Metric("rss", "Resident memory", "MiB", "total", noise=64)
LIVE = Metric("live", "Live after GC", "MiB", "total", noise=16)
LIVE_EACH = Metric("live", "Live after GC", "MiB", "total", noise=16, unit_bytes=True)
IDLE = Metric("idle", "CPU when idle", "ms/s", "total", noise=5)
STOP = Metric("stop", "Stop", "ms", "total", noise=50)

CURVES = (
    Curve(
        "topics",
        "topics, each with a channel",
        (10, 100, 1000, 5000, 20_000),
        measure_topics,
        (RSS, replace(LIVE_EACH, noise=1), IDLE, Metric("start", "Start", "ms", "total", noise=50), STOP),
    ),
    Curve(
        "connections",
        "waiting consumers",
        (10, 100, 1000, 5000, 10_000),
        measure_connections,
        (RSS, LIVE_EACH, IDLE, Metric("connect_cpu", "CPU to connect", "ms", "total", noise=50), STOP),
    ),
    Curve(
        "backlog",
        "messages that wait",
        (10_000, 100_000, 1_000_000, 10_000_000),
        measure_backlog,
        (
            RSS,
            LIVE,
            Metric("publish_cpu", "CPU to publish", "µs/msg", "each"),
            Metric("drain_cpu", "CPU to consume", "µs/msg", "each"),
            Metric("publish_rate", "Publish", "msg/s", "rate"),
            Metric("drain_rate", "Consume", "msg/s", "rate"),
        ),
    ),
    Curve(
        "channels",
        "channels of a topic",
        (1, 4, 16, 64),
        measure_channels,
        (
            Metric("cpu", "CPU per delivery", "µs", "each"),
            Metric("rate", "Deliveries", "msg/s", "rate"),
            RSS,
            LIVE,
        ),
    ),
    Curve(
        "size",
        "bytes of a message",
        (16, 256, 4096, 65_536, 1_048_576),
        measure_size,
        (
            Metric("cpu", "CPU", "µs/msg", "total", noise=1),
            Metric("bandwidth", "In, and as much out", "MB/s", "rate"),
            RSS,
            LIVE,
        ),
    ),
    Curve(
        "in-flight",
        "messages in flight",
        (100, 1000, 10_000, 100_000, 1_000_000),
        measure_in_flight,
        (
            Metric("cpu", "CPU", "µs/msg", "each"),
            Metric("rate", "There and back", "msg/s", "rate"),
            RSS,
            LIVE_EACH,
        ),
    ),
)


# ---------------------------------------------------------------------------------------------------------- the results


class Results:
    """What was measured, in a file that is written anew after each point."""

    def __init__(self, content: dict[str, Any], path: Path) -> None:
        self.content = content
        self._path = path

    @classmethod
    def read(cls, path: Path) -> Results:
        return cls(json.loads(path.read_text()), path)

    @classmethod
    def resume(cls, path: Path, names: list[str], quick: bool) -> Results:
        if not path.exists():
            return cls({"servers": names, "quick": quick, "cpus": os.cpu_count(), "versions": {}, "points": []}, path)
        results = cls.read(path)
        if results.content["quick"] != quick:
            raise Failure(f"{path} has results {'without' if quick else 'of'} --quick")
        results.content["servers"] += [name for name in names if name not in results.names]
        return results

    @property
    def names(self) -> list[str]:
        return list(self.content["servers"])

    def of(self, curve: str, server: str) -> dict[int, Figures]:
        points = {
            point["x"]: point["figures"]
            for point in self.content["points"]
            if point["curve"] == curve and point["server"] == server
        }
        return dict(sorted(points.items()))

    def add(self, curve: str, server: str, x: int, figures: Figures, version: str) -> None:
        rounded = {key: float(f"{value:.5g}") for key, value in figures.items()}
        self.content["points"].append({"curve": curve, "server": server, "x": x, "figures": rounded})
        self.content["versions"][server] = version
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.write_text(json.dumps(self.content, indent=1) + "\n")
        fresh.replace(self._path)


def each(points: dict[int, Figures], metric: Metric, x: int) -> float | None:
    """Bytes for each, by which the memory has grown since the first point; None if that is noise."""
    first = next(iter(points))
    grown = points[x][metric.key] - points[first][metric.key]
    return None if grown < metric.noise else grown * MIB / (x - first)


def growth(points: dict[int, Figures], metric: Metric) -> float | None:
    """The power of the number with which the cost grows between the last two points: 1 is linear.

    Of a total, what the first point costs is taken off: it is there without any load. None where nothing has grown.
    """
    known = [(x, figures[metric.key]) for x, figures in points.items()]
    if len(known) < 2 or metric.kind == "rate":
        return None
    if metric.kind == "each":
        (x1, cost1), (x2, cost2) = known[-2:]
        return 1 + math.log(cost2 / cost1) / math.log(x2 / x1)
    if len(known) < 3:
        return None
    (x0, base), (x1, cost1), (x2, cost2) = known[0], *known[-2:]
    if cost2 - base < metric.noise:
        return None
    grown = max(cost1 - base, metric.noise)
    return math.log((cost2 - base) / grown) / math.log((x2 - x0) / (x1 - x0))


WORSE_THAN_LINEAR = 1.15
NOTHING = "–"


def describe_growth(points: dict[int, Figures], metric: Metric) -> str:
    power = growth(points, metric)
    if power is None or power < 0.005:
        return NOTHING
    return f"**{power:.2f}, worse than linear**" if power > WORSE_THAN_LINEAR else f"{power:.2f}"


def number(value: float | None) -> str:
    if value is None:
        return NOTHING
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(curve: Curve, results: Results) -> str:
    """Markdown: a cell has the figures of all servers. The last line tells the power with which each cost grows."""
    servers = [points for name in results.names if (points := results.of(curve.name, name))]

    def cell(tell: Callable[[dict[int, Figures]], str]) -> str:
        told = [tell(points) for points in servers]
        return "" if all(text == NOTHING for text in told) else " / ".join(told)

    xs = sorted({x for points in servers for x in points})
    columns = [[curve.axis, *(f"{x:,}" for x in xs), "growth"]]
    for metric in curve.metrics:
        figures = [cell(lambda p: number(p[x][metric.key]) if x in p else NOTHING) for x in xs]
        columns.append([f"{metric.title}, {metric.unit}", *figures, cell(lambda p: describe_growth(p, metric))])
        if metric.unit_bytes:
            shares = [cell(lambda p: number(each(p, metric, x)) if x in p else NOTHING) for x in xs]
            columns.append(["that is, bytes each", *shares, ""])
    head, *rows = zip(*columns)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["--:"] * len(head), *rows])


def print_tables(results: Results) -> None:
    versions = results.content["versions"]
    print(" / ".join(f"{name} {versions.get(name, '')}".strip() for name in results.names), end="")
    print(f"; {results.content['cpus']} CPUs" + ("; quick" if results.content["quick"] else ""))
    for curve in CURVES:
        if any(results.of(curve.name, name) for name in results.names):
            print(f"\n### {curve.name.capitalize()}\n\n{table(curve, results)}")


def plot(results: Results, directory: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "curves", "font.size": 8, "axes.titlesize": 9})
    from matplotlib import pyplot, ticker

    directory.mkdir(parents=True, exist_ok=True)
    styles = ({"color": "#1565c0", "marker": "o"}, {"color": "#e07000", "marker": "s"})
    for curve in CURVES:
        if not any(results.of(curve.name, name) for name in results.names):
            continue
        across = 3 if len(curve.metrics) > 4 else 2
        down = math.ceil(len(curve.metrics) / across)
        size = (2.7 * across, 2.1 * down)
        figure, grid = pyplot.subplots(down, across, figsize=size, squeeze=False, layout="constrained")
        panels = list(grid.flat)
        for panel, metric in zip(panels, curve.metrics):
            for style, name in zip(styles, results.names):
                points = results.of(curve.name, name)
                drawn = {x: value for x, figures in points.items() if (value := figures[metric.key]) > 0}
                panel.plot(list(drawn), list(drawn.values()), label=name, markersize=3, linewidth=1.2, **style)
            panel.set(xscale="log", yscale="log", title=f"{metric.title}, {metric.unit}")
            low, high = panel.get_ylim()
            if high / low < 10:  # flat: a whole decade, lest noise look like growth
                middle = math.sqrt(low * high)
                low, high = middle / math.sqrt(10), middle * math.sqrt(10)
                panel.set_ylim(low, high)
            panel.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5) if high / low < 50 else (1,)))
            panel.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
            panel.minorticks_off()
            panel.grid(color="#dddddd", linewidth=0.5)
        for panel in panels[len(curve.metrics) :]:
            panel.set_axis_off()
        panels[0].legend(frameon=False)
        figure.supxlabel(curve.axis, fontsize=8)
        drawing = io.StringIO()
        figure.savefig(drawing, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
        pyplot.close(figure)
        shorter = re.sub(r"(\.\d\d)\d+", r"\1", drawing.getvalue())
        (directory / f"{curve.name}.svg").write_text(re.sub(r"\s*\n\s*", "\n", shorter))


# ---------------------------------------------------------------------------------------------------------- the program


def measure(commands: dict[str, str], arguments: argparse.Namespace) -> int:
    """The exit code: 1 if points are missing because something went wrong."""
    raise_file_limit()
    results = Results.resume(arguments.json, list(commands), arguments.quick)
    effort = QUICK if arguments.quick else FULL
    limit = arguments.max_points or (2 if arguments.quick else None)
    failures = 0
    for curve in arguments.only:
        for x in curve.points[:limit]:
            for name, command in commands.items():
                if x in results.of(curve.name, name):
                    continue
                began = time.monotonic()
                with tempfile.TemporaryDirectory(prefix="curves-", dir=arguments.work_dir) as directory:
                    bench = Bench(command, Path(directory), effort)
                    try:
                        figures = curve.measure(bench, x)
                    except (Failure, OSError) as failure:
                        failures += 1
                        print(f"{curve.name} {x} {name}: {failure}", file=sys.stderr, flush=True)
                        continue
                results.add(curve.name, name, x, figures, bench.version)
                told = "  ".join(f"{key} {number(value)}" for key, value in figures.items())
                seconds = time.monotonic() - began
                print(f"{curve.name} {x} {name}: {told}  ({seconds:.0f} s)", file=sys.stderr, flush=True)
    return 1 if failures else 0


def raise_file_limit() -> None:
    """For this program and for the servers, which inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < NEEDED_FILES:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (NEEDED_FILES, NEEDED_FILES))
            return
    if soft != resource.RLIM_INFINITY and soft < NEEDED_FILES:
        limit = NEEDED_FILES if hard == resource.RLIM_INFINITY else min(NEEDED_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def curves_named(text: str) -> list[Curve]:
    known = {curve.name: curve for curve in CURVES}
    names = text.split(",")
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"no curve {unknown[0]}; there are {', '.join(known)}")
    return [known[name] for name in names]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures how the cost of an nsqd grows, of two side by side.")
    parser.add_argument("servers", nargs="*", metavar="COMMAND", help="a server's command line, quoted; one or two")
    parser.add_argument("--names", default="ours,Go", help="what they are called (ours,Go)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the results; points in it are not measured again")
    parser.add_argument("--only", type=curves_named, default=list(CURVES), metavar="CURVE,…", help="some of the curves")
    parser.add_argument("--max-points", type=int, metavar="N", help="the first points of each curve only")
    parser.add_argument("--quick", action="store_true", help="two points of each curve, and briefly: a trial")
    parser.add_argument("--work-dir", type=Path, metavar="DIR", help="where the data paths are made; needs 5 GB")
    parser.add_argument("--plot", nargs=2, type=Path, metavar=("FILE", "DIR"), help="draws results into SVG files")
    parser.add_argument("--table", type=Path, metavar="FILE", help="prints results as tables in Markdown")
    arguments = parser.parse_args()
    if not arguments.plot and not arguments.table:
        names = arguments.names.split(",")
        if not arguments.servers or len(arguments.servers) > len(names):
            parser.error("give one or two servers, and as many --names")
        if not arguments.json:
            parser.error("--json is missing")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    if arguments.plot:
        plot(Results.read(arguments.plot[0]), arguments.plot[1])
    if arguments.table:
        print_tables(Results.read(arguments.table))
    if arguments.plot or arguments.table:
        return 0
    try:
        return measure(dict(zip(arguments.names.split(","), arguments.servers)), arguments)
    except Failure as failure:
        print(f"curves: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("curves: interrupted; go on with the same --json", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
