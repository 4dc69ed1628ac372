import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { notifyReady, notifyStopping, startWatchdog } from "../../src/base/notify.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

/** An environment whose systemd-notify writes down what it is told. */
function recorder() {
  const folder = tempDirectory();
  const file = join(folder, "said");
  writeFileSync(file, "");
  writeFileSync(join(folder, "systemd-notify"), `#!/bin/sh\necho "$@" >> ${file}\n`);
  chmodSync(join(folder, "systemd-notify"), 0o755);
  const env = { PATH: `${folder}:${process.env.PATH}`, NOTIFY_SOCKET: "/run/none" };
  return { env, said: () => readFileSync(file, "utf8").split("\n").slice(0, -1) };
}

/** A clock whose sleepers wake when the test says so. */
function manualClock() {
  const asked: number[] = [];
  let wake: (() => void) | undefined;
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        asked.push(ms);
        wake = resolve;
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
  };
  return { clock, asked, wake: () => wake?.() };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("notify", (it) => {
  it("tells readiness, status and the end", async () => {
    const { env, said } = recorder();
    await notifyReady("3 devices", { env, log: silentLog });
    await notifyStopping({ env, log: silentLog });
    assert.equal(said(), ["--ready --status=3 devices", "STOPPING=1"]);
  });

  it("is silent without systemd", async () => {
    const { env, said } = recorder();
    await notifyReady("x", { env: { PATH: env.PATH }, log: silentLog });
    assert.equal(said(), []);
  });

  it("logs and lives on when systemd-notify is missing", async () => {
    const warnings: string[] = [];
    await notifyReady("x", {
      env: { PATH: tempDirectory(), NOTIFY_SOCKET: "/run/none" },
      log: { ...silentLog, warn: (event) => void warnings.push(event) },
    });
    assert.equal(warnings, ["notify.failed"]);
  });

  it("feeds the watchdog at half its interval while healthy, and stops when told", async () => {
    const { env, said } = recorder();
    const { clock, asked, wake } = manualClock();
    let isHealthy = true;
    const stop = startWatchdog({ env: { ...env, WATCHDOG_USEC: "60000000" }, log: silentLog, clock, healthy: () => isHealthy });
    await until(() => asked.length === 1);
    assert.equal(asked, [30_000]);
    isHealthy = false;
    wake();
    await until(() => asked.length === 2);
    assert.equal(said(), ["WATCHDOG=1"]);
    isHealthy = true;
    wake();
    await until(() => asked.length === 3);
    assert.equal(said(), ["WATCHDOG=1", "WATCHDOG=1"]);
    stop();
    stop();
  });

  it("does nothing without a watchdog, or with one for another process", () => {
    const { env } = recorder();
    const { clock, asked } = manualClock();
    for (const extra of [{}, { WATCHDOG_USEC: "0" }, { WATCHDOG_USEC: "1000000", WATCHDOG_PID: "1" }]) {
      startWatchdog({ env: { ...env, ...extra }, log: silentLog, clock, healthy: () => true })();
    }
    assert.equal(asked, []);
  });
});
