"""Noise revision 34: IKpsk2 from the device's side, and N for what an owner seals (docs/device-link.md §5, §9.3)."""
import os

import cipher
from curve import Refused, x25519, x25519_public

HANDSHAKE = b"Noise_IKpsk2_25519_ChaChaPoly_SHA512"
ONE_WAY = b"Noise_N_25519_ChaChaPoly_SHA512"


class Symmetric:
    def __init__(self, protocol, *public):
        self.hash = self.chain = protocol + bytes(64 - len(protocol))
        self.key, self.counter = None, 0
        for part in public:
            self.mix_hash(part)

    def mix_hash(self, octets):
        self.hash = cipher.sha512(self.hash + octets)

    def _expand(self, material, count):
        root, out = cipher.mac(self.chain, material), [b""]
        for number in range(1, count + 1):
            out.append(cipher.mac(root, out[-1] + bytes([number])))
        return out[1:]

    def mix_key(self, material):
        self.chain, key = self._expand(material, 2)
        self.key, self.counter = key[:32], 0

    def mix_key_and_hash(self, material):
        self.chain, middle, key = self._expand(material, 3)
        self.mix_hash(middle)
        self.key, self.counter = key[:32], 0

    def open(self, sealed):
        plaintext = cipher.unseal(self.key, self.counter, self.hash, sealed)
        self.counter += 1
        self.mix_hash(sealed)
        return plaintext

    def seal(self, plaintext):
        sealed = cipher.seal(self.key, self.counter, self.hash, plaintext)
        self.counter += 1
        self.mix_hash(sealed)
        return sealed

    def split(self):
        return [key[:32] for key in self._expand(b"", 2)]


class Responder:
    """The device in one handshake."""

    def __init__(self, secret, prologue):
        self.secret = secret
        self.state = Symmetric(HANDSHAKE, prologue, x25519_public(secret))

    def read(self, message):
        """e, es, s, ss; gives the payload. `hub` is the hub's static key then."""
        if len(message) < 32 + 48 + 16:
            raise Refused("message 1 is short")
        self.ephemeral = message[:32]
        self.state.mix_hash(self.ephemeral)
        self.state.mix_key(self.ephemeral)
        self.state.mix_key(x25519(self.secret, self.ephemeral))
        self.hub = self.state.open(message[32:80])
        self.state.mix_key(x25519(self.secret, self.hub))
        return self.state.open(message[80:])

    def write(self, psk, secret=None):
        """e, ee, se, psk; gives message 2."""
        secret = secret or os.urandom(32)
        own = x25519_public(secret)
        self.state.mix_hash(own)
        self.state.mix_key(own)
        self.state.mix_key(x25519(secret, self.ephemeral))
        self.state.mix_key(x25519(secret, self.hub))
        self.state.mix_key_and_hash(psk)
        return own + self.state.seal(b"")


def open_sealed(secret, prologue, sealed):
    if len(sealed) < 48:
        raise Refused("short")
    state = Symmetric(ONE_WAY, prologue, x25519_public(secret), sealed[:32])
    state.mix_key(x25519(secret, sealed[:32]))
    return state.open(sealed[32:])
