/** `device name` and `release`. */

import { findDevice, nameDevice, releaseDevice } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { qrForTerminal } from "../../../codec/qr/index.ts";
import type { CatalogedDevice } from "../../../schema/index.ts";
import { confirm } from "../../term/confirm.ts";
import { report } from "../../term/output.ts";
import { houseOf } from "../house.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { memberResult } from "./list.ts";
import { tellDoubts } from "./name-doubts-told.ts";

/** What `device name` takes; an empty alias removes all of them. */
export interface NameFlags {
  readonly alias?: readonly string[];
  readonly place?: string;
}

/** `device name DEVICE [NAME]`: name, other names and place. */
export async function deviceName(call: Invocation, text: string, name: string | undefined, flags: NameFlags): Promise<void> {
  const { output } = call;
  if (name === undefined && flags.alias === undefined && flags.place === undefined) {
    throw new MeshError("ERR_USAGE", "nothing to change", { hint: "give a name, --alias or --place" });
  }
  await inAccount(call, { doing: "naming the device", sync: "needed" }, async (context) => {
    const found = findDevice(context, text);
    const device = await nameDevice(context, found.DeviceUdf, {
      ...(name === undefined ? {} : { localName: name }),
      ...(flags.alias === undefined ? {} : { aliases: flags.alias.filter((alias) => alias.trim() !== "") }),
      ...(flags.place === undefined ? {} : { place: flags.place }),
    });
    const after = await houseOf(context);
    const member = after.byUdf.get(device.DeviceUdf);
    if (name !== undefined || flags.alias !== undefined) await tellDoubts(output, device, after);
    report(output, member ? memberResult(after, member) : { deviceUdf: device.DeviceUdf }, () =>
      output.line([device.LocalName ?? device.DeviceUdf, after.book.placeName(device.Place)].filter(Boolean).join(" in ")),
    );
  });
}

function nameOf({ LocalName, DeviceUdf }: CatalogedDevice): string {
  return LocalName ?? DeviceUdf;
}

/** `device release DEVICE`: lets a device go to the next owner, under a new code. */
export async function deviceRelease(call: Invocation, text: string, flags: { readonly yes?: boolean }): Promise<void> {
  const { output, stdin } = call;
  const target = await inAccount(call, { doing: "synchronising", sync: "needed" }, async (context) => findDevice(context, text));
  if (!flags.yes) await confirm({ output, input: stdin, question: `Release ${nameOf(target)} (${target.DeviceUdf}) to a new owner?` });
  const uri = await inAccount(call, { doing: "releasing the device", sync: "needed" }, (context) => releaseDevice(context, target.DeviceUdf));
  report(output, { deviceUdf: target.DeviceUdf, uri }, () => {
    output.line(`URI=${uri}`);
    if (output.isTerminal) output.raw(`${qrForTerminal(uri)}\n`);
  });
  output.say("the printed code is void once the hub has carried this to the device; give the new owner this one");
}
