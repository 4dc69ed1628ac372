/** `device connect`: this machine connects a device by its half of a split, while no administration device is on. */
import { connectBySplit } from "../../../account/index.ts";
import { deviceCode } from "../../term/device-code.ts";
import { report } from "../../term/output.ts";
import { besideOthers } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf, numberOf } from "../values.ts";

/** What it takes. */
export interface ConnectFlags {
  readonly place?: string;
  readonly wait?: string;
  /** Which of several codes in a picture. */
  readonly pick?: string;
}

const waitText = "180s";

/** `device connect CODE [NAME]`. */
export async function deviceConnect(call: Invocation, code: string, name: string | undefined, flags: ConnectFlags): Promise<void> {
  const { output, ports } = call;
  const seconds = durationOf(flags.wait ?? waitText, "s");
  const pick = flags.pick === undefined ? undefined : numberOf(flags.pick, { name: "--pick", least: 1, most: 64 });
  const wanted = {
    code: await deviceCode(code, { cwd: process.cwd(), pick, clock: ports.clock }),
    seconds,
    ...(name === undefined ? {} : { localName: name }),
    ...(flags.place === undefined ? {} : { place: flags.place }),
  };
  const device = await besideOthers(call, { doing: "connecting the device", sync: "needed" }, (context, turn) =>
    connectBySplit(context, wanted, { turn, tell: (text) => output.say(text), ...(call.signal ? { signal: call.signal } : {}) }),
  );
  const shown = device.LocalName ?? device.DeviceUdf;
  report(output, { deviceUdf: device.DeviceUdf, localName: device.LocalName, hub: device.HubUdf }, () => output.line(`connected\t${shown}`));
  output.say("the device has said so itself; an administration device deals its keys anew when it is on");
  output.say(`next: 'meshman device list', or 'meshman device say "turn on the ${shown}"'`);
}
