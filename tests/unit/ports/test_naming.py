"""What answers are named, and that nothing a host may say breaks the table."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.ports.naming import MOST_BYTES, escaped, named, rows
from scanners.ports.probes import HABITS, NEVER_ASKED, PROBES

SAID = [
    (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "", "ssh", "OpenSSH", "9.2p1 Debian-2", "protocol 2.0"),
    (b"SSH-2.0-dropbear_2022.83\r\n", "", "ssh", "Dropbear sshd", "2022.83", "protocol 2.0"),
    (b"SSH-1.99-Cisco-1.25\n", "", "ssh", "Cisco SSH", "1.25", "protocol 1.99"),
    (b"SSH-2.0-AWS_SFTP_1.1\r\n", "", "ssh", "AWS_SFTP_1.1", "", "protocol 2.0"),
    (b"\xff\xfd\x18\xff\xfd\x20", "", "telnet", "", "", ""),
    (b"\r\nbarrier-4 login: ", "", "telnet", "", "", ""),
    (b"220 mx.example.test ESMTP Postfix (Debian/GNU)\r\n", "", "smtp", "Postfix smtpd", "", ""),
    (b"220 mx.example.test ESMTP Exim 4.96 Mon\r\n", "", "smtp", "Exim smtpd", "4.96", ""),
    (b"220 mail.example.test ESMTP ready\r\n", "", "smtp", "", "", ""),
    (b"+OK Dovecot (Debian) ready.\r\n", "", "pop3", "Dovecot pop3d", "", ""),
    (b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", "", "imap", "Dovecot imapd", "", ""),
    (b"220 (vsFTPd 3.0.3)\r\n", "", "ftp", "vsftpd", "3.0.3", ""),
    (b"220 ProFTPD 1.3.8 Server ready.\r\n", "", "ftp", "ProFTPD", "1.3.8", ""),
    (b"220 Welcome to the FTP service\r\n", "", "ftp", "", "", ""),
    (b"@RSYNCD: 31.0\n", "", "rsync", "", "", "protocol 31.0"),
    (b"\0\0\0\x60\xfeSMB@\0", "smb", "microsoft-ds", "SMB 2 or newer", "", ""),
    (b"\0\0\0\x60\xffSMBr\0", "smb", "microsoft-ds", "SMB 1", "", "SMB 1 only"),
    (b"\x83\0\0\x01\x8f", "smb", "netbios-ssn", "", "", ""),
    (b"Y\0\0\0\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\0", "", "mysql", "MariaDB", "10.11.6", ""),
    (b"J\0\0\0\x0a8.0.36\0\x08", "", "mysql", "MySQL", "8.0.36", ""),
    (b"S", "postgresql", "postgresql", "", "", "offers TLS"),
    (b"N", "postgresql", "postgresql", "", "", "offers no TLS"),
    (b"\x04\x01\0\x2b\0\0\x01\0\0", "tds", "ms-sql-s", "Microsoft SQL Server", "", ""),
    (
        b"$300\r\n# Server\r\nredis_version:7.0.15\r\n",
        "redis",
        "redis",
        "Redis",
        "7.0.15",
        "answers without login",
    ),
    (b"-NOAUTH Authentication required.\r\n", "redis", "redis", "Redis", "", ""),
    (b"VERSION 1.6.18\r\n", "memcached", "memcached", "Memcached", "1.6.18", "answers without login"),
    (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Cam/2\r\n\r\n", "rtsp", "rtsp", "Cam/2", "", ""),
    (b"SIP/2.0 200 OK\r\nServer: Asterisk PBX 18.1\r\n\r\n", "sip", "sip", "Asterisk", "18.1", ""),
    (b"\x20\x02\0\0", "mqtt", "mqtt", "", "", "takes clients without login"),
    (b"\x20\x02\0\x05", "mqtt", "mqtt", "", "", "refuses clients without login"),
    (b"\0\x01\0\0\0\x09\xff\x2b\x0e\x01", "modbus", "modbus", "", "", ""),
    (b"RFB 003.008\n", "", "vnc", "", "", "protocol 003.008"),
    (b"\x03\0\0\x13\x0e\xd0\0\0\x124\0", "rdp", "ms-wbt-server", "Remote Desktop", "", ""),
    (b"\x01\0\x0b\0\0\0", "x11", "X11", "", "", "lets everybody in"),
    (b"0\x0c\x02\x01\x01d\x07", "ldap", "ldap", "", "", ""),
    (b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\n", "http", "http", "nginx", "1.22.1", ""),
    (
        b"HTTP/1.1 200 OK\r\nServer: Apache/2.4.57 (Debian)\r\n",
        "http",
        "http",
        "Apache httpd",
        "2.4.57",
        "Debian",
    ),
    (b"HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/10.0\r\n", "http", "http", "Microsoft IIS httpd", "10.0", ""),
    (b"HTTP/1.0 200 OK\r\nServer: lighttpd/1.4.69\r\n", "http", "http", "lighttpd", "1.4.69", ""),
    (b"HTTP/1.1 200 OK\r\nServer: App-webs/\r\n", "http", "http", "Hikvision camera httpd", "", ""),
    (b"HTTP/1.1 200 OK\r\nServer: Gate/2.1\r\n", "http", "http", "Gate", "2.1", ""),
    (b"HTTP/1.1 404 Not Found\r\n\r\n", "http", "http", "", "", ""),
]


@pytest.mark.parametrize(("said", "question", "service", "product", "version", "extra"), SAID)
def test_what_is_said_is_named(said, question, service, product, version, extra):
    name = named(said, question, PROBES.get(question, b""))
    assert name is not None
    assert (name.service, name.product, name.version, name.extra) == (service, product, version, extra)


@pytest.mark.parametrize(
    "said", [b"", b"A" * 4096, b"S", b"N", b"\x20\x02\0\0", b"Server: nginx", b"\0" * 100]
)
def test_what_nobody_asked_for_is_not_named(said):
    assert named(said, "") is None


def test_a_port_that_gives_back_what_it_is_sent_is_an_echo():
    assert named(PROBES["http"], "http", PROBES["http"]).service == "echo"


@given(st.binary(max_size=5000), st.sampled_from(["", *PROBES]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_taken_and_what_is_kept_is_printable_and_short(said, question):
    name = named(said, question, PROBES.get(question, b""))
    words = "" if name is None else name.product + name.version + name.extra
    assert words == "" or words.isprintable()
    assert escaped(said).isascii()
    assert escaped(said) == "" or escaped(said).isprintable()
    assert len(escaped(said)) <= MOST_BYTES


@pytest.mark.parametrize(
    "said", [b"220 " + b"a " * 2040, b"HTTP/1.1 200 OK\r\n" + b"Server\r\n" * 500, b" " * 4096]
)
def test_no_pattern_takes_long_over_long_answers(said):
    for question in PROBES:
        assert named(said, question) is None or said.startswith(b"HTTP/")


def test_the_table_and_the_habits_name_only_questions_that_there_are():
    assert {row.where for row in rows()} <= {"any", "http", *PROBES}
    assert {ask for habit in HABITS.values() for ask in habit.asks} <= set(PROBES)
    assert len(rows()) >= 80
    assert 9100 in NEVER_ASKED
