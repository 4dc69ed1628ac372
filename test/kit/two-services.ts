/** Two services in one process that know each other as peers: alice at example.com, bob at example.net. Time is the test's. */
import { decodeObject } from "../../src/codec/index.ts";
import { newNonce } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { parseEnvelope } from "../../src/dare/index.ts";
import type { Dns, TransactResponse } from "../../src/protocol/index.ts";
import type { ServiceIdentity } from "../../src/provider/identity.ts";
import { loadIdentity } from "../../src/provider/identity.ts";
import type { Limits } from "../../src/provider/limits.ts";
import type { MeshService, MeshServiceOptions } from "../../src/provider/mesh-service.ts";
import { MessageComplete } from "../../src/schema/index.ts";
import { ManualClock, RunningClock } from "../harness/manual-clock.ts";
import { tempDirectory } from "../harness/suite.ts";
import { freePort } from "./free-port.ts";
import { message, Person, random, startService } from "./service.ts";

/** What is there besides the defaults. */
export interface TwoOptions {
  readonly com?: Partial<Limits>;
  readonly net?: Partial<Limits>;
  /** Peers of example.com besides example.net. */
  readonly peers?: MeshServiceOptions["peers"];
  /** How example.net looks up other domains. */
  readonly netDns?: Dns;
  /** Time runs, as for machines whose clock is not the test's: by time that stands a key would end in the second in which it was used. */
  readonly isRunning?: boolean;
}

/** Nobody listens here (RFC 6335: port 1 is tcpmux). */
const away = { domain: "example.info", url: "http://127.0.0.1:1" };

export class TwoServices {
  readonly clock: ManualClock | RunningClock;
  readonly #options: TwoOptions;
  readonly #dirs = { com: tempDirectory(), net: tempDirectory() };
  readonly #ports = { com: 0, net: 0 };
  com!: MeshService;
  net!: MeshService;
  alice!: Person;
  bob!: Person;

  constructor(options: TwoOptions = {}) {
    this.#options = options;
    this.clock = options.isRunning ? new RunningClock() : new ManualClock(Date.now());
  }

  async start(): Promise<this> {
    for (const name of ["com", "net"] as const) this.#ports[name] = await freePort();
    await this.startOne("com");
    await this.startOne("net");
    this.alice = await (await Person.meet("alice@example.com", this.com.url)).bind();
    this.bob = await (await Person.meet("bob@example.net", this.net.url)).bind();
    return this;
  }

  async startOne(name: "com" | "net"): Promise<void> {
    const other = name === "com" ? "net" : "com";
    const url = `http://127.0.0.1:${this.#ports[other]}`;
    const { netDns } = this.#options;
    const { service } = await startService({
      dir: this.#dirs[name],
      port: this.#ports[name],
      domains: [`example.${name}`],
      peers: [{ domain: `example.${other}`, url }, ...(name === "com" ? [away, ...(this.#options.peers ?? [])] : [])],
      ...(name === "net" && netDns ? { dns: netDns } : {}),
      clock: this.clock,
      limits: { strangerRequestBurst: 1e6, ...this.#options[name] },
    });
    this[name] = service;
  }

  dir(name: "com" | "net"): string {
    return this.#dirs[name];
  }

  /** Keys of a service that nobody knows. */
  async stranger(): Promise<{ identity: ServiceIdentity }> {
    return { identity: await loadIdentity({ dir: tempDirectory(), random }) };
  }

  /** Keys of example.com's host. */
  async hostOfCom(): Promise<{ identity: ServiceIdentity }> {
    return { identity: await loadIdentity({ dir: this.#dirs.com, random }) };
  }
}

export function contactFrom(person: Person): DareEnvelope {
  return message({ type: "MessageContact", body: { Sender: person.address } });
}

export function send(person: Person, Outbound: readonly DareEnvelope[], Accounts: readonly string[]): Promise<TransactResponse> {
  return person.client.transact({ Account: person.address, RequestId: newNonce(random), Outbound, Accounts });
}

/** EnvelopeIds in an Inbound. */
export async function inbound(person: Person): Promise<string[]> {
  return (await person.store("MMM_Inbound")).frames.slice(1).map(({ body }) => parseEnvelope(body).header.EnvelopeId!);
}

/** What the service told of what was sent. */
export async function fates(person: Person): Promise<{ account: string; fate: string; code?: string }[]> {
  const envelopes = (await person.store("MMM_Outbound")).frames.slice(1).map(({ body }) => parseEnvelope(body));
  return envelopes
    .filter(({ header }) =>
      Buffer.from(header.ContentMetaData as never)
        .toString()
        .includes("MessageComplete"),
    )
    .flatMap(({ body }) => decodeObject(MessageComplete, body).References)
    .map(({ Account, Relationship, ErrorCode }) => ({ account: Account!, fate: Relationship, ...(ErrorCode && { code: ErrorCode }) }));
}
