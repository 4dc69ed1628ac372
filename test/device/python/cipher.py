"""ChaCha20-Poly1305 (RFC 8439), HKDF and the labelled MAC of docs/device-link.md."""
import hashlib
import hmac
import struct

from curve import Refused

MASK = 0xFFFFFFFF


def sha512(octets):
    return hashlib.sha512(octets).digest()


def mac(key, octets):
    return hmac.new(key, octets, hashlib.sha512).digest()


def hkdf(key, info, length=32):
    return mac(mac(bytes(64), key), info + b"\1")[:length]


def labelled_mac(key, label, *fields):
    return mac(key, label.encode() + b"\0" + b"".join(struct.pack(">I", len(field)) + field for field in fields))


def _rounds(state):
    x = list(state)

    def quarter(a, b, c, d):
        for first, second, third, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[first] = (x[first] + x[second]) & MASK
            mixed = x[third] ^ x[first]
            x[third] = (mixed << turn | mixed >> (32 - turn)) & MASK

    for _ in range(10):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        quarter(0, 5, 10, 15)
        quarter(1, 6, 11, 12)
        quarter(2, 7, 8, 13)
        quarter(3, 4, 9, 14)
    return struct.pack("<16I", *((one + other) & MASK for one, other in zip(x, state)))


def _stream(key, nonce, counter, length):
    out = b""
    while len(out) < length:
        out += _rounds((0x61707865, 0x3320646E, 0x79622D32, 0x6B206574) + struct.unpack("<8I", key) + (counter,) + struct.unpack("<3I", nonce))
        counter += 1
    return out[:length]


def _tag(key, nonce, data, sealed):
    one_time = _stream(key, nonce, 0, 32)
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    padded = data + bytes(-len(data) % 16) + sealed + bytes(-len(sealed) % 16) + struct.pack("<QQ", len(data), len(sealed))
    total = 0
    for at in range(0, len(padded), 16):
        total = (total + int.from_bytes(padded[at : at + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(one_time[16:], "little")) % 2**128).to_bytes(16, "little")


def _xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def seal(key, counter, data, plaintext):
    nonce = struct.pack("<IQ", 0, counter)
    sealed = _xor(plaintext, _stream(key, nonce, 1, len(plaintext)))
    return sealed + _tag(key, nonce, data, sealed)


def unseal(key, counter, data, sealed):
    nonce = struct.pack("<IQ", 0, counter)
    if len(sealed) < 16 or not hmac.compare_digest(_tag(key, nonce, data, sealed[:-16]), sealed[-16:]):
        raise Refused("the tag fails")
    return _xor(sealed[:-16], _stream(key, nonce, 1, len(sealed) - 16))
