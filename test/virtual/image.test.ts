/** What an image holds, and what it must not: no key of the code, no account key, nothing of an earlier owner or code. Raw octets and every layer inside. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join as pathOf } from "node:path";
import type { JoinWifi } from "../../firmware-stubs/virtual/device/request.ts";
import { Flash } from "../../firmware-stubs/virtual/image/flash.ts";
import { DeviceImage } from "../../firmware-stubs/virtual/image/image.ts";
import type { Datum } from "../../src/codec/index.ts";
import { decodeBase64url, decodeJsonB, Encoded, isObject } from "../../src/codec/index.ts";
import { encryptionUdf } from "../../src/crypto/index.ts";
import { ReleaseDevice } from "../../src/schema/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { connect, newImage, order, powerOn, releaseTo } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { delegate, delegation, lockHouse, makePhone } from "../kit/lock-house.ts";
import { makeDevice, makeHub, makeOwner, newCode, wholeScalar } from "../kit/owner.ts";

/** All octet strings in the files of a directory: raw, and from every JSON-B, JSON and base64url layer. */
function everything(dir: string): Uint8Array[] {
  const found: Uint8Array[] = [];
  const walk = (value: Datum | undefined): void => {
    if (typeof value === "string") {
      found.push(Buffer.from(value));
      const octets = decodeBase64url(value);
      if (octets) open(octets);
    } else if (value instanceof Uint8Array) open(value);
    else if (value instanceof Encoded) open(value.octets);
    else if (Array.isArray(value)) for (const item of value as readonly Datum[]) walk(item);
    else if (isObject(value)) for (const name of Object.keys(value)) walk(value[name]);
  };
  const open = (octets: Uint8Array): void => {
    found.push(octets);
    if (octets.length < 4) return;
    try {
      const value = decodeJsonB(octets);
      if (isObject(value) || Array.isArray(value)) walk(value);
    } catch {
      // Not an encoded object: its raw octets are on the list.
    }
  };
  for (const name of readdirSync(dir)) {
    const octets = new Uint8Array(readFileSync(pathOf(dir, name)));
    open(octets);
    // Banks have 12 octets before and 16 after the object.
    if (octets.length > 28) open(octets.subarray(12, -16));
  }
  return found;
}

const lost = (): never => {
  throw new Error("nobody takes its power");
};
const holds = (all: readonly Uint8Array[], wanted: Uint8Array): boolean => all.some((octets) => Buffer.from(octets).includes(Buffer.from(wanted)));

describe("virtual device image", (it) => {
  it("is refused where a device in C has kept its memory in it: to begin anew would be to forget the owner", () => {
    const dir = newImage(makeDevice());
    writeFileSync(pathOf(dir, "state-b"), "what a device in C keeps");
    assert.throws(() => new DeviceImage(new Flash(dir, lost)), /in use by a device in C/);
  });

  it("holds what the device needs and no key of the code, the account or the whole activation", async () => {
    const alice = makeOwner("alice@example.com");
    const made = makeDevice();
    const dir = newImage(made);
    const device = powerOn(dir);
    const { holding, dealt } = await connect(device, made, alice, makeHub());
    await eventually("accepted", () => device.core.status().accepted === true);
    const all = everything(dir);
    for (const [name, wanted] of Object.entries({
      k_hail: made.factory.KHail,
      "link root": holding.linkRoot,
      share: dealt.respond.SignatureShare,
      "administrator key": alice.administrator.public.octets,
      "nested: composite key": Buffer.from(made.seed),
    })) {
      assert.ok(holds(all, wanted), `the search finds ${name}`);
    }
    const { encryption, signature } = holding.activation;
    for (const [name, wanted] of Object.entries({
      k: made.k,
      "k as text": Buffer.from(encryptionUdf(made.k)),
      "account key": alice.accountKey.export().Private,
      "administrator's private key": alice.administrator.export().Private,
      "activation of encryption": encryption.export().Private,
      "activation of signature": signature.export().Private,
      "a of encryption": wholeScalar(encryption).export().Private,
      "a of signature": wholeScalar(signature).export().Private,
    })) {
      assert.not.ok(holds(all, wanted), `the image holds ${name}`);
    }
  });

  it("a reset leaves no contribution, share or link root, a release no value of the old code", async () => {
    const alice = makeOwner("alice@example.com");
    const made = makeDevice();
    const dir = newImage(made);
    const device = powerOn(dir);
    const hub = makeHub();
    const { holding, dealt } = await connect(device, made, alice, hub);
    const { EncryptionScalar, SignatureScalar, Link } = device.image.active!;
    const old = { EncryptionScalar, SignatureScalar, Link, root: holding.linkRoot, share: dealt.respond.EncryptShare };
    device.core.factoryReset();
    for (const [name, wanted] of Object.entries(old)) assert.not.ok(holds(everything(dir), wanted), `${name} is left after a reset`);

    const again = await connect(device, made, alice, hub);
    const message = order(ReleaseDevice, releaseTo(newCode(made), again.dealt.epoch), again.holding, hub);
    assert.is((await again.linked.request("Release", message)).Result, "Accept");
    const { KHail, KLink, Kd } = made.factory;
    const codes = { KHail, KLink, Kd, root: again.holding.linkRoot, description: made.factory.SealedDescription };
    for (const [name, wanted] of Object.entries(codes)) assert.not.ok(holds(everything(dir), wanted), `${name} is left after a release`);
    assert.equal(
      readdirSync(dir).filter((name) => name.startsWith("slot") || name.startsWith("factory")),
      ["factory.jbcd"],
    );
  });

  it("a release leaves nothing of who its owner was, of her Wi-Fi, nor of what it was told, in either copy; power may be lost before", async () => {
    const alice = makeOwner("alice@example.com");
    for (const at of [undefined, 3, 4, 6, 8]) {
      const made = makeDevice();
      const dir = newImage(made);
      const device = powerOn(dir);
      const hub = makeHub();
      const { holding, dealt, linked } = await connect(device, made, alice, hub);
      const told = { MessageId: "NTOLD-BY-ALICE", Command: "Set", Arguments: [{ Name: "Brightness", Value: 40 }] };
      assert.is((await linked.request("Command", told)).Result, "Accept");
      device.image.setMemory({ Ssid: "alice's network", NetworkPassword: "her Wi-Fi password" });
      const network = { ssid: Buffer.from("alice's network"), password: Buffer.from("her Wi-Fi password") };
      const gone = {
        ...network,
        account: Buffer.from(alice.accountUdf),
        administrator: alice.administrator.public.octets,
        order: Buffer.from("NTOLD-BY-ALICE"),
      };
      for (const [name, wanted] of Object.entries(gone)) assert.ok(holds(everything(dir), wanted), `the search finds ${name}`);
      device.flash.losePower(at === undefined ? undefined : { at });
      const message = order(ReleaseDevice, releaseTo(newCode(made), dealt.epoch), holding, hub);
      await Promise.race([linked.request("Release", message), device.dead]).catch(() => undefined);
      await device.off();
      if (device.power.lost) powerOn(dir);
      assert.is(new DeviceImage(new Flash(dir, lost)).lock.AccountUdf, undefined, `power lost at write ${at}`);
      for (const [name, wanted] of Object.entries(gone)) assert.not.ok(holds(everything(dir), wanted), `${name} is left, power lost at write ${at}`);
    }
  });

  it("keeps no Wi-Fi that lets it in after it was reset: it was given by an owner who is none any more", async () => {
    const made = makeDevice();
    const dir = newImage(made);
    const joining: (() => void)[] = [];
    const wifi: JoinWifi = () => new Promise((resolve) => joining.unshift(() => resolve("joined")));
    const device = powerOn(dir, undefined, undefined, wifi);
    const { linked } = await connect(device, made, makeOwner("alice@example.com"), makeHub());
    const given = linked.request("Provision", { Ssid: "alice's network", Password: "her Wi-Fi password" }).catch((error: unknown) => error);
    await eventually("it joins", () => joining.length === 1);
    device.core.factoryReset();
    joining[0]?.();
    await given;
    assert.is(device.image.lock.AccountUdf, undefined);
    assert.not.ok(holds(everything(dir), Buffer.from("her Wi-Fi password")), "the password is in its flash");
    const bob = await connect(device, made, makeOwner("bob@example.com"), makeHub());
    const own = bob.linked.request("Provision", { Ssid: "bob's network", Password: "his Wi-Fi password" });
    await eventually("it joins his", () => joining.length === 2);
    joining[0]?.();
    assert.equal([(await own).Result, device.core.status().network], ["Accept", "bob's network"]);
  });

  it("a reset leaves nothing of whom a lock obeyed, also where power is lost before all of it is erased", async () => {
    for (const at of [undefined, 2, 4]) {
      const house = await lockHouse();
      const phones = [makePhone(), makePhone()] as const;
      for (const [count, phone] of phones.entries()) assert.is((await delegate(house, delegation(house, count + 1, [phone]))).Result, "Accept");
      house.device.flash.losePower(at === undefined ? undefined : { at });
      try {
        house.device.core.factoryReset();
      } catch (error) {
        if (!house.device.power.lost) throw error;
      }
      if (house.device.power.lost) powerOn(house.dir);
      assert.not.ok(new DeviceImage(new Flash(house.dir, lost)).lock.Connected);
      for (const { udf } of phones) assert.not.ok(holds(everything(house.dir), Buffer.from(udf)), `${udf} is left, power lost at write ${at}`);
    }
  });
});
