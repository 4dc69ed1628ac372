/** What the service tells strangers of its accounts so that they can write to them: profiles, and what is published for everybody who has the code. */

import { utf8 } from "../../src/base/bytes.ts";
import { tag } from "../../src/codec/field.ts";
import {
  deviceAuthenticate,
  deviceAuthenticator,
  encryptionUdf,
  generatePrivateKey,
  newNonce,
  publicationId,
  serviceAuthenticate,
  serviceAuthenticator,
} from "../../src/crypto/index.ts";
import { sealEnvelope } from "../../src/dare/index.ts";
import { CatalogedPublication, envelopeObject, MessageClaim, ProfileUser, verifyProfile } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { clientOf, Person, random, startService } from "../kit/service.ts";

describe("provider: profiles of accounts", (it) => {
  it("are told inside a session, within a budget that names its figure", async () => {
    const { service } = await startService({ limits: { profileBurst: 4, profileEveryMs: 3600_000 } });
    await (await Person.meet("alice@example.com", service.url)).bind();
    const stranger = clientOf(service.url, generatePrivateKey("X448", random));
    assert.is(verifyProfile(ProfileUser, await stranger.profileOf("Alice@example.com")).value.AccountAddress, "alice@example.com");
    await throwsMesh(stranger.profileOf("nobody@example.com"), "ERR_ACCOUNT_UNKNOWN");
    await throwsMesh(stranger.profileOf("no address"), "ERR_USAGE");
    await stranger.profileOf("alice@example.com");
    await stranger.profileOf("alice@example.com");
    assert.match((await throwsMesh(stranger.profileOf("alice@example.com"), "ERR_QUOTA")).message, /4 at once, then one every 3600 s/);
    const { EnvelopedProfileAccount } = await stranger.hello();
    assert.is(EnvelopedProfileAccount, undefined);
    stranger.close();
  });

  it("and shared publications are nobody's to hold: claims fetch them and are not filed", async () => {
    const { service } = await startService();
    const [alice, bob, mallet] = [
      await (await Person.meet("alice@example.com", service.url)).bind(),
      await (await Person.meet("bob@example.com", service.url)).bind(),
      await (await Person.meet("mallet@example.com", service.url)).bind(),
    ];
    const key = random.bytes(16);
    const publication: CatalogedPublication = {
      Id: publicationId(key),
      Authenticator: encryptionUdf(serviceAuthenticator(key)),
      EnvelopedData: sealEnvelope({ plaintext: utf8("a card"), symmetricKey: key, random }),
      Shared: true,
    };
    await alice.write("MMM_Publication", [{ key: publication.Id, entry: tag(CatalogedPublication, publication) }]);
    const claimOf = (person: Person, known: Uint8Array, more: Partial<MessageClaim> = {}) => ({
      TargetAccountAddress: alice.address,
      EnvelopedMessageClaim: envelopeObject({
        struct: MessageClaim,
        value: {
          MessageId: newNonce(random),
          Sender: person.address,
          PublicationId: publication.Id,
          ServiceAuthenticate: serviceAuthenticate(serviceAuthenticator(known), person.address),
          DeviceAuthenticate: deviceAuthenticate(deviceAuthenticator(known), person.address),
          EnvelopedProfileUser: person.profile,
          ...more,
        },
        signers: [person.accountSignature],
        random,
      }),
    });
    const before = (await alice.store("MMM_Local")).frames.length;
    for (const person of [bob, mallet, bob]) {
      const { CatalogedPublication: found } = await person.client.claim(claimOf(person, key));
      assert.equal(found?.EnvelopedData.body, publication.EnvelopedData.body);
    }
    assert.is((await alice.store("MMM_Local")).frames.length, before);
    await throwsMesh(mallet.client.claim(claimOf(mallet, random.bytes(16))), "ERR_VERIFICATION");
    await throwsMesh(bob.client.claim(claimOf(bob, key, { Release: true })), "ERR_USAGE");
  });
});
