"""The memory of the light: one file, replaced whole, so that power may fail at any time and leaves the state before or after."""
import base64
import os

import json_b

EMPTY_LOCK = {"account": None, "administrator": None, "epoch": 0, "connected": False, "pinned": 0, "provisional": True}


class Memory:
    def __init__(self, directory):
        self.path = os.path.join(directory, "state")
        self.fails_at = None
        with open(os.path.join(directory, "factory.jbcd"), "rb") as file:
            _, factory = json_b.read_tagged(file.read())
        self.state = {
            "factory": factory,
            "lock": dict(EMPTY_LOCK),
            "fresh": None,
            "active": None,
            "stored": None,
            "generation": 0,
            "accepted": 0,
            "values": {"On": False, "Brightness": 100, "ColourTemperature": 2700, "Label": ""},
            "sequence": 0,
            "seen": [],
            "powered": 0,
        }
        if os.path.exists(self.path):
            with open(self.path, "rb") as file:
                self.state = json_b.read(file.read())

    def save(self, **changes):
        """Changes together; they are on the disk when this returns."""
        state = {**self.state, **changes}
        octets, beside = json_b.write(state), self.path + ".new"
        cut = None
        if self.fails_at is not None:
            self.fails_at -= 1
            cut = len(octets) // 2 if self.fails_at == 0 else None
        with open(beside, "wb") as file:
            file.write(octets[:cut])
            file.flush()
            os.fsync(file.fileno())
        if cut is not None:
            os._exit(86)
        os.replace(beside, self.path)
        directory = os.open(os.path.dirname(self.path), os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
        self.state = state


def seed_of(text):
    """The octets of a seed's UDF, without the type octet."""
    digits = text.replace("-", "").upper()
    return base64.b32decode(digits + "=" * (-len(digits) % 8))[1:]
