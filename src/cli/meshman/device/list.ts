/** `device list`: every device of the account with what its hub says of it. */
import { showTime } from "../../term/age.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import type { House, Member } from "../house.ts";
import { houseOf, inWords, saidOf } from "../house.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** Lists the devices. */
export async function deviceList(call: Invocation): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const house = await houseOf(context);
    const now = ports.clock.now();
    const members = [...house.members].sort((a, b) => a.name.localeCompare(b.name));
    report(output, { devices: members.map((member) => memberResult(house, member)) }, () =>
      printTable(
        output,
        ["name", "place", "class", "hub", "status", "state", "says", "when", "roles", "udf"],
        members.map((member) => [
          member.name,
          house.book.placeName(member.entry.Place) ?? "",
          classOf(member),
          hubName(house, member) ?? "",
          standing(member).toLowerCase(),
          [valuesText(house, member), lostText(member)].filter((text) => text !== "").join(" "),
          saidOf(member)?.source ?? "",
          showTime(output, member.state?.Updated, now),
          member.roles.join(","),
          member.udf,
        ]),
      ),
    );
    for (const { name, word } of members) {
      if (word?.isWithheld)
        output.say(`warning: ${name} has said something newer to this machine than the account shows; its own newest word is shown`);
    }
    if (members.some(({ status }) => status === "Unknown")) output.say("a status is unknown while its hub has not reported for 20 minutes");
  });
}

function classOf({ kind, description }: Member): string {
  if (kind === "this") return "this machine";
  return description?.Class ?? (kind === "hub" ? "hub" : "machine");
}

/** Where a device stands: what is under way comes before what was reported. */
function standing({ entry, kind, status }: Member): string {
  if (entry.SealedReleaseDevice) return "being released";
  if (kind === "constrained" && entry.HubUdf === undefined) return "waits for a hub";
  if (kind === "constrained" && entry.Connected === undefined) return "being connected";
  return status ?? "";
}

function hubName(house: House, { entry: { HubUdf: udf } }: Member): string | undefined {
  return udf === undefined ? undefined : (house.byUdf.get(udf)?.name ?? udf);
}

/** The reported values in words. */
export function valuesText(house: House, member: Member): string {
  return inWords(house, member, saidOf(member)?.values ?? []);
}

/** Events beyond the device's budget, of which nothing but their number is known. */
export function lostText({ state }: Member): string {
  return state?.EventsLost === undefined ? "" : `(${state.EventsLost} ${state.EventsLost === 1 ? "event" : "events"} lost)`;
}

/** A device as JSON. */
export function memberResult(house: House, member: Member): Readonly<Record<string, unknown>> {
  const { udf, entry, description, state, kind, roles, status, word } = member;
  const said = saidOf(member);
  return {
    deviceUdf: udf,
    localName: member.name,
    aliases: (entry.LocalNames ?? []).map(({ Name }) => Name),
    place: house.book.placeName(entry.Place),
    kind,
    class: description?.Class,
    manufacturer: description?.Manufacturer,
    model: description?.Model,
    roles,
    hubUdf: entry.HubUdf,
    bridge: entry.Hosted?.Bridge,
    foreignId: entry.Hosted?.ForeignId,
    connected: entry.Connected,
    standing: standing(member) || undefined,
    status,
    values: said && Object.fromEntries(said.values.map(({ Name, Value }) => [Name, Value])),
    withheld: word?.isWithheld ? true : undefined,
    eventsLost: state?.EventsLost,
    source: said?.source,
    updated: state?.Updated,
    lastContact: state?.LastContact,
  };
}
