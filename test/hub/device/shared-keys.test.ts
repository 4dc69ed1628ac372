/** The hub's halves against a device that computes its own: what they make together, and what a hostile device, or one of another deal, gets. */
import { systemRandom } from "../../../src/base/random.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import {
  combineAgreements,
  deal,
  finalShare,
  generatePrivateKey,
  type PrivateKey,
  partialAgreement,
  publicKey,
  sha512,
} from "../../../src/crypto/index.ts";
import { privateKeyOfScalar, scalarOf } from "../../../src/crypto/private-key.ts";
import { SharedKeys } from "../../../src/hub/device/shared-keys.ts";
import { DeviceReport, keyDataOf, privateKeyDataOf, verifyObject } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

const random = systemRandom;
const scalar = (): PrivateKey => privateKeyOfScalar("Ed25519", scalarOf(generatePrivateKey("Ed25519", random)));

/** A device of a deal, and its hub's halves. */
function pair(quota = { perSecond: 1000, burst: 1000 }) {
  const split = (whole: PrivateKey) => deal({ secret: whole, parties: 2, random }) as [PrivateKey, PrivateKey];
  const whole = { encryption: scalar(), signature: scalar() };
  const [encryption, encryptShare] = split(whole.encryption);
  const [signature, signatureShare] = split(whole.signature);
  const connection = { Encryption: keyDataOf(whole.encryption.public), Signature: keyDataOf(whole.signature.public) };
  const activation = { DealEpoch: 3, EncryptShare: privateKeyDataOf(encryptShare), SignatureShare: privateKeyDataOf(signatureShare) };
  const clock = new ManualClock();
  const device = { udf: "MDEV", connection, activation } as unknown as ConstructorParameters<typeof SharedKeys>[0]["device"];
  const hub = new SharedKeys({ device, accountUdf: "MACC", clock, random, quota });
  return { hub, clock, whole, encryption, signature, hubShare: signatureShare };
}

type Pair = ReturnType<typeof pair>;

const report = (change: Partial<DeviceReport> = {}): DeviceReport => ({
  AccountUdf: "MACC",
  DeviceUdf: "MDEV",
  DealEpoch: 3,
  Sequence: 7,
  Values: [{ Name: "Locked", Value: false }],
  ...change,
});
const bodyOf = (change: Partial<DeviceReport> = {}): Uint8Array => encodeObjectB(DeviceReport, report(change));

/** The device's answer to a commitment. */
function signed({ whole, signature }: Pair, body: Uint8Array, commitment: Uint8Array, share = signature) {
  const task = { groupKey: whole.signature.public, message: sha512(body) };
  const answer = finalShare({ task, others: publicKey("Ed25519", commitment), share, random });
  return { Commitment: commitment, R: answer.R, Share: answer.share };
}

describe("hub's halves of a device's keys", (it) => {
  it("agree with the device on what a sender knows", () => {
    const made = pair();
    const sender = scalar();
    const part = publicKey("Ed25519", made.hub.agree(sender.public.octets));
    const secret = combineAgreements([part, partialAgreement(made.encryption, sender.public)]);
    assert.equal(secret, sender.agree(made.whole.encryption.public));
    assert.not.equal(combineAgreements([part]), secret, "the hub's part is not the secret");
  });

  it("sign with the device what verifies under the key in its connection", async () => {
    const made = pair();
    const body = bodyOf();
    const { report: read, enveloped } = await made.hub.complete(signed(made, body, await made.hub.begin(body)));
    assert.is(JSON.stringify(read), JSON.stringify(report()));
    const verified = verifyObject(DeviceReport, enveloped, [made.whole.signature.public]);
    assert.is(JSON.stringify(verified.value), JSON.stringify(report()));
  });

  it("refuse points that are none", async () => {
    const { hub } = pair();
    for (const [octets, what] of [
      [new Uint8Array(31).fill(9), "31 octets"],
      [new Uint8Array(57).fill(9), "57 octets, as of Ed448"],
      [Uint8Array.of(1, ...new Uint8Array(31)), "the identity"],
      [new Uint8Array(32), "order 4"],
      [Uint8Array.of(2, ...new Uint8Array(31)), "off the curve"],
    ] as const) {
      const error = await throwsMesh(() => hub.agree(octets), "ERR_KEY");
      assert.ok(error.message.length > 0, what);
    }
  });

  it("sign nothing that is not this device's word in this deal", async () => {
    const { hub } = pair();
    for (const change of [{ DeviceUdf: "MDEX" }, { AccountUdf: "MACD" }, { DealEpoch: 2 }, { DealEpoch: 4 }]) {
      await throwsMesh(hub.begin(bodyOf(change)), "ERR_VERIFICATION");
    }
    await throwsMesh(hub.begin(Uint8Array.of(0x7b, 0x7d)), "ERR_SCHEMA");
    await throwsMesh(hub.begin(new Uint8Array(9000)), "ERR_TOO_LARGE");
  });

  it("keep one session: a newer one burns the older, and an answer counts once", async () => {
    const made = pair();
    const body = bodyOf();
    const first = await made.hub.begin(body);
    const second = await made.hub.begin(body);
    await throwsMesh(made.hub.complete(signed(made, body, first)), "ERR_REPLAY");
    const answer = signed(made, body, second);
    await made.hub.complete(answer);
    await throwsMesh(made.hub.complete(answer), "ERR_REPLAY");
    await throwsMesh(made.hub.complete(signed(made, body, second)), "ERR_REPLAY");
  });

  it("burn the session for a part that is not right", async () => {
    const made = pair();
    const body = bodyOf();
    const wrong: readonly (readonly [string, (commitment: Uint8Array) => Parameters<SharedKeys["complete"]>[0]])[] = [
      ["a share of another deal", (commitment) => signed(made, body, commitment, scalar())],
      ["another body", (commitment) => signed(made, bodyOf({ Sequence: 8 }), commitment)],
      ["R of another run", (commitment) => ({ ...signed(made, body, commitment), R: signed(made, body, commitment).R })],
      ["a point of small order", (commitment) => ({ ...signed(made, body, commitment), R: new Uint8Array(32) })],
      ["no scalar", (commitment) => ({ ...signed(made, body, commitment), Share: new Uint8Array(32).fill(255) })],
      ["R of R' alone: the device keeps its nonce out", (commitment) => ({ ...signed(made, body, commitment), R: commitment })],
    ];
    for (const [what, forge] of wrong) {
      const commitment = await made.hub.begin(body);
      let refused = "";
      await made.hub.complete(forge(commitment)).catch((error: { code: string }) => {
        refused = error.code;
      });
      assert.ok(refused === "ERR_KEY" || refused === "ERR_VERIFICATION", `${what}: ${refused}`);
      await throwsMesh(made.hub.complete(signed(made, body, commitment)), "ERR_REPLAY");
    }
    await made.hub.complete(signed(made, body, await made.hub.begin(body)));
  });

  it("forget a session after half a minute, and with the process", async () => {
    const made = pair();
    const body = bodyOf();
    const commitment = await made.hub.begin(body);
    made.clock.advance(30_001);
    await throwsMesh(made.hub.complete(signed(made, body, commitment)), "ERR_REPLAY");
    // What a hub that was killed between the halves begins with.
    const other = pair();
    await throwsMesh(other.hub.complete(signed(made, body, await made.hub.begin(body))), "ERR_REPLAY");
  });

  it("compute only so much for one device", async () => {
    const made = pair({ perSecond: 1, burst: 2 });
    const { octets } = scalar().public;
    made.hub.agree(octets);
    await made.hub.begin(bodyOf());
    await throwsMesh(() => made.hub.agree(octets), "ERR_QUOTA");
    made.clock.advance(1000);
    made.hub.agree(octets);
  });

  it("are gone when the deal is over", async () => {
    const made = pair();
    made.hub.close();
    await throwsMesh(() => made.hub.agree(scalar().public.octets), "ERR_KEY");
  });
});
