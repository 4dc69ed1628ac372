/** Orders that wait for a device: so many of each principal, for so long, and by the rights that there are when their turn has come. */
import type { DirectoryEntry } from "../../../src/account/hub.ts";
import type { MeshError } from "../../../src/base/errors.ts";
import { MeshError as Failure } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { DeviceTurns, mostWaiting } from "../../../src/hub/command/device-turns.ts";
import { JudgedOrders } from "../../../src/hub/command/judged-orders.ts";
import { Orders } from "../../../src/hub/command/order.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { devicePrincipal, isPerson, socketOwner } from "../../../src/hub/command/principal.ts";
import { makerOf, principalAtTurn } from "../../../src/hub/command/standing-principal.ts";
import type { Judgement } from "../../../src/hub/device/device-port.ts";
import { ManualClock, settle } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

const guest: Principal = { ...socketOwner, kind: "guest", id: "guest", name: "bob (guest)" };
const allowed = (): MeshError | undefined => undefined;

/** Something that ends when the test says so. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe("hub: turns of orders at a device", (it) => {
  it("one at a time, so many of one principal, and another one has his own", async () => {
    const turns = new DeviceTurns(new ManualClock());
    const first = gate();
    const done: string[] = [];
    const order = (principal: Principal, name: string, task: () => Promise<void> = async () => undefined): Promise<void> =>
      turns.run({ principal, deviceUdf: "MLOCK", mostWaitMs: 1000, refusal: allowed }, async () => {
        await task();
        done.push(name);
      });
    const all = [order(guest, "0", () => first.opened)];
    for (let n = 1; n < mostWaiting; n++) all.push(order(guest, `${n}`));
    await throwsMesh(order(guest, "one more"), "ERR_BUSY");
    all.push(order(socketOwner, "the owner's"));
    assert.equal(done, []);
    first.open();
    await Promise.all(all);
    assert.is(done.length, mostWaiting + 1);
    assert.not.ok(done.includes("one more"));
    await order(guest, "room again");
  });

  it("what waited too long is not given, nor what nobody may give any more", async () => {
    const clock = new ManualClock();
    const turns = new DeviceTurns(clock);
    const first = gate();
    let mayBeGiven = true;
    let given = 0;
    const refusal = (): MeshError | undefined => (mayBeGiven ? undefined : new Failure("ERR_NOT_AUTHORIZED", "it was taken back"));
    const order = (task: () => Promise<void>): Promise<void> => turns.run({ principal: guest, deviceUdf: "MLOCK", mostWaitMs: 1000, refusal }, task);
    const count = async (): Promise<void> => {
      given += 1;
    };
    const started = gate();
    const slow = order(() => {
      started.open();
      return first.opened;
    });
    await started.opened;
    const late = throwsMesh(order(count), "ERR_COMMAND_EXPIRED");
    clock.advance(1001);
    first.open();
    await slow;
    await late;
    const second = gate();
    const begun = gate();
    const before = order(() => {
      begun.open();
      return second.opened;
    });
    await begun.opened;
    const revoked = throwsMesh(order(count), "ERR_NOT_AUTHORIZED");
    mayBeGiven = false;
    second.open();
    await before;
    await revoked;
    assert.is(given, 0);
  });

  it("sealed orders take turns like others: bounded, and by the rights of then", async () => {
    const clock = new ManualClock();
    const first = gate();
    let brought = 0;
    let mayBeGiven = true;
    const devices = {
      judge: async (): Promise<Judgement> => {
        brought += 1;
        await first.opened;
        return { result: "Accept" } as Judgement;
      },
    };
    const refusal = (): MeshError | undefined => (mayBeGiven ? undefined : new Failure("ERR_NOT_AUTHORIZED", "it was taken back"));
    const orders = { refusal: allowed, refusalAtTurn: refusal, audited: async () => undefined };
    const options = { devices, orders, describe: () => undefined, clock };
    const judged = new JudgedOrders(options as unknown as ConstructorParameters<typeof JudgedOrders>[0]);
    const give = (): Promise<Judgement> => judged.give({ principal: guest, deviceUdf: "MLOCK", messageId: "M", sealed: new Uint8Array() });
    const all = Array.from({ length: mostWaiting }, () => give());
    const ends = Promise.allSettled(all);
    await throwsMesh(give(), "ERR_BUSY");
    mayBeGiven = false;
    first.open();
    const settled = await ends;
    assert.is(brought, 1);
    assert.is(settled.filter(({ status }) => status === "fulfilled").length, 1);
  });

  it("whoever was removed, taken back, signed out or limited while his order waited gives it no more", async () => {
    const rights = [{ allows: "command" as const }];
    const page: Principal = { kind: "page", id: "PAGE", name: "owner (page)", from: "house", rights };
    const token: Principal = { ...page, kind: "token", id: "NGRANT", name: "printer (token)" };
    const satellite: Principal = { ...page, kind: "satellite", id: "wyoming:kitchen", name: "kitchen (satellite)" };
    const entry = (roles: readonly string[]) => ({ udf: "MPHONE", connection: { Roles: roles } }) as unknown as DirectoryEntry;
    const phone = devicePrincipal(entry(["command"]));
    const tablet: Principal = { ...phone, id: "MTABLET", name: "MTABLET" };
    let isOver = false;
    const standings = {
      signedIn: (id: string) => (id === "PAGE" && !isOver ? page : undefined),
      grants: { holder: (id: string) => (id === "NGRANT" && !isOver ? token : undefined) },
      account: {
        directory: { find: (udf: string) => (isOver && udf === "MPHONE" ? undefined : entry(isOver ? ["web"] : ["command"])) },
      },
    } as unknown as Parameters<typeof principalAtTurn>[1];
    const first = gate();
    const begun = gate();
    const sent: string[] = [];
    const command = async ({ messageId }: { readonly messageId: string }) => {
      sent.push(messageId);
      begun.open();
      if (messageId === "first") await first.opened;
      return { Id: 1, Result: "Reject" };
    };
    const description = { Class: "light", Manufacturer: "", Model: "", Version: "", Properties: [], Commands: [{ Name: "Identify" }] };
    const orders = new Orders({
      devices: { status: () => "Online", command },
      keeper: { onChange: () => () => undefined, want: () => undefined, unwant: () => undefined, shadow: () => undefined },
      describe: () => description,
      placesOf: () => [],
      principalAtTurn: (principal: Principal) => principalAtTurn(principal, standings),
      clock: new ManualClock(),
      random: systemRandom,
      log: silentLog,
    } as unknown as ConstructorParameters<typeof Orders>[0]);
    const byPerson: string[] = [];
    orders.onOrder(
      ({ order, isDone }) =>
        !isDone && order.automation === undefined && isPerson(order.principal) && byPerson.push(`${order.deviceUdf} ${sent.length}`),
    );
    const give = (principal: Principal, messageId: string) =>
      orders.give({ principal, deviceUdf: "MLAMP", messageId, command: "Identify", arguments: [] });
    for (const principal of [page, token, phone, tablet]) await give(principal, `${principal.id} before`);
    const slow = give(socketOwner, "first");
    await begun.opened;
    const ends = Promise.allSettled([page, token, phone, tablet].map((principal) => give(principal, `${principal.id} after`)));
    const others = [give(satellite, "the satellite's"), give(socketOwner, "the owner's")];
    await settle();
    isOver = true;
    first.open();
    await slow;
    await Promise.all(others);
    const codes = (await ends).map((end) => (end.status === "rejected" ? (end.reason as Failure).code : end.value.result));
    assert.equal(
      codes,
      Array.from({ length: 4 }, () => "ERR_NOT_AUTHORIZED"),
    );
    assert.equal(sent.slice(4), ["first", "the satellite's", "the owner's"]);
    assert.is(byPerson.length, sent.length - 1, "a token is a program");
    await orders.give({ principal: socketOwner, deviceUdf: "MLAMP", command: "Identify", arguments: [], automation: "KEY" });
    assert.is(byPerson.length, sent.length - 2, "and what an automation orders is nobody's");
  });

  it("a list that was made longer in between gives an order no more rights than it came with", () => {
    const few: Principal = { ...guest, rights: [{ allows: "command", commands: ["On"] }] };
    const wide: Principal = { ...guest, rights: [{ allows: "command" }] };
    const at = (came: Principal, now: Principal) => {
      const options = { describe: () => undefined, placesOf: () => [], principalAtTurn: () => now, clock: new ManualClock(), log: silentLog };
      const orders = new Orders(options as unknown as ConstructorParameters<typeof Orders>[0]);
      return orders.refusalAtTurn(came, { deviceUdf: "MLAMP", command: "Off" })?.code;
    };
    assert.equal([at(few, wide), at(wide, few), at(wide, wide)], ["ERR_NOT_AUTHORIZED", "ERR_NOT_AUTHORIZED", undefined]);
  });

  it("what is left for another time is a page's, token's or satellite's for as long as it is let in, and nobody's by another kind", () => {
    const page: Principal = { ...socketOwner, kind: "page", id: "C1", name: "tablet (page)" };
    const satellite: Principal = { ...socketOwner, kind: "satellite", id: "wyoming:kitchen", name: "kitchen (satellite)" };
    const standings = {
      grants: { holder: () => undefined },
      account: { directory: { find: () => undefined } },
      signedIn: (id: string) => (id === "C1" ? page : undefined),
      satellite: (name: string) => (name === "kitchen" ? satellite : undefined),
    } as unknown as Parameters<typeof makerOf>[1];
    const maker = (kind: Principal["kind"], id: string) => makerOf({ kind, id, name: "" }, standings);
    assert.is(maker("page", "C1"), page);
    assert.is(maker("token", "C1"), undefined);
    assert.is(maker("guest", "C1"), undefined);
    assert.is(maker("page", "C2"), undefined);
    assert.is(maker("satellite", "wyoming:kitchen"), satellite);
    assert.is(maker("satellite", "wyoming:street"), undefined);
    assert.is(maker("satellite", "kitchen"), undefined);
  });

  it("an order that its device has done is answered when those who follow orders have kept what they need of it", async () => {
    const kept = gate();
    const orders = new Orders({
      devices: { status: () => "Online", command: async () => ({ Id: 1, Result: "Accept", State: {} }) },
      keeper: { onChange: () => () => undefined, want: () => undefined, unwant: () => undefined, shadow: () => undefined },
      describe: () => ({ Class: "light", Manufacturer: "", Model: "", Version: "", Properties: [], Commands: [{ Name: "Identify" }] }),
      placesOf: () => [],
      clock: new ManualClock(),
      random: systemRandom,
      log: silentLog,
    } as unknown as ConstructorParameters<typeof Orders>[0]);
    orders.onOrder(({ isDone }) => (isDone ? kept.opened : undefined));
    let isAnswered = false;
    const answer = orders.give({ principal: socketOwner, deviceUdf: "MLAMP", command: "Identify", arguments: [] }).then(() => {
      isAnswered = true;
    });
    await settle();
    assert.is(isAnswered, false);
    kept.open();
    await answer;
  });
});
