/**
 * Lets clients into the broker: asks the policy, and keeps one live holder per client id.
 * A live client gives way only to one that logged in with at least its own standing; an unknown one never displaces anybody.
 */
import type { Client } from "aedes";
import type { Place } from "../../../base/crowd/place-pool.ts";
import type { LengthGuard } from "../guard/length-guard.ts";
import type { AccessPolicy, ConnectRequest, Principal } from "./access-policy.ts";
import type { Seats } from "./seats.ts";

/** What the broker knows of a connection before its client is admitted. */
interface Connection {
  readonly guard: LengthGuard;
  readonly seat: Place;
}

const rank = { unknown: 0, device: 1, owner: 2 } as const;

/** Admits clients and remembers their rights for as long as they live. */
export class Admission {
  readonly #policy: AccessPolicy;
  readonly #seats: Pick<Seats, "proven">;
  readonly #connections = new WeakMap<object, Connection>();
  readonly #requests = new WeakMap<object, Pick<ConnectRequest, "clean" | "hasWill">>();
  readonly #principals = new WeakMap<object, Principal>();
  readonly #holders = new Map<string, Client>();

  constructor(policy: AccessPolicy, seats: Pick<Seats, "proven">) {
    this.#policy = policy;
    this.#seats = seats;
  }

  /** Notes what a client speaks through. */
  arrived(client: object, connection: Connection): void {
    this.#connections.set(client, connection);
  }

  /** Network address of a client that has arrived. */
  address(client: object): string | undefined {
    return this.#connections.get(client)?.seat.address;
  }

  /** Notes what aedes shows of CONNECT only before it authenticates. */
  note(client: Client, request: Pick<ConnectRequest, "clean" | "hasWill">): void {
    this.#requests.set(client, request);
  }

  /** Asks the policy; undefined when the client is refused. */
  async admit(client: Client, login: Pick<ConnectRequest, "username" | "password">): Promise<Principal | undefined> {
    const request = this.#requests.get(client);
    const connection = this.#connections.get(client);
    if (request === undefined || connection === undefined) return undefined;
    const principal = await this.#policy.admit({ clientId: client.id, address: connection.seat.address, ...request, ...login });
    if (principal === undefined || client.closed) return undefined;
    // From here to the entry of the new holder nothing waits, so two logins cannot both find the place free.
    const holder = this.#holders.get(client.id);
    const held = holder !== undefined && !holder.closed ? this.#principals.get(holder) : undefined;
    if (held !== undefined && (principal.standing === "unknown" || rank[principal.standing] < rank[held.standing])) return undefined;
    this.#holders.set(client.id, client);
    this.#principals.set(client, principal);
    connection.guard.allow(principal.allowance);
    if (principal.standing !== "unknown") this.#seats.proven(connection.seat);
    return principal;
  }

  /** The link has proven a client that came as a stranger to be a device of the house: until it disconnects, what bounds strangers holds for it no longer. */
  proven(clientId: string): void {
    const client = this.#holders.get(clientId);
    const connection = client && this.#connections.get(client);
    const principal = client && this.#principals.get(client);
    if (client === undefined || connection === undefined || principal?.onceProven === undefined) return;
    const allowance = principal.onceProven;
    // Once: a session more is not another burst.
    this.#principals.set(client, { ...principal, allowance, onceProven: undefined });
    connection.guard.allow(allowance);
    this.#seats.proven(connection.seat);
  }

  /** Rights of an admitted client. */
  principal(client: object): Principal | undefined {
    return this.#principals.get(client);
  }

  /** Gives the place of a client back, unless another already holds it. */
  leave(client: Client): void {
    if (this.#holders.get(client.id) === client) this.#holders.delete(client.id);
  }
}
