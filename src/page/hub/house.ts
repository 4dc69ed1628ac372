/**
 * What this page knows of the house: a signal for each device, so that a report draws its own card anew and no other. Events are gathered and shown
 * once a frame, since a house of sensors tells more than a screen can show.
 */
import type { Signal } from "@preact/signals";
import { batch, signal } from "@preact/signals";
import type { DeviceView, HubEvent, HubStatus, OnboardLine } from "../../api/hub-v1.ts";
import type { HistoryResult } from "../../api/web-v1.ts";
import { refreshAsked } from "./asked.ts";
import { CallError, call } from "./call.ts";
import { refreshSession } from "./session.ts";

/** How this page stands with its hub. */
export type Connection = "connecting" | "live" | "lost" | "signed-out";

/** A place with the fingerprints of its devices. */
export interface Room {
  /** Names from the outermost; empty for devices without a place. */
  readonly name: string;
  readonly udfs: readonly string[];
}

/** One value as it was reported while this page was open. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

export const connection = signal<Connection>("connecting");
export const status = signal<HubStatus | undefined>(undefined);
/** Places with their devices, by name; changes only when devices come, go, are moved or renamed. */
export const rooms = signal<readonly Room[]>([]);
/** Steps of onboardings that this page did not begin. */
export const elsewhere = signal<OnboardLine | undefined>(undefined);
/** How often the hub said that other devices of bridges wait for the owner. */
export const offersChanged = signal(0);

/** How often older samples were fetched. */
const recalls = signal(0);
const devices = new Map<string, Signal<DeviceView>>();
/** Fingerprint and property -> what was reported. */
const samples = new Map<string, Sample[]>();
const mostSamples = 600;
/** The hub tells every 15 s that it is there; a phone that slept does not notice that the line is gone. */
const silentMs = 40_000;
const againMs = 3000;

/** A device by its fingerprint. */
export function device(udf: string): Signal<DeviceView> | undefined {
  return devices.get(udf);
}

/** What was reported of a property since the page was opened, oldest first. */
export function samplesOf(udf: string, property: string): readonly Sample[] {
  // Reading it draws a curve anew when older samples were fetched.
  return recalls.value < 0 ? [] : (samples.get(`${udf} ${property}`) ?? []);
}

/** Asks for everything again. */
export async function refresh(): Promise<void> {
  const [found, hub] = await Promise.all([call<{ devices: DeviceView[] }>("/v1/devices"), call<HubStatus>("/v1/status")]);
  batch(() => {
    status.value = hub;
    for (const each of found.devices) {
      const known = devices.get(each.udf);
      if (known) known.value = each;
      else devices.set(each.udf, signal(each));
      remember(each.udf, each.values, Date.now());
    }
    const here = new Set(found.devices.map(({ udf }) => udf));
    for (const udf of devices.keys()) if (!here.has(udf)) devices.delete(udf);
    const byPlace = new Map<string, DeviceView[]>();
    for (const each of found.devices) {
      const name = each.place.join(" / ");
      byPlace.set(name, [...(byPlace.get(name) ?? []), each]);
    }
    const sorted = [...byPlace]
      .map(([name, all]) => ({ name, udfs: all.sort((a, b) => a.name.localeCompare(b.name)).map(({ udf }) => udf) }))
      .sort((a, b) => a.name.localeCompare(b.name));
    if (JSON.stringify(sorted) !== JSON.stringify(rooms.value)) rooms.value = sorted;
  });
}

/** Fetches what the hub keeps of a device's numbers, from before this page was opened. */
export async function recall(udf: string): Promise<void> {
  const { series } = await call<HistoryResult>("/v1/history", { device: udf });
  for (const { name, samples: kept } of series) {
    const key = `${udf} ${name}`;
    const own = samples.get(key) ?? [];
    const [first] = own;
    samples.set(key, [...kept.filter(({ at }) => first === undefined || at < first.at), ...own].slice(-mostSamples));
  }
  recalls.value++;
}

let source: EventSource | undefined;
let lastHeard = 0;
let waiting: (HubEvent & { kind: "state" })[] = [];
let isDrawing = false;

/** Keeps the page in step with the hub, for as long as it is open. */
export async function follow(): Promise<void> {
  try {
    // Asked for at once, since each way there and back is time: what a stranger asks is refused alike.
    await Promise.all([refreshSession(), refresh()]);
    listen();
  } catch (error) {
    if (error instanceof CallError && error.status === 401) connection.value = "signed-out";
    else again();
  }
}

function again(): void {
  source?.close();
  source = undefined;
  connection.value = "lost";
  setTimeout(() => void follow(), againMs);
}

function listen(): void {
  source?.close();
  const stream = new EventSource("/v1/events");
  source = stream;
  lastHeard = Date.now();
  stream.onopen = () => {
    lastHeard = Date.now();
    refresh().then(
      () => {
        connection.value = "live";
        refreshAsked().catch(() => undefined);
      },
      () => stream === source && again(),
    );
  };
  stream.onerror = () => stream === source && again();
  stream.addEventListener("here", () => {
    lastHeard = Date.now();
  });
  stream.addEventListener("state", ({ data }) => {
    lastHeard = Date.now();
    waiting.push(JSON.parse(data as string) as HubEvent & { kind: "state" });
    if (isDrawing) return;
    isDrawing = true;
    requestAnimationFrame(show);
  });
  stream.addEventListener("question", ({ data }) => {
    const { state } = JSON.parse(data as string) as HubEvent & { kind: "question" };
    refreshAsked().catch(() => undefined);
    if (state === "done") Promise.all([refresh(), refreshSession()]).catch(() => undefined);
  });
  stream.addEventListener("offers", () => {
    offersChanged.value += 1;
  });
  stream.addEventListener("onboarding", ({ data }) => {
    const { line } = JSON.parse(data as string) as HubEvent & { kind: "onboarding" };
    elsewhere.value = line;
    if (line.step === "register" && line.state === "done") void refresh().catch(() => undefined);
  });
}

function show(): void {
  const events = waiting;
  waiting = [];
  isDrawing = false;
  let isNew = false;
  batch(() => {
    for (const { udf, name, status: state, values, at } of events) {
      const known = devices.get(udf);
      if (!known || known.value.name !== name) isNew = true;
      if (known) known.value = { ...known.value, name, status: state as DeviceView["status"], values, lastContact: at, restored: false };
      remember(udf, values, Date.parse(at));
    }
  });
  // Its place and its controls are not in the event.
  if (isNew) void refresh().catch(() => undefined);
}

function remember(udf: string, values: DeviceView["values"], at: number): void {
  for (const { name, value } of values) {
    if (typeof value !== "number") continue;
    const key = `${udf} ${name}`;
    const known = samples.get(key) ?? [];
    samples.set(key, known);
    known.push({ at, value });
    if (known.length > mostSamples) known.shift();
  }
}

setInterval(() => {
  if (source && connection.value === "live" && Date.now() - lastHeard > silentMs) again();
}, 5000);
