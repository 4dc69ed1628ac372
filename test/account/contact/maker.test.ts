/** A maker that follows the drafts: its code commits to nothing, so that what it opens is believed only of a maker whom the owner has pinned. */

import { identityOfSeed } from "../../../src/account/context/device-identity.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { addContact, completeInstalled, connectByCode, installDevice, PreconfiguredDevice, put } from "../../../src/account/index.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import {
  connectKey,
  deviceAuthenticator,
  encryptionUdf,
  formatConnectUri,
  newSeed,
  parseUdf,
  publicationId,
  seedSpecifier,
  serviceAuthenticator,
} from "../../../src/crypto/index.ts";
import { encodeEnvelope, sealEnvelope } from "../../../src/dare/index.ts";
import { DeviceDescription, DevicePreconfigurationPublic, envelopeObject, keyDataOf, publicationCatalog } from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const { random } = ports;

/** A device with a code as protocol-09 §7.5 derives it, signed by the key given. */
async function makeDraftDevice(maker: AccountContext, signer: PrivateKey): Promise<{ readonly uri: string; readonly file: Uint8Array }> {
  const seed = newSeed(random, seedSpecifier.device);
  const code = connectKey({ seed, account: maker.address, octets: 16 });
  const { data: key } = parseUdf(code);
  const identity = identityOfSeed(seed, ports);
  const about: DeviceDescription = { Manufacturer: "Draft Works", Model: "D1", Version: "1", Class: "light", Properties: [], Commands: [] };
  const signers = [identity.base.profile];
  const preconfiguration = envelopeObject({
    struct: DevicePreconfigurationPublic,
    value: {
      EnvelopedProfileDevice: identity.envelope,
      Maker: maker.address,
      EnvelopedDeviceDescription: envelopeObject({ struct: DeviceDescription, value: about, signers, random }),
      Hailing: [],
    },
    signers: [signer],
    random,
  });
  const sealed = sealEnvelope({ plaintext: encodeEnvelope(preconfiguration), symmetricKey: key, random });
  const Id = publicationId(key);
  await maker.transact({
    catalogs: [
      put(publicationCatalog, {
        Id,
        Authenticator: encryptionUdf(serviceAuthenticator(key)),
        EnvelopedData: sealed,
        DeviceSignature: keyDataOf(identity.base.signature.public),
        DeviceLinkUdf: identity.base.link448.public.udf,
      }),
    ],
  });
  const file = encodeObject(PreconfiguredDevice, {
    Maker: maker.address,
    Device: {
      PrivateKeyUDF: seed,
      PublicationId: Id,
      KHail: new Uint8Array(32),
      KLink: new Uint8Array(32),
      Kd: deviceAuthenticator(key),
      SealedDescription: encodeEnvelope(sealed),
      Class: "light",
    },
  });
  return { uri: formatConnectUri({ account: maker.address, code }), file };
}

describe("codes that commit to nothing", (it) => {
  let house: Household;
  let alice: AccountContext;
  let maker: AccountContext;
  let mallet: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    maker = await house.create("maker", "maker@example.com");
    mallet = await house.create("mallet", "mallet@example.com");
  });
  it.after(() => house.stop());

  it("are refused of a maker who is no contact, and of one at its service's word", async () => {
    const { uri } = await makeDraftDevice(maker, maker.keys.accountSignature!);
    const error = await throwsMesh(connectByCode(alice, uri, { roles: ["device"] }), "ERR_DESCRIPTION");
    assert.match(error.message, /does not commit .* maker@example\.com/);
    assert.match(error.hint, /contact add maker@example\.com --udf/);
    await addContact(alice, "maker@example.com");
    await throwsMesh(connectByCode(alice, uri, { roles: ["device"] }), "ERR_DESCRIPTION");
  });

  it("connect a device of a maker who is pinned by hand", async () => {
    const { uri, file } = await makeDraftDevice(maker, maker.keys.accountSignature!);
    await addContact(alice, "maker@example.com", { udf: maker.accountUdf });
    const dir = tempDirectory();
    await installDevice({ dir, file, makerServiceUrl: house.service.url, ports });
    const { description } = await connectByCode(alice, uri, { roles: ["device"] });
    assert.is(description.Manufacturer, "Draft Works");
    const device = await completeInstalled({ dir, waitSeconds: 10, configured: house.service.url, ports });
    assert.is(device.accountUdf, alice.accountUdf);
    await device.close();
  });

  it("are refused when somebody else signed what they open", async () => {
    const { uri } = await makeDraftDevice(maker, mallet.keys.accountSignature!);
    await throwsMesh(connectByCode(alice, uri, { roles: ["device"] }), "ERR_DESCRIPTION");
  });
});
