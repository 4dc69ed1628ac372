"""What an owner says to a device, and what the device checks before it believes it (docs/device-link.md §9)."""
import base64
import hmac
import json
import struct

import cipher
import curve
import json_b
from curve import Refused
from noise import open_sealed

CURVES = {"X25519": 0x6E, "Ed25519": 0x70}
MOST_SEALED = 4096 + 48
MOST_RELEASE = 16384


def fingerprint(name, public):
    """Udf and F of a key."""
    count = len(public)
    der = bytes([0x30, count + 14, 0x30, 7, 6, 3, 0x2B, 0x65, CURVES[name], 5, 0, 3, count + 3, 0, 4, count]) + public
    digest = cipher.sha512(b"PKIXKey:" + cipher.sha512(der))
    number = int.from_bytes(digest, "big")
    zeros = (number & -number).bit_length() - 1
    full = (bytes([0x60 + sum(zeros >= least for least in (20, 30, 40, 50))]) + digest)[:64]
    letters = base64.b32encode(full[:20]).decode()[:28]
    return "-".join(letters[at : at + 4] for at in range(0, 28, 4)), full


def key_data(name, public):
    return {"Udf": fingerprint(name, public)[0], "PublicParameters": {"PublicKeyECDH": {"crv": name, "Public": public}}}


def public_of(value, name):
    parameters = value["PublicParameters"]["PublicKeyECDH"]
    if parameters["crv"] != name:
        raise Refused("another curve")
    return json_b.data(parameters["Public"])


def signed(tag, body, seed):
    """Octets of an envelope under an Ed25519 seed."""
    octets = json_b.write({tag: body})
    digest = cipher.sha512(octets)
    meta = json.dumps({"MessageType": tag, "cty": "application/mmm/object"}).encode()
    kid = fingerprint("Ed25519", curve.base_times(curve.expand(seed)[0]))[0]
    signature = {"alg": "S512", "kid": kid, "signature": curve.sign(seed, digest)}
    header = {"dig": "S512", "ContentMetaData": json_b.base64url(meta)}
    return json_b.write([header, octets, {"signatures": [signature], "PayloadDigest": digest}])


def verified(envelope, public, tag):
    """Body of an envelope that this key has signed, as octets and as an object."""
    if not isinstance(envelope, list) or len(envelope) != 3 or not isinstance(envelope[2], dict):
        raise Refused("not an envelope")
    octets, trailer = json_b.data(envelope[1]), envelope[2]
    digest, own = cipher.sha512(octets), fingerprint("Ed25519", public)[0]
    found = [one for one in trailer.get("signatures", []) if one.get("kid") == own]
    right = json_b.data(trailer.get("PayloadDigest", "")) == digest and found
    if not right or not curve.verifies(public, digest, json_b.data(found[0]["signature"])):
        raise Refused(f"{tag} did not verify")
    named, body = json_b.read_tagged(octets)
    if named != tag:
        raise Refused(f"not {tag}")
    return octets, body


def unseal(kind, sealed, link, device_udf, hub_udf, epochs):
    """What was sealed to the link key in one of these epochs."""
    if len(sealed) > (MOST_RELEASE if kind == "ReleaseDevice" else MOST_SEALED):
        raise Refused("too long", "ERR_TOO_LARGE")
    names = b"".join(struct.pack(">H", len(name)) + name for name in (kind.encode(), device_udf.encode(), hub_udf.encode()))
    for epoch in dict.fromkeys(epochs):
        if 0 <= epoch < 1 << 32:
            try:
                return json_b.read(open_sealed(link, b"mmm/hub/seal/1" + names + struct.pack(">I", epoch), sealed))
            except Refused:
                continue
    raise Refused(f"{kind} did not verify", "ERR_VERIFICATION")


def accept_connection(device_udf, connection):
    digest = cipher.sha512(json_b.data(connection["device"][1]))
    names = (device_udf, connection["account"], connection["hub"])
    key = cipher.hkdf(connection["root"], b"mmm/hub/accept")
    mac = cipher.labelled_mac(key, "mmm/hub/accept", *(name.encode() for name in names), struct.pack(">I", connection["epoch"]), digest)
    body = {"DeviceUdf": names[0], "AccountUdf": names[1], "HubUdf": names[2], "DealEpoch": connection["epoch"], "ConnectionDigest": digest, "Mac": mac}
    return body


def _holds(value, missing):
    """Whether the missing part of a key is somewhere inside."""
    if isinstance(value, (list, dict)):
        return any(_holds(item, missing) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, bytes) and len(value) == 32 and curve.base_times(curve.little(value)) in missing


def open_delivery(sealed, about):
    """The connection in a RespondDevice, checked in the order of §9.3. `about`: udf, kd, selected, hub (static key), lock, epoch, fresh, base, root."""
    selected = about["selected"]
    epochs = [selected["DealEpoch"], *range(about["epoch"], about["epoch"] + 8)]
    envelope = unseal("RespondDevice", sealed, about["fresh"]["link"], about["udf"], selected["HubUdf"], epochs)
    tag, respond = json_b.read_tagged(json_b.data(envelope[1]))
    if tag != "RespondDevice":
        raise Refused("an administration device has to connect it")
    lock, administrator = about["lock"], public_of(respond["AdministratorSignature25519"], "Ed25519")
    if lock["account"] is not None:
        if lock["account"] != respond["AccountUdf"]:
            raise Refused("the device is locked to another owner", "ERR_OWNED")
        administrator = lock["administrator"]
    else:
        fields = (respond["AccountAddress"].encode(), respond["AccountUdf"].encode(), fingerprint("Ed25519", administrator)[1])
        if not hmac.compare_digest(cipher.labelled_mac(about["kd"], "mmm/hub/owner", *fields), json_b.data(respond["OwnerAuthenticate"])):
            raise Refused("OwnerAuthenticate did not verify")
    verified(envelope, administrator, "RespondDevice")

    names = (about["udf"], selected["HubUdf"])
    if (respond["DeviceUdf"], respond["HubUdf"]) != names or not about["epoch"] < respond["DealEpoch"] < 1 << 32:
        raise Refused("for another device, hub or epoch", "ERR_REPLAY")
    root, renewed = json_b.data(respond["LinkRoot"]), respond.get("NewAdministrator")
    if len(root) != 32 or (about["root"] is not None and renewed is None and root != about["root"]):
        raise Refused("LinkRoot")
    after = public_of(renewed, "Ed25519") if renewed else None
    _, device = _by_either(respond["EnvelopedConnectionDevice"], administrator, after, "ConnectionDevice")
    _, hub = _by_either(respond["EnvelopedConnectionHub"], administrator, after, "ConnectionHub")
    link_udf = fingerprint("X25519", curve.x25519_public(about["fresh"]["link"]))[0]
    if (device["Subject"], device["Authority"]) != (about["udf"], respond["AccountUdf"]) or link_udf not in [key["Udf"] for key in device["Link"]]:
        raise Refused("ConnectionDevice")
    if (hub["Subject"], hub["Authority"], hub["DealEpoch"]) != (names[1], respond["AccountUdf"], respond["DealEpoch"]) or about["udf"] not in hub["DeviceUdf"]:
        raise Refused("ConnectionHub")
    if about["hub"] not in [public_of(key, "X25519") for key in hub["LinkKeys"]]:
        raise Refused("ConnectionHub is another hub's")
    missing = []
    for use, share, part in (("Encryption", "EncryptShare", "PartialEncryption"), ("Signature", "SignatureShare", "PartialSignature")):
        own = about["base"][use] + about["fresh"][use]
        total = curve.base_times(own + curve.little(json_b.data(respond[share])))
        composite = public_of(device[use], "Ed25519")
        if len(json_b.data(respond[share])) != 32 or total != json_b.data(respond[part]) or total == composite:
            raise Refused("a share")
        rest = curve.times(curve.BASE, curve.L - own % curve.L)
        missing.append(curve.encode(curve.add(curve.decode(composite), rest)))
    if _holds(respond, missing):
        raise Refused("the delivery holds the whole activation")
    return {
        "account": respond["AccountUdf"],
        "hub": names[1],
        "hub_key": about["hub"],
        "epoch": respond["DealEpoch"],
        "root": root,
        "encrypt_share": json_b.data(respond["EncryptShare"]),
        "signature_share": json_b.data(respond["SignatureShare"]),
        "administrator": after or administrator,
        "device": respond["EnvelopedConnectionDevice"],
        "claim": respond.get("ClaimMessageId"),
        "digest": cipher.sha512(sealed),
    }


def _by_either(envelope, administrator, after, tag):
    try:
        return verified(envelope, administrator, tag)
    except Refused:
        if after is None:
            raise
        return verified(envelope, after, tag)


def open_order(kind, sealed, link, device_udf, hub_udf, epochs, lock):
    """A ResetDevice or ReleaseDevice of the pinned owner."""
    if lock["administrator"] is None:
        raise Refused("the device has no owner", "ERR_NOT_AUTHORIZED")
    _, order = verified(unseal(kind, sealed, link, device_udf, hub_udf, epochs), lock["administrator"], kind)
    if order["DeviceUdf"] != device_udf or order["DealEpoch"] < lock["epoch"]:
        raise Refused("for another device or an earlier connection", "ERR_REPLAY")
    return order
