/** Commands from afar over a real service: judged, carried out once, answered once; what a crash leaves is taken up. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import type { AccountContext } from "../../../src/account/index.ts";
import { messageEnvelope } from "../../../src/account/index.ts";
import { dateTime, fromDateTime, systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { decodeObject, encodeObject } from "../../../src/codec/index.ts";
import { envelopeId, newNonce, responseId } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { CommandLog } from "../../../src/hub/command/command-log.ts";
import { refusalOf } from "../../../src/hub/command/judge.ts";
import { RemoteCommands } from "../../../src/hub/command/remote.ts";
import { TrustedTime } from "../../../src/hub/command/trusted-time.ts";
import { envelopeObject, openObject, publicKeyOf, RequestCommand, RespondCommand, SequenceApex, stateCatalog } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { gather } from "../../kit/gather.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { change, changed, messageOf } from "../../kit/malformed.ts";
import { describing, udfOf } from "../../kit/named-things.ts";
import { nodeWords } from "../../kit/node-words.ts";
import { openRemote } from "../../kit/remote-hub.ts";
import { obedientLight, ScriptedDevices } from "../../kit/scripted-state.ts";

const light = udfOf(1);
/** Of the hub that was started last; commands of earlier tests are of an older start. */
let epoch = "";

describe("remote commands", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;
  let phone: AccountContext;
  let tablet: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    phone = await house.join(alice, "phone", ["device", "command"]);
    tablet = await house.join(alice, "tablet", ["device"]);
    await hub.sync();
    await phone.sync();
  });
  it.after(() => house.stop());

  /** A hub's commands on a directory; the same directory again is the hub after a restart. */
  async function open(dir: string, options: { readonly epoch?: string; readonly coalesceMs?: number } = {}) {
    epoch = options.epoch ?? newNonce(ports.random);
    const devices = new ScriptedDevices();
    devices.answer = obedientLight();
    devices.statuses.set(light, "Online");
    const describeOwn = (udf: string) => (udf === light ? describing("light") : undefined);
    return { devices, ...(await openRemote({ hub, dir, devices, describeOwn, epoch, coalesceMs: options.coalesceMs })) };
  }

  function request(from: AccountContext, change: Partial<RequestCommand> = {}): RequestCommand {
    return {
      MessageId: newNonce(ports.random),
      Sender: from.deviceUdf,
      HubUdf: hub.deviceUdf,
      DeviceUdf: light,
      Command: "Set",
      Arguments: [{ Name: "On", Value: true }],
      Expires: dateTime(systemClock.now() + 60_000),
      CommandEpoch: epoch,
      ...change,
    };
  }

  async function send(from: AccountContext, value: RequestCommand, recipient = publicKeyOf(hub.keys.connection.Encryption)): Promise<void> {
    const envelope = messageEnvelope({ struct: RequestCommand, value, signer: from.keys.signature, recipients: [recipient], ports });
    await alice.transact({ messages: [{ spool: "MMM_Command", envelope }] });
  }

  /** All answers to a request, opened and verified by its sender. */
  async function answers(to: AccountContext, messageId: string): Promise<RespondCommand[]> {
    await alice.sync({ stores: ["MMM_Command"] });
    const found = (await gather(alice.messages("MMM_Command"))).filter((message) => message.envelopeId === envelopeId(responseId(messageId)));
    return found.map(({ envelope }) => openObject(RespondCommand, envelope, [to.keys.encryption], [publicKeyOf(hub.keys.connection.Signature)]));
  }

  async function answer(to: AccountContext, messageId: string): Promise<RespondCommand> {
    let got: RespondCommand[] = [];
    for (let turn = 0; turn < 60 && got.length === 0; turn++) {
      got = await answers(to, messageId);
      if (got.length === 0) await systemClock.sleep(50);
    }
    if (!got[0]) throw new Error("no answer came");
    return got[0];
  }

  it("carries a command out and answers with what the device reports", async () => {
    const { devices, sync } = await open(tempDirectory());
    const wanted = request(phone);
    await send(phone, wanted);
    await sync();
    const { Result, State, ErrorReport } = await answer(phone, wanted.MessageId);
    assert.is(Result, "Accept");
    assert.is(ErrorReport, undefined);
    assert.equal(
      State?.Reported?.Values.map(({ Name, Value }) => [Name, Value]),
      [["On", true]],
    );
    assert.is(devices.orders[0]?.messageId, wanted.MessageId);
  });

  it("carries the same command out once, however often it comes", async () => {
    const dir = tempDirectory();
    const { devices, sync } = await open(dir);
    const wanted = request(phone);
    await send(phone, wanted);
    await send(phone, wanted);
    await sync();
    await answer(phone, wanted.MessageId);
    const again = await open(dir, { epoch });
    await send(phone, wanted);
    await again.sync();
    await systemClock.sleep(300);
    assert.is(devices.orders.length + again.devices.orders.length, 1);
    assert.is((await answers(phone, wanted.MessageId)).length, 1);
  });

  it("refuses what is expired, too far ahead, of an older start, or not allowed, and tells why", async () => {
    const { devices, sync } = await open(tempDirectory());
    const now = systemClock.now();
    const cases: readonly (readonly [AccountContext, Partial<RequestCommand>, string, RegExp])[] = [
      [phone, { Expires: dateTime(now - 5000) }, "Expired", /^ERR_COMMAND_EXPIRED/],
      [phone, { Expires: dateTime(now + 400_000) }, "Reject", /^ERR_COMMAND: .*300 s/],
      [phone, { CommandEpoch: "NAAA-BEFORE" }, "Expired", /^ERR_COMMAND_EXPIRED: the hub has started again/],
      [phone, { DeviceUdf: udfOf(55) }, "Reject", /^ERR_NOT_FOUND/],
      [phone, { Arguments: [{ Name: "Brightness", Value: 400 }] }, "Reject", /^ERR_COMMAND: Brightness must be 0 to 100/],
      [tablet, {}, "Reject", /^ERR_NOT_AUTHORIZED/],
    ];
    const sent = cases.map(([from, change]) => request(from, change));
    for (const [i, [from]] of cases.entries()) await send(from, sent[i]!);
    await sync();
    for (const [i, [from, , result, reason]] of cases.entries()) {
      const got = await answer(from, sent[i]!.MessageId);
      assert.is(got.Result, result, String(reason));
      assert.match(got.ErrorReport ?? "", reason);
      if (from === tablet) assert.is(got.State, undefined, "who may not command learns nothing of the house");
    }
    assert.equal(devices.orders, []);
  });

  /** A request of any content, by a device that may command. */
  async function sendRaw(body: Datum, id?: string): Promise<void> {
    const recipients = [publicKeyOf(hub.keys.connection.Encryption)];
    const named = id === undefined ? {} : { id };
    const envelope = messageOf({ type: RequestCommand.tag, body, signer: phone.keys.signature, recipients, ...named });
    await alice.transact({ messages: [{ spool: "MMM_Command", envelope }] });
  }

  it("passes over requests that are none, and serves those before and after them, also after a restart", async () => {
    const dir = tempDirectory();
    const { devices, sync } = await open(dir);
    const head = { Store: "MMM_Device", Index: -1, TreeDigest: new Uint8Array(64) };
    const before = request(phone);
    await send(phone, before);
    await send(phone, request(phone, { Heads: [head] }));
    await send(phone, request(phone, { Heads: Array.from({ length: 100 }, () => ({ ...head, Index: 1 })) }));
    await sendRaw(RequestCommand.encode(request(phone, { MessageId: "no UDF" })));
    await sendRaw(RequestCommand.encode(request(phone, { Arguments: [{ Name: "On", Value: [[[{}]]] }] })));
    const after = request(phone);
    await send(phone, after);
    await sync();
    for (const { MessageId } of [before, after]) assert.is((await answer(phone, MessageId)).Result, "Accept");
    const again = await open(dir, { epoch });
    const late = request(phone);
    await send(phone, late);
    await again.sync();
    assert.is((await answer(phone, late.MessageId)).Result, "Accept");
    assert.is(devices.orders.length + again.devices.orders.length, 3);
  });

  it(
    "serves every good request, whatever a device that may command sends between them",
    async () => {
      const { sync } = await open(tempDirectory());
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 12, maxLength: 12 }), async (changes) => {
          const good = [request(phone), request(phone)];
          for (const [at, one] of changes.entries()) {
            const bad = request(phone, { Heads: hub.heads().slice(0, 1) });
            await sendRaw(changed(RequestCommand, bad, one), bad.MessageId);
            if (at === 5) await send(phone, good[0]!);
          }
          await send(phone, good[1]!);
          await sync();
          for (const { MessageId } of good) assert.is((await answer(phone, MessageId)).Result, "Accept");
        }),
        { numRuns: 4 },
      );
    },
    { timeoutMs: 120_000 },
  );

  it("raises no alarm for what a sender only says it has seen, and refuses it", async () => {
    const { alarms, devices, sync } = await open(tempDirectory());
    const [head] = hub.heads();
    const forged = [
      { ...head!, TreeDigest: new Uint8Array(64) },
      { ...head!, Index: 100_000 },
      { ...head!, Index: 100_000, Apex: (await phone.provenHeads()).find(({ Apex }) => Apex)!.Apex! },
    ];
    const sent = forged.map((one) => request(phone, { Heads: [one] }));
    for (const one of sent) await send(phone, one);
    await sync();
    const reports: string[] = [];
    for (const { MessageId } of sent) reports.push((await answer(phone, MessageId)).ErrorReport?.split(":")[0] ?? "");
    assert.equal(reports, ["ERR_FORK", "ERR_ROLLBACK", "ERR_ROLLBACK"]);
    assert.equal(alarms, []);
    assert.equal(devices.orders, []);
  });

  it("raises the alarm for a signed apex that contradicts its copy, and keeps it", async () => {
    const { alarms, sync } = await open(tempDirectory());
    await hub.sync();
    const real = (await hub.provenHeads()).find(({ Store }) => Store === "MMM_Device")!;
    const apex = (signer: AccountContext): DareEnvelope => {
      const value: SequenceApex = {
        ...decodeObject(SequenceApex, real.Apex!.body),
        TreeDigest: ports.random.bytes(64),
        DeviceUdf: signer.deviceUdf,
      };
      return envelopeObject({ struct: SequenceApex, value, signers: [signer.keys.signature], random: ports.random });
    };
    const head = { ...real, TreeDigest: ports.random.bytes(64) };
    const byPhone = request(phone, { Heads: [{ ...head, Apex: apex(phone) }] });
    await send(phone, byPhone);
    await sync();
    await answer(phone, byPhone.MessageId);
    assert.equal(alarms, [], "who may not write the store cannot vouch for it");
    const evidence = apex(alice);
    const byAlice = request(phone, { Heads: [{ ...head, Apex: evidence }] });
    await send(phone, byAlice);
    await sync();
    const { Result, ErrorReport, Heads } = await answer(phone, byAlice.MessageId);
    assert.is(Result, "Reject");
    assert.match(ErrorReport ?? "", /^ERR_FORK: /);
    assert.ok(
      Heads?.some(({ Store, Apex }) => Store === "MMM_Device" && Apex),
      "the sender gets what contradicts its own",
    );
    assert.is(alarms.length, 1);
    assert.equal(alarms[0]?.evidence.body, evidence.body);
  });

  it("passes over what is for another hub, of a stranger, or says it is of somebody else", async () => {
    const { devices, log, sync } = await open(tempDirectory());
    const foreign = request(phone, { HubUdf: udfOf(901) });
    const sealedToOther = request(phone);
    const stolen = request(phone, { Sender: tablet.deviceUdf });
    const stranger = await house.create("mallory", "mallory@example.com");
    const forged = request(phone);
    await send(phone, foreign);
    await send(phone, sealedToOther, publicKeyOf(tablet.keys.connection.Encryption));
    await send(phone, stolen);
    await send(stranger, forged);
    await sync();
    await systemClock.sleep(300);
    assert.equal(devices.orders, []);
    for (const { MessageId } of [foreign, sealedToOther, stolen, forged]) {
      assert.not(log.has(MessageId));
      assert.is((await answers(phone, MessageId)).length, 0);
    }
  });

  it("gives nothing that has expired while the device was busy with other commands", async () => {
    const { devices, sync } = await open(tempDirectory());
    const obey = obedientLight();
    devices.answer = async (order) => {
      await systemClock.sleep(3000);
      return obey(order);
    };
    const [first, second] = [request(phone), request(phone, { Expires: dateTime(systemClock.now() + 2000) })];
    await send(phone, first);
    await send(phone, second);
    await sync();
    assert.is((await answer(phone, first.MessageId)).Result, "Accept");
    const { Result, ErrorReport } = await answer(phone, second.MessageId);
    assert.is(Result, "Expired");
    assert.match(ErrorReport ?? "", /^ERR_COMMAND_EXPIRED/);
    assert.is(devices.orders.length, 1);
  });

  it("answers whatever the device's words are, cut between characters", async () => {
    const { devices, sync } = await open(tempDirectory());
    devices.answer = () => ({ Id: 1, Result: "Accept", ErrorReport: `${"x".repeat(499)}\u{1F4A1}` });
    const wanted = request(phone);
    await send(phone, wanted);
    await sync();
    const { Result, ErrorReport } = await answer(phone, wanted.MessageId);
    assert.is(Result, "Accept");
    assert.is(ErrorReport, "x".repeat(499));
  });

  it("remembers a bounded number of refused commands, however late they expire, and all that was carried out", async () => {
    const dir = tempDirectory();
    const log = await CommandLog.open({ path: join(dir, "command.journal") });
    const now = systemClock.now();
    const good = request(phone);
    await log.take({ request: good, sender: phone.deviceUdf, index: 0 });
    await log.sent(good.MessageId);
    const far = Array.from({ length: 5000 }, () => request(phone, { Expires: "9999-12-31T23:59:59Z" }));
    const refusal = { result: "Reject", report: "ERR_COMMAND: too late" } as const;
    await Promise.all(far.map((one, at) => log.take({ request: one, sender: phone.deviceUdf, index: at + 1, refusal })));
    await Promise.all(far.map(({ MessageId }) => log.sent(MessageId)));
    await log.advance(5001, now);
    const remembered = far.filter(({ MessageId }) => log.has(MessageId)).length;
    assert.ok(remembered < 4096, `${remembered} of 5000`);
    assert.ok(log.has(good.MessageId), "what was carried out is not forgotten before it has expired");
    await log.close();
  });

  it("answers with the device's failure", async () => {
    const { devices, sync } = await open(tempDirectory());
    devices.answer = () => {
      throw new MeshError("ERR_DEVICE_OFFLINE", "the device does not answer");
    };
    const wanted = request(phone);
    await send(phone, wanted);
    await sync();
    const got = await answer(phone, wanted.MessageId);
    assert.is(got.Result, "Reject");
    assert.match(got.ErrorReport ?? "", /^ERR_DEVICE_OFFLINE/);
  });

  it("takes an absolute command up after kill -9 between the note and the act, by its old name", async () => {
    const dir = tempDirectory();
    const wanted = request(phone);
    const script = packagePath("test/hub/command/crash-process.ts");
    const child = spawnSync(process.execPath, [...nodeWords(script), join(dir, "command.journal")], {
      input: encodeObject(RequestCommand, wanted),
    });
    assert.is(child.signal, "SIGKILL", child.stderr.toString());
    const { devices } = await open(dir);
    assert.is((await answer(phone, wanted.MessageId)).Result, "Accept");
    assert.is(devices.orders[0]?.messageId, wanted.MessageId, "the device can tell that it has seen it");
  });

  it("after a crash does not repeat what is not absolute, nor what has expired, nor what it had refused", async () => {
    const dir = tempDirectory();
    const flash = request(phone, { Command: "Identify", Arguments: [] });
    const late = request(phone, { Expires: dateTime(systemClock.now() - 1000) });
    const refused = request(tablet);
    const first = await CommandLog.open({ path: join(dir, "command.journal") });
    await first.take({ request: flash, sender: phone.deviceUdf, index: 1 });
    await first.take({ request: late, sender: phone.deviceUdf, index: 2 });
    await first.take({ request: refused, sender: tablet.deviceUdf, index: 3, refusal: { result: "Reject", report: "ERR_NOT_AUTHORIZED: no" } });
    await first.close();
    const { devices } = await open(dir);
    assert.is((await answer(phone, flash.MessageId)).Result, "Pending");
    assert.is((await answer(phone, late.MessageId)).Result, "Expired");
    assert.is((await answer(tablet, refused.MessageId)).Result, "Reject");
    assert.equal(devices.orders, []);
  });

  it("sends a noted answer again as it was, and once, when its fate is not known", async () => {
    const dir = tempDirectory();
    const wanted = request(phone);
    const envelope = messageEnvelope({
      struct: RespondCommand,
      value: { MessageId: responseId(wanted.MessageId), HubUdf: hub.deviceUdf, Result: "Accept" },
      signer: hub.keys.signature,
      recipients: [publicKeyOf(phone.keys.connection.Encryption)],
      ports,
    });
    const first = await CommandLog.open({ path: join(dir, "command.journal") });
    await first.take({ request: wanted, sender: phone.deviceUdf, index: 1 });
    await first.answer(wanted.MessageId, envelope);
    await first.close();
    // The service had it; the hub was killed before it could note that.
    await hub.transact({ messages: [{ spool: "MMM_Command", envelope }] });
    const { log } = await open(dir);
    await eventually("the answer is marked as sent", () => log.open().length === 0);
    assert.is((await answers(phone, wanted.MessageId)).length, 1);
  });

  it("answers with the state in the account already, long before its beat", async () => {
    const { sync } = await open(tempDirectory(), { coalesceMs: 3_600_000 });
    for (const on of [true, false, true]) {
      const wanted = request(phone, { Arguments: [{ Name: "On", Value: on }] });
      await send(phone, wanted);
      await sync();
      await eventually("the answer is there", async () => (await answers(phone, wanted.MessageId)).length === 1);
      await phone.sync();
      assert.equal(
        phone.get(stateCatalog, light)?.Reported?.Values.map(({ Value }) => Value),
        [on],
      );
    }
  });

  it("lets remote commands wait while there is no time to trust", async () => {
    const { devices, log, sync } = await open(tempDirectory());
    const wanted = request(phone);
    await send(phone, wanted);
    const blind = new RemoteCommands({
      account: hub,
      log,
      orders: undefined as never,
      judged: undefined as never,
      keeper: undefined as never,
      outbox: undefined as never,
      devices,
      describeOwn: () => undefined,
      commandEpoch: epoch,
      time: new TrustedTime(systemClock),
    });
    const before = log.cursor;
    await hub.sync({ stores: ["MMM_Command"] });
    await blind.onSync();
    assert.is(log.cursor, before);
    await sync();
    assert.is((await answer(phone, wanted.MessageId)).Result, "Accept");
  });

  it("gives 30 s to what may do harm, by whatever name its class goes", () => {
    const facts = {
      unauthorized: undefined,
      now: systemClock.now(),
      commandEpoch: epoch,
      description: describing("light"),
      mayBeForgotten: false,
      isFull: false,
    };
    assert.is(refusalOf(request(phone), facts), undefined);
    assert.is(refusalOf(request(phone), { ...facts, unauthorized: new MeshError("ERR_NOT_AUTHORIZED", "no") })?.code, "ERR_NOT_AUTHORIZED");
    for (const Class of ["lock", "Lock", "door-lock", "lock ", "gate", "nosuch"])
      assert.match(refusalOf(request(phone), { ...facts, description: { ...describing("light"), Class } })?.reason ?? "", /30 s/, Class);
    const target = (Value: number) =>
      refusalOf(request(phone, { Arguments: [{ Name: "Target", Value }] }), { ...facts, description: describing("thermostat") });
    assert.is(target(30), undefined);
    assert.match(target(30.5)?.reason ?? "", /30 s/, "what heats is told with its arguments");
  });

  it("trusts the service's time forward only", async () => {
    const clock = new ManualClock(0);
    const time = new TrustedTime(clock, fromDateTime("2026-05-01T12:00:00Z"));
    assert.is(time.now(), undefined);
    time.offer(fromDateTime("2026-05-01T06:00:00Z"));
    assert.is(time.now(), fromDateTime("2026-05-01T12:00:00Z"), "never before the last good time");
    time.offer(fromDateTime("2026-05-02T12:00:00Z"));
    await clock.pass(1000);
    time.offer(fromDateTime("2026-05-01T12:00:00Z"));
    assert.is(time.now(), fromDateTime("2026-05-02T12:00:00Z") + 1000);
  });
});
