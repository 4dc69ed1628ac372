"""The light as a process, listening on TCP: flags and orders of firmware-stubs/README.md, as far as the suite in test/device plays them."""
import argparse
import asyncio
import signal
import sys
import time

from light import PROVISIONAL, Light, say
from link import Link
from memory import EMPTY_LOCK, Memory

MOST_CONNECTIONS = 8


class TcpStream:
    """Packets over a connection: length u16, then so many octets (docs/device-link.md §3)."""

    medium, largest = "tcp", 16384

    def __init__(self, writer):
        self.writer = writer

    def send(self, packet):
        if not self.writer.is_closing():
            self.writer.write(len(packet).to_bytes(2, "big") + packet)

    def close(self):
        self.writer.close()


class Process:
    def __init__(self, flags):
        self.flags, self.memory = flags, Memory(flags.image)
        self.light = Light(self.memory)
        self.light.parted = self.renew
        self.streams, self.server, self.hails = [], None, b""

    def renew(self):
        hails = self.light.hails()
        self.hails = b"".join(hails)
        say(event="hail", hails=[hail.hex() for hail in hails])

    async def connected(self, reader, writer):
        stream = TcpStream(writer)
        link = Link(stream, self.light)
        self.streams.append(stream)
        if len(self.streams) > MOST_CONNECTIONS:
            self.streams[0].close()
        stream.send(self.hails)
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(2), "big")
                if not 0 < length <= TcpStream.largest:
                    break
                link.packet(await asyncio.wait_for(reader.readexactly(length), 10))
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, ConnectionError):
            pass
        finally:
            link.end_session(tell=False)
            self.light.links.discard(link)
            self.streams.remove(stream)
            stream.close()

    async def listen(self):
        self.server = await asyncio.start_server(self.connected, self.flags.host, self.flags.port)
        self.flags.port = self.server.sockets[0].getsockname()[1]

    async def lose_network(self, ms):
        self.server.close()
        for stream in list(self.streams):
            stream.writer.transport.abort()
        await asyncio.sleep(ms / 1000)
        await self.listen()
        say(event="network-back")

    def order(self, words):
        name, rest = words[0], words[1:]
        state, light = self.memory.state, self.light
        if name == "set":
            value = {"true": True, "false": False}.get(rest[1], rest[1])
            value = float(value) if isinstance(value, str) and rest[0] != "Label" else value
            light.check({rest[0]: value})
            light.change({rest[0]: int(value) if isinstance(value, float) and value.is_integer() else value}, "switch")
        elif name == "button":
            light.pressed = time.monotonic()
        elif name == "powered":
            self.memory.save(powered=state["powered"] + int(float(rest[0]) * 3600))
        elif name == "factory-reset":
            provisional = state["lock"]["account"] and state["powered"] - state["lock"]["pinned"] < PROVISIONAL
            light.forget(lock=dict(EMPTY_LOCK) if provisional else {**state["lock"], "connected": False})
        elif words[:2] == ["fault", "lose-power-at-write"]:
            self.memory.fails_at = int(rest[1])
        elif words[:2] == ["fault", "lose-network"]:
            asyncio.ensure_future(self.lose_network(float(rest[1])))
        elif words[:2] == ["fault", "none"]:
            self.memory.fails_at = None
        elif name == "status":
            lock, active = state["lock"], state["active"]
            accepted = active is not None and state["accepted"] == active["epoch"]
            linked = any(light.standing(link) == "hub" for link in light.links)
            mode = "linked" if lock["connected"] else "onboard"
            return {"mode": mode, "accepted": accepted, "linked": linked, "values": state["values"], "unreported": int(light.unreported)}
        elif name != "stop":
            raise ValueError(f"unknown order {name}")
        return {}

    async def run(self):
        self.renew()
        await self.listen()
        say(event="ready", deviceUdf=self.light.udf, medium="tcp", port=self.flags.port)
        reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        loop.add_signal_handler(signal.SIGTERM, reader.feed_eof)
        while line := (await reader.readline()).decode().strip():
            try:
                say(ok=line, **self.order(line.split()))
            except Exception as error:
                say(error="ERR_COMMAND", order=line, message=str(error))
            if line == "stop":
                return


parser = argparse.ArgumentParser()
parser.add_argument("--image", required=True)
parser.add_argument("--medium", choices=["tcp"], default="tcp")
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--port", type=int, default=0)
for flag in ("--no-mdns", "--exit-with-input"):
    parser.add_argument(flag, action="store_true")
asyncio.run(Process(parser.parse_args()).run())
