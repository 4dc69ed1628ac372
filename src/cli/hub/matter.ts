/** Commands about Matter: matter status, pair, disconnect, devices, allow, deny. */
import { qrForTerminal } from "../../codec/qr/index.ts";
import { report } from "../term/output.ts";
import { printTable } from "../term/table.ts";
import type { Invocation } from "./invocation.ts";

/** What `pair` takes. */
export interface PairFlags {
  readonly qr?: boolean;
}

const states = {
  off: "off",
  up: "it runs",
  down: "it does not run",
  unavailable: "it cannot run",
} as const;

/** `matter status`. @returns 1 when it is wanted and does not run */
export async function status({ output, hub }: Invocation): Promise<number> {
  const shown = await hub().matterStatus();
  const { state, detail, devices, ecosystems, pairingUntil } = shown;
  report(output, shown, () => {
    output.line(`${states[state]}${detail === undefined ? "" : `: ${detail}`}`);
    output.line(`${devices} ${devices === 1 ? "device goes" : "devices go"} out`);
    if (ecosystems.length > 0)
      printTable(
        output,
        ["ecosystem", "vendor"],
        ecosystems.map(({ label, vendor }) => [label, `0x${vendor.toString(16).padStart(4, "0")}`]),
      );
    if (pairingUntil !== undefined) output.line(`whoever has the code is let in until ${pairingUntil}`);
  });
  if (state === "off") output.say("next: 'mesh-hub config set matter.enabled true', then start the hub again");
  else if (state === "up" && ecosystems.length === 0) output.say("no ecosystem has added it: 'mesh-hub matter pair' shows the code for one");
  return state === "down" || state === "unavailable" ? 1 : 0;
}

/** `matter pair`: the code goes to stdout alone. */
export async function pair({ output, hub }: Invocation, { qr = true }: PairFlags): Promise<void> {
  const made = await hub().matterPair();
  report(output, made, () => {
    if (qr && output.isTerminal) output.say(qrForTerminal(made.qr));
    output.line(dashed(made.manual));
    output.line(made.qr);
  });
  output.say(`next: add a Matter device in the ecosystem's app within ${made.minutes} minutes, by this code; it is not shown again`);
  output.say("the bridge is not certified, so the app warns of it; what goes out is then known to the ecosystem, and to its maker's computers");
  if (made.devices === 0) output.say("no device goes out yet: 'mesh-hub matter allow NAME' lets it");
}

/** As they are printed on devices: 1234-567-8901. */
function dashed(digits: string): string {
  return digits.length === 11 ? `${digits.slice(0, 4)}-${digits.slice(4, 7)}-${digits.slice(7)}` : digits;
}

/** `matter disconnect` */
export async function disconnect({ output, hub }: Invocation): Promise<void> {
  const ended = await hub().matterDisconnect();
  report(output, ended, () => output.line(`the bridge has left ${ended.ecosystems} ${ended.ecosystems === 1 ? "ecosystem" : "ecosystems"}`));
  if (ended.untold !== undefined) output.say(`they could not be told (${ended.untold}): remove the bridge in their apps`);
}

/** `matter devices` */
export async function devices({ output, hub }: Invocation): Promise<void> {
  const { devices: all } = await hub().matterDevices();
  report(output, { devices: all }, () => {
    if (all.length === 0) return output.say("no device is behind this hub yet: 'mesh-hub onboard' connects one");
    printTable(
      output,
      ["name", "class", "to Matter", "goes out", "fingerprint"],
      all.map(({ name, class: kind, as, seen, udf }) => [name, kind, as.length === 0 ? "no counterpart" : as.join(", "), words[seen], udf]),
    );
  });
}

const words = { list: "yes", grant: "by a grant", no: "no" } as const;

/** `matter allow` and `matter deny` */
export async function share({ output, hub }: Invocation, names: readonly string[], isShared: boolean): Promise<void> {
  const changed = await hub().matterShare(names, isShared);
  report(output, { devices: changed }, () => {
    for (const { name, seen } of changed) output.line(`${name}: ${seen === "no" ? "does not go out" : "goes out"}`);
  });
  if (!isShared && changed.some(({ seen }) => seen === "grant"))
    output.say("next: a grant of the account still lets some of them out; 'meshman grant list' on a machine of the owner shows it");
}
