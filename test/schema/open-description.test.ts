/** What a scanned code says of a device: the sealed description of that very code and account, or nothing. */
import { utf8 } from "../../src/base/bytes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { encodeObject } from "../../src/codec/index.ts";
import { commitKey, generatePrivateKey } from "../../src/crypto/index.ts";
import { encodeEnvelope, sealEnvelope } from "../../src/dare/index.ts";
import * as schema from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const account = "maker@example.com";
const root = generatePrivateKey("Ed25519", random);
const description = { Manufacturer: "Acme", Model: "Lamp", Version: "1", Class: "light", Properties: [], Commands: [] };

function sealed(change: { readonly ReleasedBy?: string; readonly salt?: Uint8Array } = {}): {
  readonly sealed: Uint8Array;
  readonly key: Uint8Array;
} {
  const signers = [root];
  const keyData = (curve: "X25519" | "Ed25519") => schema.keyDataOf(generatePrivateKey(curve, random).public);
  const link = keyData("X25519");
  const profile = {
    ProfileSignature: schema.keyDataOf(root.public),
    Encryption: keyData("Ed25519"),
    Signature: keyData("Ed25519"),
    Authentication: link,
    Link: [link],
  };
  const preconfiguration = {
    EnvelopedProfileDevice: schema.envelopeObject({ struct: schema.ProfileDevice, value: profile, signers, envelopeId: root.public.udf, random }),
    Maker: account,
    EnvelopedDeviceDescription: schema.envelopeObject({ struct: schema.DeviceDescription, value: description, signers, random }),
    Hailing: ["mqtt"],
  };
  const salt = random.bytes(32);
  const key = commitKey(salt, root.public);
  const { ReleasedBy } = change;
  const committed = {
    CommitSalt: change.salt ?? salt,
    EnvelopedDevicePreconfigurationPublic: schema.envelopeObject({
      struct: schema.DevicePreconfigurationPublic,
      value: preconfiguration,
      signers,
      random,
    }),
    ...(ReleasedBy !== undefined && { ReleasedBy }),
  };
  const plaintext = encodeObject(schema.CommittedDescription, committed);
  return { sealed: encodeEnvelope(sealEnvelope({ plaintext, symmetricKey: key, random })), key };
}

describe("description of a scanned code", (it) => {
  it("opens for the maker's code, and for that of an owner who released the device", () => {
    const opened = schema.openDescription({ ...sealed(), account });
    assert.is(opened.deviceUdf, root.public.udf);
    assert.equal([opened.maker, opened.releasedBy, opened.hailing, opened.description.Model], [account, undefined, ["mqtt"], "Lamp"]);
    const released = schema.openDescription({ ...sealed({ ReleasedBy: "alice@example.com" }), account: "alice@example.com" });
    assert.is(released.releasedBy, "alice@example.com");
  });

  it("is refused alike under another account, key or salt, and when it is none", async () => {
    const code = sealed();
    const refused = [
      { ...code, account: "mallory@example.com" },
      { ...sealed({ ReleasedBy: "alice@example.com" }), account },
      { ...sealed({ salt: random.bytes(32) }), account },
      { ...code, key: random.bytes(code.key.length), account },
      { ...code, sealed: code.sealed.subarray(1), account },
      { ...code, sealed: utf8("[]"), account },
    ];
    for (const options of refused) await throwsMesh(() => schema.openDescription(options), "ERR_DESCRIPTION");
  });
});
