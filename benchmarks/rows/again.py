"""Row 12: a remembered device by its TLS session, against the same device with its password."""

import time
from collections.abc import Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.countersign import AGAIN, Countersign
from benchmarks.devices import AccessPoint, Device
from benchmarks.directory import name_of, password_of
from benchmarks.load import Load
from benchmarks.measures import Row
from proxy.factors.totp import code_at

DEVICES = 20
TIMES = 15
"""Logins of each device in one run."""


def measure(bench: Bench) -> Iterator[Row]:
    """Measure the server's processor time; the devices come one after the other."""
    count = DEVICES * TIMES
    bench.say(f"row 12: {bench.pairs} pairs of {count} logins of {DEVICES} remembered devices")
    server = bench.ends.enter_context(
        Countersign(bench.folder("again"), bench.directory, bench.shown)
    )
    bench.run(server, Load(server.port, DEVICES, in_order=True))
    seeds = server.enrol_codes()
    with AccessPoint(AGAIN, server.port) as at:
        devices = [Device(number, name_of(number)) for number in range(DEVICES)]
        for number, device in enumerate(devices):
            code = code_at(seeds[name_of(number)], int(time.time() // 30)).decode()
            device.log_in(at, f"{password_of(number)},{code}")
        full, resumed = list[float](), list[float]()
        for _ in range(bench.pairs):
            full.append(_run(server, at, devices, resume=False))
            resumed.append(_run(server, at, devices, resume=True))
            bench.say(f"    {resumed[-1]:5.0f} µs by the session, {full[-1]:5.0f} µs in full")
    ratio = median(one / other for one, other in zip(resumed, full, strict=True))
    yield Row(
        number=12,
        measure="EAP-TTLS/PAP, TLS 1.3: the server's CPU time a login of a remembered device by its"
        " session, against one with its password",
        ours=f"{median(resumed):,.0f} µs",
        beside=f"{median(full):,.0f} µs",
        value=ratio,
        must=1.0,
        aim=0.8,
        most=True,
    )


def _run(server: Countersign, at: AccessPoint, devices: list[Device], *, resume: bool) -> float:
    """Let every device in so many times; give microseconds a login."""
    before = server.cpu_seconds()
    for _ in range(TIMES):
        for number, device in enumerate(devices):
            if not resume:
                device.forget()
            device.log_in(at, password_of(number))
    return (server.cpu_seconds() - before) / (TIMES * len(devices)) * 1e6
