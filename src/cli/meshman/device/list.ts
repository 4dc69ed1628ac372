/** `device list`: every device of the account with what its hub says of it. */
import { showSetting } from "../../../driver/index.ts";
import { showTime } from "../../term/age.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import type { House, Member } from "../house.ts";
import { houseOf } from "../house.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** Lists the devices. */
export async function deviceList(call: Invocation): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const house = houseOf(context);
    const now = ports.clock.now();
    const members = [...house.members].sort((a, b) => a.name.localeCompare(b.name));
    report(output, { devices: members.map((member) => memberResult(house, member)) }, () =>
      printTable(
        output,
        ["name", "place", "class", "hub", "status", "state", "says", "when", "roles", "udf"],
        members.map((member) => [
          member.name,
          house.placeName(member.device.Place) ?? "",
          classOf(member),
          hubName(house, member) ?? "",
          standing(member).toLowerCase(),
          valuesText(house, member),
          sourceOf(member) ?? "",
          showTime(output, member.state?.Updated, now),
          member.roles.join(","),
          member.device.DeviceUdf,
        ]),
      ),
    );
    if (members.some(({ status }) => status === "Unknown")) output.say("a status is unknown while its hub has not reported for 20 minutes");
  });
}

function classOf({ kind, description }: Member): string {
  if (kind === "this") return "this machine";
  return description?.Class ?? (kind === "hub" ? "hub" : "machine");
}

/** Where a device stands: what is under way comes before what was reported. */
function standing({ device, kind, status }: Member): string {
  if (device.SealedReleaseDevice) return "being released";
  if (kind === "constrained" && device.HubUdf === undefined) return "waits for a hub";
  if (kind === "constrained" && device.Connected === undefined) return "being connected";
  return status ?? "";
}

/** Whose word the values are: the hub's, while no device signs its reports and nobody verifies `EnvelopedReported`. */
function sourceOf({ state, kind }: Member): "hub" | "hosted" | undefined {
  if (!state?.Reported) return undefined;
  return kind === "hosted" ? "hosted" : "hub";
}

function hubName(house: House, { device }: Member): string | undefined {
  return device.HubUdf === undefined ? undefined : (house.byUdf.get(device.HubUdf)?.name ?? device.HubUdf);
}

/** The reported values in words. */
export function valuesText({ index }: House, { device, state }: Member): string {
  const thing = index.things.find(({ udf }) => udf === device.DeviceUdf);
  const values = state?.Reported?.Values ?? [];
  return values.map((value) => (thing ? showSetting(thing, value, index.vocabulary) : `${value.Name} ${String(value.Value)}`)).join(", ");
}

/** A device as JSON. */
export function memberResult(house: House, member: Member): Readonly<Record<string, unknown>> {
  const { device, description, state, kind, roles, status } = member;
  return {
    deviceUdf: device.DeviceUdf,
    localName: member.name,
    aliases: (device.LocalNames ?? []).map(({ Name }) => Name),
    place: house.placeName(device.Place),
    kind,
    class: description?.Class,
    manufacturer: description?.Manufacturer,
    model: description?.Model,
    roles,
    hubUdf: device.HubUdf,
    connected: device.Connected,
    standing: standing(member) || undefined,
    status,
    values: state?.Reported && Object.fromEntries(state.Reported.Values.map(({ Name, Value }) => [Name, Value])),
    source: sourceOf(member),
    updated: state?.Updated,
    lastContact: state?.LastContact,
  };
}
