/**
 * Which service each domain was found to have when it was met first: a file each under `peers/`, named by a digest of the domain. Files, because
 * whoever runs the service looks at them and takes them back while it runs.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError, readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import { makeDirectory } from "../../base/directory.ts";
import { MeshError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";
import type { Struct } from "../../codec/field.ts";
import { dateTime, string, struct } from "../../codec/field.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import { sha256 } from "../../crypto/index.ts";
import { domainName } from "../../schema/index.ts";

/** A service that was met. */
export interface PeerPin {
  readonly Domain: string;
  /** UDF of its profile. */
  readonly ServiceUdf: string;
  /** When it was met first. */
  readonly Pinned: string;
}
export const PeerPin: Struct<PeerPin> = struct<PeerPin>("PeerPin", { Domain: string, ServiceUdf: string, Pinned: dateTime });

const fileName = /^[0-9a-f]{64}\.json$/;

/** The pins of one service. */
export class PinFiles {
  readonly #dir: string;
  readonly #most: number;
  readonly #turn = new Mutex();

  /** @param options.most domains that are kept */
  constructor(options: { readonly dir: string; readonly most: number }) {
    this.#dir = join(options.dir, "peers");
    this.#most = options.most;
  }

  /** The UDF that is pinned for a domain. ERR_STORE_DAMAGED, ERR_STORE. */
  async udfOf(domain: string): Promise<string | undefined> {
    return (await this.#read(this.#path(domain)))?.ServiceUdf;
  }

  /** Pins a service unless the domain has one. @returns what is pinned, and whether that is new; ERR_QUOTA */
  pinFirst(pin: PeerPin): Promise<{ readonly udf: string; readonly isNew: boolean }> {
    return this.#turn.run(async () => {
      const known = await this.udfOf(pin.Domain);
      if (known !== undefined) return { udf: known, isNew: false };
      await makeDirectory(this.#dir);
      if ((await this.#names()).length >= this.#most) {
        throw new MeshError("ERR_QUOTA", `the services of ${this.#most} domains are pinned, and no more are`, {
          hint: "name it by --peer, forget others by 'mesh-service peer forget DOMAIN', or raise --limit pinnedPeers",
        });
      }
      await writeFileAtomic(this.#path(pin.Domain), encodeObject(PeerPin, pin));
      return { udf: pin.ServiceUdf, isNew: true };
    });
  }

  /** All of them, by domain. */
  async list(): Promise<readonly PeerPin[]> {
    const found: PeerPin[] = [];
    for (const name of await this.#names()) {
      const pin = await this.#read(join(this.#dir, name));
      if (pin !== undefined) found.push(pin);
    }
    return found.sort((a, b) => a.Domain.localeCompare(b.Domain));
  }

  /** Forgets what was pinned for a domain: the next service that it shows is pinned. ERR_NOT_FOUND, ERR_USAGE. */
  async forget(text: string): Promise<PeerPin> {
    const path = this.#path(domainName(text));
    const pin = await this.#read(path);
    if (pin === undefined) throw new MeshError("ERR_NOT_FOUND", `no service is pinned for ${text}`, { hint: "see 'mesh-service peer list'" });
    await rm(path, { force: true }).catch((error: unknown) => Promise.reject(fileError(error, `cannot remove ${path}`)));
    return pin;
  }

  async #names(): Promise<readonly string[]> {
    await makeDirectory(this.#dir);
    return (await readdir(this.#dir)).filter((name) => fileName.test(name));
  }

  async #read(path: string): Promise<PeerPin | undefined> {
    const octets = await readFileIfExists(path);
    if (octets === undefined) return undefined;
    try {
      return decodeObject(PeerPin, octets);
    } catch (cause) {
      throw new MeshError("ERR_STORE_DAMAGED", `${path} holds no pinned service`, {
        hint: "remove the file; the service that the domain shows next is pinned then",
        cause,
      });
    }
  }

  #path(domain: string): string {
    return join(this.#dir, `${toHex(sha256(utf8(domain)))}.json`);
  }
}
