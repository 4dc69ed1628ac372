/** `device accept --bridge NAME`: takes all devices over that a bridge offers, after showing what they are. */
import type { PendingHosted } from "../../../account/index.ts";
import { acceptHosted, closeUnwanted, pendingHosted } from "../../../account/index.ts";
import { asMeshError, catalogue, MeshError } from "../../../base/errors.ts";
import { confirm } from "../../term/confirm.ts";
import { counted } from "../../term/counted.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What accepting all of a bridge takes. */
export interface AcceptBridgeFlags {
  readonly bridge: string;
  readonly place?: string;
  readonly yes?: boolean;
}

/** Accepts them one by one: what is wrong with one stops none of the others. @returns the exit status: that of the first that was not accepted */
export async function acceptBridge(call: Invocation, { bridge, place, yes }: AcceptBridgeFlags): Promise<number> {
  const { output, stdin } = call;
  return inAccount(call, { doing: "accepting devices", sync: "needed" }, async (context) => {
    await closeUnwanted(context);
    const waiting = (await pendingHosted(context)).filter(({ offer }) => offer.Bridge === bridge);
    if (waiting.length === 0)
      throw new MeshError("ERR_NOT_FOUND", `no device of a bridge called ${JSON.stringify(bridge.slice(0, 64))} waits`, {
        hint: "'meshman device pending' shows what waits, and behind which bridge",
      });
    const hubs = new Set(waiting.map(({ hub }) => hub.udf));
    if (hubs.size > 1)
      throw new MeshError("ERR_AMBIGUOUS", `${hubs.size} hubs have a bridge called ${bridge}`, { hint: "accept the devices by their codes" });
    if (yes !== true) {
      if (!output.json) printTable(output, ["code", "name", "what"], waiting.map(rowOf));
      const whose = `the hub holds ${waiting.length === 1 ? "its key" : "their keys"}: whoever has hub or bridge has them`;
      await confirm({ output, input: stdin, question: `Take ${counted(waiting.length, "device")} of ${bridge} into the house? ${whose}` });
    }
    const accepted = [];
    const failed = [];
    for (const pending of waiting) {
      const { deviceUdf } = pending.device;
      try {
        const { LocalName: localName } = await acceptHosted(context, pending, place === undefined ? {} : { place });
        accepted.push({ deviceUdf, localName });
        if (!output.json) output.line(`${localName ?? deviceUdf}\t${deviceUdf}`);
      } catch (thrown) {
        const error = asMeshError(thrown);
        // What all would meet is met once.
        if (failed.length > 0 && accepted.length === 0) throw error;
        failed.push({ deviceUdf, localName: pending.offer.LocalName, error });
        output.say(`not accepted: ${pending.offer.LocalName ?? deviceUdf}: ${error.message}`);
      }
    }
    report(output, { bridge, accepted, failed }, () => undefined);
    output.say(`accepted: ${counted(accepted.length, "device")}; a hub offers 64 at once, so run it again when more wait`);
    const [first] = failed;
    return first ? catalogue[first.error.code].exit : 0;
  });
}

function rowOf({ code, offer, device: { description } }: PendingHosted): readonly string[] {
  const { Manufacturer, Model, Class } = description;
  return [code, offer.LocalName ?? "", `${Manufacturer} ${Model} (${Class})`];
}
