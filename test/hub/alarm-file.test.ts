import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MeshError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import { AlarmFile } from "../../src/hub/alarm-file.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

const fork = new MeshError("ERR_FORK", "the service has another history of MMM_Device up to frame 7");

describe("hub alarm", (it) => {
  it("outlives a restart, until it is cleared", async () => {
    const dir = tempDirectory();
    const first = await AlarmFile.open(dir, silentLog);
    assert.is(first.alarm, undefined);
    first.raise(fork);
    first.raise(fork);
    assert.is(first.alarm, `ERR_FORK: ${fork.message}`);
    await first.settled();
    const second = await AlarmFile.open(dir, silentLog);
    assert.is(second.alarm, first.alarm);
    assert.is(await second.clear(), first.alarm);
    assert.is(await second.clear(), undefined);
    assert.is((await AlarmFile.open(dir, silentLog)).alarm, undefined);
    assert.equal(readdirSync(dir), []);
  });

  it("is no less an alarm when its file is damaged", async () => {
    const dir = tempDirectory();
    writeFileSync(join(dir, "alarm.json"), "{");
    assert.match((await AlarmFile.open(dir, silentLog)).alarm ?? "", /^ERR_STORE_DAMAGED: /);
  });

  it("counts when the disk does not take it, which is logged", async () => {
    const dir = tempDirectory();
    const told: string[] = [];
    const file = await AlarmFile.open(dir, { ...silentLog, error: (event) => void told.push(event) });
    mkdirSync(join(dir, "alarm.json"));
    file.raise(fork);
    await file.settled();
    assert.is(file.alarm, `ERR_FORK: ${fork.message}`);
    assert.equal(told, ["service.distrusted", "alarm.not_kept"]);
  });
});
