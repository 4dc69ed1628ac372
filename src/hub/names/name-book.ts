/**
 * The names of the account's devices and places, from the catalogs, made ready for the one resolver (docs/design.md §8). Made anew when a catalog
 * has changed and somebody asks. A description is believed when the device's own profile key signed it; a device without one has no words.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AccountContext } from "../../account/index.ts";
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Driver, NamedThing, NameIndex, Vocabulary } from "../../driver/index.ts";
import { loadLanguage, makeNameIndex, makeVocabulary } from "../../driver/index.ts";
import type { DeviceDescription as Description } from "../../schema/index.ts";
import {
  type CatalogedDevice,
  DeviceDescription,
  DevicePreconfigurationPublic,
  deviceCatalog,
  ProfileDevice,
  placeCatalog,
  publicKeyOf,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import type { DeviceStatus } from "../device/device-port.ts";

/** A device with a name and what is known of it. */
export interface BookDevice {
  readonly udf: string;
  readonly name: string;
  readonly entry: CatalogedDevice;
  readonly description: Description;
  /** True when this hub speaks for it. */
  readonly own: boolean;
}

/** What the book needs. */
export interface NameBookOptions {
  readonly account: Pick<AccountContext, "deviceUdf" | "list" | "get">;
  readonly drivers: Iterable<Driver>;
  readonly status: (deviceUdf: string) => DeviceStatus;
  readonly log: Log;
  /** Language tag; "en" by default. */
  readonly language?: string;
}

/** Names and descriptions of the account's devices. */
export class NameBook {
  readonly vocabulary: Vocabulary;
  readonly #options: NameBookOptions;
  readonly #log: Log;
  /** Descriptions that were verified, with the octets they came in. */
  readonly #verified = new Map<string, { readonly body: Uint8Array; readonly description: Description | undefined }>();
  /** The catalogs may say something else than the devices and the index do. */
  #isStale = true;
  #devices = new Map<string, BookDevice>();
  #index: NameIndex;

  constructor(options: NameBookOptions) {
    this.#options = options;
    this.#log = options.log.child("names");
    this.vocabulary = makeVocabulary(options.drivers, loadLanguage(options.language ?? "en"));
    this.#index = makeNameIndex({ things: [], places: [], vocabulary: this.vocabulary });
  }

  get index(): NameIndex {
    this.#read();
    return this.#index;
  }

  devices(): readonly BookDevice[] {
    this.#read();
    return [...this.#devices.values()];
  }

  device(udf: string): BookDevice | undefined {
    this.#read();
    return this.#devices.get(udf);
  }

  /** What a device can do; undefined when it is not known. */
  describe(udf: string): Description | undefined {
    const entry = this.#options.account.get(deviceCatalog, udf);
    return entry && this.#describe(udf, entry);
  }

  /** What a device of this hub can do; undefined for the devices of other hubs too. */
  describeOwn(udf: string): Description | undefined {
    const { account } = this.#options;
    const entry = account.get(deviceCatalog, udf);
    return entry?.HubUdf === account.deviceUdf ? this.#describe(udf, entry) : undefined;
  }

  /** Keys of the places around a device, innermost first. */
  placesOf(udf: string): readonly string[] {
    this.#read();
    const place = this.#devices.get(udf)?.entry.Place;
    return place === undefined ? [] : (this.#index.ancestors.get(place) ?? []);
  }

  /** The names around a device, outermost first. */
  placePath(udf: string): readonly string[] {
    return this.placesOf(udf)
      .map((key) => this.#index.places.get(key)?.name ?? key)
      .reverse();
  }

  /** A catalog has changed. */
  changed(): void {
    this.#isStale = true;
  }

  /** Verifies the descriptions one by one, with turns for others between, so that the first who asks need not wait for all of them. */
  async prepare(signal: AbortSignal): Promise<void> {
    for (const { key, value } of this.#options.account.list(deviceCatalog)) {
      if (signal.aborted) return;
      this.#describe(key, value);
      await nextTurn();
    }
    this.#read();
  }

  /** Takes over what the catalogs say now. */
  #read(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const { account } = this.#options;
    const devices = new Map<string, BookDevice>();
    for (const { key, value } of account.list(deviceCatalog)) {
      const description = this.#describe(key, value);
      if (!description) continue;
      devices.set(key, {
        udf: key,
        name: value.LocalName ?? defaultName(description, key),
        entry: value,
        description,
        own: value.HubUdf === account.deviceUdf,
      });
    }
    for (const udf of this.#verified.keys()) if (!devices.has(udf)) this.#verified.delete(udf);
    const places = account.list(placeCatalog).map(({ key, value }) => ({
      key,
      name: value.LocalName,
      aliases: value.LocalNames,
      parent: value.Parent,
    }));
    this.#devices = devices;
    this.#index = makeNameIndex({ things: [...devices.values()].map((device) => this.#thing(device)), places, vocabulary: this.vocabulary });
    this.#log.info("names.read", { devices: devices.size, places: places.length });
  }

  #thing({ udf, name, entry, description }: BookDevice): NamedThing {
    const { status } = this.#options;
    return {
      udf,
      name,
      aliases: entry.LocalNames,
      place: entry.Place,
      class: description.Class,
      description,
      // Asked when it is shown: names do not change because a device goes away.
      get online() {
        return status(udf) === "Online";
      },
    };
  }

  #describe(udf: string, entry: CatalogedDevice): Description | undefined {
    const { EnvelopedDevicePreconfigurationPublic: enveloped, EnvelopedProfileDevice: profile } = entry;
    if (!enveloped) return undefined;
    const known = this.#verified.get(udf);
    if (known && (known.body === enveloped.body || equalBytes(known.body, enveloped.body))) return known.description;
    let description: Description | undefined;
    try {
      const root = publicKeyOf(verifyProfile(ProfileDevice, profile, udf).value.ProfileSignature);
      const { value } = verifyObject(DevicePreconfigurationPublic, enveloped, [root]);
      description = verifyObject(DeviceDescription, value.EnvelopedDeviceDescription, [root]).value;
    } catch (error) {
      if (!isMeshError(error)) throw error;
      this.#log.warn("names.description.refused", { device: udf, code: error.code, reason: error.message });
    }
    this.#verified.set(udf, { body: enveloped.body, description });
    return description;
  }
}

/** Tells devices without a name apart. */
function defaultName({ Class }: Description, udf: string): string {
  return `${Class} ${udf.slice(0, 9)}`;
}
