/** `hub list`: the hubs of the account, as they have reported. */
import { MeshError } from "../../../base/errors.ts";
import { showTime } from "../../term/age.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import type { House, Member } from "../house.ts";
import { houseOf } from "../house.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** Lists them. */
export async function hubList(call: Invocation): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const house = await houseOf(context);
    const hubs = hubsOf(house).map((hub) => {
      const devices = house.members.filter(({ entry }) => entry.HubUdf === hub.udf).length;
      return {
        hubUdf: hub.udf,
        localName: hub.name,
        place: house.book.placeName(hub.entry.Place),
        status: hub.status ?? "Unknown",
        updated: hub.state?.Updated,
        devices,
      };
    });
    report(output, { hubs }, () => {
      const rows = hubs.map(({ localName, place = "", status, updated, devices, hubUdf }) => [
        localName,
        place,
        status,
        updated === undefined ? "never" : showTime(output, updated, ports.clock.now()),
        String(devices),
        hubUdf,
      ]);
      printTable(output, ["name", "place", "status", "heard", "devices", "fingerprint"], rows);
    });
    output.say(
      hubs.length === 0 ? "no hub yet: 'meshman account pin --role hub' lets one join" : "next: 'meshman hub open' shows the way into its page",
    );
  });
}

/** The hubs of a house. */
export function hubsOf({ members }: House): readonly Member[] {
  return members.filter(({ kind }) => kind === "hub");
}

/** The hub that is meant: by name or by eight characters of its fingerprint, or the only one. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
export function chosenHub(house: House, text: string | undefined): Member {
  const hubs = hubsOf(house);
  const wanted = text?.trim().toLowerCase();
  const isMeant = ({ name, udf }: Member): boolean =>
    wanted === undefined || name.toLowerCase() === wanted || (wanted.length >= 8 && udf.toLowerCase().startsWith(wanted));
  const [found, another] = hubs.filter(isMeant);
  if (!found) {
    const what = wanted === undefined ? "the account has no hub" : `no hub is called ${JSON.stringify(text)}`;
    throw new MeshError("ERR_NOT_FOUND", what, { hint: "'meshman hub list' shows them" });
  }
  if (another)
    throw new MeshError("ERR_AMBIGUOUS", `which hub: ${hubs.map(({ name }) => name).join(" or ")}?`, { hint: "name it: 'meshman hub open NAME'" });
  return found;
}
