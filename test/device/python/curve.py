"""X25519 (RFC 7748) and Ed25519 (RFC 8032), as far as a device needs them. Not constant in time: a real device takes a library."""
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
DOMAIN = b"SigEd25519 no Ed25519 collisions\0\0"


class Refused(Exception):
    """What a device refuses; `code` is for the hub's owner."""

    def __init__(self, why, code=None):
        super().__init__(why)
        self.code = code


def little(octets):
    return int.from_bytes(octets, "little")


def scalar_octets(scalar):
    return scalar.to_bytes(32, "little")


def clamp(octets):
    return (little(octets) & ((1 << 254) - 8)) | (1 << 254)


def x25519(secret, u_octets):
    """The shared secret; zeros are an error."""
    k, u = clamp(secret), little(u_octets) % 2**255 % P
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = (k >> t) & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        e = aa - bb
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    shared = scalar_octets(x2 * pow(z2, P - 2, P) % P)
    if shared == bytes(32):
        raise Refused("a shared secret of zeros")
    return shared


def x25519_public(secret):
    return x25519(secret, scalar_octets(9))


# Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, T = XY/Z.
def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(point, scalar):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def encode(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return scalar_octets(y | (x & 1) << 255)


def decode(octets):
    if len(octets) != 32:
        raise Refused("not a point")
    whole = little(octets)
    y = whole & (2**255 - 1)
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * ROOT % P
    if y >= P or v * x * x % P != u or (x == 0 and whole >> 255):
        raise Refused("not a point")
    if x & 1 != whole >> 255:
        x = -x % P
    return x, y, 1, x * y % P


BASE = decode(scalar_octets(4 * pow(5, P - 2, P) % P))


def base_times(scalar):
    return encode(times(BASE, scalar % L))


def expand(seed):
    """Scalar and prefix of an Ed25519 seed."""
    digest = hashlib.sha512(seed).digest()
    return clamp(digest[:32]), digest[32:]


def challenge(*parts):
    return little(hashlib.sha512(DOMAIN + b"".join(parts)).digest()) % L


def sign(seed, message):
    """Ed25519ctx with an empty context."""
    scalar, prefix = expand(seed)
    r = challenge(prefix, message)
    first = base_times(r)
    return first + scalar_octets((r + challenge(first, base_times(scalar), message) * scalar) % L)


def verifies(public, message, signature):
    if len(signature) != 64 or little(signature[32:]) >= L:
        return False
    k = challenge(signature[:32], public, message)
    right = add(decode(signature[:32]), times(decode(public), k))
    return base_times(little(signature[32:])) == encode(right)
