/**
 * What zigbee2mqtt announces: `BASE/bridge/devices` lists every device with what it exposes, states come at `BASE/NAME`, commands go to
 * `BASE/NAME/set`. A device with several endpoints (a double switch, say) becomes one device each. Groups, settings and diagnostics are left out.
 */
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { isObject } from "../codec/index.ts";
import type { Availability, Change, Dialect, ForeignDevice } from "./foreign-device.ts";
import { foreignTopic, label, listOf, parseAnnouncement, textOf, wantedName } from "./payload.ts";
import { assemble, type Drivers } from "./wiring.ts";
import { assembliesOf } from "./zigbee-class.ts";
import { partsOf } from "./zigbee-expose.ts";

/** Devices of one bridge. */
export const mostDevices = 256;

/** A bridge at a base topic. */
export function zigbee2mqtt({ base, drivers }: { readonly base: string; readonly drivers: Drivers }): Dialect {
  const list = `${base}/bridge/devices`;
  let known: ReadonlySet<string> = new Set();
  return {
    filters: [list],
    take({ topic, payload }) {
      if (topic !== list) return undefined;
      const changes = announcedDevices(payload, { base, drivers });
      const there = new Set(changes.flatMap((change) => (change.kind === "announced" ? [change.device.foreignId] : [])));
      const gone = [...known].filter((foreignId) => !there.has(foreignId)).map((foreignId): Change => ({ kind: "gone", foreignId }));
      known = there;
      return [...changes, ...gone];
    },
  };
}

/** The devices of a `bridge/devices`. What is wrong with one stops none of the others. Errors: ERR_ENCODING, ERR_TOO_LARGE, ERR_SCHEMA. */
export function announcedDevices(payload: Uint8Array, options: { readonly base: string; readonly drivers: Drivers }): readonly Change[] {
  const entries = parseAnnouncement(payload);
  if (!Array.isArray(entries)) throw new MeshError("ERR_SCHEMA", "the list of devices is no list");
  const changes: Change[] = [];
  const ids = new Set<string>();
  const names = new Set<string>();
  let count = 0;
  for (const entry of entries as readonly Datum[]) {
    if (!isObject(entry) || entry.type === "Coordinator" || entry.disabled === true) continue;
    const foreignId = addressOf(entry) ?? "an address that is none";
    const name = wantedName(entry.friendly_name);
    count += 1;
    try {
      if (count > mostDevices) throw new MeshError("ERR_QUOTA", `a bridge has ${mostDevices} devices here, and no more`);
      if (ids.has(foreignId)) throw new MeshError("ERR_SCHEMA", `${foreignId} is in the list twice`);
      ids.add(foreignId);
      for (const device of devicesOf(entry, foreignId, options, names)) changes.push({ kind: "announced", device });
    } catch (error) {
      changes.push({ kind: "refused", foreignId, name, reason: asMeshError(error).message });
      if (count > mostDevices) break;
    }
  }
  return changes;
}

function addressOf({ ieee_address: address }: DatumObject): string | undefined {
  const text = textOf(address);
  return text !== undefined && /^0x[0-9a-f]{16}$/i.test(text) ? text.toLowerCase() : undefined;
}

/** Last levels of topics that are not a device's name. */
const reserved = /(^|\/)(set|get|availability)$|^bridge(\/|$)/;

function devicesOf(
  entry: DatumObject,
  foreignId: string,
  { base, drivers }: { readonly base: string; readonly drivers: Drivers },
  names: Set<string>,
): readonly ForeignDevice[] {
  if (!addressOf(entry)) throw new MeshError("ERR_SCHEMA", "its address is no address of Zigbee");
  const friendly = textOf(entry.friendly_name) ?? foreignId;
  const topic = foreignTopic(`${base}/${friendly}`);
  if (reserved.test(friendly)) throw new MeshError("ERR_SCHEMA", `its name ${JSON.stringify(friendly)} is a topic of the bridge itself`);
  if (names.has(friendly)) throw new MeshError("ERR_SCHEMA", `two devices are called ${JSON.stringify(friendly)}`);
  names.add(friendly);
  const { definition } = entry;
  if (!isObject(definition)) throw new MeshError("ERR_SCHEMA", "its bridge does not know what it is");
  const parts = partsOf(listOf(definition.exposes));
  const availability: readonly Availability[] = [`${base}/bridge/state`, `${topic}/availability`].map((place) => ({
    topic: place,
    path: ["state"],
    online: ["online"],
    offline: ["offline"],
  }));
  const what = `${textOf(definition.description) ?? ""} ${friendly}`;
  const common = {
    drivers,
    manufacturer: label(definition.vendor, "unknown maker"),
    model: label(definition.model, "unknown model"),
    version: label(entry.software_build_id, "1"),
    availability,
  };
  const name = wantedName(friendly === foreignId ? definition.description : friendly);
  return assembliesOf(parts, { topic, what }).map(({ endpoint, ...assembly }) =>
    assemble({
      ...common,
      ...assembly,
      whole: foreignId,
      foreignId: endpoint === undefined ? foreignId : `${foreignId}/${endpoint}`,
      name: endpoint === undefined || name === undefined ? name : `${name} ${endpoint}`,
    }),
  );
}
