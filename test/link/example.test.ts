/** The worked example of docs/device-link.md is computed here; the page must hold these octets. */
import { readFileSync } from "node:fs";
import { concat, toHex } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { systemRandom } from "../../src/base/random.ts";
import { encodeObjectB } from "../../src/codec/object.ts";
import { privateKeyFromSeed } from "../../src/crypto/key.ts";
import { clearFrames, decodeFrame, frameType } from "../../src/link/frame.ts";
import { HandshakeState } from "../../src/link/noise/handshake.ts";
import { linkPrologue, linkProtocol, modeOctet } from "../../src/link/prologue.ts";
import { Transport } from "../../src/link/transport.ts";
import { encodeMessage, Select } from "../../src/link/verb.ts";
import { assert, describe } from "../harness/suite.ts";

const key = (octet: number) => privateKeyFromSeed("X25519", new Uint8Array(32).fill(octet));

function example(): Record<string, Uint8Array> {
  const [hub, device] = [key(1), key(2)];
  const prologue = linkPrologue({ medium: "mqtt", mode: "linked", id: "MDEV" });
  const shared = { protocol: linkProtocol(device), prologue, psk: new Uint8Array(32).fill(5), random: systemRandom };
  const initiator = new HandshakeState({ ...shared, role: "initiator", local: hub, remote: device.public, ephemeralForTest: key(3) });
  const responder = new HandshakeState({ ...shared, role: "responder", local: device, ephemeralForTest: key(4) });
  const select = encodeObjectB(Select, { HubUdf: "MHUB", DealEpoch: 1 });
  const message1 = initiator.writeMessage(select);
  responder.readMessage(message1);
  const message2 = responder.writeMessage(new Uint8Array(0));
  initiator.readMessage(message2);
  const handshakeHash = initiator.handshakeHash;
  const transport = new Transport(initiator.split(), 8192);
  const first = (frames: Uint8Array[]): Uint8Array => frames[0]!;
  const ping = encodeMessage({ tag: "Ping", value: { Id: 1 } });
  const frames = {
    prologue,
    select,
    "handshake-1": first(clearFrames(frameType.handshake1, concat(Uint8Array.of(modeOctet("linked")), message1), 8192)),
    "handshake-2": first(clearFrames(frameType.handshake2, message2, 8192)),
    "handshake hash": handshakeHash,
    "transport 0": first(transport.seal(new Uint8Array(0))),
    ping,
    "transport 1": first(transport.seal(ping)),
  };
  const peer = new Transport(responder.split(), 8192);
  assert.is(peer.open(decodeFrame(frames["transport 0"]))?.length, 0);
  assert.equal(peer.open(decodeFrame(frames["transport 1"])), ping);
  return frames;
}

describe("device link example", (it) => {
  it("stands in the specification", () => {
    const page = readFileSync(packagePath("docs/device-link.md"), "utf8");
    for (const [name, octets] of Object.entries(example())) {
      const row = new RegExp(`^${name} +([0-9a-f\\n ]+)$`, "m").exec(page);
      assert.is(row?.[1]?.replace(/\s/g, ""), toHex(octets), name);
    }
  });
});
