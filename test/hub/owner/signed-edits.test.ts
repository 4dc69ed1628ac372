/**
 * Changes that a passkey has signed, over a real service: a passkey signs once the owner has let it, what it has signed her agent may make, and a hub that
 * changes what was signed, uses it again or brings a passkey of its own is found. The authenticator is one in software; a browser's is in test/page.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import { acceptEdit, allowEdits, attend, inspectHubMail, inspectWaiting, messageEnvelope, put } from "../../../src/account/index.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { decodeBase64url, encodeBase64url } from "../../../src/codec/index.ts";
import { newNonce, passkeyFingerprint } from "../../../src/crypto/index.ts";
import { GrantBook } from "../../../src/hub/command/grant-book.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { assertionOf, EditsToSign } from "../../../src/hub/owner/edits-to-sign.ts";
import { OwnerQuestions } from "../../../src/hub/owner/owner-questions.ts";
import type { EditChange, GrantPasskey } from "../../../src/schema/index.ts";
import { deviceCatalog, editChallenge, grantCatalog, publicKeyOf, RequestEdit, sceneCatalog } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import type { SigningOptions } from "../../kit/software-passkey.ts";
import { softwarePasskey } from "../../kit/software-passkey.ts";

const page: Principal = { kind: "page", id: "page-1", name: "alice (page)", from: "house", rights: [] };
const passkey = softwarePasskey();

describe("changes that a passkey has signed", (it) => {
  let house: Household;
  let alice: AccountContext;
  let tablet: AccountContext;
  let hub: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    tablet = await house.join(alice, "tablet", ["web", "command"]);
    hub = await house.join(alice, "hub", ["hub"]);
    await hub.sync();
  });
  it.after(() => house.stop());

  const keyOf = (change: Partial<GrantPasskey> = {}): GrantPasskey => ({
    CredentialId: passkey.id,
    PublicKey: passkey.coseKey,
    LocalName: "alice",
    RelyingParty: "hub-aaaa.local",
    DeviceUdf: tablet.deviceUdf,
    ...change,
  });

  async function scene(name: string): Promise<string> {
    const Key = newNonce(ports.random);
    await alice.transact({ catalogs: [put(sceneCatalog, { Key, LocalName: name, Orders: [] })] });
    return Key;
  }

  const request = (Change: EditChange): RequestEdit => ({
    MessageId: newNonce(ports.random),
    Sender: hub.deviceUdf,
    Change,
    Principal: page.name,
    Expires: dateTime(ports.clock.now() + 600_000),
  });

  const signed = (value: RequestEdit, options: SigningOptions = {}): RequestEdit => ({
    ...value,
    Assertion: assertionOf(passkey.use(encodeBase64url(editChallenge(value)), options)),
  });

  /** What a hub puts into Inbound, whatever it says. */
  async function post(value: RequestEdit) {
    const recipients = [publicKeyOf(alice.profile.AdministratorEncryption)];
    const envelope = messageEnvelope({ struct: RequestEdit, value, signer: hub.keys.signature, recipients, ports });
    await hub.transact({ messages: [{ spool: "MMM_Inbound", envelope }] });
    await alice.sync();
    return found(value.MessageId);
  }

  async function found(messageId: string) {
    const { waiting } = await inspectWaiting(alice);
    const edit = (await inspectHubMail(alice)).edits.find((each) => each.messageId === messageId);
    return { text: waiting.find((each) => each.messageId === messageId)?.text ?? "", edit: edit! };
  }

  const isThere = (key: string): boolean => alice.get(sceneCatalog, key) !== undefined;

  it("a passkey that nobody has let sign is told as that, and is let sign by its fingerprint, by a person alone", async () => {
    const key = await scene("movie night");
    const early = await post(signed(request({ Kind: "scene-delete", SceneKey: key })));
    assert.match(early.text, /^delete the scene movie night; signed by a passkey that you have not let sign; "alice \(page\)" wants it$/);
    await throwsMesh(allowEdits(alice, ["passkey-add"]), "ERR_USAGE");
    await allowEdits(alice, ["scene-delete"]);
    const wanted = await post(request({ Kind: "passkey-add", Passkey: keyOf() }));
    assert.match(
      wanted.text,
      new RegExp(`^let the passkey ${passkeyFingerprint(passkey.coseKey)} sign what is asked for at "hub-aaaa.local", as "alice", added by`),
    );
    const events = await attend(alice, { claim: false });
    assert.is(events.filter(({ kind }) => kind === "edited").length, 0, "the agent does neither");
    assert.ok(isThere(key));
    await acceptEdit(alice, wanted.edit);
    const [grant] = alice.list(grantCatalog).map(({ value }) => value);
    assert.equal([grant?.Kind, grant?.Rights, grant?.HubUdf], ["page", [], hub.deviceUdf]);
    await hub.sync();
    assert.ok(new GrantBook(hub).signs(encodeBase64url(passkey.id)));
    // What was signed before counts from then on, too.
    assert.match((await found(early.edit.messageId)).text, /signed by the passkey "alice"/);
    await throwsMesh(acceptEdit(alice, (await post(request({ Kind: "passkey-add", Passkey: keyOf() }))).edit), "ERR_EXISTS");
  });

  it("the hub asks for what was signed as it was signed, and the agent makes it; without a signature it waits", async () => {
    const questions = new OwnerQuestions({
      account: hub,
      orders: {} as ConstructorParameters<typeof OwnerQuestions>[0]["orders"],
      judges: () => false,
      nameOf: () => undefined,
    });
    it.after(() => questions.stop());
    const toSign = new EditsToSign<{ change: EditChange }>(hub);
    const [first, second] = [await scene("reading"), await scene("dinner")];
    const challenge = toSign.begin(page, { change: { Kind: "scene-delete", SceneKey: first } });
    await throwsMesh(async () => toSign.take({ ...page, id: "page-2" }, challenge), "ERR_NOT_FOUND");
    const { request: asked, wanted } = toSign.take(page, challenge);
    await throwsMesh(async () => toSign.take(page, challenge), "ERR_NOT_FOUND");
    const question = questions.askEdit({
      principal: page,
      change: wanted.change,
      about: "reading",
      signed: { ...asked, Assertion: assertionOf(passkey.use(challenge)) },
    });
    assert.is(question.messageId, asked.MessageId);
    const unsigned = questions.askEdit({ principal: page, change: { Kind: "scene-delete", SceneKey: second }, about: "dinner" });
    await eventually("both wait", async () => {
      await alice.sync();
      const ids = (await inspectHubMail(alice)).edits.map(({ messageId }) => messageId);
      return [question, unsigned].every(({ messageId }) => ids.includes(messageId));
    });
    assert.match((await found(unsigned.messageId)).text, /; not signed by a passkey; /);
    await attend(alice, { claim: false });
    assert.not.ok(isThere(first));
    assert.ok(isThere(second));
    await hub.sync({ stores: ["MMM_Command"] });
    await questions.onSync();
    await question.outcome;
  });

  it("a hub that changes what was signed, takes it for another request, or has it made anew, is found", async () => {
    const [key, other] = [await scene("first"), await scene("second")];
    const good = signed(request({ Kind: "scene-delete", SceneKey: key }));
    const Change = { Kind: "scene-delete", SceneKey: other };
    const lies: readonly RequestEdit[] = [
      { ...good, MessageId: newNonce(ports.random), Change },
      { ...good, MessageId: newNonce(ports.random) },
      { ...good, MessageId: newNonce(ports.random), Principal: "bob (page)" },
      { ...good, MessageId: newNonce(ports.random), Expires: dateTime(ports.clock.now() + 6 * 86_400_000) },
      signed(request(Change), { isVerified: false }),
      signed(request(Change), { origin: "https://evil.example.com" }),
      signed(request(Change), { origin: "http://hub-aaaa.local" }),
      signed(request(Change), { rp: "evil.example.com" }),
      signed(request(Change), { type: "webauthn.create" }),
      signed(request(Change), { crossOrigin: true }),
      {
        ...request(Change),
        Assertion: { CredentialId: passkey.id, AuthenticatorData: new Uint8Array(5000), ClientData: new Uint8Array(), Signature: new Uint8Array() },
      },
    ];
    for (const [at, lie] of lies.entries()) {
      const { text, edit } = await post(lie);
      assert.match(text, /; its passkey has signed something else: it cannot be accepted; /, String(at));
      await attend(alice, { claim: false });
      await throwsMesh(acceptEdit(alice, edit), "ERR_VERIFICATION");
    }
    assert.ok(isThere(other));
    const { edit } = await post(good);
    await acceptEdit(alice, edit);
    // The same once more: it was answered.
    await alice.transact({ catalogs: [put(sceneCatalog, { Key: key, LocalName: "first", Orders: [] })] });
    assert.is((await post(good)).edit, undefined);
    assert.ok(isThere(key));
  });

  it("a hub brings no passkey by another change, and none that is not whole; another hub's does not count", async () => {
    const grant = { Key: newNonce(ports.random), Kind: "page", LocalName: "x", Rights: [], HubUdf: hub.deviceUdf, Passkeys: [keyOf()] };
    await throwsMesh(acceptEdit(alice, (await post(request({ Kind: "grant-put", Grant: grant }))).edit), "ERR_USAGE");
    const [own] = alice.list(grantCatalog).map(({ value }) => value);
    const { Passkeys: _, ...bare } = own!;
    await throwsMesh(acceptEdit(alice, (await post(request({ Kind: "grant-put", Grant: bare }))).edit), "ERR_USAGE");
    const fresh = softwarePasskey();
    const others: readonly [Partial<GrantPasskey>, string][] = [
      [{ PublicKey: new Uint8Array() }, "ERR_SCHEMA"],
      [{ CredentialId: new Uint8Array(1024) }, "ERR_SCHEMA"],
      [{ RelyingParty: "Evil Name" }, "ERR_SCHEMA"],
      [{ DeviceUdf: "MNOBODY" }, "ERR_NOT_FOUND"],
    ];
    for (const [change, code] of others) {
      const { edit } = await post(request({ Kind: "passkey-add", Passkey: keyOf({ CredentialId: fresh.id, PublicKey: fresh.coseKey, ...change }) }));
      await acceptEdit(alice, edit).then(
        () => assert.unreachable("it was let sign"),
        (error: { code: string }) => assert.is(error.code, code),
      );
    }
    const key = await scene("late");
    await alice.transact({ catalogs: [put(grantCatalog, { ...own!, HubUdf: tablet.deviceUdf })] });
    assert.match((await post(signed(request({ Kind: "scene-delete", SceneKey: key })))).text, /have not let sign/);
    await alice.transact({ catalogs: [put(grantCatalog, { ...own!, NotOnOrAfter: dateTime(ports.clock.now() - 1000) })] });
    assert.match((await post(signed(request({ Kind: "scene-delete", SceneKey: key })))).text, /have not let sign/);
    const gone = own!.Passkeys!.map((each) => ({ ...each, DeviceUdf: "MGONE" }));
    assert.is(alice.get(deviceCatalog, "MGONE"), undefined);
    await alice.transact({ catalogs: [put(grantCatalog, { ...own!, Passkeys: gone })] });
    assert.match((await post(signed(request({ Kind: "scene-delete", SceneKey: key })))).text, /have not let sign/);
  });

  it("what waits for a signature is over after three minutes, and bounded", () => {
    const clock = new ManualClock();
    const toSign = new EditsToSign<{ change: EditChange }>({ deviceUdf: "MHUB", ports: { ...ports, clock } });
    const change = { Kind: "scene-delete", SceneKey: "NS" };
    const codeOf = (task: () => unknown): string => {
      try {
        task();
        return "";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const challenges = Array.from({ length: 5 }, () => toSign.begin(page, { change }));
    assert.is(new Set(challenges).size, 5);
    assert.is(decodeBase64url(challenges[0] ?? "")?.length, 64);
    assert.is(
      codeOf(() => toSign.take(page, challenges[0] ?? "")),
      "ERR_NOT_FOUND",
      "the oldest of five is over",
    );
    assert.is(
      codeOf(() => toSign.take(page, challenges[1] ?? "")),
      "",
    );
    clock.advance(180_001);
    assert.is(
      codeOf(() => toSign.take(page, challenges[2] ?? "")),
      "ERR_NOT_FOUND",
    );
    const most = (at: number): string => toSign.begin({ ...page, id: String(at) }, { change });
    for (let at = 0; at < 64; at++) most(at);
    assert.is(
      codeOf(() => most(64)),
      "ERR_BUSY",
    );
  });
});
