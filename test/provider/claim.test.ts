/** Claims of publications: provisional, locked by the device, released. */
import { equalBytes } from "../../src/base/bytes.ts";
import { tag } from "../../src/codec/field.ts";
import { decodeObject } from "../../src/codec/index.ts";
import type { PrivateKey } from "../../src/crypto/index.ts";
import {
  deviceAuthenticator,
  encryptionUdf,
  envelopeId,
  generatePrivateKey,
  newNonce,
  publicationId,
  serviceAuthenticate,
  serviceAuthenticator,
} from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { encodeEnvelope, sealEnvelope } from "../../src/dare/index.ts";
import { CatalogedPublication, ClaimConfirm, envelopeObject, keyDataOf, MessageClaim } from "../../src/schema/index.ts";
import { movableClock } from "../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { clientOf, Person, random, startService } from "../kit/service.ts";

describe("provider: claims", (it) => {
  const k = random.bytes(15);
  const id = publicationId(k);
  const baseSignature = generatePrivateKey("Ed25519", random);
  const deviceLink = generatePrivateKey("X448", random);
  const publication: CatalogedPublication = {
    Id: id,
    Authenticator: encryptionUdf(serviceAuthenticator(k)),
    EnvelopedData: sealEnvelope({ plaintext: new Uint8Array(3), symmetricKey: k, random }),
    DeviceSignature: keyDataOf(baseSignature.public),
    DeviceLinkUdf: deviceLink.public.udf,
  };
  const claimOf = (person: Person, change: Partial<MessageClaim> = {}, signer = person.accountSignature): DareEnvelope => {
    const MessageId = newNonce(random);
    const value: MessageClaim = {
      MessageId,
      Sender: person.address,
      PublicationId: id,
      ServiceAuthenticate: serviceAuthenticate(serviceAuthenticator(k), person.address),
      DeviceAuthenticate: serviceAuthenticate(deviceAuthenticator(k), person.address),
      EnvelopedProfileUser: person.profile,
      ...change,
    };
    return envelopeObject({ struct: MessageClaim, value, envelopeId: envelopeId(value.MessageId), signers: [signer], random });
  };
  const confirmOf = (person: Person, claim: DareEnvelope, signer: PrivateKey = baseSignature): DareEnvelope =>
    envelopeObject({
      struct: ClaimConfirm,
      value: { PublicationId: id, AccountUdf: person.udf, MessageId: decodeObject(MessageClaim, claim.body).MessageId },
      signers: [signer],
      random,
    });

  async function world() {
    const clock = movableClock();
    const { service, dir } = await startService({ clock });
    const [maker, alice, mallory] = (await Promise.all(
      ["maker", "alice", "mallory"].map(async (name) => (await Person.meet(`${name}@example.com`, service.url)).bind()),
    )) as [Person, Person, Person];
    await maker.write("MMM_Publication", [{ key: id, entry: tag(CatalogedPublication, publication) }]);
    const claim = (person: Person, EnvelopedMessageClaim: DareEnvelope, EnvelopedClaimConfirm?: DareEnvelope) =>
      person.client.claim({ TargetAccountAddress: maker.address, EnvelopedMessageClaim, ...(EnvelopedClaimConfirm && { EnvelopedClaimConfirm }) });
    const { url } = service;
    const poll = (link = deviceLink) => clientOf(url, link).pollClaim({ PublicationId: id, TargetAccountAddress: maker.address });
    return { service, dir, clock, maker, alice, mallory, claim, poll };
  }

  it("gives the publication to who proves the code, provisionally for a day", async () => {
    const { alice, mallory, claim, clock, poll } = await world();
    assert.is((await poll()).EnvelopedMessage, undefined);
    await throwsMesh(
      claim(alice, claimOf(alice, { ServiceAuthenticate: serviceAuthenticate(new Uint8Array(32), alice.address) })),
      "ERR_VERIFICATION",
    );
    await throwsMesh(claim(alice, claimOf(alice, { Sender: mallory.address })), "ERR_VERIFICATION");
    await throwsMesh(claim(alice, claimOf(alice, {}, mallory.accountSignature)), "ERR_VERIFICATION");
    await throwsMesh(claim(alice, claimOf(alice, { PublicationId: publicationId(random.bytes(15)) })), "ERR_NOT_FOUND");
    await throwsMesh(claim(alice, claimOf(alice, { Expires: "2020-01-01T00:00:00Z" })), "ERR_USAGE");
    const first = claimOf(alice);
    const { CatalogedPublication: got } = await claim(alice, first);
    assert.ok(equalBytes(encodeEnvelope(got!.EnvelopedData), encodeEnvelope(publication.EnvelopedData)));
    await claim(alice, first);
    await claim(alice, claimOf(alice));
    assert.ok(equalBytes(encodeEnvelope((await poll()).EnvelopedMessage!), encodeEnvelope(first)));
    await throwsMesh(poll(generatePrivateKey("X448", random)), "ERR_NOT_FOUND");
    const refused = await throwsMesh(claim(mallory, claimOf(mallory)), "ERR_CODE_CLAIMED");
    assert.not.match(JSON.stringify(refused), /alice/);
    assert.not.match(JSON.stringify(refused), new RegExp(alice.udf));
    assert.match(refused.message, /claimed on \d{4}/);
    clock.ahead += 25 * 3600_000;
    await claim(mallory, claimOf(mallory));
    await throwsMesh(claim(alice, claimOf(alice)), "ERR_CODE_CLAIMED");
    await throwsMesh(claim(mallory, first), "ERR_CODE_CLAIMED");
  });

  it("is locked by the device's word, also over somebody else's provisional claim, and survives a restart", async () => {
    const { service, dir, clock, maker, alice, mallory, claim, poll } = await world();
    await claim(mallory, claimOf(mallory));
    const own = claimOf(alice);
    await throwsMesh(claim(alice, own, confirmOf(alice, own, generatePrivateKey("Ed25519", random))), "ERR_VERIFICATION");
    await throwsMesh(claim(alice, own, confirmOf(mallory, own)), "ERR_VERIFICATION");
    await claim(alice, own, confirmOf(alice, own));
    await alice.client.claim({ TargetAccountAddress: maker.address, EnvelopedClaimConfirm: confirmOf(alice, own) });
    clock.ahead += 48 * 3600_000;
    const theirs = claimOf(mallory);
    await throwsMesh(claim(mallory, theirs), "ERR_CODE_CLAIMED");
    await throwsMesh(claim(mallory, theirs, confirmOf(mallory, theirs)), "ERR_CODE_CLAIMED");
    const port = Number(new URL(service.url).port);
    await service.stop();
    await startService({ dir, port, clock });
    await throwsMesh(claim(mallory, theirs), "ERR_CODE_CLAIMED");
    assert.ok(equalBytes(encodeEnvelope((await poll()).EnvelopedMessage!), encodeEnvelope(own)));
  });

  it("is released by its claimant alone; nothing old works after that", async () => {
    const { maker, alice, mallory, claim, poll } = await world();
    const own = claimOf(alice);
    await claim(alice, own);
    await alice.client.claim({ TargetAccountAddress: maker.address, EnvelopedClaimConfirm: confirmOf(alice, own) });
    await throwsMesh(claim(mallory, claimOf(mallory, { Release: true })), "ERR_CODE_CLAIMED");
    const release = claimOf(alice, { Release: true });
    assert.is((await claim(alice, release)).CatalogedPublication, undefined);
    await claim(alice, release);
    assert.is((await poll()).EnvelopedMessage, undefined);
    await throwsMesh(claim(alice, own), "ERR_REPLAY");
    await throwsMesh(claim(alice, own, confirmOf(alice, own)), "ERR_REPLAY");
    await throwsMesh(alice.client.claim({ TargetAccountAddress: maker.address, EnvelopedClaimConfirm: confirmOf(alice, own) }), "ERR_NOT_FOUND");
    await claim(mallory, claimOf(mallory));
  });

  it("looks at the publications of the named account alone, whoever publishes the same", async () => {
    const { service, dir, clock, maker, alice, mallory, claim, poll } = await world();
    const forged = { ...publication, EnvelopedData: sealEnvelope({ plaintext: new Uint8Array(5), symmetricKey: k, random }) };
    await mallory.write("MMM_Publication", [{ key: id, entry: tag(CatalogedPublication, forged) }]);
    const port = Number(new URL(service.url).port);
    await service.stop();
    await startService({ dir, port, clock });
    const { CatalogedPublication: got } = await claim(alice, claimOf(alice));
    assert.ok(equalBytes(encodeEnvelope(got!.EnvelopedData), encodeEnvelope(publication.EnvelopedData)));
    assert.ok((await poll()).EnvelopedMessage, "the claim stands at the maker");
    assert.is((await mallory.store("MMM_Local")).frames.length, 1);
    const unnamed = await throwsMesh(alice.client.claim({ EnvelopedMessageClaim: claimOf(alice) }), "ERR_USAGE");
    assert.match(unnamed.message, /TargetAccountAddress/);
    for (const TargetAccountAddress of [alice.address, "nobody@example.com"]) {
      await throwsMesh(alice.client.claim({ TargetAccountAddress, EnvelopedMessageClaim: claimOf(alice) }), "ERR_NOT_FOUND");
    }
    assert.ok(maker);
  });

  it("does not let claims and releases fill the maker's spool; who has the device's word gets through", async () => {
    const { maker, alice, mallory, claim } = await world();
    const turn = async (): Promise<void> => {
      await claim(mallory, claimOf(mallory));
      await claim(mallory, claimOf(mallory, { Release: true }));
    };
    for (let i = 0; i < 4; i++) await turn();
    const refused = await throwsMesh(turn(), "ERR_QUOTA");
    assert.match(refused.message, /^8 claims of this code by this account/);
    assert.is((await maker.store("MMM_Local")).frames.length, 9);
    const own = claimOf(alice);
    await claim(alice, own, confirmOf(alice, own));
    await claim(alice, claimOf(alice, { Release: true }));
  });

  it("bounds the claims of a network, and says by how much", async () => {
    const { service } = await startService({ limits: { claimBurst: 2 } });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const ask = () => alice.client.claim({ TargetAccountAddress: "maker@example.com", EnvelopedMessageClaim: claimOf(alice) });
    await throwsMesh(ask(), "ERR_NOT_FOUND");
    await throwsMesh(ask(), "ERR_NOT_FOUND");
    assert.match((await throwsMesh(ask(), "ERR_QUOTA")).message, /claims from your network: 2 at once/);
  });
});
