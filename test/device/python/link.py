"""Frames, handshakes and sessions on one stream, from the device's side (docs/device-link.md §4 to §7)."""
import asyncio
import struct

import cipher
import json_b
from curve import Refused
from noise import Responder

DESCRIBE, DESCRIBED, HELLO1, HELLO2, TRANSPORT, CLOSE = 0x01, 0x02, 0x10, 0x11, 0x20, 0x7F
CUTTABLE = (DESCRIBED, HELLO1, HELLO2)
OVERHEAD = 28
MOST_MESSAGE = 16384
MOST_UNREADABLE = 8
ANSWERS = ("Result", "Agreed", "Commitment")


def frame(kind, body):
    return bytes([kind]) + struct.pack(">H", len(body)) + body


def read_frame(packet):
    """Type, whether more follow, body."""
    if len(packet) < 3 or struct.unpack(">H", packet[1:3])[0] != len(packet) - 3:
        raise Refused("not one frame")
    kind, more = packet[0] & 0x7F, packet[0] >> 7
    if kind not in (DESCRIBE, DESCRIBED, HELLO1, HELLO2, TRANSPORT, CLOSE) or (more and (kind not in CUTTABLE or len(packet) == 3)):
        raise Refused("unknown type")
    return kind, more, packet[3:]


def prologue(medium, mode, name):
    fields = (b"mmm/link/1", medium.encode(), bytes([mode]), name.encode())
    return b"".join(struct.pack(">H", len(field)) + field for field in fields)


class Session:
    """An open session; its first frame may still be due."""

    def __init__(self, stream, keys, mode, selected, hub):
        self.stream, (self.receive_key, self.send_key) = stream, keys
        self.mode, self.selected, self.hub = mode, selected, hub
        self.received = self.sent = 0
        self.parts, self.pending, self.next_id, self.closed = b"", {}, 1, False

    def open(self, body):
        """The message that a frame completes, or None. Refused ends the session."""
        if len(body) < 8:
            raise Refused("no counter")
        counter = struct.unpack(">Q", body[:8])[0]
        if counter < self.received or (self.received == 0 and counter > 0):
            return None
        if counter > self.received or counter >= 1 << 20:
            raise Refused("a gap")
        part = cipher.unseal(self.receive_key, counter, b"", body[8:])
        self.received += 1
        if part[:1] not in (b"\0", b"\1"):
            raise Refused("unknown flag")
        self.parts += part[1:]
        if len(self.parts) > MOST_MESSAGE:
            raise Refused("too long")
        if part[0] == 1:
            return None
        message, self.parts = self.parts, b""
        return message

    def send(self, tag, body):
        message, room = json_b.write({tag: body}), self.stream.largest - OVERHEAD
        for at in range(0, len(message), room):
            flag = b"\1" if at + room < len(message) else b"\0"
            sealed = cipher.seal(self.send_key, self.sent, b"", flag + message[at : at + room])
            self.stream.send(frame(TRANSPORT, struct.pack(">Q", self.sent) + sealed))
            self.sent += 1

    async def request(self, tag, body):
        """The answer; Refused when the session ends before, or nothing comes in 10 s."""
        if self.closed or len(self.pending) >= 32:
            raise Refused("not now")
        number, self.next_id = self.next_id, self.next_id + 1
        answer = self.pending[number] = asyncio.get_running_loop().create_future()
        self.send(tag, {"Id": number, **body})
        try:
            return await asyncio.wait_for(answer, 10)
        except asyncio.TimeoutError as error:
            raise Refused("no answer") from error
        finally:
            self.pending.pop(number, None)

    def end(self):
        if not self.closed:
            self.closed = True
            for answer in self.pending.values():
                if not answer.done():
                    answer.set_exception(Refused("the session is over"))


class Link:
    """What the device does with the packets of one stream. `stream` has largest, medium, send, close; `device` decides."""

    def __init__(self, stream, device):
        self.stream, self.device = stream, device
        self.session = self.coming = None
        self.described = self.unreadable = 0
        self.joined, self.last_hello = (0, b""), (None, b"")

    def packet(self, packet):
        try:
            kind, more, body = read_frame(packet)
            if kind not in (DESCRIBE, HELLO1, TRANSPORT, CLOSE):
                raise Refused("not for a device")
            whole = self._join(kind, more, body)
        except Refused:
            self.unreadable += 1
            if self.unreadable == MOST_UNREADABLE:
                self.close()
            return
        if whole is None:
            return
        if kind == DESCRIBE:
            self._describe()
        elif kind == HELLO1:
            self._handshake(whole)
        elif kind == TRANSPORT:
            self._transport(whole)
        elif whole[:1] != b"\2":
            self.end_session()

    def _join(self, kind, more, body):
        held = self.joined[1] + body if self.joined[0] == kind else body
        self.joined = (kind, held) if more else (0, b"")
        if len(held) > MOST_MESSAGE:
            raise Refused("too long")
        return None if more else held

    def _clear(self, kind, message):
        room = self.stream.largest - 3
        for at in range(0, len(message), room):
            self.stream.send(frame(kind | (0x80 if at + room < len(message) else 0), message[at : at + room]))

    def _describe(self):
        description = self.device.description()
        self.described += 1
        if description is not None and self.described <= 2:
            self._clear(DESCRIBED, json_b.write({"Described": {"Description": description}}))

    def _handshake(self, message):
        if self.last_hello[0] == message:
            self._clear(HELLO2, self.last_hello[1])
            return
        if not self.device.may_shake_hands():
            return
        try:
            mode = message[0] if message[:1] in (b"\0", b"\1") else None
            identity = None if mode is None else self.device.identity(mode)
            if identity is None:
                raise Refused("shut")
            secret, name = identity
            responder = Responder(secret, prologue(self.stream.medium, mode, name))
            tag, selected = json_b.read_tagged(responder.read(message[1:]))
            psk = self.device.psk(mode, selected) if tag == "Select" else None
            if psk is None:
                raise Refused("no such key")
            answer = responder.write(psk)
        except (Refused, KeyError, TypeError):
            self.stream.send(frame(CLOSE, b"\2"))
            return
        self.last_hello = (message, answer)
        self.coming = Session(self.stream, responder.state.split(), mode, selected, responder.hub)
        asyncio.get_running_loop().call_later(10, self._forget, self.coming)
        self._clear(HELLO2, answer)

    def _forget(self, coming):
        if self.coming is coming:
            self.coming, self.last_hello = None, (None, b"")

    def _transport(self, body):
        if self.coming is not None and body[:8] == bytes(8):
            try:
                first = self.coming.open(body)
            except Refused:
                first = None
            if self.coming.received == 1:
                self.end_session(tell=False)
                self.session, self.coming, self.last_hello = self.coming, None, (None, b"")
                self.device.began(self)
                self._read(lambda: first)
                return
        if self.session is not None:
            self._read(lambda: self.session.open(body))

    def _read(self, opened):
        try:
            self._take(opened())
        except (Refused, KeyError, TypeError, ValueError):
            self.end_session()

    def _take(self, message):
        if not message or self.session is None:
            return
        tag, body = json_b.read_tagged(message)
        number = body.get("Id")
        if "Id" in body and (isinstance(number, bool) or not isinstance(number, int)):
            raise Refused("no Id")
        if tag in ANSWERS:
            answer = self.session.pending.get(number)
            if answer is not None and not answer.done():
                answer.set_result((tag, body))
        elif number is not None:
            self.device.asked(self, tag, body)

    def end_session(self, tell=True):
        if self.session is not None:
            ended, self.session = self.session, None
            ended.end()
            if tell:
                self.stream.send(frame(CLOSE, b"\1"))
            self.device.ended(ended)

    def close(self):
        self.end_session(tell=False)
        self.stream.close()
