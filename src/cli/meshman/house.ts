/** An account's devices as people know them: names, places, descriptions, states; from this device's copies alone. */

import type { AccountContext } from "../../account/index.ts";
import { fromDateTime } from "../../base/clock.ts";
import { isMeshError } from "../../base/errors.ts";
import { packagePath } from "../../base/package-root.ts";
import type { NamedThing, NameIndex } from "../../driver/index.ts";
import { loadDrivers, loadLanguage, makeNameIndex, makeVocabulary } from "../../driver/index.ts";
import {
  type CatalogedDevice,
  type CatalogedState,
  DeviceDescription,
  DevicePreconfigurationPublic,
  deviceCatalog,
  peekObject,
  placeCatalog,
  stateCatalog,
} from "../../schema/index.ts";

/** One device. */
export interface Member {
  readonly device: CatalogedDevice;
  readonly name: string;
  readonly kind: "this" | "hub" | "full" | "constrained" | "hosted";
  readonly roles: readonly string[];
  /** Of devices that came with a printed code. */
  readonly description: DeviceDescription | undefined;
  readonly state: CatalogedState | undefined;
  /** What is known of it now: a hub that has gone silent vouches for nothing. */
  readonly status: CatalogedState["Status"] | undefined;
}

/** All of them, ready for look-up. */
export interface House {
  readonly members: readonly Member[];
  readonly byUdf: ReadonlyMap<string, Member>;
  readonly index: NameIndex;
  readonly placeName: (key: string | undefined) => string | undefined;
}

/** A hub reports at least every 15 minutes (extensions §7); after this it counts as silent. */
const silentMs = 20 * 60_000;

/** The house of an account. */
export function houseOf(context: AccountContext): House {
  const now = context.ports.clock.now();
  const states = new Map(listStates(context).map((state) => [state.DeviceUdf, state]));
  const members = context.list(deviceCatalog).map(({ value }) => memberOf(context, value, states, now));
  const places = context.list(placeCatalog).map(({ value }) => value);
  const { drivers } = loadDrivers({ packageDir: packagePath("drivers"), log: context.ports.log });
  const index = makeNameIndex({
    things: members.flatMap((member): NamedThing[] => thingOf(member)),
    places: places.map(({ Key, LocalName, LocalNames, Parent }) => ({ key: Key, name: LocalName, aliases: LocalNames, parent: Parent })),
    vocabulary: makeVocabulary(drivers.values(), loadLanguage("en")),
  });
  return {
    members,
    byUdf: new Map(members.map((member) => [member.device.DeviceUdf, member])),
    index,
    placeName: (key) => (key === undefined ? undefined : (places.find(({ Key }) => Key === key)?.LocalName ?? key)),
  };
}

/** States are for those who may read them; the names are for all. */
function listStates(context: AccountContext): readonly CatalogedState[] {
  try {
    return context.list(stateCatalog).map(({ value }) => value);
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_AUTHORIZED")) return [];
    throw error;
  }
}

function memberOf(context: AccountContext, device: CatalogedDevice, states: ReadonlyMap<string, CatalogedState>, now: number): Member {
  const roles = context.directory.find(device.DeviceUdf)?.connection.Roles ?? [];
  const description = descriptionOf(device);
  const state = states.get(device.DeviceUdf);
  const hub = states.get(roles.includes("hub") ? device.DeviceUdf : (device.HubUdf ?? ""));
  const isSilent = hub === undefined || now - fromDateTime(hub.Updated) > silentMs;
  return {
    device,
    name: device.LocalName ?? description?.Model ?? device.DeviceUdf,
    kind: kindOf(context, device, roles),
    roles,
    description,
    state,
    status: state === undefined ? undefined : isSilent ? "Unknown" : state.Status,
  };
}

function kindOf(context: AccountContext, device: CatalogedDevice, roles: readonly string[]): Member["kind"] {
  if (device.DeviceUdf === context.deviceUdf) return "this";
  if (roles.includes("hub")) return "hub";
  if (roles.includes("hosted")) return "hosted";
  return device.Constrained ? "constrained" : "full";
}

/** The description was verified when the device was accepted, and only administrators write the catalog. */
function descriptionOf({ EnvelopedDevicePreconfigurationPublic: enveloped }: CatalogedDevice): DeviceDescription | undefined {
  try {
    return enveloped && peekObject(DeviceDescription, peekObject(DevicePreconfigurationPublic, enveloped).EnvelopedDeviceDescription);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return undefined;
  }
}

function thingOf({ device, name, description, status }: Member): NamedThing[] {
  if (!description) return [];
  const { DeviceUdf, LocalNames, Place } = device;
  return [
    {
      udf: DeviceUdf,
      name,
      aliases: LocalNames,
      place: Place,
      class: description.Class,
      description,
      online: status === undefined ? undefined : status === "Online",
    },
  ];
}
