/** Agreement with a share that somebody else holds, who does not learn what is opened. */
import { toHex } from "../../src/base/bytes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { blindAgreement, type Curve, deal, generatePrivateKey, partialAgreement, plainKey, privateKeyFromExport } from "../../src/crypto/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const curves: readonly Curve[] = ["X448", "X25519", "Ed25519", "Ed448"];

function dealt(curve: Curve) {
  const secret = generatePrivateKey(curve, random);
  const [share, counterpart] = deal({ secret, parties: 2, random }).map((key) => privateKeyFromExport(key.export()));
  return { secret, share: share!, counterpart: counterpart! };
}

describe("crypto/blinded-agreement", (it) => {
  for (const curve of curves) {
    it(`${curve}: two shares give what the whole key gives, and two questions about one key are not alike`, () => {
      const { secret, share, counterpart } = dealt(curve);
      for (const ephemeral of [generatePrivateKey(curve, random).public, plainKey(generatePrivateKey(curve, random).public)]) {
        const [one, other] = [1, 2].map(() => blindAgreement({ share, counterpart: counterpart.public, ephemeral, random }));
        assert.is(toHex(one!.finish(partialAgreement(counterpart, one!.asked))), toHex(secret.agree(ephemeral)));
        assert.is.not(toHex(one!.asked.octets), toHex(other!.asked.octets));
        assert.is.not(toHex(one!.asked.octets), toHex(ephemeral.octets));
      }
    });
  }

  it("gives another value with the share of another deal, and with the answer to another question", async () => {
    const { secret, share, counterpart } = dealt("X448");
    const [, of] = deal({ secret, parties: 2, random });
    const ephemeral = generatePrivateKey("X448", random).public;
    const [one, other] = [1, 2].map(() => blindAgreement({ share, counterpart: counterpart.public, ephemeral, random }));
    const truth = toHex(secret.agree(ephemeral));
    assert.is.not(toHex(one!.finish(partialAgreement(of!, one!.asked))), truth);
    assert.is.not(toHex(one!.finish(partialAgreement(counterpart, other!.asked))), truth);
    await throwsMesh(() => one!.finish(generatePrivateKey("Ed448", random).public), "ERR_KEY");
  });
});
