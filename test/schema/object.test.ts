/** Every object of the schema: round trips, other names, unknown members and tags, errors with their path, the drafts' own examples. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { Datum, Struct } from "../../src/codec/index.ts";
import { decodeBase64url, decodeObject, decodeOneOf, encodeJson, encodeJsonB, encodeObject, parseJson } from "../../src/codec/index.ts";
import { generatePrivateKey } from "../../src/crypto/index.ts";
import * as schema from "../../src/schema/index.ts";
import { decodeMeshObject, encodeMeshObject, meshObjects, messageState } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const back = (octets: Uint8Array): unknown => JSON.parse(fromUtf8(octets));
const passedOn = (value: unknown): unknown => back(encodeMeshObject(decodeMeshObject(json(value))));

/** The classes of schema-08 and those that its examples and 2022 add, as their tables name them. */
const required = [
  ..."Contact ContactPerson ContactGroup ContactOrganization Anchor TaggedSource OrganizationName PersonName NetworkAddress NamedProtocol Role Location Bookmark"
    .split(" ")
    .slice(1),
  ..."Reference Task KeyData ProfileDevice ProfileUser ProfileGroup ProfileService ProfileHost ConnectionDevice ConnectionAddress ConnectionService".split(
    " ",
  ),
  ..."ConnectionHost ConnectionGroup ConnectionApplication ActivationDevice ActivationHost ActivationAccount ActivationApplication ActivationEntry".split(
    " ",
  ),
  ..."ActivationApplicationSsh ActivationApplicationMail ActivationApplicationGroup CatalogedDevice CatalogedPublication CatalogedCredential".split(
    " ",
  ),
  ..."CatalogedNetwork CatalogedContact CatalogedAccess CatalogedBookmark CatalogedTask CatalogedApplication CatalogedMember CatalogedGroup".split(
    " ",
  ),
  ..."CatalogedApplicationSSH CatalogedApplicationMail CatalogedApplicationNetwork CapabilityDecrypt CapabilityDecryptPartial".split(" "),
  ..."CapabilityDecryptServiced CapabilitySign CapabilityKeyGenerate CapabilityFairExchange NullCapability AccessCapability MessageError".split(" "),
  ..."MessageComplete MessagePin RequestConnection AcknowledgeConnection RespondConnection MessageContact GroupInvitation RequestConfirmation".split(
    " ",
  ),
  ..."ResponseConfirmation RequestTask MessageClaim ProcessResult DevicePreconfiguration PrivateKeyUDF PublicKeyECDH PrivateKeyECDH".split(" "),
];

interface Example {
  readonly path: string;
  readonly type: string;
  readonly encrypted: boolean;
  readonly envelope: readonly [unknown, string];
}
const examples: readonly Example[] = JSON.parse(readFileSync("test/vectors/schema.json", "utf8")).assertions;
const protocolExamples: readonly { id: string; type: string; body: Record<string, unknown> }[] = JSON.parse(
  readFileSync("test/vectors/protocol.json", "utf8"),
).messages;

/** Values that an optional field takes without complaint, found by trying. */
const candidates: readonly Datum[] = ["2021-08-05T16:37:32Z", 7, true, "AAAA", ["MAAA"], [], {}];

function filled(struct: Struct<object>): Record<string, Datum> {
  const out: Record<string, Datum> = {};
  for (const name of Object.keys(struct.fields)) {
    for (const value of candidates) {
      try {
        struct.decode({ [name]: value }, struct.tag);
        out[name] = value;
        break;
      } catch {
        // Another kind of field.
      }
    }
  }
  return out;
}

describe("schema objects", (it) => {
  it("are all there", () => {
    const tags = new Set(meshObjects.map(({ tag }) => tag));
    assert.equal(
      required.filter((tag) => !tags.has(tag)),
      [],
    );
    assert.is(tags.size, meshObjects.length, "a tag stands for two objects");
  });

  for (const struct of meshObjects) {
    it(`${struct.tag}: written as it was read, with unknown members, in JSON and JSON-B`, () => {
      const members = filled(struct);
      const value = { [struct.tag]: { ...members, FutureField: { a: [1, null, "x"] }, constructor: "b" } };
      assert.equal(passedOn(value), value);
      const binary = encodeJsonB(parseJson(encodeJson(value)));
      assert.equal(back(encodeMeshObject(decodeMeshObject(binary))), value);
    });

    it(`${struct.tag}: a field of another kind is named by its path`, async () => {
      for (const name of Object.keys(struct.fields)) {
        let refused = 0;
        for (const wrong of [7, "not base64 !", true, [[7]], { a: 1, b: 2 }, [null]]) {
          const octets = json({ [struct.tag]: { [name]: wrong } });
          try {
            decodeMeshObject(octets);
          } catch {
            refused++;
            const error = await throwsMesh(() => decodeMeshObject(octets), "ERR_SCHEMA");
            assert.match(error.message, new RegExp(`^object\\.${struct.tag}\\.${name}\\b`));
            assert.ok(String(error.detail.path).startsWith(`object.${struct.tag}.${name}`));
          }
        }
        // Only fields that hold any value take everything.
        if (!["Entry", "Value", "Extension", "Lost"].includes(name)) assert.ok(refused > 0, `${struct.tag}.${name} takes anything`);
      }
      await throwsMesh(() => decodeMeshObject(json({ [struct.tag]: [] })), "ERR_SCHEMA");
    });
  }

  it("objects of unknown tags are kept", () => {
    for (const value of [{ CatalogedFridge: { Milk: true } }, { Zebra: [1, "two"] }, { Nothing: null }]) assert.equal(passedOn(value), value);
    const contact = { CatalogedContact: { Key: "k", Contact: { ContactRobot: { Serial: 7 } } } };
    assert.equal(passedOn(contact), contact);
    const access = { CatalogedAccess: { Capability: { CapabilityFuture: { Id: "x" } } } };
    assert.equal(passedOn(access), access);
  });

  it("what is not one tagged object is refused", async () => {
    for (const value of [{}, { A: {}, B: {} }, [], "text", 7, null]) await throwsMesh(() => decodeMeshObject(json(value)), "ERR_SCHEMA");
  });

  it("what is read stays itself, whatever is in the unknown members", () => {
    const member = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Datum>;
    const cases = fc.tuple(
      fc.constantFrom(...meshObjects),
      fc.dictionary(
        fc.string({ minLength: 1 }).map((name) => `x${name}`),
        member,
      ),
    );
    fc.assert(
      fc.property(cases, ([struct, members]) => {
        const octets = encodeJson({ [struct.tag]: members });
        assert.is(fromUtf8(encodeMeshObject(decodeMeshObject(octets))), fromUtf8(octets));
      }),
      { numRuns: 300 },
    );
  });
});

describe("schema: other names", (it) => {
  it("every one is read, and written under the present name alone", async () => {
    for (const struct of meshObjects) {
      const members = filled(struct);
      for (const [name, others] of Object.entries(struct.otherNames.fields ?? {})) {
        for (const other of others ?? []) {
          const value = members[name] ?? {};
          if (!(name in members)) continue;
          assert.equal(passedOn({ [struct.tag]: { [other]: value } }), { [struct.tag]: { [name]: value } }, `${struct.tag}.${other}`);
          await throwsMesh(() => decodeMeshObject(json({ [struct.tag]: { [other]: value, [name]: value } })), "ERR_SCHEMA");
        }
      }
      for (const other of struct.otherNames.tags ?? []) {
        assert.equal(passedOn({ [other]: members }), { [struct.tag]: members });
        assert.is(decodeOneOf(meshObjects, json({ [other]: members })).tag, struct.tag);
      }
    }
  });

  it("are those of the revisions", () => {
    const key = { Udf: "MAAA" };
    const read = (tag: string, members: object) => (passedOn({ [tag]: members }) as Record<string, object>)[tag];
    for (const [short, old] of [
      ["Encryption", "BaseEncryption"],
      ["Signature", "BaseSignature"],
      ["Authentication", "BaseAuthentication"],
    ] as const) {
      assert.equal(read("ProfileDevice", { [old]: key }), { [short]: key });
      assert.equal(read("ConnectionDevice", { [old.replace("Base", "Device")]: key }), { [short]: key });
    }
    assert.equal(read("ConnectionDevice", { SubjectUdf: "a", AuthorityUdf: "b", AccountAddress: "c" }), {
      Subject: "a",
      Authority: "b",
      Account: "c",
    });
    for (const [short, old] of [
      ["AccountEncryption", "CommonEncryption"],
      ["AccountAuthentication", "CommonAuthentication"],
      ["AccountSignature", "CommonSignature"],
    ] as const) {
      assert.equal(read("ProfileUser", { [old]: key }), { [short]: key });
      assert.equal(read("ActivationAccount", { [old]: key }), { [short]: key });
    }
    const envelope = [{}, ""];
    assert.equal(read("CatalogedDevice", { EnvelopedConnectionUser: envelope }), { EnvelopedConnectionDevice: envelope });
    assert.equal(read("CapabilityDecrypt", { GranteeUdf: "a", GranteeAccount: "b", EnvelopedKeyShare: envelope }), {
      EnvelopedKeyShares: [envelope],
      SubjectId: "a",
      SubjectAddress: "b",
    });
    for (const [now, old] of [
      ["MessageContact", "RequestContact"],
      ["MessageContact", "ReplyContact"],
      ["GroupInvitation", "OfferGroup"],
      ["Task", "Engagement"],
      ["ActivationAccount", "ActivationCommon"],
    ] as const) {
      assert.equal(passedOn({ [old]: { Sender: "a" } }), { [now]: { Sender: "a" } });
    }
  });

  it("ActivationAccount is told from the one of 2022 by its content", () => {
    const device = { ActivationAccount: { ActivationKey: "Z", AccountUdf: "M" } };
    assert.is(decodeMeshObject(json(device)).tag, "ActivationDevice");
    assert.is(decodeMeshObject(json({ ActivationAccount: { ActivationKey: "Z" } })).tag, "ActivationAccount");
    assert.is(decodeMeshObject(json({ ActivationAccount: { ActivationKey: "Z", AccountUdf: "M", Entries: [] } })).tag, "ActivationAccount");
  });

  it("states have one meaning under all their words", () => {
    assert.equal(["Open", "Unread", "Initial", "Read", "Closed"].map(messageState), ["Initial", "Initial", "Initial", "Read", "Closed"]);
  });

  it("strict objects read them too, and demand what is ours", async () => {
    const link = {
      Link: [],
      ProfileSignature: { Udf: "a" },
      BaseEncryption: { Udf: "b" },
      BaseSignature: { Udf: "c" },
      BaseAuthentication: { Udf: "d" },
    };
    const profile = decodeObject(schema.ProfileDevice, json({ ProfileDevice: link }));
    assert.is(profile.Encryption.Udf, "b");
    assert.equal(Object.keys(back(encodeObject(schema.ProfileDevice, profile)) as object), ["ProfileDevice"]);
    const { Link: _, ...without } = link;
    const error = await throwsMesh(() => decodeObject(schema.ProfileDevice, json({ ProfileDevice: without })), "ERR_SCHEMA");
    assert.match(error.message, /^ProfileDevice\.Link: /);
  });
});

describe("schema: examples of August 2021", (it) => {
  for (const { path, type, encrypted, envelope } of examples) {
    if (encrypted) continue;
    it(`${type} ${path}`, () => {
      const octets = decodeBase64url(envelope[1])!;
      const object = decodeMeshObject(octets, { lenient: true });
      assert.is(object.tag, type);
      assert.is(object.unknown, undefined);
      assert.equal(back(encodeMeshObject(object)), back(encodeJson(parseJson(octets, { lenient: true }))));
    });
  }

  for (const { id, type, body } of protocolExamples) {
    if (!meshObjects.some(({ tag }) => tag === type)) continue;
    it(`${type} ${id}`, () => assert.equal(passedOn(body), body));
  }

  it("their keys are those of our types", () => {
    const invitation = protocolExamples.find(({ id }) => id === "p09-group-invitation")!;
    const { Contact } = decodeObject(schema.GroupInvitation, json(invitation.body));
    assert.is(Contact?.tag, "ContactPerson");
    const person = Contact?.unknown === undefined ? (Contact?.value as schema.ContactPerson) : undefined;
    const capability = person?.NetworkAddresses?.[0]?.Capabilities?.[0];
    assert.is(capability?.tag, "CapabilityDecryptPartial");
    const share = capability?.unknown === undefined ? capability?.value.KeyData : undefined;
    assert.is(schema.privateKeyOf(share!).form, "scalar");
  });
});

describe("schema: keys and profiles", (it) => {
  it("a seed is no key, and says so", async () => {
    const data = { Udf: "M", PrivateParameters: { tag: "PrivateKeyUDF", value: { PrivateValue: "Z" } } };
    await throwsMesh(() => schema.privateKeyOf(data), "ERR_KEY");
  });

  it("a profile under conditions that nobody knows is not valid", async () => {
    const root = generatePrivateKey("Ed448", systemRandom);
    const profile = (Conditions?: readonly Datum[]) =>
      schema.envelopeObject({
        struct: schema.ProfileHost,
        value: { ProfileSignature: schema.keyDataOf(root.public), ...(Conditions && { Conditions }) },
        envelopeId: root.public.udf,
        signers: [root],
        random: systemRandom,
      });
    for (const good of [profile(), profile([])]) schema.verifyProfile(schema.ProfileHost, good, root.public.udf);
    await throwsMesh(() => schema.verifyProfile(schema.ProfileHost, profile([{ ConditionOfTomorrow: {} }])), "ERR_VERIFICATION");
  });
});
