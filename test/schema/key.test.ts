/** Keys inside objects, profiles, enveloped objects, roles and stores: what is accepted, and each refusal. */
import { utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { curves, generatePrivateKey, verifySignature } from "../../src/crypto/index.ts";
import { encodeEnvelope, parseEnvelope, sealEnvelope } from "../../src/dare/index.ts";
import * as schema from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const random = systemRandom;
const root = generatePrivateKey("Ed448", random);
const other = generatePrivateKey("Ed448", random);
const reader = generatePrivateKey("X448", random);

function profile(options: { readonly envelopeId?: string; readonly signer?: typeof root } = {}) {
  const { envelopeId = root.public.udf, signer = root } = options;
  const value = { ProfileSignature: schema.keyDataOf(root.public) };
  return schema.envelopeObject({ struct: schema.ProfileHost, value, envelopeId, signers: [signer], random });
}

describe("schema: KeyData", (it) => {
  for (const curve of curves) {
    it(`${curve}: both halves come back`, () => {
      const key = generatePrivateKey(curve, random);
      const data = schema.privateKeyDataOf(key);
      assert.is(schema.publicKeyOf(data).udf, key.public.udf);
      assert.equal(schema.privateKeyOf(data).export(), key.export());
    });
  }

  it("halves that are missing, of unknown curves or of another key are refused", async () => {
    const [mine, yours] = [schema.privateKeyDataOf(root), schema.privateKeyDataOf(other)];
    const unknown = { tag: "PublicKeyECDH", value: { crv: "P-256", Public: new Uint8Array(65) } };
    await throwsMesh(() => schema.publicKeyOf({ Udf: "M" }), "ERR_KEY");
    await throwsMesh(() => schema.publicKeyOf({ Udf: "M", PublicParameters: unknown }), "ERR_KEY");
    await throwsMesh(() => schema.publicKeyOf({ ...mine, Udf: yours.Udf }), "ERR_KEY");
    await throwsMesh(() => schema.privateKeyOf(schema.keyDataOf(root.public)), "ERR_KEY");
    await throwsMesh(() => schema.privateKeyOf({ ...mine, PrivateParameters: yours.PrivateParameters }), "ERR_KEY");
  });

  it("of one's own file the halves are not compared until the key signs", async () => {
    const [mine, yours] = [schema.privateKeyDataOf(root), schema.privateKeyDataOf(other)];
    const known = schema.knownPrivateKeyOf(mine);
    assert.equal([known.public, known.export()], [root.public, root.export()]);
    assert.ok(verifySignature(root.public, utf8("turn on"), known.sign(utf8("turn on"))));
    const spoilt = schema.knownPrivateKeyOf({ ...mine, PrivateParameters: yours.PrivateParameters });
    assert.is(spoilt.public.udf, root.public.udf);
    await throwsMesh(() => spoilt.sign(utf8("turn on")), "ERR_KEY");
    await throwsMesh(() => schema.knownPrivateKeyOf({ ...mine, Udf: yours.Udf }), "ERR_KEY");
    await throwsMesh(() => schema.knownPrivateKeyOf({ ...mine, PrivateParameters: schema.privateKeyDataOf(reader).PrivateParameters }), "ERR_KEY");
    await throwsMesh(() => schema.knownPrivateKeyOf(schema.keyDataOf(root.public)), "ERR_KEY");
    const opens = schema.knownPrivateKeyOf(schema.privateKeyDataOf(reader));
    const sender = generatePrivateKey("X448", random);
    assert.equal(opens.agree(sender.public), sender.agree(opens.public));
    known.wipe();
    await throwsMesh(() => known.sign(utf8("turn on")), "ERR_KEY");
  });

  it("the fingerprint of a share is a nonce, and is not compared", () => {
    const { PrivateParameters } = schema.privateKeyDataOf(reader);
    assert.is(schema.privateKeyOf({ Udf: "NBDJ-WYQO", PrivateParameters }).curve, "X448");
  });
});

describe("schema: profiles and envelopes", (it) => {
  it("a profile is its own root", async () => {
    assert.is(schema.verifyProfile(schema.ProfileHost, profile(), root.public.udf).signer.udf, root.public.udf);
    assert.is(schema.verifyProfile(schema.ProfileHost, profile()).signer.udf, root.public.udf);
    await throwsMesh(() => schema.verifyProfile(schema.ProfileHost, profile(), other.public.udf), "ERR_VERIFICATION");
    await throwsMesh(() => schema.verifyProfile(schema.ProfileHost, profile({ envelopeId: other.public.udf })), "ERR_VERIFICATION");
    await throwsMesh(() => schema.verifyProfile(schema.ProfileHost, profile({ signer: other })), "ERR_VERIFICATION");
    await throwsMesh(() => schema.verifyProfile(schema.ProfileService, profile()), "ERR_SCHEMA");
  });

  it("sealed objects open for their readers, and only when signed by whom they should be", async () => {
    const value = { MessageId: "N", Text: "start" };
    const sealed = schema.envelopeObject({
      struct: schema.RequestConfirmation,
      value,
      signers: [root],
      recipients: [reader.public],
      created: "2021-08-05T16:37:32Z",
      random,
    });
    const open = (keys: readonly (typeof reader)[], trusted?: readonly (typeof root.public)[]) =>
      schema.openObject(schema.RequestConfirmation, sealed, keys, trusted);
    assert.is(open([reader], [root.public]).Text, "start");
    assert.is(open([reader]).Text, "start");
    await throwsMesh(() => open([reader], [other.public]), "ERR_VERIFICATION");
    await throwsMesh(() => open([]), "ERR_VERIFICATION");
    const clear = schema.envelopeObject({ struct: schema.RequestConfirmation, value, compact: true, random });
    assert.is(clear.header.ContentMetaData, undefined);
    assert.is(schema.peekObject(schema.RequestConfirmation, clear).Text, "start");
    await throwsMesh(() => schema.openObject(schema.RequestConfirmation, clear, [reader]), "ERR_VERIFICATION");
    await throwsMesh(() => schema.verifyObject(schema.RequestConfirmation, clear, [root.public]), "ERR_VERIFICATION");
  });

  it("a description that does not belong to the code is refused in one way", async () => {
    const key = random.bytes(15);
    const junk = sealEnvelope({ plaintext: utf8('{"CommittedDescription":{}}'), symmetricKey: key, random });
    for (const sealed of [utf8("{}"), Buffer.from(JSON.stringify([{}, ""])), encodeEnvelope(junk)]) {
      await throwsMesh(() => schema.openDescription({ sealed, key, account: "maker@example.com" }), "ERR_DESCRIPTION");
    }
    assert.is(parseEnvelope(utf8('[{},""]')).body.length, 0);
  });
});

describe("schema: roles and stores", (it) => {
  it("rights follow from roles, each once", () => {
    const rights = schema.rightsOf(["message", "device", "message"]);
    assert.equal(rights, [...new Set(rights)].sort());
    assert.ok(schema.mayRead(rights, "MMM_Contact"));
    assert.not(schema.mayRead(rights, "MMM_Credential"));
    assert.not(schema.mayAppend(rights, "MMM_Device"));
    // schema-08 §9.2: every role of a person's machine may decrypt and write these two; a hub only learns of networks.
    for (const role of ["device", "message", "web"] as const) {
      for (const label of ["MMM_Network", "MMM_Application"] as const)
        assert.ok(schema.mayAppend(schema.rightsOf([role]), label), `${role} ${label}`);
    }
    assert.not(schema.mayAppend(schema.rightsOf(["hub"]), "MMM_Network"));
    const hub = schema.rightsOf(["hub"]);
    assert.ok(schema.mayAppend(hub, "MMM_Inbound", "OfferConnection"));
    assert.not(schema.mayAppend(hub, "MMM_Inbound", "MessageContact"));
    assert.not(schema.mayAppend(hub, "MMM_Inbound"));
    for (const role of ["message", "web"] as const) {
      const own = schema.rightsOf([role]);
      assert.ok(schema.mayRead(own, "MMM_Inbound") && schema.mayAppend(own, "MMM_Inbound", "MessageComplete"), role);
      for (const type of ["AcknowledgeConnection", "OfferConnection", "MessageContact"])
        assert.not(schema.mayAppend(own, "MMM_Inbound", type), `${role} ${type}`);
    }
    assert.ok(schema.mayWriteCatalog(["admin"], "MMM_Device"));
    assert.not(schema.mayWriteCatalog(["device", "root", "__proto__"], "MMM_Device"));
    assert.ok(schema.catalogKeysOf(["web"]).includes("MMM_Credential"));
    assert.equal(schema.rightsOf([]), []);
    assert.ok(schema.isRole("super"));
    assert.not(schema.isRole("constructor"));
  });

  it("stores have their labels", async () => {
    for (const label of schema.storeLabels) assert.equal([schema.storeLabel(label), schema.storeLabel(label.toLowerCase())], [label, label]);
    assert.ok(schema.isCatalog("MMM_Device") && !schema.isCatalog("MMM_Inbound"));
    assert.ok(schema.isSpool("MMM_Inbound") && !schema.isSpool("MMM_Device"));
    for (const name of ["MMM_Nothing", "", "constructor"]) await throwsMesh(() => schema.storeLabel(name), "ERR_NOT_FOUND");
    assert.is(schema.storeKeyName("MMM_Contact", 0), "CompleteAccountEncryptMMM_Contact");
    assert.is(schema.storeKeyName("MMM_Contact", 2), "CompleteAccountEncryptMMM_Contact/2");
  });
});
