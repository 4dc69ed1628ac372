/**
 * A risky order of somebody who may not give it, put before the owner's devices by a hub over a real service: carried out once when a device confirms that
 * might give it itself. Answers that are forged, late, repeated or of a device without the right do nothing. Changes that a hub may not make go the same way.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import {
  acceptEdit,
  addPlace,
  allowEdits,
  answerOrder,
  attend,
  dynamicCode,
  exchangeContact,
  findGrant,
  findWaiting,
  inspectHubMail,
  inspectWaiting,
  messageEnvelope,
  put,
  rejectEdit,
} from "../../../src/account/index.ts";
import { dateTime, systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { newNonce, responseId } from "../../../src/crypto/index.ts";
import { Orders } from "../../../src/hub/command/order.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { grantPrincipal, socketOwner } from "../../../src/hub/command/principal.ts";
import { OwnerQuestions } from "../../../src/hub/owner/owner-questions.ts";
import type { CatalogedGrant, EditChange } from "../../../src/schema/index.ts";
import { ConfirmOrder, deviceCatalog, grantCatalog, placeCatalog, publicKeyOf, RespondOrder } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { make } from "../../kit/made-device.ts";
import { describing } from "../../kit/named-things.ts";
import { ScriptedDevices } from "../../kit/scripted-state.ts";

const program: Principal = grantPrincipal(
  { Key: "NHA", Kind: "home-assistant", LocalName: "home assistant", Rights: [{ Allows: "command" }] },
  "house",
);

describe("hub: questions to the owner", (it) => {
  let house: Household;
  let alice: AccountContext;
  let phone: AccountContext;
  let tablet: AccountContext;
  let hub: AccountContext;
  let devices: ScriptedDevices;
  let orders: Orders;
  let questions: OwnerQuestions;
  let blender = "";
  const lines: string[] = [];
  /** Added to the hub's clocks. */
  let ahead = 0;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    phone = await house.join(alice, "phone", ["web", "command"]);
    tablet = await house.join(alice, "tablet", ["web"]);
    hub = await house.join(alice, "hub", ["hub"]);
    const { entry } = make("blender", { hub: hub.deviceUdf, name: "kitchen blender" });
    blender = entry.DeviceUdf;
    await alice.transact({ catalogs: [put(deviceCatalog, entry)] });
    for (const context of [phone, tablet, hub]) await context.sync();
  });
  it.after(() => house.stop());

  async function begin(): Promise<void> {
    devices = new ScriptedDevices();
    devices.answer = async () => ({ Id: 1, Result: "Accept", State: { DeviceUdf: blender, Sequence: 1, Values: [] } });
    lines.length = 0;
    ahead = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + ahead, monotonic: () => systemClock.monotonic() + ahead };
    const keeper = { onChange: () => () => undefined, want: () => undefined, unwant: () => undefined, shadow: () => undefined };
    const audit = {
      note: async ({ principal, command, outcome }: { principal: Principal; command: string; outcome: string }) =>
        void lines.push(`${principal.name} ${command} ${outcome}`),
    };
    orders = new Orders({
      devices,
      keeper,
      describe: (udf: string) => (udf === blender ? describing("blender") : undefined),
      placesOf: () => [],
      now: () => clock.now(),
      clock,
      random: ports.random,
      log: silentLog,
      audit,
    } as unknown as ConstructorParameters<typeof Orders>[0]);
    questions = new OwnerQuestions({ account: bind(hub, { ...ports, clock }), orders, judges: () => false, nameOf: () => "kitchen blender" });
  }
  it.after(() => questions.stop());

  /** The hub's account with other ports. */
  function bind(context: AccountContext, other: typeof ports): ConstructorParameters<typeof OwnerQuestions>[0]["account"] {
    const { deviceUdf, profile, keys, directory } = context;
    return {
      deviceUdf,
      profile,
      keys,
      directory,
      ports: other,
      messages: context.messages.bind(context),
      spoolCount: context.spoolCount.bind(context),
      transact: context.transact.bind(context),
    };
  }

  const start = (principal = program) => ({ principal, deviceUdf: blender, command: "Start", arguments: [] });

  async function look(context: AccountContext) {
    await context.sync();
    return (await inspectHubMail(context)).orders;
  }

  /** The questions have come to Inbound; how long that takes is the machine's business. */
  async function come(...asked: readonly { readonly messageId: string }[]): Promise<void> {
    await eventually("the questions come", async () => {
      await alice.sync();
      const { orders, edits } = await inspectHubMail(alice);
      const there = [...orders, ...edits].map(({ messageId }) => messageId);
      return asked.every(({ messageId }) => there.includes(messageId));
    });
  }

  /** What a device says, whatever the account layer would have it say. */
  async function say(from: AccountContext, value: RespondOrder, signer = from.keys.signature): Promise<void> {
    const recipients = [publicKeyOf(hub.keys.connection.Encryption)];
    const envelope = messageEnvelope({ struct: RespondOrder, value, signer, recipients, ports });
    await alice.transact({ messages: [{ spool: "MMM_Command", envelope }] });
  }

  const answered = async (): Promise<void> => {
    await hub.sync({ stores: ["MMM_Command"] });
    await questions.onSync();
  };

  /** True while nothing came of it. */
  const isOpen = (asked: { outcome: Promise<unknown> }): Promise<boolean> =>
    Promise.race([
      asked.outcome.then(
        () => false,
        () => false,
      ),
      systemClock.sleep(50).then(() => true),
    ]);

  it("an order that needs a confirmation is refused as that, shown with device and order, and carried out once when it is confirmed", async () => {
    await begin();
    await throwsMesh(orders.give(start()), "ERR_CONFIRMATION_NEEDED");
    const noted: number[] = [];
    const asked = questions.askOrder({ ...start(), before: async () => noted.push(devices.orders.length) });
    await come(asked);
    const pending = (await look(phone)).find(({ messageId }) => messageId === asked.messageId);
    assert.ok(pending);
    const { waiting } = await inspectWaiting(phone);
    const shown = findWaiting(waiting, asked.messageId);
    assert.is(shown.kind, "order");
    assert.match(shown.text ?? "", /^Start kitchen blender, asked for by home assistant \(home-assistant\)$/);
    assert.is(devices.orders.length, 0);
    assert.equal(noted, []);
    await answerOrder(phone, pending!, true);
    await answered();
    assert.is((await asked.outcome).result, "Accept");
    assert.is(devices.orders.length, 1);
    assert.equal(noted, [0], "what ends it is noted once, before it is given");
    assert.match(lines.at(-1) ?? "", /home assistant \(home-assistant\), confirmed by .* Start Accept/);
    assert.equal(await look(phone), [], "closed on all devices");
    await throwsMesh(answerOrder(phone, pending!, true), "ERR_EXISTS");
    // The same answer again, by who has a copy of it.
    await say(phone, {
      MessageId: responseId(asked.messageId),
      Sender: phone.deviceUdf,
      HubUdf: hub.deviceUdf,
      Accept: true,
      RequestDigest: pending!.digest,
    });
    await answered();
    assert.is(devices.orders.length, 1, "a repetition does nothing");
    assert.equal(questions.list(), []);
  });

  it("no is no", async () => {
    await begin();
    const before = async (): Promise<void> => assert.unreachable("nothing is noted");
    const asked = questions.askOrder({ ...start(), before });
    await come(asked);
    const pending = (await look(phone)).find(({ messageId }) => messageId === asked.messageId);
    await answerOrder(phone, pending!, false);
    await answered();
    await throwsMesh(asked.outcome, "ERR_REJECTED");
    assert.is(devices.orders.length, 0);
  });

  it("answers that are forged, of another question, or of a device that may not give the order do nothing; an honest one still counts", async () => {
    await begin();
    const asked = questions.askOrder(start());
    const other = questions.askOrder(start());
    await come(asked, other);
    const all = await look(phone);
    const pending = all.find(({ messageId }) => messageId === asked.messageId)!;
    const wrong = all.find(({ messageId }) => messageId === other.messageId)!;
    const good: RespondOrder = {
      MessageId: responseId(asked.messageId),
      Sender: phone.deviceUdf,
      HubUdf: hub.deviceUdf,
      Accept: true,
      RequestDigest: pending.digest,
    };
    await say(phone, { ...good, RequestDigest: wrong.digest });
    await say(phone, { ...good, HubUdf: tablet.deviceUdf });
    await say(phone, { ...good, Sender: tablet.deviceUdf });
    await say(phone, good, tablet.keys.signature);
    await say(tablet, { ...good, Sender: tablet.deviceUdf });
    await say(hub, { ...good, Sender: hub.deviceUdf });
    await answered();
    assert.ok(await isOpen(asked));
    assert.ok(await isOpen(other));
    assert.is(devices.orders.length, 0);
    await throwsMesh(answerOrder(tablet, (await look(tablet))[0]!, true), "ERR_NOT_AUTHORIZED");
    await answerOrder(phone, pending, true);
    await answered();
    assert.is((await asked.outcome).result, "Accept");
    assert.is(devices.orders.length, 1);
  });

  it("a late answer does nothing, nor does one to the hub before its restart", async () => {
    await begin();
    const asked = questions.askOrder(start());
    await come(asked);
    const pending = (await look(phone)).find(({ messageId }) => messageId === asked.messageId)!;
    await answerOrder(phone, pending, true);
    ahead = 301_000;
    await answered();
    await throwsMesh(asked.outcome, "ERR_COMMAND_EXPIRED");
    assert.is(devices.orders.length, 0);
    const again = new OwnerQuestions({ account: bind(hub, ports), orders, judges: () => false, nameOf: () => undefined });
    await say(phone, {
      MessageId: responseId(asked.messageId),
      Sender: phone.deviceUdf,
      HubUdf: hub.deviceUdf,
      Accept: true,
      RequestDigest: pending.digest,
    });
    await hub.sync({ stores: ["MMM_Command"] });
    await again.onSync();
    assert.is(devices.orders.length, 0);
    await again.stop();
  });

  it("asks nothing for those who may not even ask, and not more than can be answered", async () => {
    await begin();
    const near = { ...program, rights: [{ allows: "command" as const, devices: ["MOTHER"], harmless: true }] };
    await throwsMesh(async () => questions.askOrder(start(near)), "ERR_NOT_AUTHORIZED");
    await throwsMesh(async () => questions.askOrder({ ...start(), command: "Fly" }), "ERR_COMMAND");
    for (let number = 0; number < 4; number++) questions.askOrder(start());
    await throwsMesh(async () => questions.askOrder(start()), "ERR_BUSY");
    questions.askOrder(start({ ...program, id: "another" }));
    assert.is(questions.list().length, 5);
  });

  it("an order of nobody's hub is not put before the owner", async () => {
    await begin();
    const forge = (Sender: string, signer: AccountContext, DeviceUdf = blender) => {
      const value: ConfirmOrder = {
        MessageId: newNonce(ports.random),
        Sender,
        DeviceUdf,
        LocalName: "x",
        Command: "Start",
        Arguments: [],
        Principal: "x",
        Expires: dateTime(systemClock.now() + 60_000),
      };
      const recipients = [publicKeyOf(alice.profile.AccountEncryption)];
      return { value, envelope: messageEnvelope({ struct: ConfirmOrder, value, signer: signer.keys.signature, recipients, ports }) };
    };
    const forged = [forge(phone.deviceUdf, phone), forge(hub.deviceUdf, phone), forge(hub.deviceUdf, hub, "MNOBODY")];
    await alice.transact({ messages: forged.map(({ envelope }) => ({ spool: "MMM_Inbound", envelope })) });
    const found = await look(phone);
    assert.not.ok(found.some(({ messageId }) => forged.some(({ value }) => value.MessageId === messageId)));
  });

  it("a change that a hub may not make waits for an administration device, which makes or refuses it", async () => {
    await begin();
    const edit = (change: EditChange) => questions.askEdit({ principal: socketOwner, change, about: change.Kind });
    const asked = edit({ Kind: "rename", DeviceUdf: blender, LocalName: "mixer" });
    const refused = edit({ Kind: "place-add", LocalName: "cellar" });
    const impossible = edit({ Kind: "place-delete", Place: "nowhere" });
    const unknown = edit({ Kind: "burn" });
    await come(asked, refused, impossible, unknown);
    await phone.sync();
    assert.equal((await inspectHubMail(phone)).edits, [], "administrators alone see it");
    await alice.sync();
    const { edits } = await inspectHubMail(alice);
    const of = (one: { messageId: string }) => edits.find(({ messageId }) => messageId === one.messageId)!;
    assert.is(edits.length, 4);
    await acceptEdit(alice, of(asked));
    await rejectEdit(alice, of(refused));
    await throwsMesh(acceptEdit(alice, of(impossible)), "ERR_NOT_FOUND");
    await throwsMesh(acceptEdit(alice, of(unknown)), "ERR_SCHEMA");
    await alice.sync();
    await throwsMesh(acceptEdit(alice, of(asked)), "ERR_EXISTS");
    await answered();
    await asked.outcome;
    assert.is(alice.get(deviceCatalog, blender)?.LocalName, "mixer");
    await throwsMesh(refused.outcome, "ERR_REJECTED");
    await throwsMesh(impossible.outcome, "ERR_REJECTED");
    await throwsMesh(unknown.outcome, "ERR_REJECTED");
  });

  it("what the owner has allowed in advance her agent does; rights are never among it", async () => {
    await begin();
    await throwsMesh(allowEdits(alice, ["grant-put"]), "ERR_USAGE");
    await throwsMesh(allowEdits(phone, ["rename"]), "ERR_NOT_AUTHORIZED");
    await allowEdits(alice, ["place-add"]);
    const added = questions.askEdit({ principal: socketOwner, change: { Kind: "place-add", LocalName: "attic" }, about: "attic" });
    const granted = questions.askEdit({
      principal: program,
      change: { Kind: "grant-put", Grant: { Key: "NX", Kind: "page", LocalName: "me", Rights: [{ Allows: "command", Risky: true }] } },
      about: "grant",
    });
    await come(added, granted);
    await alice.sync();
    const events = await attend(alice, { claim: false });
    assert.ok(events.some(({ kind, reason }) => kind === "edited" && /attic/.test(reason ?? "")));
    assert.ok(events.some(({ kind, reason }) => kind === "confirm" && /see and order/.test(reason ?? "")));
    await answered();
    await added.outcome;
    assert.ok(alice.list(placeCatalog).some(({ value }) => value.LocalName === "attic"));
    assert.is(alice.get(grantCatalog, "NX"), undefined);
    assert.ok(await isOpen(granted));
    await addPlace(alice, { name: "hall" });
  });

  it("a hub lets no guest in, and gives no program what can do harm", async () => {
    await begin();
    const wanted = ["guest", "mqtt"].map((Kind) =>
      questions.askEdit({
        principal: socketOwner,
        change: { Kind: "grant-put", Grant: { Key: `N${Kind}`, Kind, LocalName: Kind, Rights: [{ Allows: "command", Risky: true }] } },
        about: Kind,
      }),
    );
    await come(...wanted);
    await alice.sync();
    const { edits } = await inspectHubMail(alice);
    for (const { messageId } of wanted) {
      const pending = edits.find((edit) => edit.messageId === messageId)!;
      await acceptEdit(alice, pending).then(
        () => assert.unreachable("it was made"),
        (error: unknown) => assert.instance(error, MeshError),
      );
    }
    assert.not.ok(alice.list(grantCatalog).some(({ value }) => value.Kind === "guest" || value.Kind === "mqtt"));
  });

  it("a guest who is asked for at a page is let in by the owner's own knowledge of him, and never by the agent alone", async () => {
    await begin();
    await throwsMesh(allowEdits(alice, ["guest-add"]), "ERR_USAGE");
    const bob = await house.create("bob", "bob@example.com");
    const Rights = [{ Allows: "read" }, { Allows: "command" }];
    const ask = (rights: CatalogedGrant["Rights"] = Rights) => {
      const Grant = { Key: newNonce(ports.random), Kind: "guest", LocalName: "the king", Rights: rights, SecretDigest: new Uint8Array(64) };
      return questions.askEdit({ principal: program, change: { Kind: "guest-add", Address: bob.address, Grant }, about: "bob" });
    };
    const accept = async (asked: { readonly messageId: string }): Promise<void> => {
      await alice.sync();
      await acceptEdit(alice, (await inspectHubMail(alice)).edits.find(({ messageId }) => messageId === asked.messageId)!);
    };
    const [first, second] = [ask(), ask()];
    await come(first, second);
    await throwsMesh(accept(first), "ERR_NOT_FOUND");
    await exchangeContact(alice, (await dynamicCode(bob)).uri);
    const hidden = ask([
      { Allows: "command", Places: ["x".repeat(5000)] },
      { Allows: "command", Risky: true },
    ]);
    await come(hidden);
    await throwsMesh(accept(hidden), "ERR_TOO_LARGE");
    assert.not.ok(alice.list(grantCatalog).some(({ value }) => value.Kind === "guest"));
    await accept(second);
    const guest = findGrant(alice, bob.address);
    assert.is(JSON.stringify(guest.Rights), JSON.stringify(Rights));
    assert.is.not(guest.LocalName, "the king");
    assert.is(guest.SecretDigest, undefined, "a hub brings no token of its own");
    await answered();
    await second.outcome;
    await throwsMesh(first.outcome, "ERR_REJECTED");
    await throwsMesh(hidden.outcome, "ERR_REJECTED");
  });

  it("a hub proposes to remove what is behind it, and no machine of the owner; where each question is, and how it ended, is told", async () => {
    await begin();
    const { entry } = make("light", { hub: hub.deviceUdf, name: "old lamp" });
    // Whose it is does not matter: the account gave no connection of its own to a made device.
    const { EnvelopedConnectionDevice } = alice.get(deviceCatalog, tablet.deviceUdf)!;
    await alice.transact({ catalogs: [put(deviceCatalog, { ...entry, EnvelopedConnectionDevice, Constrained: true })] });
    const told: string[] = [];
    questions.onChange(({ about, state }) => told.push(`${about} ${state}`));
    const remove = (udf: string, about: string) =>
      questions.askEdit({
        principal: socketOwner,
        change: { Kind: "remove", DeviceUdf: udf },
        about,
        parts: { kind: "remove", key: udf, subject: about },
      });
    const asked = (
      [
        [entry.DeviceUdf, "lamp"],
        [hub.deviceUdf, "hub"],
        [phone.deviceUdf, "phone"],
        [blender, "blender without a lock"],
      ] as const
    ).map(([udf, about]) => remove(udf, about));
    await come(...asked);
    await eventually("the service has them", () => questions.seen().every(({ state }) => state === "waiting"));
    await alice.sync();
    const { edits } = await inspectHubMail(alice);
    for (const { messageId, about } of asked) {
      const pending = edits.find((edit) => edit.messageId === messageId)!;
      if (about === "lamp") await acceptEdit(alice, pending);
      else await throwsMesh(acceptEdit(alice, pending), "ERR_USAGE");
    }
    await answered();
    await Promise.allSettled(asked.map(({ outcome }) => outcome));
    assert.is(alice.get(deviceCatalog, entry.DeviceUdf), undefined);
    for (const udf of [hub.deviceUdf, phone.deviceUdf, blender]) assert.ok(alice.get(deviceCatalog, udf), udf);
    assert.equal(
      questions.seen().map(({ about, state, parts }) => [about, state, parts?.subject]),
      [
        ["blender without a lock", "refused", "blender without a lock"],
        ["phone", "refused", "phone"],
        ["hub", "refused", "hub"],
        ["lamp", "done", "lamp"],
      ],
    );
    assert.ok(
      ["lamp sending", "lamp waiting", "lamp done", "hub refused"].every((line) => told.includes(line)),
      told.join(),
    );
  });
});
