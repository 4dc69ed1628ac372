/** The time limit of what carries a risk: granted with the connection, renewed by the service, judged by a time that cannot be turned back. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromDateTime } from "../../../src/base/clock.ts";
import type { Log } from "../../../src/base/log.ts";
import { silentLog } from "../../../src/base/log.ts";
import { authorize, socketOwner } from "../../../src/hub/command/principal.ts";
import { Renewal, renewalMs } from "../../../src/hub/command/renewal.ts";
import { TrustedTime } from "../../../src/hub/command/trusted-time.ts";
import { ConnectionHub, deviceCatalog, type ConnectionHub as Limit, peekObject } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const at = fromDateTime("2026-11-23T12:00:00Z");
const day = 86_400_000;

/** A hub's limit with its clock; the same directory again is the hub after a restart. */
async function hub(options: { dir?: string; now?: number; granted?: number; log?: Log } = {}) {
  const { dir = tempDirectory(), now = at, log = silentLog } = options;
  const clock = new ManualClock(now);
  const time = new TrustedTime(clock);
  const path = join(dir, "renewal.json");
  const renewal = await Renewal.open({ path, time, clock, log, ...(options.granted === undefined ? {} : { granted: options.granted }) });
  return {
    dir,
    clock,
    renewal,
    /** The service says the true time and that the hub is active. */
    async heard(told: number) {
      time.offer(told);
      await renewal.renew();
    },
    async days(count: number) {
      for (let passed = 0; passed < count; passed++) {
        clock.advance(day);
        await renewal.check();
      }
    },
  };
}

describe("renewal", (it) => {
  it("is granted with a hub's connection, under the administrator's signature, for 90 days", async () => {
    const household = await startHousehold();
    onCleanup(() => household.stop());
    const alice = await household.create("alice", "alice@example.com");
    const context = await household.join(alice, "hub", ["hub"]);
    const phone = await household.join(alice, "phone", ["device"]);
    await alice.sync();
    const envelope = alice.get(deviceCatalog, context.deviceUdf)?.EnvelopedConnectionHub;
    const limit: Limit | undefined = envelope && peekObject(ConnectionHub, envelope);
    const left = fromDateTime(limit?.NotOnOrAfter ?? "") - ports.clock.now();
    assert.ok(left > renewalMs - day && left <= renewalMs, String(left));
    assert.is(alice.get(deviceCatalog, phone.deviceUdf)?.EnvelopedConnectionHub, undefined);
  });

  it("ends 90 days after the service was heard, over restarts, and stands again when it is", async () => {
    const first = await hub({ granted: at + 10 * day });
    assert.is(first.renewal.standing(), "good");
    await first.heard(at);
    await first.days(89);
    assert.is(first.renewal.standing(), "good");
    const second = await hub({ dir: first.dir, now: at + 89 * day, granted: at + 10 * day });
    await second.days(2);
    assert.is(second.renewal.standing(), "lapsed");
    assert.match(second.renewal.status().warning ?? "", /not commanded until/);
    await second.heard(at + 91 * day);
    assert.is(second.renewal.standing(), "good");
    assert.is(second.renewal.status().warning, undefined);
  });

  it("does not heed a machine's clock, and counts the hours that it runs without a time", async () => {
    const first = await hub();
    await first.heard(at);
    const back = await hub({ dir: first.dir, now: 0 });
    await back.days(50);
    const again = await hub({ dir: first.dir, now: 0 });
    await again.days(41);
    assert.is(again.renewal.standing(), "lapsed", "91 days have passed while it ran");
    const ahead = await hub({ dir: (await hub()).dir, now: at + 3650 * day, granted: at + renewalMs });
    assert.is(ahead.renewal.standing(), "good", "a clock far ahead ends nothing");
  });

  it("warns 30 and 7 days before, and when it is over, once each", async () => {
    const told: string[] = [];
    const log: Log = { ...silentLog, warn: (event: string) => void told.push(event) };
    const one = await hub({ log });
    await one.heard(at);
    await one.days(59);
    assert.is(one.renewal.status().warning, undefined);
    assert.is(told.length, 0);
    await one.days(2);
    assert.match(one.renewal.status().warning ?? "", /within 29 days/);
    await one.days(22);
    assert.is(told.length, 2);
    await one.days(20);
    assert.is(told.length, 3);
  });

  it("stops what carries a risk, and whatever comes from afar; the lights go on", async () => {
    const over = await hub();
    await over.heard(at);
    await over.days(91);
    const circumstances = { standing: over.renewal.standing(), now: at };
    const lamp = { deviceUdf: "MLAMP", deviceClass: "light", places: [], command: "Set" };
    const lock = { deviceUdf: "MLOCK", deviceClass: "lock", places: [], command: "Unlock" };
    assert.is(authorize(socketOwner, lamp, circumstances), undefined);
    assert.is(authorize(socketOwner, lock, circumstances)?.code, "ERR_NOT_AUTHORIZED");
    assert.is(authorize({ ...socketOwner, from: "afar" }, lamp, circumstances)?.code, "ERR_NOT_AUTHORIZED");
  });

  it("leaves what the owner granted when its file cannot be read, and a hub of before without a limit", async () => {
    const dir = tempDirectory();
    writeFileSync(join(dir, "renewal.json"), "torn");
    const torn = await hub({ dir, granted: at + day });
    assert.is(torn.renewal.status().until, at + day);
    const before = await hub();
    assert.equal(before.renewal.status(), {});
    assert.is(before.renewal.standing(), "good");
  });
});
