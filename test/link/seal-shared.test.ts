import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import { utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { x25519Agreement, x25519Of } from "../../src/crypto/birational.ts";
import type { PrivateKey } from "../../src/crypto/index.ts";
import { addPrivate, addPublic, deal, generatePrivateKey, partialAgreement } from "../../src/crypto/index.ts";
import { ephemeralOf, openComposite, sealOneWay, sealToComposite } from "../../src/link/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const random = systemRandom;
const prologue = utf8("mmm/hub/seal/1 of a test");
const plaintext = utf8("open the door");

/** A device's key in an account: base, its own contribution, and an activation dealt to device and hub. */
function house(): { whole: PrivateKey; device: PrivateKey; hub: PrivateKey } {
  const own = addPrivate(generatePrivateKey("Ed25519", random), generatePrivateKey("Ed25519", random));
  const activation = generatePrivateKey("Ed25519", random);
  const [part, hub] = deal({ secret: activation, parties: 2, random });
  return { whole: addPrivate(own, activation), device: addPrivate(own, part!), hub: hub! };
}

describe("sealed to a composite key", (it) => {
  it("opens with the parts of device and hub, and with neither alone", async () => {
    for (let round = 0; round < 8; round++) {
      const { whole, device, hub } = house();
      const recipient = whole.public;
      const sealed = sealToComposite({ recipient, prologue, plaintext, random });
      const ephemeral = ephemeralOf(sealed);
      const [ofDevice, ofHub] = [partialAgreement(device, ephemeral), partialAgreement(hub, ephemeral)];
      assert.equal(openComposite({ recipient, prologue, sealed, parts: [ofHub, ofDevice] }), plaintext);
      assert.equal(openComposite({ recipient, prologue, sealed, parts: [partialAgreement(whole, ephemeral)] }), plaintext);
      for (const parts of [[ofHub], [ofDevice], [ofHub, ofHub], [ofDevice, ofDevice], []]) {
        await throwsMesh(() => openComposite({ recipient, prologue, sealed, parts }), "ERR_VERIFICATION");
      }
      const another = partialAgreement(house().hub, ephemeral);
      await throwsMesh(() => openComposite({ recipient, prologue, sealed, parts: [ofDevice, another] }), "ERR_VERIFICATION");
      await throwsMesh(() => openComposite({ recipient, prologue: utf8("another"), sealed, parts: [ofDevice, ofHub] }), "ERR_VERIFICATION");
    }
  });

  it("is what Node's X25519 gives for the point's u", async () => {
    const { whole } = house();
    const spki = (u: Uint8Array) =>
      createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), u]), format: "der", type: "spki" });
    const seed = random.bytes(32);
    const ephemeral = createPrivateKey({
      key: Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), seed]),
      format: "der",
      type: "pkcs8",
    });
    const u = createPublicKey(ephemeral).export({ format: "der", type: "spki" }).subarray(-32);
    const native = diffieHellman({ privateKey: ephemeral, publicKey: spki(x25519Of(whole.public).octets) });
    const point = ephemeralOf(Buffer.concat([u, Buffer.alloc(16)]));
    assert.equal(Buffer.from(x25519Agreement(partialAgreement(whole, point))), native);
  });

  it("refuses an ephemeral key of small order or on the twist, and what is cut", async () => {
    for (const u of [0, 1]) {
      const octets = new Uint8Array(64);
      octets[0] = u;
      await throwsMesh(() => ephemeralOf(octets), "ERR_VERIFICATION");
    }
    const twisted = new Uint8Array(64);
    twisted[0] = 2;
    await throwsMesh(() => ephemeralOf(twisted), "ERR_VERIFICATION");
    await throwsMesh(() => ephemeralOf(new Uint8Array(32)), "ERR_VERIFICATION");
  });

  it("takes no key of another form", async () => {
    const { whole, device, hub } = house();
    await throwsMesh(() => sealToComposite({ recipient: generatePrivateKey("X25519", random).public, prologue, plaintext, random }), "ERR_KEY");
    await throwsMesh(() => sealOneWay({ recipient: whole.public, prologue, plaintext, random }), "ERR_KEY");
    assert.is(addPublic(hub.public, device.public).udf, whole.public.udf);
  });
});
