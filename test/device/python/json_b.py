"""JSON-B of docs/device-link.md §11, mixed with text JSON value by value. Data is bytes."""
import base64
import json
import re
import struct

from curve import Refused

WIDTHS = (1, 2, 4, 8)
TEXT = re.compile(rb'"([^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null')


def _counted(tag, number):
    step = next(at for at, width in enumerate(WIDTHS) if number < 1 << 8 * width)
    return bytes([tag + step]) + number.to_bytes(WIDTHS[step], "big")


def write(value):
    if value is None:
        return b"\xb2"
    if isinstance(value, bool):
        return b"\xb0" if value else b"\xb1"
    if isinstance(value, int):
        return _counted(0xA0, value) if value >= 0 else _counted(0xA8, -value)
    if isinstance(value, float):
        return b"\x92" + struct.pack(">d", value)
    if isinstance(value, str):
        octets = value.encode()
        return _counted(0x80, len(octets)) + octets
    if isinstance(value, bytes):
        return _counted(0x88, len(value)) + value
    if isinstance(value, list):
        return b"[" + b"".join(map(write, value)) + b"]"
    return b"{" + b"".join(write(name) + write(member) for name, member in value.items()) + b"}"


class _Reader:
    def __init__(self, octets):
        self.octets, self.at = octets, 0

    def peek(self):
        while self.octets[self.at : self.at + 1] in (b" ", b"\t", b"\n", b"\r"):
            self.at += 1
        if self.at >= len(self.octets):
            raise Refused("ends early")
        return self.octets[self.at]

    def take(self, length):
        if self.at + length > len(self.octets):
            raise Refused("longer than the message")
        self.at += length
        return self.octets[self.at - length : self.at]

    def number(self, tag):
        return int.from_bytes(self.take(WIDTHS[tag & 3]), "big")

    def value(self, depth=0):
        if depth > 64:
            raise Refused("too deep")
        tag = self.peek()
        if tag == 0x7B:
            return self.object(depth)
        if tag == 0x5B:
            return self.list(depth)
        if tag < 0x80:
            found = TEXT.match(self.octets, self.at)
            if found is None:
                raise Refused("not JSON")
            return json.loads(self.take(found.end() - self.at))
        self.at += 1
        kind = tag & 0xFC
        if kind == 0x80:
            return self.take(self.number(tag)).decode()
        if kind == 0x88:
            return self.take(self.number(tag))
        if kind == 0xA0:
            return self.number(tag)
        if kind == 0xA8:
            return -self.number(tag)
        if tag == 0x92:
            return struct.unpack(">d", self.take(8))[0]
        if tag in (0xB0, 0xB1, 0xB2):
            return (True, False, None)[tag - 0xB0]
        raise Refused("unknown tag")

    def object(self, depth):
        self.at += 1
        out = {}
        while self.peek() != 0x7D:
            if self.peek() == 0x2C:
                self.at += 1
            in_text = self.peek() == 0x22
            name = self.value(depth + 1)
            if not isinstance(name, str) or name in out or (in_text and self.peek() != 0x3A):
                raise Refused("a name")
            self.at += in_text
            out[name] = self.value(depth + 1)
        self.at += 1
        return out

    def list(self, depth):
        self.at += 1
        out = []
        while self.peek() != 0x5D:
            if self.peek() == 0x2C:
                self.at += 1
            out.append(self.value(depth + 1))
        self.at += 1
        return out


def read(octets):
    """Exactly one value."""
    reader = _Reader(octets)
    try:
        value = reader.value()
    except (ValueError, RecursionError) as error:
        raise Refused("not JSON-B") from error
    if octets[reader.at :].strip(b" \t\r\n"):
        raise Refused("octets after the value")
    return value


def read_tagged(octets):
    """An object with its one type tag."""
    value = read(octets)
    if not isinstance(value, dict) or len(value) != 1:
        raise Refused("not one tag")
    ((tag, body),) = value.items()
    if not isinstance(body, dict):
        raise Refused("not an object")
    return tag, body


def data(value):
    """Data, which is base64url where it stands in text."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise Refused("not data")
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
