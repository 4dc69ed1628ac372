/** Files of a hub with rubbish in their middle: each is kept aside and told, and the hub starts. Nothing that was carried out is done again. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { concat, utf8 } from "../../src/base/bytes.ts";
import { silentLog } from "../../src/base/log.ts";
import { AlarmFile } from "../../src/hub/alarm-file.ts";
import { CommandLog } from "../../src/hub/command/command-log.ts";
import { Releases } from "../../src/hub/device/releases.ts";
import { UsedTags } from "../../src/hub/device/used-tags.ts";
import { RunJournal } from "../../src/hub/onboarding/run-state.ts";
import type { OpenFile } from "../../src/hub/salvage.ts";
import { salvaging } from "../../src/hub/salvage.ts";
import { Outbox } from "../../src/hub/state/outbox.ts";
import { ShadowBook } from "../../src/hub/state/shadow-book.ts";
import { encodeRecord } from "../../src/transport/mqtt/durable/record.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { udfOf } from "../kit/named-things.ts";
import { type RemovalHouse, startRemovalHouse } from "../kit/removal-house.ts";

const log = silentLog;

/** Every journal of a hub, by its place in the state directory. */
const journals: Readonly<Record<string, (path: string, openFile?: OpenFile) => Promise<{ close(): Promise<void> }>>> = {
  "state/shadow.journal": (path, openFile) => ShadowBook.open({ path, hubUdf: udfOf(1), ...(openFile ? { openFile } : {}) }),
  "state/outbox.journal": (path, openFile) => Outbox.open({ path, log, ...(openFile ? { openFile } : {}) }),
  "state/command.journal": (path, openFile) => CommandLog.open({ path, spoolCount: () => 7, ...(openFile ? { openFile } : {}) }),
  "device/mqtt-tags.journal": (path, openFile) => UsedTags.open(dirname(path), openFile),
  "device/releases.journal": (path, openFile) => Releases.open(dirname(path), openFile),
  "onboarding/onboarding.journal": (path, openFile) => RunJournal.open(dirname(path), openFile),
};

const rubbish = "mesh-journal 1\n0123456789abcdef 5 [{}]\nrubbish\n0123456789abcdef 5 [{}]\n and more of it\n";
/** A commit that is whole, with records that mean nothing. */
const senseless = (() => {
  const json = "[null,7]";
  return `mesh-journal 1\n${createHash("sha256").update(json).digest("hex").slice(0, 16)} ${json.length} ${json}\n`;
})();

describe("damaged files of a hub", (it) => {
  let house: RemovalHouse;
  it.before(async () => {
    house = await startRemovalHouse();
  });
  it.after(() => house.stop());

  it("each journal is kept aside, told over restarts until it is cleared, and begun anew", async () => {
    for (const [name, open] of Object.entries(journals)) {
      const dir = tempDirectory();
      const path = join(dir, name);
      mkdirSync(dirname(path));
      writeFileSync(path, rubbish);
      assert.is((await throwsMesh(open(path), "ERR_STORE_DAMAGED")).detail.path, path, name);
      const alarms = await AlarmFile.open(dir, log);
      const opened = await open(path, salvaging(alarms));
      await opened.close();
      const kept = join(dirname(path), "kept", `${path.slice(dirname(path).length + 1)}-1`);
      assert.is(readFileSync(kept, "utf8"), rubbish, name);
      const later = await AlarmFile.open(dir, log);
      assert.is(later.alarm, undefined, "the service is not accused");
      assert.is(later.damage.length, 1);
      assert.ok(later.damage[0]?.startsWith(`ERR_STORE_DAMAGED: ${path} is damaged`), later.damage[0]);
      assert.ok(later.damage[0]?.includes(kept), later.damage[0]);
      await (await open(path)).close();
      assert.ok((await later.clear())?.includes(path));
      assert.equal((await AlarmFile.open(dir, log)).damage, []);
    }
  });

  it("a disk that does it again and again is for a person to look at", async () => {
    const dir = tempDirectory();
    const path = join(dir, "outbox.journal");
    const alarms = await AlarmFile.open(dir, log);
    for (let time = 0; time < 8; time++) {
      writeFileSync(path, senseless);
      await (await Outbox.open({ path, log, openFile: salvaging(alarms) })).close();
    }
    writeFileSync(path, rubbish);
    await throwsMesh(Outbox.open({ path, log, openFile: salvaging(alarms) }), "ERR_STORE_DAMAGED");
    assert.is(readFileSync(path, "utf8"), rubbish);
  });

  it("a lost journal of commands passes over what is in the spool, over restarts", async () => {
    const dir = tempDirectory();
    const path = join(dir, "command.journal");
    writeFileSync(path, rubbish);
    const first = await CommandLog.open({ path, spoolCount: () => 12, openFile: salvaging(await AlarmFile.open(dir, log)) });
    assert.is(first.cursor, 12);
    await first.close();
    const second = await CommandLog.open({ path, spoolCount: () => 40 });
    assert.is(second.cursor, 12);
    await second.close();
  });

  it("an alarm about the service and one about a file stand side by side", async () => {
    const dir = tempDirectory();
    writeFileSync(join(dir, "alarm.json"), "{");
    const alarms = await AlarmFile.open(dir, log);
    assert.match(alarms.alarm ?? "", /^ERR_STORE_DAMAGED: an alarm was raised/);
    assert.equal(readdirSync(join(dir, "kept")), ["alarm.json-1"]);
    writeFileSync(join(dir, "x"), rubbish);
    await (await Outbox.open({ path: join(dir, "x"), log, openFile: salvaging(alarms) })).close();
    const later = await AlarmFile.open(dir, log);
    assert.is(later.alarm, alarms.alarm);
    assert.is(later.damage.length, 1);
  });

  it(
    "the hub starts with all of them damaged, says so, and its house goes on",
    async () => {
      const first = house.daemon();
      await first.start();
      await first.stop();
      const names = [...Object.keys(journals), "state/renewal.json"];
      for (const name of names) {
        const path = join(house.stateDir, name);
        if (name.endsWith(".journal")) assert.ok(existsSync(path), name);
        writeFileSync(path, rubbish);
      }
      const record = encodeRecord({ kind: "end", client: "nobody" });
      mkdirSync(join(house.stateDir, "broker"), { recursive: true });
      writeFileSync(join(house.stateDir, "broker", "broker.log"), concat(record, utf8(rubbish), record));
      writeFileSync(join(house.stateDir, "account", "stores", "MMM_Place.dare.seen"), rubbish);
      names.push("broker.log", "MMM_Place.dare.seen");
      const again = house.daemon();
      await again.start();
      onCleanup(() => again.stop());
      const { damaged = [], service } = await house.client().status();
      for (const name of names)
        assert.ok(
          damaged.some((line) => line.includes(name)),
          `${name} in ${damaged.join("\n")}`,
        );
      assert.is(service.alarm, undefined);
      assert.ok((await house.client().clearAlarm()).cleared);
      assert.is((await house.client().status()).damaged, undefined);
      await again.stop();
      rmSync(join(house.stateDir, "state", "kept"), { recursive: true });
    },
    { timeoutMs: 120_000 },
  );
});
