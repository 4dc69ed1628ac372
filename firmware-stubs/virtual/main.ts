/**
 * One virtual device as a process: an image directory, a medium, orders on standard input, one JSON line on standard output for each answer
 * (`ok` or `error`) and each event (`event`). It needs no environment, and reads nothing but its image, its flags and the driver of its class.
 */
import { createInterface, type Interface } from "node:readline";
import { toHex } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { asMeshError } from "../../src/base/errors.ts";
import type { Log } from "../../src/base/log.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { hailPeriodMs } from "../../src/link/index.ts";
import { makeAppliance, runAppliance } from "./appliance/classes.ts";
import { DeviceCore } from "./device/device-core.ts";
import { Updates } from "./device/updates.ts";
import { Flash } from "./image/flash.ts";
import { DeviceImage, writeFactory } from "./image/image.ts";
import { PoweredClock } from "./image/powered-clock.ts";
import { ProgramSlots } from "./image/program-slots.ts";
import { control } from "./process/control.ts";
import type { Flags } from "./process/flags.ts";
import { readFlags, usage } from "./process/flags.ts";
import { impostorFactory } from "./process/impostor.ts";
import type { DeviceMedium, MediumOptions } from "./process/media.ts";
import { bleMedium, mqttMedium, serialMedium, tcpMedium } from "./process/media.ts";

/** Exit status after a power failure that was asked for. */
const powerLostStatus = 86;
const saveMs = 5 * 60_000;
/** How often a device that sleeps looks whether there is nothing left to do. */
const awakeMs = 100;
const clock = systemClock;
const random = systemRandom;

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function makeLog(name: string): Log {
  const write = (level: string) => (event: string, data?: Record<string, unknown>) =>
    void process.stderr.write(`${JSON.stringify({ level, name, event, ...data })}\n`);
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error"), child: (child) => makeLog(`${name}.${child}`) };
}

function mediumOf(flags: Flags, options: MediumOptions): DeviceMedium {
  const on = flags.interface === undefined ? {} : { interface: flags.interface };
  if (flags.medium === "ble") return bleMedium({ ...options, controller: flags.controller ?? "", mtu: flags.mtu });
  if (flags.medium === "serial") return serialMedium({ ...options, path: flags.line ?? "", baud: flags.baud, largest: flags.largest });
  if (flags.medium === "tcp") return tcpMedium({ ...options, host: flags.host, port: flags.port, ...(flags.mdns ? { mdns: on } : {}) });
  const broker = flags.broker === undefined ? {} : { broker: flags.broker.includes("://") ? flags.broker : `mqtt://${flags.broker}` };
  return mqttMedium({ ...options, ...broker, ...on });
}

/** Lives until it ends, which ends the process, or starts again. */
async function run(flags: Flags, input: Interface): Promise<void> {
  const log = flags.verbose ? makeLog("device") : silentLog;
  const flash = new Flash(flags.image, () => process.exit(powerLostStatus));
  if (flags.impostor && flash.read("factory.jbcd") === undefined) {
    writeFactory(flash, impostorFactory({ random, ...(flags.replayDescription === undefined ? {} : { description: flags.replayDescription }) }));
  }
  const image = new DeviceImage(flash);
  const powered = new PoweredClock(image, clock);
  if (flags.poweredHours > 0) powered.skip(flags.poweredHours);
  const appliance = makeAppliance(image.factory.Class, flags.seed);
  appliance.onIdentify(() => say({ event: "identify" }));
  const stopping = new AbortController();

  let shown: string[] = [];
  const failed = (what: string) => (error: unknown) => log.warn(what, { reason: asMeshError(error).message });
  let startAgain: () => void = () => undefined;
  const restarted = new Promise<void>((resolve) => {
    startAgain = resolve;
  });
  const restart = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    powered.save();
    await core.close();
    await medium.stop();
    say({ event: "restart" });
    startAgain();
  };
  const { builtIn } = flags;
  const updates =
    builtIn &&
    new Updates({
      slots: new ProgramSlots(flash, builtIn.version),
      builtIn,
      clock,
      onEvent: (event, data) => say({ event, ...data }),
      restart: () => void restart().catch(failed("device.restart_failed")),
    });
  const core = new DeviceCore({
    image,
    ...(updates === undefined ? {} : { updates }),
    appliance,
    powered,
    clock,
    random,
    log: log.child("core"),
    onEvent: (event, data) => say({ event, ...data }),
    onHails: (reconnect) => void (reconnect ? medium.reconnect() : medium.renew()).catch(failed("device.renew_failed")),
  });
  const hails = (): readonly Uint8Array[] => {
    const fresh = flags.replayHail ? [flags.replayHail] : core.hails();
    shown = fresh.map(toHex);
    say({ event: "hail", hails: shown });
    return fresh;
  };
  const medium = mediumOf(flags, {
    hails,
    password: (tag) => core.password(tag),
    onStream: (stream) => core.attach(stream),
    pace: () => core.pace,
    clock,
    random,
    log,
  });

  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    powered.save();
    await core.close();
    await medium.stop();
    process.exit(0);
  };
  const end = () => void stop().catch(() => process.exit(1));
  const loseNetwork = (ms: number): void => {
    const cut = async (): Promise<void> => {
      await medium.stop();
      await clock.sleep(ms);
      if (!stopping.signal.aborted) await medium.start();
      say({ event: "network-back" });
    };
    cut().catch(failed("device.network_failed"));
  };
  const every = async (ms: number, task: () => void | Promise<void>): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(ms);
      if (!stopping.signal.aborted) await task();
    }
  };

  const sleepAgainAndAgain = async (seconds: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(awakeMs);
      if (!(await core.sleep(seconds).catch(() => false)) || stopping.signal.aborted) continue;
      await medium.stop();
      say({ event: "asleep", seconds });
      await clock.sleep(1000 * seconds);
      if (!stopping.signal.aborted) await medium.start();
      say({ event: "awake" });
    }
  };

  await medium.start();
  const place = medium.port === undefined ? {} : { port: medium.port };
  say({ event: "ready", deviceUdf: core.deviceUdf, medium: flags.medium, ...place });

  const device = { core, appliance, flash, powered, loseNetwork, stop: end, status: () => ({ medium: flags.medium, hails: shown, ...place }) };
  input.removeAllListeners();
  input.on("line", (line) => {
    if (line.trim() === "") return;
    try {
      say({ ok: line.trim(), ...control(line, device) });
    } catch (error) {
      const { code, message } = asMeshError(error);
      say({ error: code, order: line.trim(), message });
    }
  });
  input.on("close", () => flags.exitWithInput && end());
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.removeAllListeners(signal).on(signal, end);

  const { seed, intervalMs, sleepSeconds } = flags;
  const world = runAppliance({ appliance, className: image.factory.Class, seed, intervalMs, clock, signal: stopping.signal });
  const loops = [every(saveMs, () => powered.save()), every(hailPeriodMs, () => medium.refresh().catch(failed("device.renew_failed"))), world];
  if (sleepSeconds > 0) loops.push(sleepAgainAndAgain(sleepSeconds));
  await Promise.race([Promise.all(loops), restarted]);
}

try {
  const flags = readFlags(process.argv.slice(2));
  if (flags === "help") process.stdout.write(usage);
  else {
    const input = createInterface({ input: process.stdin });
    for (;;) await run(flags, input);
  }
} catch (error) {
  const { code, message, hint, exitStatus } = asMeshError(error);
  process.stderr.write(`error: ${message}\nhint: ${code === "ERR_USAGE" ? "see --help" : hint}\n`);
  process.exit(exitStatus);
}
