import { readFileSync } from "node:fs";
import { fromHex, toHex } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { PrivateKey } from "../../src/crypto/key.ts";
import { generatePrivateKey, privateKeyFromSeed, publicKey } from "../../src/crypto/key.ts";
import type { Channels } from "../../src/link/noise/handshake.ts";
import { HandshakeState } from "../../src/link/noise/handshake.ts";
import { openOneWay, sealOneWay } from "../../src/link/noise/seal.ts";
import type { ProtocolName } from "../../src/link/noise/suite.ts";
import { parseSuite } from "../../src/link/noise/suite.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

interface Vector {
  readonly id: string;
  readonly input: {
    readonly protocol_name: ProtocolName;
    readonly init_prologue: string;
    readonly resp_prologue: string;
    readonly init_psks?: readonly string[];
    readonly resp_psks?: readonly string[];
    readonly init_static?: string;
    readonly init_ephemeral: string;
    readonly init_remote_static: string;
    readonly resp_static: string;
    readonly resp_ephemeral?: string;
    readonly payloads: readonly string[];
  };
  readonly expected: { readonly handshake_hash: string; readonly ciphertexts: readonly string[] };
}

const { vectors } = JSON.parse(readFileSync(packagePath("test/vectors/noise.json"), "utf8")) as { vectors: Vector[] };

function octets(hex: string): Uint8Array {
  const value = fromHex(hex);
  assert.ok(value, hex);
  return value!;
}

function key(curve: "X25519" | "X448", hex: string | undefined): PrivateKey | undefined {
  return hex === undefined ? undefined : privateKeyFromSeed(curve, octets(hex));
}

function pair({ input }: Vector): [HandshakeState, HandshakeState] {
  const { curve } = parseSuite(input.protocol_name);
  const shared = { protocol: input.protocol_name, random: systemRandom };
  return [
    new HandshakeState({
      ...shared,
      role: "initiator",
      prologue: octets(input.init_prologue),
      local: key(curve, input.init_static),
      remote: publicKey(curve, octets(input.init_remote_static)),
      psk: input.init_psks && octets(input.init_psks[0]!),
      ephemeralForTest: key(curve, input.init_ephemeral),
    }),
    new HandshakeState({
      ...shared,
      role: "responder",
      prologue: octets(input.resp_prologue),
      local: key(curve, input.resp_static),
      psk: input.resp_psks && octets(input.resp_psks[0]!),
      ephemeralForTest: key(curve, input.resp_ephemeral),
    }),
  ];
}

describe("Noise", (it) => {
  it("has all vectors", () => assert.is(vectors.length, 12));

  for (const vector of vectors) {
    it(vector.id, () => {
      const { input, expected } = vector;
      const handshakes = pair(vector);
      const steps = parseSuite(input.protocol_name).pattern.length;
      let channels: [Channels, Channels] | undefined;
      for (const [index, payloadHex] of input.payloads.entries()) {
        const payload = octets(payloadHex);
        const sender = steps === 1 ? 0 : index % 2;
        if (index < steps) {
          const message = handshakes[sender]!.writeMessage(payload);
          assert.is(toHex(message), expected.ciphertexts[index]);
          assert.is(toHex(handshakes[1 - sender]!.readMessage(message)), payloadHex);
        } else {
          if (!channels) {
            for (const handshake of handshakes) {
              assert.ok(handshake.isComplete);
              assert.is(toHex(handshake.handshakeHash), expected.handshake_hash);
            }
            channels = [handshakes[0].split(), handshakes[1].split()];
          }
          const message = channels[sender]!.send.encrypt(payload);
          assert.is(toHex(message), expected.ciphertexts[index]);
          assert.is(toHex(channels[1 - sender]!.receive.decrypt(message)), payloadHex);
        }
      }
      assert.ok(channels);
    });

    it(`${vector.id}, every octet flipped, every length cut`, async () => {
      const sealed = octets(vector.expected.ciphertexts[0]!);
      for (let at = 0; at < sealed.length; at += 7) {
        const flipped = sealed.slice();
        flipped[at] = flipped[at]! ^ 0x10;
        await throwsMesh(() => pair(vector)[1].readMessage(flipped), "ERR_VERIFICATION");
        await throwsMesh(() => pair(vector)[1].readMessage(sealed.subarray(0, at)), "ERR_VERIFICATION");
      }
    });
  }

  it("is dead after an error", async () => {
    const [, responder] = pair(vectors[0]!);
    await throwsMesh(() => responder.readMessage(new Uint8Array(200)), "ERR_VERIFICATION");
    await throwsMesh(() => responder.readMessage(octets(vectors[0]!.expected.ciphertexts[0]!)), "ERR_LINK");
    await throwsMesh(() => responder.split(), "ERR_LINK");
  });

  it("refuses messages out of turn, keys of the other curve, short psks", async () => {
    const [initiator, responder] = pair(vectors[0]!);
    await throwsMesh(() => responder.writeMessage(new Uint8Array(0)), "ERR_LINK");
    await throwsMesh(() => initiator.readMessage(new Uint8Array(0)), "ERR_LINK");
    await throwsMesh(() => initiator.setPsk(new Uint8Array(16)), "ERR_KEY");
    const local = generatePrivateKey("X448", systemRandom);
    const options = { protocol: "Noise_N_25519_ChaChaPoly_SHA512", role: "responder", prologue: new Uint8Array(0), random: systemRandom } as const;
    await throwsMesh(() => new HandshakeState({ ...options, local }), "ERR_KEY");
    await throwsMesh(() => new HandshakeState(options), "ERR_KEY");
  });

  it("refuses ephemeral keys that make the shared secret zero", async () => {
    for (const vector of vectors) {
      const { keyLength } = parseSuite(vector.input.protocol_name);
      for (const u of [0, 1]) {
        const message = octets(vector.expected.ciphertexts[0]!);
        message.fill(0, 0, keyLength);
        message[0] = u;
        await throwsMesh(() => pair(vector)[1].readMessage(message), "ERR_VERIFICATION");
      }
    }
  });

  it("draws a new ephemeral key for every handshake", () => {
    const random = systemRandom;
    const remote = generatePrivateKey("X25519", random).public;
    const make = () => sealOneWay({ recipient: remote, prologue: new Uint8Array(0), plaintext: new Uint8Array(4), random });
    assert.is.not(toHex(make().subarray(0, 32)), toHex(make().subarray(0, 32)));
  });

  it("takes an explicit nonce, and a failed message does not move it", async () => {
    const vector = vectors[0]!;
    const [initiator, responder] = pair(vector);
    responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
    initiator.readMessage(responder.writeMessage(new Uint8Array(0)));
    const [a, b] = [initiator.split(), responder.split()];
    const messages = [0, 1, 2].map((n) => a.send.encrypt(Uint8Array.of(n)));
    b.receive.setNonce(2n);
    assert.is(toHex(b.receive.decrypt(messages[2]!)), "02");
    b.receive.setNonce(0n);
    await throwsMesh(() => b.receive.decrypt(messages[1]!), "ERR_VERIFICATION");
    assert.is(toHex(b.receive.decrypt(messages[0]!)), "00");
    a.send.setNonce((1n << 64n) - 1n);
    await throwsMesh(() => a.send.encrypt(Uint8Array.of(1)), "ERR_LINK");
  });
});

describe("one-way seal", (it) => {
  const random = systemRandom;
  const recipient = generatePrivateKey("X25519", random);
  const prologue = Uint8Array.of(1, 2, 3);
  const plaintext = Uint8Array.of(9, 8, 7);
  const sealed = sealOneWay({ recipient: recipient.public, prologue, plaintext, random });

  it("opens for its recipient and prologue", () => {
    assert.equal(openOneWay({ recipient, prologue, sealed }), plaintext);
    assert.is(sealed.length, plaintext.length + 48);
  });

  it("opens for nobody else and not when changed", async () => {
    const stranger = generatePrivateKey("X25519", random);
    await throwsMesh(() => openOneWay({ recipient: stranger, prologue, sealed }), "ERR_VERIFICATION");
    await throwsMesh(() => openOneWay({ recipient, prologue: Uint8Array.of(1, 2), sealed }), "ERR_VERIFICATION");
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice();
      changed[at] = changed[at]! ^ 1;
      await throwsMesh(() => openOneWay({ recipient, prologue, sealed: changed }), "ERR_VERIFICATION");
      await throwsMesh(() => openOneWay({ recipient, prologue, sealed: sealed.subarray(0, at) }), "ERR_VERIFICATION");
    }
  });
});
