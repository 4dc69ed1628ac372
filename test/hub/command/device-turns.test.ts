/** Orders that wait for a device: so many of each principal, for so long, and by the rights that there are when their turn has come. */
import type { MeshError } from "../../../src/base/errors.ts";
import { MeshError as Failure } from "../../../src/base/errors.ts";
import { DeviceTurns, mostWaiting } from "../../../src/hub/command/device-turns.ts";
import { JudgedOrders } from "../../../src/hub/command/judged-orders.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import type { Judgement } from "../../../src/hub/device/device-port.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
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
    const orders = { refusal, audited: async () => undefined };
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
});
