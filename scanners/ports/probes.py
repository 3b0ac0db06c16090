"""Harmless questions to a port that waits for the client, each in the words of its own protocol.

None logs in, writes or asks for more than a greeting; comments name where the bytes are defined.
"""

import struct
from dataclasses import dataclass

LISTEN = 1.0
"""Seconds for a greeting where nothing is known of the port's usual habit."""
NEVER_ASKED = frozenset(range(9100, 9108))
"""Raw printer ports: whatever is sent is printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a port's usual service begins: who speaks first, in what protocol, inside TLS or not.

    It only orders the questions; what answers is named by its answer.
    """

    listen: float = LISTEN
    asks: tuple[str, ...] = ("http",)
    is_tls: bool = False


def _mongo() -> bytes:
    """OP_MSG with {hello: 1, $db: "admin"} (MongoDB wire protocol)."""
    body = b"\x10hello\0" + struct.pack("<i", 1) + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0"
    document = struct.pack("<i", len(body) + 5) + body + b"\0"
    return struct.pack("<iiiiIB", 21 + len(document), 1, 0, 2013, 0, 0) + document


def _rpc(program: int, version: int) -> bytes:
    """A call of procedure 0, which does nothing, with its record mark (RFC 5531 s9, s11)."""
    call = struct.pack(">10I", 0x70617263, 0, 2, program, version, 0, 0, 0, 0, 0)
    return struct.pack(">I", 0x80000000 | len(call)) + call


def _smb() -> bytes:
    """SMB_COM_NEGOTIATE that offers SMB 1 and 2 ([MS-SMB2] 2.2.3, [MS-CIFS] 2.2.4.52)."""
    dialects = b"".join(b"\x02" + name + b"\0" for name in (b"NT LM 0.12", b"SMB 2.002", b"SMB 2.???"))
    header = b"\xffSMB\x72" + bytes(4) + b"\x18\x01\xc8" + bytes(12) + b"\xff\xff\xff\xfe" + bytes(4)
    message = header + b"\0" + struct.pack("<H", len(dialects)) + dialects
    return struct.pack(">I", len(message)) + message


def _tds() -> bytes:
    """TDS PRELOGIN with version and encryption "not supported" ([MS-TDS] 2.2.6.5)."""
    body = b"\0\0\x0b\0\x06\x01\0\x11\0\x01\xff" + bytes(6) + b"\x02"
    return b"\x12\x01" + struct.pack(">H", len(body) + 8) + b"\0\0\x01\0" + body


def _mqtt() -> bytes:
    """CONNECT without name or password, clean session (MQTT 3.1.1 s3.1)."""
    body = b"\0\x04MQTT\x04\x02\0\x0a\0\x0aportlook01"
    return b"\x10" + bytes([len(body)]) + body


def _tns() -> bytes:
    """TNS connect that asks for the listener's version."""
    data = b"(CONNECT_DATA=(COMMAND=VERSION))"
    head = struct.pack(">HHBBH", 58 + len(data), 0, 1, 0, 0)
    body = struct.pack(">HHHHHHHHHHI", 0x136, 0x12C, 0, 0x800, 0x7FFF, 0x4F98, 0, 1, len(data), 58, 0)
    return head + body + bytes(58 - len(head) - len(body)) + data


def _ldap() -> bytes:
    """A search of the root entry for the server's maker (RFC 4511 s4.5, RFC 3045)."""
    limits = b"\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\0\x02\x01\0\x01\x01\0"
    search = limits + _tlv(0x87, b"objectClass") + _tlv(0x30, _tlv(0x04, b"vendorName"))
    return _tlv(0x30, b"\x02\x01\x01" + _tlv(0x63, search))


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def _msrpc() -> bytes:
    """DCE/RPC bind to the endpoint mapper (C706 12.6.4.3)."""
    mapper = bytes.fromhex("0883afe11f5dc91191a408002b14a0fa03000000")
    transfer = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")
    body = struct.pack("<HHI", 4280, 4280, 0) + b"\x01\0\0\0" + b"\0\0\x01\0" + mapper + transfer
    return b"\x05\0\x0b\x03\x10\0\0\0" + struct.pack("<HHI", 16 + len(body), 0, 1) + body


PROBES: dict[str, bytes] = {
    "http": b"GET / HTTP/1.0\r\nUser-Agent: port-look\r\nAccept: */*\r\n\r\n",
    "rtsp": b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n",  # RFC 2326 s10.1
    "sip": (  # RFC 3261 s11
        b"OPTIONS sip:look SIP/2.0\r\nVia: SIP/2.0/TCP look;branch=z9hG4bK1\r\n"
        b"From: <sip:look@look>;tag=1\r\nTo: <sip:look@look>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
        b"Max-Forwards: 0\r\nContent-Length: 0\r\n\r\n"
    ),
    "rdp": b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0",  # [MS-RDPBCGR] 2.2.1.1
    "smb": _smb(),
    "postgresql": struct.pack(">II", 8, 80877103),  # SSLRequest
    "tds": _tds(),
    "redis": b"*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n",
    "mongodb": _mongo(),
    "memcached": b"version\r\n",
    "mqtt": _mqtt(),
    "modbus": b"\0\x01\0\0\0\x05\xff\x2b\x0e\x01\0",  # read device identification
    "rpcbind": _rpc(100000, 2),
    "nfs": _rpc(100003, 3),
    "ldap": _ldap(),
    "x11": b"l\0\x0b\0\0\0\0\0\0\0\0\0",
    "cassandra": b"\x04\0\0\0\x05\0\0\0\0",  # OPTIONS
    "tns": _tns(),
    "amqp": b"AMQP\0\0\x09\x01",
    "ajp": b"\x12\x34\0\x01\x0a",  # CPing
    "socks": b"\x05\x01\0",  # RFC 1928 s3
    "msrpc": _msrpc(),
    "afp": b"\0\x03\0\x01" + bytes(8) + bytes(4),  # DSIGetStatus
    "dns": bytes.fromhex("001e 7061 0000 0001 0000 0000 0000 0776657273696f6e0462696e640000100003"),
    "line": b"\r\n",
}

_MAIL = Habit(listen=5.0, asks=())
_FIRST = Habit(listen=2.0)
_WEB = Habit(listen=0.3)
_TLS = Habit(listen=0.3, is_tls=True)


def _asked(*names: str) -> Habit:
    return Habit(listen=0.3, asks=names)


HABITS: dict[int, Habit] = {
    **dict.fromkeys((25, 587, 2525), _MAIL),
    **dict.fromkeys((21, 22, 23, 110, 143, 873, 2121, 2222, 2323, 3306, 5900, 5901, 5902), _FIRST),
    **dict.fromkeys(
        (80, 81, 631, 3000, 5000, 5985, 8000, 8008, 8080, 8081, 8082, 8088, 8888, 9000, 9200), _WEB
    ),
    **dict.fromkeys((443, 636, 853, 3269, 4443, 5986, 6443, 6514, 8443, 9443, 10443), _TLS),
    **dict.fromkeys((465, 990, 992, 993, 995), Habit(listen=2.0, is_tls=True)),
    **dict.fromkeys((7, 9, 13, 17, 19, 37, 79), _asked("line", "http")),
    **dict.fromkeys((554, 8554), _asked("rtsp", "http")),
    **dict.fromkeys((445, 139), _asked("smb")),
    **dict.fromkeys((6000, 6001), _asked("x11")),
    53: _asked("dns"),
    111: _asked("rpcbind"),
    135: _asked("msrpc"),
    322: Habit(listen=0.3, asks=("rtsp",), is_tls=True),
    389: _asked("ldap"),
    502: _asked("modbus"),
    548: _asked("afp"),
    1080: _asked("socks", "http"),
    1433: _asked("tds"),
    1521: _asked("tns"),
    1883: _asked("mqtt"),
    2049: _asked("nfs"),
    3389: _asked("rdp"),
    5060: _asked("sip"),
    5061: Habit(listen=0.3, asks=("sip",), is_tls=True),
    5432: _asked("postgresql"),
    5671: Habit(listen=0.3, asks=("amqp",), is_tls=True),
    5672: _asked("amqp"),
    6379: _asked("redis"),
    8009: _asked("ajp"),
    8883: Habit(listen=0.3, asks=("mqtt",), is_tls=True),
    9042: _asked("cassandra"),
    11211: _asked("memcached"),
    27017: _asked("mongodb"),
}
