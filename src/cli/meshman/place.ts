/** `place …`: rooms, floors and houses. */
import { addPlace, deletePlace, placeLabel } from "../../account/index.ts";
import { deviceCatalog, placeCatalog } from "../../schema/index.ts";
import { report } from "../term/output.ts";
import { printTable } from "../term/table.ts";
import { inAccount } from "./session.ts";
import type { Invocation } from "./surroundings.ts";

/** `place add NAME`. */
export async function placeAdd(call: Invocation, name: string, flags: { readonly in?: string }): Promise<void> {
  const { output } = call;
  const place = await inAccount(call, { doing: "adding the place", sync: "needed" }, (context) =>
    addPlace(context, { name, ...(flags.in === undefined ? {} : { parent: flags.in }) }),
  );
  report(output, { key: place.Key, localName: place.LocalName }, () => output.line(place.LocalName));
  output.say(`next: 'meshman device name DEVICE --place ${JSON.stringify(place.LocalName)}'`);
}

/** `place list`: the places as a tree, each with the number of devices that stand in it. */
export async function placeList(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const places = context.list(placeCatalog).map(({ value }) => value);
    const devices = context.list(deviceCatalog).map(({ value }) => value);
    const nameOf = (key: string | undefined): string | undefined => places.find(({ Key }) => Key === key)?.LocalName;
    const rows = [...places]
      .sort((a, b) => a.LocalName.localeCompare(b.LocalName))
      .map((place) => ({
        key: place.Key,
        localName: place.LocalName,
        label: placeLabel(places, place),
        aliases: (place.LocalNames ?? []).map(({ Name }) => Name),
        in: nameOf(place.Parent),
        devices: devices.filter(({ Place }) => Place === place.Key).length,
      }));
    report(output, { places: rows.map(({ label: _, ...row }) => row) }, () =>
      printTable(
        output,
        ["name", "in", "devices"],
        rows.map((row) => [row.label, row.in ?? "", String(row.devices)]),
      ),
    );
    if (rows.length === 0) output.say("no places yet; 'meshman place add kitchen' makes one");
  });
}

/** `place delete NAME`. */
export async function placeDelete(call: Invocation, name: string): Promise<void> {
  const { output } = call;
  const place = await inAccount(call, { doing: "deleting the place", sync: "needed" }, (context) => deletePlace(context, name));
  report(output, { key: place.Key, localName: place.LocalName }, () => output.line(place.LocalName));
}
