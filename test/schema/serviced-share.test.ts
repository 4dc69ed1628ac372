/** Shares for a service: sealed to it, and good for one capability of one account alone. */
import { systemRandom } from "../../src/base/random.ts";
import { decodeObject, encodeObject } from "../../src/codec/index.ts";
import { curves, generatePrivateKey, newNonce, partialAgreement, privateKeyFromScalar } from "../../src/crypto/index.ts";
import { CatalogedPower, openServicedShare, powerCatalog, sealServicedShare } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const service = generatePrivateKey("X448", systemRandom);
const accountUdf = "MAAA-ACCOUNT";
const capabilityId = newNonce(systemRandom);

function share(curve: (typeof curves)[number]) {
  const octets = systemRandom.bytes(curve.endsWith("448") ? 56 : 32);
  octets[octets.length - 1] = 0;
  return privateKeyFromScalar(curve, octets);
}

describe("shares of a service", (it) => {
  for (const curve of curves) {
    it(`${curve}: are opened for their capability`, () => {
      const key = share(curve);
      const sealed = sealServicedShare({ share: key, accountUdf, capabilityId, service: service.public, random: systemRandom });
      const opened = openServicedShare(sealed, { accountUdf, capabilityId, service });
      assert.equal(opened.export(), key.export());
      const ephemeral = share(curve).public;
      assert.equal(partialAgreement(opened, ephemeral).octets, partialAgreement(key, ephemeral).octets);
    });
  }

  it("are good for no other account, no other capability, and under no other key", async () => {
    const sealed = sealServicedShare({ share: share("X448"), accountUdf, capabilityId, service: service.public, random: systemRandom });
    await throwsMesh(() => openServicedShare(sealed, { accountUdf: "MAAA-OTHER", capabilityId, service }), "ERR_VERIFICATION");
    await throwsMesh(() => openServicedShare(sealed, { accountUdf, capabilityId: newNonce(systemRandom), service }), "ERR_VERIFICATION");
    const other = generatePrivateKey("X448", systemRandom);
    await throwsMesh(() => openServicedShare(sealed, { accountUdf, capabilityId, service: other }), "ERR_VERIFICATION");
  });

  it("do not show their scalar", () => {
    const key = share("X448");
    const sealed = sealServicedShare({ share: key, accountUdf, capabilityId, service: service.public, random: systemRandom });
    const octets = Buffer.from(sealed.body);
    assert.is(octets.indexOf(Buffer.from(key.export().Private)), -1);
  });

  it("stand in the Access catalog under their capability's name", () => {
    const EnvelopedKeyShare = sealServicedShare({ share: share("X448"), accountUdf, capabilityId, service: service.public, random: systemRandom });
    const value = { Id: capabilityId, Active: true, GranteeUdf: "MAAA-LINK", EnvelopedKeyShare, PerMinute: 60 };
    const entry: CatalogedPower = { Capability: { tag: "CapabilityDecryptServiced", value } };
    const read = decodeObject(CatalogedPower, encodeObject(CatalogedPower, entry));
    assert.is(powerCatalog.keyOf(read), `capability:${capabilityId}`);
    assert.is(read.Capability.tag, "CapabilityDecryptServiced");
    const gone = decodeObject(CatalogedPower, encodeObject(CatalogedPower, { Capability: { tag: "NullCapability", value: { Id: capabilityId } } }));
    assert.is(powerCatalog.keyOf(gone), `capability:${capabilityId}`);
  });
});
