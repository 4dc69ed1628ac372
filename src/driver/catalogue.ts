/**
 * Finds drivers by reading folders: each folder under `packageDir` and `userDir` is one class. There is no list to keep.
 * A bad driver is refused by name and the rest go on. From the user's folder only driver.json is read, never code.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fromUtf8 } from "../base/bytes.ts";
import { asMeshError, isMeshError, MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { readRegularSync } from "../base/regular-file.ts";
import { parseDriver } from "./define.ts";
import type { Driver } from "./driver-schema.ts";

/** Largest driver.json that is read, in octets. */
const sizeLimit = 256 * 1024;

/** The drivers at hand. */
export interface DriverCatalogue {
  /** By class. */
  readonly drivers: ReadonlyMap<string, Driver>;
  /** Files that were not taken, each with its error (ERR_DRIVER). */
  readonly refused: readonly { readonly file: string; readonly error: MeshError }[];
}

/** Where drivers are. */
export interface DriverFolders {
  readonly packageDir: string;
  /** May be absent. */
  readonly userDir?: string | undefined;
  readonly log: Log;
}

/** Reads all drivers, those of the package first. @throws ERR_DRIVER when the package's own folder cannot be read */
export function loadDrivers({ packageDir, userDir, log }: DriverFolders): DriverCatalogue {
  const drivers = new Map<string, Driver>();
  const refused: { file: string; error: MeshError }[] = [];
  for (const file of [...listFiles(packageDir, true), ...(userDir === undefined ? [] : listFiles(userDir, false))]) {
    try {
      const driver = readDriver(file);
      const clash = findClash(driver, drivers.values());
      if (clash !== undefined) throw new MeshError("ERR_DRIVER", `${file}: ${clash}`, { detail: { file } });
      drivers.set(driver.Class, driver);
    } catch (thrown) {
      const error = asMeshError(thrown);
      refused.push({ file, error });
      log.warn("driver.refused", { file, reason: error.message });
    }
  }
  log.info("driver.loaded", { classes: [...drivers.keys()], refused: refused.length });
  return { drivers, refused };
}

/** The driver.json of each folder, by name. */
function listFiles(folder: string, required: boolean): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter(
      (name) => !name.startsWith(".") && statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true,
    );
  } catch (cause) {
    if (!required && (cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new MeshError("ERR_DRIVER", `the driver folder ${folder} cannot be read`, { cause, detail: { file: folder } });
  }
  return names.sort().map((name) => join(folder, name, "driver.json"));
}

function readDriver(file: string): Driver {
  let json: string;
  try {
    json = fromUtf8(readRegularSync(file, sizeLimit));
  } catch (cause) {
    throw new MeshError("ERR_DRIVER", isMeshError(cause) ? cause.message : `${file}: cannot be read`, { cause, detail: { file } });
  }
  const driver = parseDriver(json, file);
  const folder = file.split(/[\\/]/).at(-2);
  if (folder !== driver.Class)
    throw new MeshError("ERR_DRIVER", `${file}: Class: must be the name of its folder (${folder}), not ${driver.Class}`, {
      detail: { file, path: "Class" },
    });
  return driver;
}

/** What two drivers may not share: the class, and within a language the nouns, unless one is a kind of the other. */
function findClash(driver: Driver, others: Iterable<Driver>): string | undefined {
  for (const other of others) {
    if (other.Class === driver.Class) return `Class: ${driver.Class} is there already`;
    if (driver.Kind === other.Class || other.Kind === driver.Class) continue;
    for (const [language, words] of Object.entries(driver.Words)) {
      const taken = new Set(other.Words[language]?.Nouns.flatMap(({ One, Many }) => [One.toLowerCase(), Many.toLowerCase()]));
      const noun = words.Nouns.flatMap(({ One, Many }) => [One, Many]).find((candidate) => taken.has(candidate.toLowerCase()));
      if (noun !== undefined) return `Words.${language}.Nouns: "${noun}" is a noun of ${other.Class} already`;
    }
  }
  return undefined;
}
