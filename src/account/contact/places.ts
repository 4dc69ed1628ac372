/** Places for the requests of strangers that wait for the owner: so many for all, and a share for each domain, so that none keeps the others out. */
import { siteOf } from "../../schema/index.ts";
import { contactLimits } from "./limit.ts";

/** The places of one list; none is given back. */
export class WaitingPlaces {
  readonly #bySite = new Map<string, number>();
  #taken = 0;

  /** Takes a place for an address. @returns why there is none */
  take(address: string): string | undefined {
    const { waiting, waitingOfSite } = contactLimits;
    const site = siteOf(address);
    const taken = this.#bySite.get(site) ?? 0;
    if (this.#taken >= waiting) return `${waiting} requests wait already`;
    if (taken >= waitingOfSite) return `${waitingOfSite} requests of ${site} wait already`;
    this.#taken += 1;
    this.#bySite.set(site, taken + 1);
    return undefined;
  }
}
