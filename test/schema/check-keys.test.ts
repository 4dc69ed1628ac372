/** The keys that profiles, connections and contributions may hold: each fit for its use, under its own name, in one place. */
import { systemRandom as random } from "../../src/base/random.ts";
import type { Curve, PrivateKey } from "../../src/crypto/index.ts";
import { generatePrivateKey, plainKey } from "../../src/crypto/index.ts";
import type { KeyData, ProfileDevice, ProfileUser } from "../../src/schema/index.ts";
import * as schema from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const make = (curve: Curve): PrivateKey => generatePrivateKey(curve, random);
const data = (curve: Curve): KeyData => schema.keyDataOf(make(curve).public);
const root448 = make("Ed448");
const root25519 = make("Ed25519");
const link25519 = data("X25519");

const full: ProfileDevice = {
  ProfileSignature: schema.keyDataOf(root448.public),
  Encryption: data("X448"),
  Signature: data("Ed448"),
  Authentication: data("X448"),
  Link: [data("X448"), data("X25519")],
};
const constrained: ProfileDevice = {
  ProfileSignature: schema.keyDataOf(root25519.public),
  Encryption: data("Ed25519"),
  Signature: data("Ed25519"),
  Authentication: link25519,
  Link: [link25519],
};
const user: ProfileUser = {
  ProfileSignature: schema.keyDataOf(root448.public),
  AccountAddress: "alice@example.com",
  ServiceUdf: "MAAA",
  AccountEncryption: data("X448"),
  AdministratorSignature: data("Ed448"),
  AccountAuthentication: data("X448"),
  AccountSignature: data("Ed448"),
  AdministratorSignature25519: data("Ed25519"),
  AdministratorEncryption: data("X448"),
};

function verifyDevice(value: ProfileDevice, root = value.ProfileSignature.Udf === root25519.public.udf ? root25519 : root448): void {
  const enveloped = schema.envelopeObject({ struct: schema.ProfileDevice, value, signers: [root], envelopeId: root.public.udf, random });
  schema.verifyProfile(schema.ProfileDevice, enveloped);
}

function verifyUser(value: ProfileUser): void {
  const enveloped = schema.envelopeObject({ struct: schema.ProfileUser, value, signers: [root448], envelopeId: root448.public.udf, random });
  schema.verifyProfile(schema.ProfileUser, enveloped);
}

/** Keys that nobody can use, whatever for. */
const unusable: Readonly<Record<string, KeyData>> = {
  "only a name": { Udf: "MAAA" },
  "another key's name": { ...data("X448"), Udf: data("X448").Udf },
  "an unknown curve": { Udf: "MAAA", PublicParameters: { tag: "PublicKeyECDH", value: { crv: "P-256", Public: new Uint8Array(65) } } },
  "octets of no point": { Udf: "MAAA", PublicParameters: { tag: "PublicKeyECDH", value: { crv: "X448", Public: new Uint8Array(57) } } },
};

describe("schema: keys of a profile", (it) => {
  it("full-size and constrained devices and accounts as we make them are good", () => {
    verifyDevice(full);
    verifyDevice(constrained);
    verifyUser(user);
    verifyUser({ ...user, EscrowEncryption: data("X448") });
  });

  for (const [what, key] of Object.entries(unusable)) {
    it(`${what} is refused in every member, by its name`, async () => {
      for (const member of ["Encryption", "Signature", "Authentication"] as const) {
        for (const profile of [full, constrained]) {
          const error = await throwsMesh(() => verifyDevice({ ...profile, [member]: key }), "ERR_KEY");
          assert.match(error.message, `ProfileDevice.${member}: `);
        }
      }
      assert.match((await throwsMesh(() => verifyDevice({ ...full, Link: [data("X448"), key] }), "ERR_KEY")).message, "ProfileDevice.Link[1]: ");
      for (const member of ["AccountEncryption", "EscrowEncryption", "AdministratorSignature25519", "AdministratorEncryption"] as const) {
        assert.match((await throwsMesh(() => verifyUser({ ...user, [member]: key }), "ERR_KEY")).message, `ProfileUser.${member}: `);
      }
    });
  }

  it("a key of a curve for another use is refused", async () => {
    const wrong: readonly Partial<ProfileDevice>[] = [
      { Encryption: data("Ed448") },
      { Encryption: data("X25519") },
      { Signature: data("X448") },
      { Signature: data("Ed25519") },
      { Authentication: data("Ed448") },
      { Link: [data("Ed448")] },
      { Link: [data("X25519")] },
      { Link: [] },
    ];
    for (const change of wrong) await throwsMesh(() => verifyDevice({ ...full, ...change }), "ERR_KEY");
    for (const change of [{ Encryption: data("X25519") }, { Authentication: data("X448") }, { Link: [data("X448")] }]) {
      await throwsMesh(() => verifyDevice({ ...constrained, ...change }), "ERR_KEY");
    }
    await throwsMesh(() => verifyUser({ ...user, AdministratorSignature25519: data("Ed448") }), "ERR_KEY");
  });

  it("a key that others are added to needs its sign", async () => {
    const plain = schema.keyDataOf(plainKey(make("X448").public));
    const error = await throwsMesh(() => verifyDevice({ ...full, Encryption: plain }), "ERR_KEY");
    assert.match(error.message, "lacks its sign");
    verifyDevice({ ...full, Link: [plain] });
  });

  it("one key in two places is refused, but for the link key of a constrained device", async () => {
    const error = await throwsMesh(() => verifyDevice({ ...full, Authentication: full.Encryption }), "ERR_KEY");
    assert.match(error.message, /ProfileDevice\.Authentication: .* stands in Encryption, too/);
    await throwsMesh(() => verifyDevice({ ...full, Signature: full.ProfileSignature }), "ERR_KEY");
    await throwsMesh(() => verifyDevice({ ...full, Link: [full.Authentication] }), "ERR_KEY");
    await throwsMesh(() => verifyDevice({ ...constrained, Link: [link25519, link25519] }), "ERR_KEY");
    await throwsMesh(() => verifyUser({ ...user, AccountSignature: user.AdministratorSignature }), "ERR_KEY");
  });

  it("what a key calls itself does not get into a message as it is", async () => {
    const error = await throwsMesh(() => verifyDevice({ ...full, Encryption: { Udf: `M\n${"x".repeat(5000)}` } }), "ERR_KEY");
    assert.ok(error.message.length < 200);
    assert.not.match(error.message, "\n");
  });
});

describe("schema: keys of a contribution", (it) => {
  const signer = make("Ed25519");
  const profile: ProfileDevice = { ...constrained, Signature: schema.keyDataOf(signer.public) };
  const good: schema.DeviceContribution = {
    DealEpoch: 0,
    Encryption: data("Ed25519"),
    Signature: data("Ed25519"),
    Link25519: data("X25519"),
    Presence: false,
  };
  const verify = (change: Partial<schema.DeviceContribution>): unknown =>
    schema.verifyContribution(
      schema.envelopeObject({ struct: schema.DeviceContribution, value: { ...good, ...change }, signers: [signer], random, compact: true }),
      profile,
    );

  it("points of the device's curve are good, and nothing else", async () => {
    verify({});
    verify({ DealEpoch: 7 });
    for (const member of ["Encryption", "Signature", "Link25519"] as const) {
      for (const key of [...Object.values(unusable), data("X448"), data("Ed448")]) {
        assert.match((await throwsMesh(() => void verify({ [member]: key }), "ERR_KEY")).message, `DeviceContribution.${member}: `);
      }
    }
    await throwsMesh(() => void verify({ Signature: good.Encryption }), "ERR_KEY");
  });

  it("an epoch that no deal can follow is refused", async () => {
    for (const DealEpoch of [-1, 0xffff_ffff, 2 ** 40]) {
      assert.match((await throwsMesh(() => void verify({ DealEpoch }), "ERR_SCHEMA")).message, "DeviceContribution.DealEpoch: ");
    }
  });
});

describe("schema: keys of a connection", (it) => {
  const administrator = make("Ed448");
  const good: schema.ConnectionDevice = {
    Subject: "MAAA",
    Authority: "MBBB",
    Roles: ["web"],
    Authentication: data("X448"),
    Signature: data("Ed448"),
    Encryption: data("X448"),
    Link: [data("X448")],
  };
  const small: schema.ConnectionDevice = {
    ...good,
    Authentication: link25519,
    Signature: data("Ed25519"),
    Encryption: data("Ed25519"),
    Link: [link25519],
  };
  const verify = (value: schema.ConnectionDevice): unknown =>
    schema.verifyConnectionDevice(schema.envelopeObject({ struct: schema.ConnectionDevice, value, signers: [administrator], random }), [
      administrator.public,
    ]);

  it("those of full-size and of constrained devices are good, and nothing else", async () => {
    verify(good);
    verify(small);
    for (const connection of [good, small]) {
      for (const member of ["Authentication", "Encryption"] as const) {
        for (const key of Object.values(unusable)) {
          assert.match((await throwsMesh(() => void verify({ ...connection, [member]: key }), "ERR_KEY")).message, `ConnectionDevice.${member}: `);
        }
      }
      await throwsMesh(() => void verify({ ...connection, Link: [] }), "ERR_KEY");
    }
    await throwsMesh(() => void verify({ ...good, Signature: data("X448") }), "ERR_KEY");
  });

  it("a hub's link key is one that a small device knows", async () => {
    const value: schema.ConnectionHub = { Subject: "MAAA", Authority: "MBBB", LinkKeys: [link25519], DeviceUdf: ["MCCC"], DealEpoch: 1 };
    const verifyHub = (LinkKeys: readonly KeyData[]): unknown =>
      schema.verifyConnectionHub(
        schema.envelopeObject({ struct: schema.ConnectionHub, value: { ...value, LinkKeys }, signers: [administrator], random }),
        [administrator.public],
      );
    verifyHub([link25519]);
    for (const keys of [[], [data("X448")], [link25519, { Udf: "MAAA" }]]) await throwsMesh(() => void verifyHub(keys), "ERR_KEY");
  });
});
