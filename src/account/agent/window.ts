/** A time during which the owner's agent accepts offers alone: opened by hand, closed by the clock. docs/design.md §3. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { keptPlace, moveAside } from "../../base/set-aside.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject, encodeObject, list, optional, string, struct } from "../../codec/index.ts";
import { classKey, isGuarding } from "../../schema/index.ts";
import type { Ports } from "../context/ports.ts";
import type { PendingOffer } from "../device/offer.ts";

/** An open window; without classes it is open to all. */
export interface Window {
  readonly Until: string;
  readonly Classes?: readonly string[];
  /** AdministratorSignature under which it was opened: the window closes when the administrators' keys are replaced. */
  readonly Administrators?: string;
}
const Window: Struct<Window> = struct<Window>("Window", { Until: string, Classes: optional(list(string)), Administrators: optional(string) });

const pathOf = (dir: string): string => join(dir, "window.json");

/** Opens a window for some minutes. */
export async function openWindow(options: {
  readonly dir: string;
  readonly minutes: number;
  readonly classes?: readonly string[];
  /** UDF of the AdministratorSignature in force. */
  readonly administrators?: string;
  readonly ports: Ports;
}): Promise<Window> {
  const window: Window = {
    Until: dateTime(options.ports.clock.now() + options.minutes * 60_000),
    ...(options.classes && options.classes.length > 0 ? { Classes: options.classes } : {}),
    ...(options.administrators === undefined ? {} : { Administrators: options.administrators }),
  };
  await writeFileAtomic(pathOf(options.dir), encodeObject(Window, window));
  return window;
}

/** Closes the window. */
export async function closeWindow(dir: string): Promise<void> {
  await rm(pathOf(dir), { force: true });
}

/** The window that is open now under these administrators' keys; undefined when none is. One whose file is damaged is closed, and the file kept aside. */
export async function currentWindow(dir: string, ports: Ports, administrators: string): Promise<Window | undefined> {
  const octets = await readFileIfExists(pathOf(dir));
  const window = octets && (await read(octets, pathOf(dir), ports));
  if (!window || (window.Administrators ?? administrators) !== administrators) return undefined;
  return fromDateTime(window.Until) > ports.clock.now() ? window : undefined;
}

async function read(octets: Uint8Array, path: string, { log }: Ports): Promise<Window | undefined> {
  try {
    return decodeObject(Window, octets);
  } catch (error) {
    const place = keptPlace(path);
    log.error("window.damaged", { reason: asMeshError(error).message, kept: place ?? path, next: "open a window anew" });
    if (place !== undefined) await moveAside(path, place);
    return undefined;
  }
}

/** True when an offer may be accepted inside the window without asking: what guards or heats, and what nobody knows, only with somebody at the device. extensions §3.3 */
export function fitsWindow(window: Window, offer: PendingOffer): boolean {
  const { description } = offer.device;
  if (isGuarding(description) && !offer.contribution.Presence) return false;
  const kind = classKey(description.Class);
  return window.Classes ? window.Classes.some((wanted) => classKey(wanted) === kind) : true;
}
