/** What a device of role `threshold` reads and signs as the account, and what it says when the service is away, refuses, or answers wrongly. */
import type { AccountContext } from "../../../src/account/index.ts";
import {
  answerConfirmation,
  edit,
  inspectWaiting,
  openAccountEnvelope,
  outcomeOf,
  requestConfirmation,
  sentConfirmation,
} from "../../../src/account/index.ts";
import { AuditHead } from "../../../src/account/power/audit-head.ts";
import { PowerClient } from "../../../src/account/power/power-client.ts";
import { SharedKey } from "../../../src/account/power/shared-key.ts";
import { SharedSigner } from "../../../src/account/power/shared-signer.ts";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { generatePrivateKey, sha512, verifySignature } from "../../../src/crypto/index.ts";
import { publicKeyOf as ephemeralOf, sealEnvelope } from "../../../src/dare/index.ts";
import type { MeshClient } from "../../../src/protocol/index.ts";
import type { CatalogedPower } from "../../../src/schema/index.ts";
import { keyDataOf, powerCatalog, publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { acquaint } from "../../kit/acquaint.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

function fileFor(context: AccountContext, text: string) {
  return sealEnvelope({ plaintext: utf8(text), recipients: [publicKeyOf(context.profile.AccountEncryption)], random: ports.random });
}

const sharedOf = (context: AccountContext, resource: string): SharedKey => context.keys.sharedKeys.find((key) => key.resource === resource)!;

/** The service behind a wire that somebody has his hand on. */
function through(context: AccountContext, hand: (call: number, ask: () => ReturnType<MeshClient["operate"]>) => ReturnType<MeshClient["operate"]>) {
  let calls = 0;
  const client = { operate: (request: Parameters<MeshClient["operate"]>[0]) => hand(++calls, () => context.client.operate(request)) };
  return new PowerClient({
    client,
    address: context.address,
    audit: new AuditHead(tempDirectory()),
    verifyAudit: () => undefined,
    random: ports.random,
  });
}

describe("a share and the service", (it) => {
  let house: Household;
  let alice: AccountContext;
  let phone: AccountContext;
  let bob: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    phone = await house.join(alice, "phone", ["threshold"]);
    bob = await house.create("bob", "bob@example.com");
    await acquaint(bob, alice);
  });
  it.after(() => house.stop());

  it("read what others ask of the account, and answer it", async () => {
    const asked = await requestConfirmation(bob, { address: alice.address, text: "pay 5" });
    await phone.sync();
    const [waiting] = (await inspectWaiting(phone)).waiting;
    assert.ok(waiting?.kind === "confirmation" && waiting.text === "pay 5");
    if (waiting?.kind === "confirmation") await answerConfirmation(phone, waiting.item, true);
    await bob.sync();
    const outcome = await outcomeOf(bob, (await sentConfirmation(bob, asked.envelopeId))!);
    assert.equal([outcome.stage, outcome.deviceUdf], ["accepted", phone.deviceUdf]);
  });

  it("sign in the name of the account, so that nobody sees a difference", async () => {
    await phone.sync();
    const asked = await requestConfirmation(phone, { address: bob.address, text: "let me in" });
    assert.ok(asked.isTaken);
    await bob.sync();
    const [waiting] = (await inspectWaiting(bob)).waiting;
    assert.ok(waiting?.kind === "confirmation" && waiting.text === "let me in");
  });

  it("leave nothing of a signature when the service is gone after the first round", async () => {
    const key = sharedOf(phone, "AccountSignature");
    const powers = through(phone, (call, ask) => (call === 2 ? Promise.reject(new MeshError("ERR_SERVICE_UNREACHABLE", "gone")) : ask()));
    const signer = new SharedSigner(key, { powers, random: ports.random });
    const body = fileFor(bob, "sealed").body;
    await throwsMesh(signer.signBody(body), "ERR_SERVICE_UNREACHABLE");
    const again = new SharedSigner(key, { powers: phone.powers, random: ports.random });
    assert.ok(verifySignature(publicKeyOf(alice.profile.AccountSignature), sha512(body), await again.signBody(body)));
  });

  it("answer one second round of a session and no other", async () => {
    const { serviceId: KeyId } = sharedOf(phone, "AccountSignature");
    const Body = fileFor(bob, "sealed").body;
    const [begun] = await phone.powers.operate([{ tag: "CryptographicOperationSignCommit", value: { KeyId, Body } }]);
    assert.is(begun?.tag, "CryptographicResultSignCommit");
    if (begun?.tag !== "CryptographicResultSignCommit") return;
    const { Session, Hiding, Binding } = begun.value;
    const round = async (Digest: Uint8Array) => {
      const [result] = await phone.powers.operate([{ tag: "CryptographicOperationSignShare", value: { KeyId, Session, Digest, Hiding, Binding } }]);
      return result?.tag === "CryptographicResultError" ? result.value.ErrorCode : result?.tag;
    };
    assert.is.not(await round(sha512(utf8("another body"))), "CryptographicResultSignShare");
    assert.is(await round(sha512(Body)), "ERR_REPLAY");
  });

  it("sign nothing in clear that the power does not name", async () => {
    const signer = new SharedSigner(sharedOf(phone, "AccountSignature"), { powers: phone.powers, random: ports.random });
    await throwsMesh(signer.signBody(utf8('{"ProfileUser":{}}')), "ERR_NOT_AUTHORIZED");
  });

  it("of two deals, and an answer that is another point, open nothing and are not kept", async () => {
    const file = fileFor(alice, "the file");
    const key = sharedOf(phone, "AccountEncryption");
    const stranger = generatePrivateKey("X448", ports.random);
    const { crv, Private } = stranger.export();
    const mixed = new SharedKey({
      Resource: key.resource,
      KeyEpoch: 0,
      Key: keyDataOf(key.public),
      ServiceId: key.serviceId,
      Share: { Udf: key.serviceId, PrivateParameters: { tag: "PrivateKeyECDH", value: { crv, Private } } },
      Counterpart: keyDataOf(key.counterpart),
    });
    const ephemeral = ephemeralOf(file.header.recipients![0]!.epk!);
    await phone.powers.agree(mixed, [file.header]);
    assert.not.ok(mixed.hasAgreed(ephemeral));
    await throwsMesh(() => mixed.agree(ephemeral), "ERR_NOT_AUTHORIZED");
    const lying = through(phone, async (_call, ask) => {
      const answer = await ask();
      const other = { Curve: "X448", Result: stranger.public.octets };
      return { ...answer, Results: [{ tag: "CryptographicResultKeyAgreement", value: { KeyAgreement: { tag: "KeyAgreementECDH", value: other } } }] };
    });
    await lying.agree(key, [file.header]);
    assert.not.ok(key.hasAgreed(ephemeral));
    assert.is(fromUtf8(await openAccountEnvelope(phone, file)), "the file");
  });

  it("stop at the rate of the power, and go on where the service has its audit", async () => {
    const key = sharedOf(phone, "AccountEncryption");
    const limited = ({ Capability }: CatalogedPower): CatalogedPower =>
      Capability.tag === "CapabilityDecryptServiced"
        ? { Capability: { ...Capability, value: { ...Capability.value, PerMinute: 1 } } }
        : { Capability };
    const [power] = alice.list(powerCatalog).filter(({ value }) => value.Capability.value.Id === key.serviceId);
    await alice.transact({ catalogs: [edit(powerCatalog, power!.key, (now) => now && limited(now))] });
    assert.is(fromUtf8(await openAccountEnvelope(phone, fileFor(alice, "one"))), "one");
    const refused = await throwsMesh(openAccountEnvelope(phone, fileFor(alice, "two")), "ERR_QUOTA");
    assert.match(refused.message, /1 /);
    await alice.transact({ catalogs: [edit(powerCatalog, power!.key, () => power!.value)] });
    assert.is(fromUtf8(await openAccountEnvelope(phone, fileFor(alice, "two"))), "two");
  });

  it("find out a service that shows an older audit than before", async () => {
    const audit = new AuditHead(tempDirectory());
    const head = (Index: number, octet: number) => ({ Store: "MMM_Audit", Index, TreeDigest: new Uint8Array(64).fill(octet) });
    await audit.take(head(5, 1));
    await audit.take(head(5, 1));
    await throwsMesh(audit.take(head(5, 2)), "ERR_FORK");
    await throwsMesh(audit.take(head(4, 1)), "ERR_ROLLBACK");
    await throwsMesh(audit.take(undefined), "ERR_ROLLBACK");
    await audit.take(head(6, 3));
    const { Index } = (await audit.highest())!;
    assert.is(Index, 6);
    const seen = (await new AuditHead(house.home("phone")).highest())!;
    assert.ok(seen.Index > 0);
  });

  it("open nothing while the service is away", async () => {
    const file = fileFor(alice, "the file");
    await house.service.stop();
    await throwsMesh(openAccountEnvelope(phone, file), "ERR_SERVICE_UNREACHABLE");
    assert.is(fromUtf8(await openAccountEnvelope(alice, file)), "the file");
  });
});
