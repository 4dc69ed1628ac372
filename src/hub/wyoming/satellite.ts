/**
 * Who speaks through the Wyoming door, and where. The protocol proves nothing: the peer's address lets it in, and what it says of its satellites is
 * believed, so that whoever has an admitted address has what all its satellites have. A satellite goes by its satellite id, its device id, or the address
 * it comes from; the first of them that means something here counts. A grant of the kind satellite by that name says what it may do; without one,
 * a satellite that has a place in the configuration may do what does no harm in that place, and every other one nothing.
 */
import type { HubConfig } from "../../config/index.ts";
import { fold } from "../../driver/index.ts";
import type { NameBook } from "../../names/name-book.ts";
import type { GrantBook } from "../command/grant-book.ts";
import type { Principal } from "../command/principal.ts";
import { grantPrincipal } from "../command/principal.ts";
import { satellitePrefix } from "../command/standing-principal.ts";
import { called } from "../names/called.ts";
import type { Heard } from "./server.ts";

/** What satellites are known by. */
export interface SatelliteBook {
  readonly grants: Pick<GrantBook, "list">;
  readonly names: Pick<NameBook, "index">;
  readonly places: HubConfig["wyoming"]["places"];
}

/** Who says something, and where. */
export interface Speaker {
  /** By which it is known here. */
  readonly name: string;
  readonly principal: Principal;
  /** Key of the place where it stands. */
  readonly place: string | undefined;
}

/** The speaker of a sentence; undefined when nothing here is known of it. */
export function speakerOf({ satellite, device, address }: Pick<Heard, "satellite" | "device" | "address">, book: SatelliteBook): Speaker | undefined {
  for (const name of [satellite, device, address]) {
    const found = name === undefined || name === "" ? undefined : knownAs(name, book);
    if (found) return found;
  }
  return undefined;
}

function knownAs(name: string, { grants, names, places }: SatelliteBook): Speaker | undefined {
  const isNamed = (other: string): boolean => fold(other) === fold(name);
  const spot = places.find(({ satellite }) => isNamed(satellite));
  const place = spot && placeKey(spot.place, names);
  const grant = grants.list().find(({ Kind, LocalName }) => Kind === "satellite" && isNamed(LocalName));
  if (grant) return { name, principal: grantPrincipal(grant, "house"), place };
  return place === undefined ? undefined : { name, principal: placePrincipal(name, place), place };
}

/** A satellite without a grant: it sees its own place, and does there what does no harm. */
function placePrincipal(name: string, place: string): Principal {
  const limits = { places: [place], harmless: true };
  return {
    kind: "satellite",
    id: `${satellitePrefix}${name}`,
    name: `${name} (satellite)`,
    from: "house",
    rights: [
      { allows: "read", ...limits },
      { allows: "command", ...limits },
    ],
  };
}

/** By key, or by a name that one place alone has. */
function placeKey(name: string, { index: { places } }: Pick<NameBook, "index">): string | undefined {
  const found = called(places.values(), name, ({ key }) => key);
  return found.length === 1 ? found[0]?.key : undefined;
}
