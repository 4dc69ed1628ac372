/** noise.json: handshakes and transport messages of the Noise suites, both sides run against each other with the ephemeral keys given. */
import { toHex } from "../base/bytes.ts";
import { verificationError } from "../base/errors.ts";
import { systemRandom } from "../base/random.ts";
import type { Curve, PrivateKey } from "../crypto/index.ts";
import { privateKeyFromSeed, publicKey } from "../crypto/index.ts";
import type { Channels, ProtocolName } from "../link/index.ts";
import { HandshakeState } from "../link/index.ts";
import { parseSuite } from "../link/noise/suite.ts";
import type { Checks, Members } from "./vector.ts";
import { made } from "./vector.ts";

function keyOf(curve: Curve, input: Members, name: string): PrivateKey | undefined {
  return input.has(name) ? privateKeyFromSeed(curve, input.hex(name)) : undefined;
}

function pskOf(input: Members, name: string): Uint8Array | undefined {
  if (!input.has(name)) return undefined;
  return new Uint8Array(Buffer.from(input.texts(name)[0] ?? "", "hex"));
}

export const noiseChecks: Checks = {
  noise: (vector) => {
    const input = vector.entry.members("input");
    const protocol = input.text("protocol_name") as ProtocolName;
    const { curve, pattern } = parseSuite(protocol);
    const shared = { protocol, random: systemRandom };
    const sides = [
      new HandshakeState({
        ...shared,
        role: "initiator",
        prologue: input.hex("init_prologue"),
        local: keyOf(curve, input, "init_static"),
        remote: publicKey(curve, input.hex("init_remote_static")),
        psk: pskOf(input, "init_psks"),
        ephemeralForTest: keyOf(curve, input, "init_ephemeral"),
      }),
      new HandshakeState({
        ...shared,
        role: "responder",
        prologue: input.hex("resp_prologue"),
        local: keyOf(curve, input, "resp_static"),
        psk: pskOf(input, "resp_psks"),
        ephemeralForTest: keyOf(curve, input, "resp_ephemeral"),
      }),
    ] as const;
    let channels: readonly [Channels, Channels] | undefined;
    const ciphertexts = input.texts("payloads").map((text, index) => {
      const payload = new Uint8Array(Buffer.from(text, "hex"));
      const isInitiator = pattern.length === 1 || index % 2 === 0;
      const [sender, receiver] = isInitiator ? [0, 1] : [1, 0];
      if (index >= pattern.length) channels ??= [sides[0].split(), sides[1].split()];
      const message = channels ? (channels[sender]?.send.encrypt(payload) ?? payload) : (sides[sender]?.writeMessage(payload) ?? payload);
      const opened = channels ? channels[receiver]?.receive.decrypt(message) : sides[receiver]?.readMessage(message);
      if (toHex(opened ?? message) !== text) throw verificationError("noise message");
      return toHex(message);
    });
    const hashes = sides.map((side) => toHex(side.handshakeHash));
    if (hashes[0] !== hashes[1]) throw verificationError("handshake hash");
    return made(vector, { handshake_hash: hashes[0] ?? "", ciphertexts });
  },
};
