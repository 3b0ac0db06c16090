"""What services answer to their first word in plain text, and what that says of them."""

import pytest

from scanners.kit.plaintext import DIALOGUES
from scanners.kit.starttls import Taken

PLAIN, TLS, NEITHER = Taken.GRANTED, Taken.NOT_OFFERED, Taken.FOREIGN
EHLO = [b"220 mail\r\n", b"250-mail\r\n250 STARTTLS\r\n"]
STREAM = (
    b"<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>%s</stream:features>"
)
CASES = [
    ("smtp", [*EHLO, b"250 ok\r\n"], PLAIN),
    ("smtp", [*EHLO, b"530 5.7.0 Must issue a STARTTLS command first\r\n"], TLS),
    ("smtp", [*EHLO, b"421 too busy\r\n"], NEITHER),
    ("imap", [b"* OK\r\n", b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK\r\n"], TLS),
    ("imap", [b"* OK\r\n", b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\na1 OK\r\n"], PLAIN),
    ("imap", [b"* OK\r\n", b"a1 BAD\r\n"], NEITHER),
    ("pop3", [b"+OK\r\n", b"+OK\r\nSTLS\r\nUSER\r\n.\r\n"], PLAIN),
    ("pop3", [b"+OK\r\n", b"+OK\r\nSTLS\r\n.\r\n"], TLS),
    ("pop3", [b"+OK\r\n", b"-ERR\r\n"], NEITHER),
    ("ftp", [b"220 ftp\r\n", b"331 password\r\n"], PLAIN),
    ("ftp", [b"220 ftp\r\n", b"550 SSL/TLS required on the control channel\r\n"], TLS),
    ("ftp", [b"220 ftp\r\n", b"500 what\r\n"], NEITHER),
    ("xmpp", [STREAM % b"<required/></starttls>"], TLS),
    ("xmpp", [STREAM % b"</starttls><mechanisms><mechanism>PLAIN</mechanism></mechanisms>"], PLAIN),
    ("xmpp", [STREAM % b"</starttls>"], NEITHER),
    ("ldap", [bytes.fromhex("300c02010161070a010004000400")], PLAIN),
    ("ldap", [bytes.fromhex("300c02010161070a010d04000400")], TLS),
    ("ldap", [bytes.fromhex("300c02010161070a013104000400")], NEITHER),
    ("postgresql", [b"R\x00\x00\x00\x08\x00\x00\x00\x0a"], PLAIN),
    ("postgresql", [b"E\x00\x00\x00\x12no encryption\x00"], TLS),
    ("postgresql", [b"E\x00\x00\x00\x0dtoo many\x00"], NEITHER),
    ("rdp", [bytes.fromhex("0300000b06d00000123400")], PLAIN),
    ("rdp", [bytes.fromhex("030000130ed000001234000300080001000000")], TLS),
    ("rdp", [bytes.fromhex("030000130ed000001234000300080002000000")], NEITHER),
]


@pytest.mark.parametrize(("protocol", "answers", "taken"), CASES)
def test_an_answer_in_plain_text_says_whether_tls_is_needed(protocol, answers, taken):
    dialogue = DIALOGUES[protocol]("www.parking.example")
    _, whole = next(dialogue)
    for answer in answers[:-1]:
        assert whole(answer)
        assert not whole(answer[:-1])
        _, whole = dialogue.send(answer)
    assert whole(answers[-1])
    assert not whole(answers[-1][:2])
    with pytest.raises(StopIteration) as end:
        dialogue.send(answers[-1])
    assert end.value.value is taken
