/** Operate: agreement, signing, joint keys, vouching and the audit, over the real protocol. */
import { utf8 } from "../../../src/base/bytes.ts";
import { decodeObject } from "../../../src/codec/index.ts";
import type { Curve, PrivateKey, PublicKey } from "../../../src/crypto/index.ts";
import {
  addPrivate,
  combineAgreements,
  curves,
  generateScalarKey,
  groupOrder,
  jointKey,
  littleEndian,
  newNonce,
  partialAgreement,
  privateKeyFromScalar,
  provePossession,
  publicKey,
  scalarOf,
  sha512,
  verifySignature,
} from "../../../src/crypto/index.ts";
import { encodeEnvelope } from "../../../src/dare/index.ts";
import type { CryptographicResult } from "../../../src/protocol/index.ts";
import { generateContext } from "../../../src/protocol/index.ts";
import { AuditEntry, keyDataOf, publicKeyOf, verifyAuditHead } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import type { Device } from "../../kit/power.ts";
import { agreement, codes, dealDecrypt, dealSign, ephemeralKey, grantGenerate, joinedDevice, operate, powerEntry, Signing } from "../../kit/power.ts";
import { Person, random, startService } from "../../kit/service.ts";

async function house(options: Parameters<typeof startService>[0] = {}): Promise<{ alice: Person; phone: Device; url: string }> {
  const { service } = await startService(options);
  const alice = await (await Person.meet("alice@example.com", service.url)).bind();
  await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access"]);
  return { alice, phone: await joinedDevice(alice), url: service.url };
}

function pointOf(result: CryptographicResult | undefined): PublicKey {
  assert.is(result?.tag, "CryptographicResultKeyAgreement", JSON.stringify(result));
  const { Curve, Result } = (result as Extract<CryptographicResult, { tag: "CryptographicResultKeyAgreement" }>).value.KeyAgreement.value;
  return publicKey(Curve as Curve, Result);
}

describe("operate: agreement", (it) => {
  for (const curve of curves) {
    it(`${curve}: both parts give what the whole key gives`, async () => {
      const { alice, phone } = await house();
      const { capability, whole, own } = await dealDecrypt(alice, phone.link, { curve });
      const ephemeral = ephemeralKey(curve);
      const [result] = await operate(phone.client, alice.address, [agreement(capability.Id, ephemeral)]);
      const z = combineAgreements([partialAgreement(own, ephemeral), pointOf(result)]);
      assert.equal(z, whole.agree(ephemeral));
    });
  }

  it("each operation has its own result, in order", async () => {
    const { alice, phone } = await house();
    const { capability, theirs } = await dealDecrypt(alice, phone.link);
    const ephemerals = Array.from({ length: 3 }, () => ephemeralKey());
    const wrong = agreement(newNonce(random), ephemeralKey());
    const unknown = { tag: "CryptographicOperationOfTomorrow", unknown: { KeyId: capability.Id } };
    const results = await operate(phone.client, alice.address, [wrong, ...ephemerals.map((key) => agreement(capability.Id, key)), unknown]);
    assert.is(codes(results), "ERR_NOT_AUTHORIZED ok ok ok ERR_USAGE");
    for (const [i, key] of ephemerals.entries()) assert.equal(pointOf(results[i + 1]).octets, partialAgreement(theirs, key).octets);
  });

  it("a power that is not known is kept and forwarded octet for octet, exercises nothing, and leaves the others as they are", async () => {
    const { alice, phone } = await house();
    const { capability } = await dealDecrypt(alice, phone.link);
    const Id = newNonce(random);
    const later = { Id, Active: true, GranteeUdf: phone.link.public.udf, Curves: ["X448"], Odd: { Inner: [1, "a", true] } };
    const update = await alice.update("MMM_Access", [
      { key: `capability:${Id}`, entry: { CatalogedAccess: { Capability: { CapabilityOfTomorrow: later } } } },
    ]);
    await alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Updates: [update] });
    const { frames } = await alice.store("MMM_Access");
    const kept = frames.slice(-update.Envelopes.length);
    for (const [i, sent] of update.Envelopes.entries()) assert.equal(encodeEnvelope(kept[i]!), encodeEnvelope(sent));
    const ops = [agreement(Id, ephemeralKey()), agreement(capability.Id, ephemeralKey())];
    assert.is(codes(await operate(phone.client, alice.address, ops)), "ERR_NOT_AUTHORIZED ok");
  });

  it("a coefficient weighs the share", async () => {
    const { alice, phone } = await house();
    const { capability, theirs } = await dealDecrypt(alice, phone.link);
    const coefficient = new Uint8Array(56).fill(0);
    coefficient[0] = 7;
    const ephemeral = ephemeralKey();
    const [result] = await operate(phone.client, alice.address, [agreement(capability.Id, ephemeral, coefficient)]);
    assert.equal(pointOf(result).octets, partialAgreement(theirs, ephemeral, coefficient).octets);
  });

  it("ends with the entry: withdrawn, inactive, over, of a removed device", async () => {
    const { alice, phone } = await house();
    const { capability } = await dealDecrypt(alice, phone.link);
    const ask = async () => codes(await operate(phone.client, alice.address, [agreement(capability.Id, ephemeralKey())]));
    const write = (change: object) =>
      alice.write("MMM_Access", [powerEntry({ tag: "CapabilityDecryptServiced", value: { ...capability, ...change } })]);
    assert.is(await ask(), "ok");
    await write({ Active: false });
    assert.is(await ask(), "ERR_NOT_AUTHORIZED");
    await write({ NotOnOrAfter: "2026-01-01T00:00:00Z" });
    assert.is(await ask(), "ERR_NOT_AUTHORIZED");
    await write({ NotOnOrAfter: "2126-01-01T00:00:00Z" });
    assert.is(await ask(), "ok");
    await alice.write("MMM_Access", [powerEntry({ tag: "NullCapability", value: { Id: capability.Id } })]);
    assert.is(await ask(), "ERR_NOT_AUTHORIZED");
    await write({});
    await alice.grant(phone.link, [], { active: false });
    await phone.client.operate({ Account: alice.address, Operations: [agreement(capability.Id, ephemeralKey())] }).then(
      () => assert.unreachable(),
      (error) => assert.is(error.code, "ERR_REVOKED"),
    );
  });
});

describe("operate: signing", (it) => {
  const body = utf8(JSON.stringify({ MessageContact: { Sender: "alice@example.com" } }));

  for (const curve of ["Ed448", "Ed25519"] as const) {
    it(`${curve}: an ordinary signature of the body's digest`, async () => {
      const { alice, phone } = await house();
      const dealt = await dealSign(alice, phone.link, { curve });
      const signing = new Signing(dealt, body);
      const [commitments] = await operate(phone.client, alice.address, [signing.commit]);
      const [share] = await operate(phone.client, alice.address, [signing.committed(commitments).share()]);
      assert.ok(verifySignature(dealt.whole.public, sha512(body), signing.finish(share)));
    });
  }

  it("signs what its entry names, read as a verifier reads it, and sealed bodies where that is said", async () => {
    const { alice, phone } = await house();
    const named = await dealSign(alice, phone.link, { MessageTypes: ["MessageContact", "GroupInvitation"] });
    const sealed = await dealSign(alice, phone.link, { MessageTypes: [], Sealed: true });
    const opaque = random.bytes(200);
    const ask = async (dealt: typeof named, ...bodies: readonly Uint8Array[]) =>
      codes(
        await operate(
          phone.client,
          alice.address,
          bodies.map((each) => new Signing(dealt, each).commit),
        ),
      );
    const text = (value: unknown) => utf8(JSON.stringify(value));
    assert.is(
      await ask(named, body, text({ GroupInvitation: {} }), text({ ProfileUser: {} }), opaque),
      "ok ok ERR_NOT_AUTHORIZED ERR_NOT_AUTHORIZED",
    );
    assert.is(
      await ask(named, text([]), text({}), text({ MessageContact: {}, ProfileUser: {} }), utf8("7")),
      Array(4).fill("ERR_NOT_AUTHORIZED").join(" "),
    );
    assert.is(await ask(sealed, opaque, body, utf8("{ not json")), "ok ERR_NOT_AUTHORIZED ok");
  });
});

describe("operate: joint keys", (it) => {
  for (const curve of ["X448", "Ed448", "X25519", "Ed25519"] as const) {
    it(`${curve}: nobody has the whole, and more shares of it are dealt`, async () => {
      const { alice, phone } = await house();
      const generate = await grantGenerate(alice, phone.link, { Curves: [curve] });
      const dealing = newNonce(random);
      const own = generateScalarKey(curve, random);
      const context = generateContext({ accountUdf: alice.udf, keyId: generate.Id, shareId: dealing });
      const Proof = provePossession(own, { context, random });
      const value = { KeyId: generate.Id, Curve: curve, ShareId: dealing, Contribution: keyDataOf(own.public), Proof };
      const [made] = await operate(phone.client, alice.address, [{ tag: "CryptographicOperationGenerate", value }]);
      if (made?.tag !== "CryptographicResultGenerate") throw new Error(JSON.stringify(made));
      const theirs = publicKeyOf(made.value.Contribution);
      const both = [
        { name: "own", key: own.public, proof: Proof },
        { name: "service", key: theirs, proof: made.value.Proof },
      ];
      const joint = jointKey(both, context);
      // The share goes into an entry that deals, and a member's share comes of it: m for the member, s + (a - m) at the service.
      const dealer = await grantGenerate(alice, phone.link, { Id: dealing, EnvelopedKeyShare: made.value.EnvelopedKeyShare });
      const member = generateScalarKey(curve, random);
      const memberId = newNonce(random);
      const delta = addPrivate(own, negated(member));
      const share = { KeyId: dealer.Id, ShareId: memberId, Delta: delta.export().Private };
      const [dealt] = await operate(phone.client, alice.address, [{ tag: "CryptographicOperationShare", value: share }]);
      if (dealt?.tag !== "CryptographicResultShare") throw new Error(JSON.stringify(dealt));
      const capability = { Id: memberId, Active: true, GranteeUdf: phone.link.public.udf, EnvelopedKeyShare: dealt.value.EnvelopedKeyShare };
      await alice.write("MMM_Access", [powerEntry({ tag: "CapabilityDecryptServiced", value: capability })]);
      // Whoever seals to the joint key multiplies it by a scalar of his own; member and service come to the same.
      const sender = generateScalarKey(curve, random);
      const [answer] = await operate(phone.client, alice.address, [agreement(memberId, sender.public)]);
      const z = combineAgreements([partialAgreement(member, sender.public), pointOf(answer)]);
      assert.equal(z, sender.agree(joint));
    });
  }
});

/** -k mod L. */
function negated(key: PrivateKey): PrivateKey {
  return privateKeyFromScalar(key.curve, littleEndian(groupOrder(key.curve) - scalarOf(key), key.curve.endsWith("448") ? 56 : 32));
}

describe("operate: the audit", (it) => {
  it("tells of every use before its answer, under the service's signature, to administrators alone", async () => {
    const { alice, phone } = await house();
    const { capability } = await dealDecrypt(alice, phone.link);
    const ask = () => phone.client.operate({ Account: alice.address, Operations: [agreement(capability.Id, ephemeralKey())] });
    const refused = await phone.client.operate({ Account: alice.address, Operations: [agreement(newNonce(random), ephemeralKey())] });
    assert.is(refused.AuditHead, undefined, "nothing was carried out yet");
    const first = (await ask()).AuditHead!;
    const second = (await ask()).AuditHead!;
    await alice.client.hello();
    const { value, signer } = alice.client.profileService!;
    const expected = { accountUdf: alice.udf, serviceUdf: signer.udf, serviceSignature: publicKeyOf(value.ServiceSignature) };
    for (const head of [first, second]) verifyAuditHead(head, expected);
    assert.ok(second.Index > first.Index);
    assert.throws(() => verifyAuditHead({ ...second, Index: second.Index + 1 }, expected), /./);
    assert.throws(() => verifyAuditHead(second, { ...expected, accountUdf: "MAAA" }), /./);
    const { frames } = await alice.store("MMM_Audit");
    const entries = frames
      .filter(({ header }) => header.SequenceInfo?.IsMeta !== true)
      .slice(1)
      .map(({ body }) => decodeObject(AuditEntry, body));
    assert.equal(
      entries.map(({ Time: _, ...rest }) => rest),
      Array(2).fill({ Operation: "CryptographicOperationKeyAgreement", KeyId: capability.Id, LinkUdf: phone.link.public.udf }),
    );
    const read = phone.client.download({ Account: alice.address, Select: [{ Container: "MMM_Audit", IndexMin: 0 }] });
    await read.then(
      () => assert.unreachable(),
      (error) => assert.is(error.code, "ERR_NOT_AUTHORIZED"),
    );
  });

  it("many at once share a commit, and each has a head that covers it", async () => {
    const { alice, phone } = await house();
    const { capability } = await dealDecrypt(alice, phone.link);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => phone.client.operate({ Account: alice.address, Operations: [agreement(capability.Id, ephemeralKey())] })),
    );
    for (const { Results } of answers) assert.is(codes(Results), "ok");
    const { frames } = await alice.store("MMM_Audit");
    const apexes = frames.filter(({ header }) => header.SequenceInfo?.IsMeta === true).length;
    assert.is(frames.length - apexes - 1, 40);
    assert.ok(apexes < 40, `${apexes} commits for 40 operations`);
  });
});
