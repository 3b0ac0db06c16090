"""Where to look and at which ports: a literal address, and numbers as compact text."""

import ipaddress
import itertools
import re
import socket
import threading
from collections.abc import Iterable

from scanners import Pace, ScanError, Target, TimedOut, Unreachable
from scanners.ports.course import LAST_PORT

_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?!(?:0[xX][0-9A-Fa-f]*|[0-9_-]+)\.?\Z){_LABEL}\.?\Z")
"""A DNS name whose last label no resolver takes for a number."""

_HIGH = """
1080 1099 1194 1352 1433 1434 1494 1521 1522 1604 1720 1723 1883 1900 1935 1962 2000 2001 2049 2082 2083
2086 2087 2100 2101 2121 2181 2222 2323 2375 2376 2379 2380 2404 2455 2525 2598 3000 3001 3050 3128 3260
3268 3269 3299 3306 3307 3310 3333 3388 3389 3390 3478 3500 3541 3632 3689 3690 3702 3749 3784 4000 4022
4040 4070 4118 4242 4369 4443 4444 4500 4567 4664 4711 4712 4786 4840 4842 4848 4899 4911 5000 5001 5002
5003 5004 5005 5006 5007 5009 5010 5050 5051 5060 5061 5080 5094 5100 5104 5190 5222 5223 5269 5280 5351
5353 5357 5400 5432 5433 5450 5500 5544 5554 5555 5560 5601 5631 5632 5666 5671 5672 5678 5683 5684 5800
5801 5802 5900 5901 5902 5903 5938 5984 5985 5986 6000 6001 6002 6036 6060 6066 6080 6129 6379 6380 6443
6466 6514 6543 6566 6600 6666 6667 6668 6697 6789 7000 7001 7002 7070 7071 7080 7100 7170 7199 7443 7474
7547 7548 7626 7676 7700 7777 7778 7779 8000 8001 8002 8003 8004 8005 8006 8007 8008 8009 8010 8020 8042
8060 8069 8080 8081 8082 8083 8084 8085 8086 8087 8088 8089 8090 8091 8096 8099 8112 8123 8126 8139 8140
8161 8180 8181 8200 8222 8291 8300 8333 8400 8443 8444 8446 8500 8530 8531 8554 8555 8600 8649 8686 8728
8729 8765 8800 8834 8843 8880 8883 8886 8888 8889 8899 8983 8999 9000 9001 9002 9003 9009 9010 9042 9043
9060 9080 9081 9090 9091 9092 9093 9094 9095 9100 9101 9102 9103 9160 9191 9200 9300 9389 9418 9443 9530
9595 9600 9761 9800 9869 9876 9943 9944 9981 9998 9999 10000 10001 10010 10050 10051 10080 10243 10250 10255
10443 10554 11000 11111 11211 11371 12000 12345 13306 13722 13782 14000 14265 15000 15672 16010 16080 16992
16993 17000 17500 17988 18080 18081 18245 18883 19999 20000 20256 20547 20880 21379 22222 23023 23389 24442
25565 25672 26379 27015 27017 27018 27019 28017 30000 30718 31337 32400 32764 32768 32769 33060 33389 34567
34962 34963 34964 35357 37215 37777 37778 38520 40000 41795 44818 47001 47808 48080 49152 49153 49154 49155
49156 49157 50000 50001 50002 50070 50100 51413 52869 54321 55443 55553 55555 60000 60001 61613 61616 62078
64738 65000 65535
"""
USUAL = (*range(1, 1024), *map(int, _HIGH.split()))
"""Where servers, cameras, recorders, controllers, terminals and their administration pages tend to stand."""

_GENTLE = """
7 21 22 23 25 53 79 80 81 88 102 110 111 113 135 139 143 161 199 389 443 445 465 502 512 513 514 515 548 554
587 623 631 636 873 990 993 995 1080 1099 1433 1521 1720 1723 1883 1900 2000 2049 2121 2222 2323 2375 2404
3000 3128 3268 3306 3389 4840 5000 5001 5060 5061 5353 5432 5555 5672 5800 5900 5901 5985 6000 6379 6443
7547 8000 8008 8009 8080 8081 8088 8291 8443 8554 8883 8888 9000 9042 9090 9100 9200 9443 10000 11211 20000
27017 34567 37777 44818 47808 49152 50000
"""
USUAL_GENTLE = tuple(map(int, _GENTLE.split()))
"""Fewer, for a host that is asked one port at a time."""


def wanted(target: Target, pace: Pace) -> tuple[int, ...]:
    """The ports to look at: those asked for; else all of this machine, the usual ones of another."""
    if target.ports is not None:
        return tuple(sorted(set(target.ports)))
    if target.is_here:
        return tuple(range(1, LAST_PORT + 1))
    return USUAL_GENTLE if pace is Pace.GENTLE else USUAL


def ranges(ports: Iterable[int]) -> str:
    """Ports as compact text: 22,80-82."""
    numbers = sorted(set(ports))
    if not all(1 <= number <= LAST_PORT for number in numbers):
        raise ScanError("a port is a number from 1 to 65535")
    groups = itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in group] for _, group in groups]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def address_of(target: Target, seconds: float) -> str:
    """A literal address. Raises `Unreachable` for what is no host or has no address."""
    text = "127.0.0.1" if target.is_here else target.address
    try:
        if "%" not in text:
            return str(ipaddress.ip_address(text))
    except ValueError:
        if _NAME.match(text):
            return str(ipaddress.ip_address(_resolved(text, seconds)))
    raise Unreachable(f"{ascii(text)[:80]} is no host name or IP address")


def _resolved(name: str, seconds: float) -> str:
    """The first address of a name. The resolver knows no deadline, so it is asked in a thread left behind."""
    answers: list[str] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        answers.extend(str(place[0]) for *_, place in found if "%" not in str(place[0]))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if answers:
        return answers[0]
    if asking.is_alive():
        raise TimedOut(f"no name server told the address of {name} in {seconds:g} s")
    raise Unreachable(f"the name {name} has no address")
