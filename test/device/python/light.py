"""A light written from docs/device-makers.md and docs/device-link.md: modes, verbs, reports. What carries its packets is in main.py."""
import asyncio
import json
import os
import time

import cipher
import curve
import json_b
import owner
from curve import Refused
from memory import EMPTY_LOCK, seed_of

RANGES = {"Brightness": (0, 100), "ColourTemperature": (2200, 6500)}
PROVISIONAL = 24 * 3600
ONBOARD_VERBS = ("Describe", "Deliver", "Ping", "Reset", "Release")
HUB_VERBS = ("Deliver", "Ping", "Reset", "Release", "Command")
# What other devices take from their hub.
NO_USE = {"Update": "the device takes no other programs", "Provision": "the device has no Wi-Fi"}


def say(**line):
    print(json.dumps(line), flush=True)


class Light:
    def __init__(self, memory):
        self.memory, self.links, self.pressed, self.tokens, self.token_at = memory, set(), None, 8.0, time.monotonic()
        self.unreported, self.cause, self.wake, self.parted = False, "start", asyncio.Event(), lambda: None
        data = seed_of(memory.state["factory"]["PrivateKeyUDF"])

        def derived(name):
            return cipher.hkdf(data, data[:2] + name.encode())

        self.udf = owner.fingerprint("Ed25519", curve.base_times(curve.expand(derived("BaseDeviceProfile"))[0]))[0]
        self.link, self.signing = derived("BaseDeviceLink25519"), derived("BaseDeviceSign")
        self.base = {"Encryption": curve.expand(derived("BaseDeviceEncrypt"))[0], "Signature": curve.expand(self.signing)[0]}

    @property
    def state(self):
        return self.memory.state

    # What the link asks.
    def may_shake_hands(self):
        now = time.monotonic()
        self.tokens = min(8.0, self.tokens + now - self.token_at)
        self.token_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def description(self):
        return None if self.state["lock"]["connected"] else self.state["factory"]["SealedDescription"]

    def identity(self, mode):
        if mode == 0:
            return None if self.state["lock"]["connected"] else (self.link, self.state["factory"]["PublicationId"])
        connected = self.state["active"] or self.state["stored"]
        return connected and (self.state["fresh"]["link"], self.udf)

    def psk(self, mode, selected):
        if mode == 0:
            return self.state["factory"]["KLink"]
        active, hub, epoch = self.state["active"], selected["HubUdf"], selected["DealEpoch"]
        known = any(slot and (slot["hub"], slot["epoch"]) == (hub, epoch) for slot in (active, self.state["stored"]))
        root = (active or self.state["stored"])["root"]
        if not known and not (active and active["epoch"] < epoch < 1 << 32):
            return None
        return cipher.hkdf(root, b"mmm/hub/psk" + hub.encode() + epoch.to_bytes(4, "big"))

    def hails(self):
        keys = [self.state["factory"]["KHail"]] if not self.state["active"] else []
        for slot in (self.state["active"], self.state["stored"]):
            if slot:
                keys.append(cipher.hkdf(slot["root"], b"mmm/hub/hailkey" + slot["epoch"].to_bytes(4, "big")))
        nonces = [os.urandom(4) for _ in keys]
        return [nonce + cipher.mac(key, nonce)[:8] for key, nonce in zip(keys, nonces)]

    def standing(self, link):
        """What a session may do: onboard, hub, pending, successor, none."""
        session = link.session
        if session is None or session.generation != self.state["generation"]:
            return "none"
        if session.mode == 0:
            return "none" if self.state["lock"]["connected"] else "onboard"
        for slot, standing in ((self.state["active"], "hub"), (self.state["stored"], "pending")):
            if slot and (slot["hub"], slot["epoch"]) == (session.selected["HubUdf"], session.selected["DealEpoch"]):
                return standing if slot["hub_key"] == session.hub else "none"
        return "successor" if self.state["active"] else "none"

    def began(self, link):
        link.session.generation = self.state["generation"]
        self.links.add(link)
        if self._proven(link) == "none":
            link.end_session()

    def ended(self, _session):
        self.wake.set()

    def _proven(self, link):
        """A stored connection comes into force by the first frame of its hub."""
        standing = self.standing(link)
        if standing == "pending":
            stored, lock = self.state["stored"], self.state["lock"]
            pinned = {} if lock["account"] else {"pinned": self.state["powered"], "provisional": True}
            lock = {**lock, **pinned, "account": stored["account"], "administrator": stored["administrator"], "epoch": stored["epoch"], "connected": True}
            self.memory.save(active=stored, stored=None, lock=lock)
            say(event="committed", dealEpoch=stored["epoch"])
            self._end_void()
            self.parted()
            standing = "hub"
        if standing == "hub" and not getattr(link.session, "served", False):
            link.session.served = True
            asyncio.ensure_future(self._serve(link))
        return standing

    def _end_void(self):
        for link in [one for one in self.links if self.standing(one) == "none"]:
            link.end_session()
            self.links.discard(link)

    # Reports.
    async def _serve(self, link):
        session = link.session
        say(event="linked")
        self.cause, self.unreported = "start", True
        try:
            while not session.closed and self.state["active"] and self.state["accepted"] != self.state["active"]["epoch"]:
                body = owner.accept_connection(self.udf, self.state["active"])
                if self.state["active"]["claim"] is not None:
                    claim = {"PublicationId": self.state["factory"]["PublicationId"], "AccountUdf": body["AccountUdf"], "MessageId": self.state["active"]["claim"]}
                    body["EnvelopedClaimConfirm"] = json_b.read(owner.signed("ClaimConfirm", claim, self.signing))
                _, answer = await session.request("Accepted", {"Accept": json_b.write({"AcceptConnection": body})})
                if answer["Result"] == "Accept":
                    self.memory.save(accepted=body["DealEpoch"])
                    say(event="accepted", dealEpoch=body["DealEpoch"])
                else:
                    await asyncio.sleep(3)
            while not session.closed:
                if self.unreported:
                    session.send("State", {**self._report(), "Cause": self.cause})
                    self.unreported = False
                self.wake.clear()
                await self.wake.wait()
        except Refused:
            pass

    def _report(self):
        """Numbers are kept in blocks: a restart leaves a gap and repeats none."""
        sequence = self.sequence = getattr(self, "sequence", self.state["sequence"] - 1) + 1
        if sequence >= self.state["sequence"]:
            self.memory.save(sequence=sequence + 64)
        return {"Sequence": sequence, "Values": [{"Name": name, "Value": value} for name, value in self.state["values"].items()]}

    def change(self, values, cause):
        self.memory.save(values={**self.state["values"], **values})
        say(event="changed", values=self.state["values"])
        self.unreported, self.cause = True, cause
        self.wake.set()

    # Verbs.
    def asked(self, link, tag, body):
        number, standing = body["Id"], self._proven(link)
        allowed = {"onboard": ONBOARD_VERBS, "hub": HUB_VERBS, "successor": ("Deliver", "Ping")}.get(standing, ())
        try:
            if tag not in allowed:
                no_use = NO_USE.get(tag) if standing == "hub" else None
                raise Refused(no_use or "not for this session", "ERR_REJECTED")
            answer, members = getattr(self, "_" + tag.lower())(link, standing, body)
        except (Refused, KeyError, TypeError, ValueError) as error:
            code = {"ErrorCode": error.code} if getattr(error, "code", None) else {}
            answer, members = "Result", {"Result": "Reject", "ErrorReport": str(error) or "refused", **code}
        if link.session is not None:
            link.session.send(answer, {"Id": number, **members})

    def _ping(self, _link, standing, _body):
        return "Result", {"Result": "Accept", **({"State": self._report()} if standing == "hub" else {})}

    def _describe(self, _link, _standing, _body):
        if self.state["fresh"] is None:
            scalars = {use: curve.scalar_octets(curve.little(os.urandom(64)) % curve.L) for use in ("Encryption", "Signature")}
            self.memory.save(fresh={**scalars, "link": os.urandom(32)})
        fresh = self.state["fresh"]
        present = self.pressed is not None and time.monotonic() - self.pressed <= 300
        body = {"DealEpoch": self._stored_epoch()}
        body |= {use: owner.key_data("Ed25519", curve.base_times(curve.little(fresh[use]))) for use in ("Encryption", "Signature")}
        body |= {"Link25519": owner.key_data("X25519", curve.x25519_public(fresh["link"])), "Presence": present}
        return "Contribution", {"Contribution": owner.signed("DeviceContribution", body, self.signing)}

    def _stored_epoch(self):
        return max([self.state["lock"]["epoch"]] + [slot["epoch"] for slot in (self.state["active"], self.state["stored"]) if slot])

    def _deliver(self, link, _standing, body):
        sealed, fresh = json_b.data(body["Sealed"]), self.state["fresh"]
        slots = [slot for slot in (self.state["active"], self.state["stored"]) if slot]
        if cipher.sha512(sealed) in [slot["digest"] for slot in slots]:
            return "Result", {"Result": "Accept"}
        if fresh is None:
            raise Refused("describe comes before deliver", "ERR_REJECTED")
        active = self.state["active"]
        about = {"udf": self.udf, "kd": self.state["factory"]["Kd"], "selected": link.session.selected, "hub": link.session.hub}
        about |= {"lock": self.state["lock"], "epoch": self._stored_epoch(), "base": self.base, "root": active["root"] if active else None}
        about["fresh"] = {"link": fresh["link"], **{use: curve.little(fresh[use]) for use in ("Encryption", "Signature")}}
        self.memory.save(stored=owner.open_delivery(sealed, about))
        say(event="stored", dealEpoch=self.state["stored"]["epoch"])
        self.parted()
        return "Result", {"Result": "Accept"}

    def _order(self, link, kind, body):
        if self.state["fresh"] is None or "Sealed" not in body:
            raise Refused("only the owner can order that", "ERR_NOT_AUTHORIZED")
        lock, selected = self.state["lock"], link.session.selected
        sealed, epochs = json_b.data(body["Sealed"]), (selected["DealEpoch"], lock["epoch"])
        return owner.open_order(kind, sealed, self.state["fresh"]["link"], self.udf, selected["HubUdf"], epochs, lock)

    def _reset(self, link, _standing, body):
        self._order(link, "ResetDevice", body)
        self.forget(lock={**self.state["lock"], "connected": False})
        return "Result", {"Result": "Accept"}

    def _release(self, link, _standing, body):
        order = self._order(link, "ReleaseDevice", body)
        renewed = {name: json_b.data(order[name]) for name in ("KHail", "KLink", "Kd", "SealedDescription")}
        if any(len(renewed[name]) != 32 for name in ("KHail", "KLink", "Kd")) or renewed["KLink"] == self.state["factory"]["KLink"]:
            raise Refused("not a new code")
        factory = {**self.state["factory"], **renewed, "PublicationId": order["PublicationId"]}
        self.forget(factory=factory, lock={**EMPTY_LOCK, "epoch": self.state["lock"]["epoch"]})
        return "Result", {"Result": "Accept"}

    def forget(self, **changes):
        """The connection is over: one write, and its sessions end once their answers are out."""
        epoch = self._stored_epoch()
        changes["lock"] = {**changes["lock"], "epoch": epoch}
        if changes["lock"]["account"] is None:
            changes["values"] = {**self.state["values"], "Label": ""}
        self.memory.save(active=None, stored=None, fresh=None, accepted=0, seen=[], generation=self.state["generation"] + 1, **changes)
        asyncio.get_running_loop().call_later(0.2, lambda: (self._end_void(), self.parted()))

    def _command(self, _link, _standing, body):
        name, given, message = body["Command"], {item["Name"]: item["Value"] for item in body["Arguments"]}, body.get("MessageId")
        if name not in ("Set", "Identify") or (name == "Identify" and given):
            raise Refused(f"a light does not do {name}", "ERR_COMMAND")
        if len(given) != len(body["Arguments"]):
            raise Refused("a property stands twice", "ERR_COMMAND")
        self.check(given)
        if message is None or message not in self.state["seen"]:
            seen = self.state["seen"] if message is None else [*self.state["seen"], message][-16:]
            self.memory.save(values={**self.state["values"], **given}, seen=seen)
            say(event="command", command=name, values=self.state["values"])
        return "Result", {"Result": "Accept", "State": {**self._report(), "Cause": "command"}}

    def check(self, given):
        for name, value in given.items():
            known = self.state["values"].get(name)
            fits = known is not None and (isinstance(value, bool) == isinstance(known, bool)) and isinstance(value, str) == isinstance(known, str)
            low, high = RANGES.get(name, (0, 0))
            if not fits or (name in RANGES and not low <= value <= high) or (name == "Label" and len(value) > 64):
                raise Refused(f"{name} cannot be {value!r}", "ERR_COMMAND")
