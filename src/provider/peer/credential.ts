/**
 * That a session is of a host of a service: its link key stands in the ConnectionHost that the service's profile signed (extensions §8). What
 * Hello shows to clients is what a host shows as a client itself. The same credential under the same link key says the same again, and is
 * remembered for a while.
 */
import { concat, toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { sha256 } from "../../crypto/index.ts";
import { encodeEnvelope } from "../../dare/index.ts";
import type { PostRequest } from "../../protocol/index.ts";
import { verifyHost } from "../../protocol/index.ts";
import type { ServiceIdentity } from "../identity.ts";

type Credential = Pick<PostRequest, "EnvelopedProfileService" | "EnvelopedConnectionHost">;

/** What a posting host shows. */
export function credentialOf({ envelopedProfile, envelopedHost }: ServiceIdentity): Required<Credential> {
  return { EnvelopedProfileService: envelopedProfile, EnvelopedConnectionHost: envelopedHost };
}

/** Credentials that are remembered. */
const mostKept = 1024;

/** Who posts, by what was verified. */
export class PostingHosts {
  readonly #clock: Clock;
  readonly #keptMs: number;
  /** By credential and link key, oldest first; until when each is believed. */
  readonly #known = new Map<string, { readonly serviceUdf: string; readonly until: number }>();

  constructor(options: { readonly clock: Clock; readonly keptMs: number }) {
    this.#clock = options.clock;
    this.#keptMs = options.keptMs;
  }

  /** UDF of the service whose host has the session. ERR_USAGE without a credential, ERR_VERIFICATION, ERR_KEY, ERR_NOT_AUTHORIZED for another's. */
  serviceOf({ EnvelopedProfileService, EnvelopedConnectionHost }: Credential, linkUdf: string): string {
    if (EnvelopedProfileService === undefined || EnvelopedConnectionHost === undefined)
      throw new MeshError("ERR_USAGE", "a service posts with its profile and the connection of its host");
    const shown = sha256(concat(sha256(encodeEnvelope(EnvelopedProfileService)), sha256(encodeEnvelope(EnvelopedConnectionHost))));
    const name = `${toHex(shown)} ${linkUdf}`;
    const now = this.#clock.monotonic();
    const known = this.#known.get(name);
    if (known !== undefined && now < known.until) return known.serviceUdf;
    const { serviceUdf, host } = verifyHost({ EnvelopedProfileService, EnvelopedConnectionHost });
    if (!host.Link.some(({ Udf }) => Udf === linkUdf))
      throw new MeshError("ERR_NOT_AUTHORIZED", `the session is of no host of service ${serviceUdf}`, { hint: "post with the link key of the host" });
    this.#keep(name, { serviceUdf, until: now + this.#keptMs });
    return serviceUdf;
  }

  #keep(name: string, known: { readonly serviceUdf: string; readonly until: number }): void {
    this.#known.delete(name);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size < mostKept) break;
      this.#known.delete(oldest);
    }
    this.#known.set(name, known);
  }
}
