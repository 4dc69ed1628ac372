/**
 * Many virtual devices in one process, so that two hundred of them leave room on the machine for the hub that is measured. Each has its image,
 * its own connection and its own link, exactly as firmware-stubs/virtual/main.ts gives it; those on TCP are announced by one responder, which answers
 * for each in a packet of its own. Orders on standard input: `power DIR`, `power-tcp DIR`, `report MS` (each device changes a value every MS milliseconds; 0 ends it), and the end of input ends the process.
 */
import { createInterface } from "node:readline";
import type { Appliance } from "../../firmware-stubs/virtual/appliance/appliance.ts";
import { makeAppliance } from "../../firmware-stubs/virtual/appliance/classes.ts";
import { DeviceCore } from "../../firmware-stubs/virtual/device/device-core.ts";
import { Flash } from "../../firmware-stubs/virtual/image/flash.ts";
import { DeviceImage } from "../../firmware-stubs/virtual/image/image.ts";
import { PoweredClock } from "../../firmware-stubs/virtual/image/powered-clock.ts";
import { type DeviceMedium, mqttMedium, tcpMedium } from "../../firmware-stubs/virtual/process/media.ts";
import { systemClock as clock } from "../../src/base/clock.ts";
import { silentLog as log } from "../../src/base/log.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { hailPeriodMs, type LinkStream } from "../../src/link/index.ts";
import { CrowdResponder } from "./crowd-responder.ts";

const [broker = ""] = process.argv.slice(2);
const appliances: Appliance[] = [];
let sent = 0;
let timers: NodeJS.Timeout[] = [];
let responder: CrowdResponder | undefined;

async function power(dir: string, on: "mqtt" | "tcp"): Promise<void> {
  const image = new DeviceImage(new Flash(dir, () => process.exit(1)));
  const appliance = makeAppliance(image.factory.Class, appliances.length);
  const core = new DeviceCore({
    image,
    appliance,
    powered: new PoweredClock(image, clock),
    clock,
    random,
    log,
    onEvent: () => undefined,
    onHails: (reconnect) => void (reconnect ? medium.reconnect() : medium.renew()).catch(() => undefined),
  });
  const options = {
    hails: () => core.hails(),
    password: (tag: string) => core.password(tag),
    onStream: (stream: LinkStream) => core.attach(stream),
    pace: () => core.pace,
    clock,
    random,
    log,
  };
  const medium: DeviceMedium =
    on === "mqtt"
      ? mqttMedium({ ...options, broker: `mqtt://${broker}` })
      : tcpMedium({ ...options, hails: () => shown, host: "127.0.0.1", port: 0 });
  const shown = core.hails();
  await medium.start();
  if (medium.port !== undefined) {
    responder ??= await CrowdResponder.open();
    responder.announce({ port: medium.port, hails: shown });
  }
  setInterval(() => void medium.refresh().catch(() => undefined), hailPeriodMs);
  appliances.push(appliance);
}

/** Spread over the period, as devices that know nothing of each other are. */
function report(periodMs: number): void {
  for (const timer of timers) clearInterval(timer);
  timers = [];
  if (periodMs === 0) return;
  for (const [index, appliance] of appliances.entries()) {
    const name = appliance.description.Class === "light" ? "Brightness" : "Temperature";
    let value = index % 50;
    const change = (): void => {
      value = (value + 1) % 50;
      appliance.change(name, value);
      sent += 1;
    };
    setTimeout(() => timers.push(setInterval(change, periodMs)), (periodMs * index) / appliances.length);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [order = "", argument = ""] = line.split(" ");
  if (order === "power") await power(argument, "mqtt");
  else if (order === "power-tcp") await power(argument, "tcp");
  else if (order === "report") report(Number(argument));
  process.stdout.write(`${JSON.stringify({ ok: order, sent })}\n`);
}
process.exit(0);
