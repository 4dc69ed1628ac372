/** The description of a device, as its maker signed it: believed when the device's own profile key signed it, by everybody in the same way. */
import { concat, equalBytes, toHex, utf8 } from "../base/bytes.ts";
import { isMeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { sha256 } from "../crypto/index.ts";
import { encodeEnvelope } from "../dare/index.ts";
import type { CatalogedDevice, DeviceDescription as Description } from "../schema/index.ts";
import { DeviceDescription, DevicePreconfigurationPublic, ownDescription, peekObject } from "../schema/index.ts";

/** Descriptions that were verified, with the octets they came in: an entry that says the same is not verified again. */
export class Descriptions {
  readonly #log: Log;
  readonly #before: ReadonlySet<string>;
  readonly #verified = new Map<string, { readonly body: Uint8Array; readonly description: Description | undefined; readonly digest?: string }>();

  /** @param before digests of what this device has verified before */
  constructor(log: Log, before: ReadonlySet<string> = new Set()) {
    this.#log = log;
    this.#before = before;
  }

  /** Digests of what is verified now. */
  get digests(): ReadonlySet<string> {
    return new Set([...this.#verified.values()].flatMap(({ digest }) => (digest === undefined ? [] : [digest])));
  }

  /** What a device can do; undefined for one that came without a description, or with one that is not its own. */
  of(entry: CatalogedDevice): Description | undefined {
    const { DeviceUdf: udf, EnvelopedDevicePreconfigurationPublic: enveloped, EnvelopedProfileDevice: profile } = entry;
    if (!enveloped) return undefined;
    const known = this.#verified.get(udf);
    if (known && (known.body === enveloped.body || equalBytes(known.body, enveloped.body))) return known.description;
    const digest = toHex(sha256(concat(utf8(udf), encodeEnvelope(profile), encodeEnvelope(enveloped))));
    if (this.#before.has(digest)) {
      const description = peekObject(DeviceDescription, peekObject(DevicePreconfigurationPublic, enveloped).EnvelopedDeviceDescription);
      this.#verified.set(udf, { body: enveloped.body, description, digest });
      return description;
    }
    let description: Description | undefined;
    try {
      description = ownDescription(entry);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      this.#log.warn("names.description.refused", { device: udf, code: error.code, reason: error.message });
    }
    this.#verified.set(udf, { body: enveloped.body, description, ...(description === undefined ? {} : { digest }) });
    return description;
  }

  /** Forgets the devices that are gone. */
  keep(isThere: (udf: string) => boolean): void {
    for (const udf of this.#verified.keys()) if (!isThere(udf)) this.#verified.delete(udf);
  }
}
