/**
 * The services of other domains: where they are, and which one each domain has. A fingerprint that was given in the configuration counts; else
 * the one that was met first, which is kept on the disk. Another one in its place is refused until whoever runs this service says otherwise.
 */

import { unlessAborted } from "../../base/abandon.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { Told } from "../../base/told.ts";
import type { ConfiguredPeer, Dns, ServiceLocation } from "../../protocol/index.ts";
import { findService, MeshClient } from "../../protocol/index.ts";
import { domainOf } from "../../schema/index.ts";
import type { ServiceIdentity } from "../identity.ts";
import type { Limits } from "../limits.ts";
import { PinFiles } from "./pin-files.ts";

/** What the book is made with. */
export interface PeerBookOptions {
  readonly dir: string;
  readonly identity: ServiceIdentity;
  /** Domains of this service; without, everything that no peer is configured for is its own. */
  readonly domains?: readonly string[];
  readonly peers: readonly ConfiguredPeer[];
  /** How services of other domains are looked up; undefined when none but the configured ones are peers. */
  readonly dns: Dns | undefined;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly told: Told;
  readonly log: Log;
}

/** A domain that could not be looked up for a caller is not looked up again for so long. */
const refuseMs = 60_000;
const mostRefused = 1024;

/** Finds and meets the services of other domains. */
export class PeerBook {
  readonly #options: PeerBookOptions;
  readonly #domains: ReadonlySet<string> | undefined;
  readonly #configured: ReadonlyMap<string, ConfiguredPeer>;
  readonly #pins: PinFiles;
  readonly #asking = new Map<string, Promise<string>>();
  readonly #refused = new Map<string, { readonly error: MeshError; readonly until: number }>();

  /** ERR_USAGE when a domain is this service's and a peer's, or two peers have it. */
  constructor(options: PeerBookOptions) {
    this.#options = options;
    this.#domains = options.domains && new Set(options.domains);
    this.#configured = new Map(options.peers.map((peer) => [peer.domain, peer]));
    this.#pins = new PinFiles({ dir: options.dir, most: options.limits.pinnedPeers });
    const own = options.peers.find(({ domain }) => this.#domains?.has(domain));
    if (own !== undefined) throw new MeshError("ERR_USAGE", `${own.domain} is a domain of this service and of a peer`);
    const twice = options.peers.find((peer) => this.#configured.get(peer.domain) !== peer);
    if (twice !== undefined) throw new MeshError("ERR_USAGE", `two peers are given for ${twice.domain}`);
  }

  /** True for the address of an account that another service has, or nobody; its form must be the stored one. */
  isForeign(address: string): boolean {
    const domain = domainOf(address);
    return this.#domains === undefined ? this.#configured.has(domain) : !this.#domains.has(domain);
  }

  /** True for a domain to which messages are sent, and from which they are taken. */
  isPeer(domain: string): boolean {
    return this.#configured.has(domain) || (this.#options.dns !== undefined && this.#domains !== undefined && !this.#domains.has(domain));
  }

  /**
   * UDF of the service that a domain has; it is looked up and pinned when it was never met.
   * @param takeLookup counts a lookup against whoever makes it necessary
   * Errors: ERR_NOT_AUTHORIZED for no peer; ERR_SERVICE_UNREACHABLE, ERR_VERIFICATION, ERR_QUOTA.
   */
  async udfOf(domain: string, takeLookup: () => void): Promise<string> {
    if (!this.isPeer(domain)) throw new MeshError("ERR_NOT_AUTHORIZED", `this service takes no messages from ${domain}`);
    const known = await this.#expected(domain);
    if (known !== undefined) return known;
    const refused = this.#refused.get(domain);
    if (refused !== undefined && this.#options.clock.monotonic() < refused.until) throw refused.error;
    takeLookup();
    const asking = this.#asking.get(domain) ?? this.#ask(domain).finally(() => this.#asking.delete(domain));
    this.#asking.set(domain, asking);
    return await asking;
  }

  /** A client of the service of a domain, which was asked who it is. Errors: those of udfOf. */
  async meet(domain: string, signal?: AbortSignal): Promise<MeshClient> {
    const { log, told } = this.#options;
    try {
      return await this.#meet(domain, signal);
    } catch (error) {
      const { code, message: reason, hint: remedy } = asMeshError(error);
      if (!signal?.aborted && code !== "ERR_SERVICE_UNREACHABLE" && told.isDue(`peer ${domain} ${code} ${reason}`))
        log.warn("peer.refused", { domain, code, reason, remedy });
      throw error;
    }
  }

  async #ask(domain: string): Promise<string> {
    const limit = AbortSignal.timeout(2 * this.#options.limits.peerTimeoutMs);
    try {
      const client = await unlessAborted(this.meet(domain, limit), limit);
      client.close();
      return udfOfService(client);
    } catch (cause) {
      const error = limit.aborted ? tooSlow(domain, cause) : cause;
      if (this.#refused.size >= mostRefused) this.#refused.clear();
      const until = this.#options.clock.monotonic() + refuseMs;
      this.#refused.set(domain, { error: asMeshError(error), until });
      throw error;
    }
  }

  async #meet(domain: string, signal?: AbortSignal): Promise<MeshClient> {
    let last: unknown = new MeshError("ERR_SERVICE_UNREACHABLE", `no host of ${domain} speaks a version of the protocol that is known here`);
    for (const location of await this.#locate(domain)) {
      try {
        return await this.#greet(domain, location, signal);
      } catch (error) {
        // Only one that is away leaves the question to the next host.
        if (!isMeshError(error, "ERR_SERVICE_UNREACHABLE")) throw error;
        last = error;
      }
    }
    throw last;
  }

  async #locate(domain: string): Promise<readonly ServiceLocation[]> {
    const configured = this.#configured.get(domain);
    if (configured !== undefined) return [configured];
    if (this.#options.dns === undefined || !this.isPeer(domain)) throw new MeshError("ERR_NOT_AUTHORIZED", `${domain} is no peer of this service`);
    return await findService(domain, this.#options.dns);
  }

  async #greet(domain: string, { url, udf: stated }: ServiceLocation, signal?: AbortSignal): Promise<MeshClient> {
    const { identity, limits, clock, random, log } = this.#options;
    const client = new MeshClient({
      url,
      link: identity.hostLink,
      clock,
      random,
      timeoutMs: limits.peerTimeoutMs,
      answerOctets: limits.peerAnswerOctets,
      attempts: 1,
    });
    await client.hello(signal === undefined ? {} : { signal });
    const shown = udfOfService(client);
    const expected = await this.#expected(domain);
    if (expected !== undefined && expected !== shown) throw this.#changed(domain, { expected, shown });
    if (expected !== undefined) return client;
    if (stated !== undefined && stated !== shown)
      throw new MeshError("ERR_VERIFICATION", `the DNS says that ${domain} has service ${stated}; ${shown} answers at ${url}`);
    const { udf, isNew } = await this.#pins.pinFirst({ Domain: domain, ServiceUdf: shown, Pinned: dateTime(clock.now()) });
    if (udf !== shown) throw this.#changed(domain, { expected: udf, shown });
    if (isNew) log.info("peer.pinned", { domain, service: shown, url, reason: "met for the first time: compare the fingerprint with its owner" });
    return client;
  }

  async #expected(domain: string): Promise<string | undefined> {
    return this.#configured.get(domain)?.udf ?? (await this.#pins.udfOf(domain));
  }

  #changed(domain: string, { expected, shown }: { readonly expected: string; readonly shown: string }): MeshError {
    const isConfigured = this.#configured.get(domain)?.udf !== undefined;
    return new MeshError("ERR_VERIFICATION", `${domain} shows service ${shown}; ${expected} is ${isConfigured ? "configured" : "pinned"} for it`, {
      hint: `ask whoever runs it whether that is right, then ${isConfigured ? "correct --peer" : `say 'mesh-service peer forget ${domain}'`}`,
      detail: { expected, shown },
    });
  }
}

/** A peer that was not found, or did not answer, in the time that there is for it. */
export function tooSlow(domain: string, cause: unknown): MeshError {
  return new MeshError("ERR_SERVICE_UNREACHABLE", `the service of ${domain} was not found or did not answer in time`, { cause });
}

function udfOfService({ profileService }: MeshClient): string {
  if (profileService === undefined) throw new MeshError("ERR_INTERNAL", "the service was not asked who it is");
  return profileService.signer.udf;
}
