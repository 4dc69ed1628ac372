/**
 * The names of an account's devices and places, from the catalogs, made ready for the one resolver (docs/design.md §8): the same for the hub and for the
 * owner's machines. Made anew when a catalog has changed and somebody asks. A device without a description of its own has a name, but no words.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AccountContext } from "../account/hub.ts";
import { unnamed } from "../account/hub.ts";
import { isMeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Driver, NamedThing, NameIndex, Place, Recipe, Scene, ThingGroup, Vocabulary } from "../driver/index.ts";
import { languageTags, loadLanguage, makeNameIndex, makeVocabulary, showSetting } from "../driver/index.ts";
import type { Catalog, CatalogedDevice, DeviceDescription, StateValue } from "../schema/index.ts";
import {
  automationCatalog,
  deviceCatalog,
  deviceGroupCatalog,
  isRecipe,
  isScene,
  mostAutomations,
  mostDeviceGroups,
  mostGroupDevices,
  mostRecipes,
  mostScenes,
  placeCatalog,
  recipeCatalog,
  sceneCatalog,
} from "../schema/index.ts";
import type { KnownAutomation } from "./automation.ts";
import { knownAutomation } from "./automation.ts";
import { Descriptions } from "./description.ts";

/** Any device of the account, with the one name that it has everywhere. */
export interface BookEntry {
  readonly udf: string;
  readonly name: string;
  readonly entry: CatalogedDevice;
  readonly description: DeviceDescription | undefined;
  /** True when this device speaks for it, being its hub. */
  readonly own: boolean;
}

/** A device that can be spoken to. */
export interface BookDevice extends BookEntry {
  readonly description: DeviceDescription;
}

/** What a sentence needs of the book: names and words of one language. */
export type SpokenBook = Pick<NameBook, "vocabulary" | "index" | "thing" | "device">;

/** What the book needs. */
export interface NameBookOptions {
  readonly account: Pick<AccountContext, "deviceUdf" | "list" | "get">;
  readonly drivers: Iterable<Driver>;
  /** Whether a device can be reached; undefined when nothing is known of it. Asked whenever it is shown. */
  readonly isOnline: (deviceUdf: string) => boolean | undefined;
  readonly log: Log;
  /** Digests of descriptions that this device has verified before. */
  readonly verified?: ReadonlySet<string>;
  /** Language tag; "en" by default. */
  readonly language?: string;
}

/** Names and descriptions of the account's devices. */
export class NameBook {
  readonly vocabulary: Vocabulary;
  readonly #options: NameBookOptions;
  readonly #log: Log;
  readonly #descriptions: Descriptions;
  /** The catalogs may say something else than the entries and the index do. */
  #isStale = true;
  #entries: ReadonlyMap<string, BookEntry> = new Map();
  #things: ReadonlyMap<string, NamedThing> = new Map();
  #contents: {
    readonly things: readonly NamedThing[];
    readonly places: readonly Place[];
    readonly groups: readonly ThingGroup[];
    readonly scenes: readonly Scene[];
    readonly recipes: readonly Recipe[];
  } = {
    things: [],
    places: [],
    groups: [],
    scenes: [],
    recipes: [],
  };
  #index: NameIndex;
  readonly #drivers: readonly Driver[];
  #languages: readonly string[] | undefined;
  /** The same in languages that somebody has spoken, besides that of the house. */
  readonly #others = new Map<string, { readonly vocabulary: Vocabulary; index: NameIndex | undefined }>();

  constructor(options: NameBookOptions) {
    this.#options = options;
    this.#log = options.log.child("names");
    this.#descriptions = new Descriptions(this.#log, options.verified);
    this.#drivers = [...options.drivers];
    this.vocabulary = makeVocabulary(this.#drivers, loadLanguage(options.language ?? "en"));
    this.#index = makeNameIndex({ ...this.#contents, vocabulary: this.vocabulary });
  }

  get index(): NameIndex {
    this.#read();
    return this.#index;
  }

  /** The languages that there are words of, that of the house first. */
  get languages(): readonly string[] {
    const own = this.vocabulary.language.Language;
    this.#languages ??= [own, ...languageTags().filter((tag) => tag !== own)];
    return this.#languages;
  }

  /** The book in another language: "de", or "de-CH" where there are words of "de" alone. In that of the house where there are none. */
  speaking(tag: string | undefined): SpokenBook {
    const wanted = tag?.toLowerCase();
    const languages = this.languages;
    const language = [wanted, wanted?.split("-")[0]].flatMap((each) => languages.find((known) => known.toLowerCase() === each) ?? [])[0];
    if (language === undefined || language === languages[0]) return this;
    const other = this.#others.get(language) ?? { vocabulary: makeVocabulary(this.#drivers, loadLanguage(language)), index: undefined };
    this.#others.set(language, other);
    const { vocabulary } = other;
    const index = (): NameIndex => {
      this.#read();
      other.index ??= makeNameIndex({ ...this.#contents, vocabulary });
      return other.index;
    };
    return {
      vocabulary,
      thing: (udf) => this.thing(udf),
      device: (udf) => this.device(udf),
      get index() {
        return index();
      },
    };
  }

  /** All devices of the account, machines too. */
  entries(): readonly BookEntry[] {
    this.#read();
    return [...this.#entries.values()];
  }

  /** The devices that can be spoken to. */
  devices(): readonly BookDevice[] {
    return this.entries().filter(isDevice);
  }

  /** A device that can be spoken to. */
  device(udf: string): BookDevice | undefined {
    this.#read();
    const found = this.#entries.get(udf);
    return found && isDevice(found) ? found : undefined;
  }

  /** The same as the resolver knows it. */
  thing(udf: string): NamedThing | undefined {
    this.#read();
    return this.#things.get(udf);
  }

  /** What a device can do; undefined when it is not known. */
  describe(udf: string): DeviceDescription | undefined {
    const entry = this.#options.account.get(deviceCatalog, udf);
    return entry && this.#descriptions.of(entry);
  }

  /** What a device of this hub can do; undefined for the devices of other hubs too. */
  describeOwn(udf: string): DeviceDescription | undefined {
    const { account } = this.#options;
    const entry = account.get(deviceCatalog, udf);
    return entry?.HubUdf === account.deviceUdf ? this.#descriptions.of(entry) : undefined;
  }

  /** The scenes of the account. */
  scenes(): readonly Scene[] {
    this.#read();
    return this.#contents.scenes;
  }

  /** Keys of the places around a device, innermost first. */
  placesOf(udf: string): readonly string[] {
    this.#read();
    const place = this.#entries.get(udf)?.entry.Place;
    return place === undefined ? [] : (this.#index.ancestors.get(place) ?? []);
  }

  /** Name of a place; its key when it is gone. */
  placeName(key: string): string;
  placeName(key: string | undefined): string | undefined;
  placeName(key: string | undefined): string | undefined {
    return key === undefined ? undefined : (this.index.places.get(key)?.name ?? key);
  }

  /** One value in words, with the name of its property. */
  show(udf: string, value: StateValue): string {
    const thing = this.thing(udf);
    return thing ? showSetting(thing, value, this.vocabulary) : `${value.Name} ${String(value.Value)}`;
  }

  /** The names around a device, outermost first. */
  placePath(udf: string): readonly string[] {
    return this.placesOf(udf)
      .map((key) => this.placeName(key))
      .reverse();
  }

  /** Digests of the descriptions that are verified. */
  get verified(): ReadonlySet<string> {
    this.#read();
    return this.#descriptions.digests;
  }

  /** A catalog has changed. */
  changed(): void {
    this.#isStale = true;
  }

  /** Verifies the descriptions one by one, with turns for others between, so that the first who asks need not wait for all of them. */
  async prepare(signal: AbortSignal): Promise<void> {
    for (const { value } of this.#options.account.list(deviceCatalog)) {
      if (signal.aborted) return;
      this.#descriptions.of(value);
      await nextTurn();
    }
    this.#read();
  }

  /** Takes over what the catalogs say now. */
  #read(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const { account } = this.#options;
    const entries = new Map<string, BookEntry>();
    for (const { key, value } of account.list(deviceCatalog)) {
      const description = this.#descriptions.of(value);
      const name = value.LocalName ?? unnamed(key, description?.Class);
      entries.set(key, { udf: key, name, entry: value, description, own: value.HubUdf === account.deviceUdf });
    }
    this.#descriptions.keep((udf) => entries.has(udf));
    const places = account.list(placeCatalog).map(({ key, value }) => ({
      key,
      name: value.LocalName,
      aliases: value.LocalNames,
      parent: value.Parent,
    }));
    this.#entries = entries;
    this.#things = new Map([...entries.values()].filter(isDevice).map((device) => [device.udf, this.#thing(device)]));
    this.#contents = {
      things: [...this.#things.values()],
      places,
      groups: groupsOf(account),
      scenes: scenesOf(account),
      recipes: recipesOf(account),
    };
    this.#index = makeNameIndex({ ...this.#contents, vocabulary: this.vocabulary });
    for (const other of this.#others.values()) other.index = undefined;
    this.#log.info("names.read", { devices: this.#things.size, places: places.length, scenes: this.#contents.scenes.length });
  }

  #thing({ udf, name, entry, description }: BookDevice): NamedThing {
    const { isOnline } = this.#options;
    return {
      udf,
      name,
      aliases: entry.LocalNames,
      place: entry.Place,
      class: description.Class,
      description,
      // Asked when it is shown: names do not change because a device goes away.
      get online() {
        return isOnline(udf);
      },
    };
  }
}

/** Scenes as the resolver takes them. */
function scenesOf(account: Pick<AccountContext, "list">): readonly Scene[] {
  const listed = ownEntries(account, sceneCatalog).slice(0, mostScenes);
  return listed.filter(isScene).map(({ Key, LocalName, LocalNames, Orders }) => ({
    key: Key,
    name: LocalName,
    aliases: LocalNames,
    orders: Orders.map(({ Command, Targets }) => ({
      command: Command,
      targets: Targets.map(({ DeviceUdf, Arguments }) => ({ udf: DeviceUdf, arguments: Arguments })),
    })),
  }));
}

/** The same of recipes. */
function recipesOf(account: Pick<AccountContext, "list">): readonly Recipe[] {
  const listed = ownEntries(account, recipeCatalog).slice(0, mostRecipes);
  return listed.filter(isRecipe).map(({ Key, LocalName, LocalNames, Programmes }) => ({
    key: Key,
    name: LocalName,
    aliases: LocalNames,
    programmes: Programmes.map(({ Class, Programme }) => ({ class: Class, programme: Programme })),
  }));
}

/** The automations that are well formed. Names and descriptions are not looked at, so that nobody waits for them. */
export function automationsOf(account: Pick<AccountContext, "list">): readonly KnownAutomation[] {
  return ownEntries(account, automationCatalog)
    .slice(0, mostAutomations)
    .flatMap((entry) => knownAutomation(entry) ?? []);
}

/** The same of groups of devices. */
function groupsOf(account: Pick<AccountContext, "list">): readonly ThingGroup[] {
  const listed = ownEntries(account, deviceGroupCatalog).slice(0, mostDeviceGroups);
  return listed
    .filter(({ Devices }) => Devices.length <= mostGroupDevices)
    .map(({ LocalName, LocalNames, Devices }) => ({ name: LocalName, aliases: LocalNames, things: Devices }));
}

/** Entries under their own keys; none in an account of before, and on a device that may not read them. */
function ownEntries<T>(account: Pick<AccountContext, "list">, catalog: Catalog<T>): readonly T[] {
  try {
    return account.list(catalog).flatMap(({ key, value }) => (catalog.keyOf(value) === key ? [value] : []));
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_AUTHORIZED")) return [];
    throw error;
  }
}

function isDevice(entry: BookEntry): entry is BookDevice {
  return entry.description !== undefined;
}
