/** `network …`: the Wi-Fi networks of the house. Every device that sees the house reads them. */
import {
  type AccountContext,
  deleteRecord,
  findPlace,
  findRecord,
  keepRecords,
  longestWifiFile,
  networks,
  parseWifiFile,
  placeLabel,
  reasonAgainst,
  records,
  type WifiFile,
} from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { networksOfMachine } from "../../../machine/network-manager.ts";
import { type CatalogedNetwork, placeCatalog } from "../../../schema/index.ts";
import { contentOf } from "../../term/content.ts";
import { counted } from "../../term/counted.ts";
import { report } from "../../term/output.ts";
import { printFields, printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import type { PasswordFlags } from "./secret.ts";
import { passwordOf } from "./secret.ts";

/** What `network add` takes. */
export interface NetworkFlags extends PasswordFlags {
  /** Places whose devices are to be in it; of all that no other network names when there is none. */
  readonly place?: readonly string[];
}

/** What `network import` takes beside a file. */
export interface NetworkImportFlags {
  readonly machine?: boolean;
  /** Names of networks that the machine knows. */
  readonly ssid?: readonly string[];
}

/** `network add SSID [PASSWORD]`. A network that is there keeps its places, unless others are given. */
export async function networkAdd(
  call: Invocation,
  { ssid, secret }: { readonly ssid: string; readonly secret: string | undefined },
  flags: NetworkFlags,
): Promise<void> {
  const { output } = call;
  const Password = await passwordOf(call, secret, flags);
  const reason = reasonAgainst(ssid, Password);
  if (reason !== undefined) throw new MeshError("ERR_USAGE", reason);
  const { fresh, places } = await inAccount(call, { doing: "keeping the network", sync: "needed" }, async (context) => {
    const given = flags.place?.map((name) => findPlace(context, name).Key);
    const [entry = { Service: ssid, Password }] = await withPlaces(context, [{ Service: ssid, Password, ...(given ? { Labels: given } : {}) }]);
    return { fresh: await keepRecords(context, networks, [entry]), places: placesOf(context, entry) };
  });
  report(output, { ssid, replaced: fresh === 0, places }, () => output.line(ssid));
  if (fresh === 0) output.say("it took the place of the one that was there");
}

/** `network import FILE`, or `--machine`. */
export async function networkImport(call: Invocation, file: string | undefined, flags: NetworkImportFlags): Promise<void> {
  const { output } = call;
  const { networks: found, passed } = await namedNetworks(call, file, flags);
  const fresh = await inAccount(call, { doing: "keeping the networks", sync: "needed" }, async (context) =>
    found.length === 0 ? 0 : keepRecords(context, networks, await withPlaces(context, found)),
  );
  const names = found.map(({ Service }) => Service);
  report(output, { networks: names, new: fresh, passed }, () => {
    for (const name of names) output.line(name);
  });
  for (const { name, reason } of passed) output.say(`passed over: ${JSON.stringify(name)}: ${reason}`);
  output.say(`${counted(names.length, "network")} kept, ${fresh} of them new`);
}

async function namedNetworks(call: Invocation, file: string | undefined, { machine = false, ssid }: NetworkImportFlags): Promise<WifiFile> {
  if ((file === undefined) !== machine) {
    throw new MeshError("ERR_USAGE", machine ? "both a file and --machine are given" : "neither a file nor --machine is given");
  }
  if (file !== undefined) {
    if (ssid !== undefined) throw new MeshError("ERR_USAGE", "--ssid goes with --machine: of a file all networks are taken");
    return parseWifiFile(await textOf(call, file));
  }
  return networksOfMachine({ names: ssid ?? [], signal: call.signal, ...(call.systemBus === undefined ? {} : { bus: call.systemBus }) });
}

/** `network get SSID`. */
export async function networkGet(call: Invocation, ssid: string): Promise<void> {
  const { output } = call;
  const { entry } = await inAccount(call, { doing: "synchronising", sync: "wanted" }, (context) => findRecord(context, networks, ssid));
  report(output, { ssid: entry.Service, password: entry.Password }, () =>
    printFields(output, [
      ["ssid", entry.Service],
      ["password", entry.Password],
    ]),
  );
}

/** `network list`. */
export async function networkList(call: Invocation): Promise<void> {
  const { output } = call;
  const rows = await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) =>
    (await records(context, networks)).map(({ entry }) => ({ ssid: entry.Service, places: placesOf(context, entry) })),
  );
  report(output, { networks: rows }, () =>
    printTable(
      output,
      ["ssid", "places"],
      rows.map(({ ssid, places }) => [ssid, places.join(", ")]),
    ),
  );
  if (rows.length === 0) output.say("no networks yet; 'meshman network add SSID --password-file FILE' keeps one");
}

/** `network delete SSID`. */
export async function networkDelete(call: Invocation, ssid: string): Promise<void> {
  const { output } = call;
  const { entry } = await inAccount(call, { doing: "deleting the network", sync: "needed" }, (context) => deleteRecord(context, networks, ssid));
  report(output, { ssid: entry.Service }, () => output.line(entry.Service));
}

/** Entries with the places of those that they take the place of. */
async function withPlaces(context: AccountContext, entries: readonly CatalogedNetwork[]): Promise<readonly CatalogedNetwork[]> {
  const before = new Map((await records(context, networks)).map(({ key, entry }) => [key, entry.Labels]));
  return entries.map((entry) => {
    const Labels = entry.Labels ?? before.get(networks.catalog.keyOf(entry));
    return Labels === undefined ? entry : { ...entry, Labels };
  });
}

/** Names of the places of a network, as far as they are still there. */
function placesOf(context: AccountContext, { Labels = [] }: CatalogedNetwork): string[] {
  const places = context.list(placeCatalog).map(({ value }) => value);
  return places.filter(({ Key }) => Labels.includes(Key)).map((place) => placeLabel(places, place));
}

async function textOf(call: Invocation, file: string): Promise<string> {
  const content = await contentOf(call, file);
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of content.read("reading")) {
    text += decoder.decode(part, { stream: true });
    if (text.length > longestWifiFile) throw new MeshError("ERR_TOO_LARGE", `${file} is longer than any file of networks`);
  }
  return text + decoder.decode();
}
