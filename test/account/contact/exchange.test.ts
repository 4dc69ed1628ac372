/** Two people become each other's contacts over the real service; mallet tries to be one of them. */
import type { AccountContext } from "../../../src/account/index.ts";
import {
  acceptContact,
  attend,
  contactOfAddress,
  dynamicCode,
  exchangeContact,
  fetchContact,
  pendingContacts,
  rejectContact,
  requestContact,
  staticCode,
  withdrawStaticCode,
} from "../../../src/account/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";

async function turn(context: AccountContext): Promise<readonly string[]> {
  await context.sync();
  return (await attend(context, { claim: false })).map(({ kind, address, reason }) => [kind, address, reason].filter(Boolean).join(" "));
}

const trust = (context: AccountContext, address: string): string | undefined => contactOfAddress(context, address)?.pin?.way;

describe("contacts: asked for by address", (it) => {
  let house: Household;
  let alice: AccountContext;
  let bob: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    bob = await house.create("bob", "bob@example.com");
  });
  it.after(() => house.stop());

  it("waits for the one who is asked, and is a first use until then", async () => {
    const asked = await requestContact(bob, "Alice@Example.com", { subject: "hello" });
    assert.equal([asked.address, asked.outcome, asked.udf], ["alice@example.com", "sent", alice.accountUdf]);
    assert.is(trust(bob, "alice@example.com"), "FirstUse");
    assert.ok(contactOfAddress(bob, "alice@example.com")?.entry.Requested);
    assert.equal(await turn(alice), ["asked bob@example.com"]);
    const [pending] = await pendingContacts(alice);
    assert.equal([pending?.address, pending?.udf, pending?.subject], ["bob@example.com", bob.accountUdf, "hello"]);
    assert.is(contactOfAddress(alice, "bob@example.com"), undefined);
  });

  it("is answered by accepting, and the answer is taken in without asking", async () => {
    const [pending] = await pendingContacts(alice);
    await acceptContact(alice, pending!);
    assert.equal(await turn(bob), ["met alice@example.com"]);
    assert.is(contactOfAddress(bob, "alice@example.com")?.entry.Requested, undefined);
    assert.equal([trust(alice, "bob@example.com"), trust(bob, "alice@example.com")], ["FirstUse", "FirstUse"]);
    assert.equal(await turn(alice), []);
    assert.equal(await turn(bob), []);
  });

  it("answers the request of whoever is asked in turn", async () => {
    const carol = await house.create("carol", "carol@example.com");
    await requestContact(carol, "bob@example.com");
    await bob.sync();
    assert.is((await requestContact(bob, "carol@example.com")).outcome, "answered");
    assert.equal(await turn(carol), ["met bob@example.com"]);
  });

  it("takes a text along whole or not at all", async () => {
    const erin = await house.create("erin", "erin@example.com");
    const refused = await throwsMesh(requestContact(erin, "alice@example.com", { subject: "x".repeat(501) }), "ERR_TOO_LARGE");
    assert.match(refused.message, /501 characters, at most 500/);
    assert.is(contactOfAddress(erin, "alice@example.com"), undefined);
    const subject = "ä".repeat(500);
    await requestContact(erin, "alice@example.com", { subject });
    await alice.sync();
    const pending = (await pendingContacts(alice)).find(({ address }) => address === "erin@example.com");
    assert.is(pending?.subject, subject);
    await rejectContact(alice, pending!);
  });

  it("can be refused, and of several requests of one account the last counts", async () => {
    const dave = await house.create("dave", "dave@example.com");
    await requestContact(dave, "alice@example.com", { subject: "one" });
    await requestContact(dave, "alice@example.com", { subject: "two" });
    const events = await turn(alice);
    assert.ok(events.includes("asked dave@example.com"), events.join());
    const [pending, ...more] = await pendingContacts(alice);
    assert.equal([pending?.subject, more.length], ["two", 0]);
    await rejectContact(alice, pending!);
    assert.equal(await turn(alice), []);
    assert.is(contactOfAddress(alice, "dave@example.com"), undefined);
  });

  it("ends clearly for oneself and for nobody", async () => {
    await throwsMesh(requestContact(alice, "alice@example.com"), "ERR_USAGE");
    await throwsMesh(requestContact(alice, "nobody@example.com"), "ERR_ACCOUNT_UNKNOWN");
    await throwsMesh(requestContact(alice, "no address"), "ERR_USAGE");
  });
});

describe("contacts: exchanged by a code", (it) => {
  let house: Household;
  let alice: AccountContext;
  let bob: AccountContext;
  let mallet: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    bob = await house.create("bob", "bob@example.com");
    mallet = await house.create("mallet", "mallet@example.com");
  });
  it.after(() => house.stop());

  it("that was shown: both sides are sure, nobody is asked, and it works once", async () => {
    const { uri } = await dynamicCode(alice);
    assert.is((await exchangeContact(bob, uri)).way, "Exchanged");
    assert.equal(await turn(alice), ["met bob@example.com"]);
    assert.equal(await turn(bob), ["met alice@example.com"]);
    assert.equal([trust(alice, "bob@example.com"), trust(bob, "alice@example.com")], ["Exchanged", "Exchanged"]);
    await exchangeContact(mallet, uri);
    assert.equal(await turn(alice), ["asked mallet@example.com the PIN was used before"]);
    assert.is(contactOfAddress(alice, "mallet@example.com"), undefined);
  });

  it("of another account than is there is refused with both fingerprints", async () => {
    const { uri } = await dynamicCode(alice);
    const forged = uri.replace(alice.accountUdf, mallet.accountUdf);
    const error = await throwsMesh(exchangeContact(bob, forged), "ERR_VERIFICATION");
    assert.ok(error.message.includes(alice.accountUdf) && error.message.includes(mallet.accountUdf), error.message);
    const guessed = uri.replace(/\/A[^?]+/, "/ADXK-GZQ2-NZKD-2YJZ-FNRX-W2LF");
    await exchangeContact(mallet, guessed);
    assert.ok((await turn(alice)).includes("asked mallet@example.com the PIN is not one that was issued"));
  });

  it("on a business card is fetched by everybody, and brings back who is known by it", async () => {
    const { uri } = await staticCode(alice);
    assert.is((await staticCode(alice)).uri, uri);
    const carol = await house.create("carol", "carol@example.com");
    const dave = await house.create("dave", "dave@example.com");
    for (const reader of [carol, dave]) {
      const fetched = await fetchContact(reader, uri);
      assert.equal([fetched.address, fetched.way, trust(reader, "alice@example.com")], ["alice@example.com", "StaticCode", "StaticCode"]);
    }
    assert.not.ok(
      (await turn(alice)).some((line) => line.includes("carol")),
      "nothing was sent",
    );
    assert.is((await exchangeContact(carol, uri)).outcome, "sent");
    assert.ok((await turn(alice)).includes("asked carol@example.com it knows your static code"));
    const pending = (await pendingContacts(alice)).find(({ address }) => address === "carol@example.com");
    assert.is((await acceptContact(alice, pending!)).pin?.way, "FirstUse");
    await throwsMesh(fetchContact(bob, (await dynamicCode(alice)).uri), "ERR_CODE_KIND");
  });

  it("that was withdrawn opens nothing, nor does the one before a new one", async () => {
    const { uri: first } = await staticCode(alice);
    const { uri: second } = await staticCode(alice, { isNew: true });
    assert.is.not(first, second);
    await throwsMesh(fetchContact(bob, first), "ERR_NOT_FOUND");
    await fetchContact(bob, second);
    assert.is((await withdrawStaticCode(alice))?.uri, second);
    await throwsMesh(fetchContact(bob, second), "ERR_NOT_FOUND");
    assert.is(await withdrawStaticCode(alice), undefined);
  });
});
