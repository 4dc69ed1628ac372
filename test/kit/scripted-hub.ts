/** A hub that answers as the test wants. */
import type { HubEvent, HubStatus } from "../../src/api/index.ts";
import { MeshError } from "../../src/base/errors.ts";
import type { ConfigFacade, DoorFacade, HomeAssistantFacade, HouseFacade, HubFacade, MatterFacade } from "../../src/hub/routes/facade.ts";

/** Status of a healthy hub without devices. */
export function statusOf(change: Partial<HubStatus> = {}): HubStatus {
  return {
    version: "v1",
    account: "alice@example.com",
    accountUdf: "MAAA-ACCOUNT",
    hubUdf: "MAAA-HUB",
    started: "2026-05-01T12:00:00Z",
    ready: true,
    service: { url: "http://127.0.0.1:1", reachable: true, lastSync: "2026-05-01T12:00:00Z" },
    renewal: {},
    outbox: { waiting: 0, published: 1 },
    media: [{ name: "mqtt", state: "up" }],
    devices: { total: 0, online: 0 },
    drivers: { loaded: ["light"], refused: [] },
    ...change,
  };
}

/** The facade with parts replaced, and a way to tell events. */
export function scriptedHub(change: Partial<HubFacade> = {}): HubFacade & { tell(event: HubEvent): void; listeners(): number } {
  const listeners = new Set<(event: HubEvent) => void>();
  const hub: HubFacade & { tell(event: HubEvent): void; listeners(): number } = {
    as: () => hub,
    has: () => true,
    status: () => statusOf(),
    clearAlarm: async () => ({}),
    audit: async () => [],
    auditVerify: async () => ({ first: 1, count: 0 }),
    orderNonce: async () => ({ nonce: "AAAAAAAAAAAAAAAAAAAAAA", seconds: 10, dealEpoch: 1 }),
    orderGive: async () => ({ result: "Pending" }),
    orderReport: async () => ({ reported: "AA" }),
    update: async () => ({ result: "Reject" }),
    removal: () => ({ account: "alice@example.com" }),
    devices: () => [],
    say: async ({ text }) => ({ kind: "done", text: `did: ${text}`, targets: [] }),
    hear: async () => ({ heard: "turn on the lamp", said: { kind: "done", text: "did: turn on the lamp", targets: [] } }),
    listen: async () => ({ said: { kind: "unknown", text: "nothing was understood", suggestions: [] } }),
    automations: () => [],
    deleteAutomation: async ({ key }) => ({ key, said: "turn off the lamp in an hour", spoken: "lamp: off", by: "the owner", repeats: false }),
    resumeAutomation: async ({ key }) => ({ key, said: "turn off the lamp in an hour", spoken: "lamp: off", by: "the owner", repeats: false }),
    command: async () => ({ result: "Accept", values: [] }),
    async *onboard() {
      yield { step: "scan", state: "started", message: "reading the code" };
      yield { step: "register", state: "done", message: "registered", deviceUdf: "MAAA-DEVICE" };
    },
    onboardings: () => [],
    settings: () => ({
      settings: [
        { key: "web.port", value: "7380", standard: true, restart: true, about: "Its port." },
        { key: "speech.recogniser", value: '"none"', standard: true, restart: false, about: "What hears." },
      ],
    }),
    history: () => ({ series: [] }),
    house: () => scriptedHouse(),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...change,
    tell: (event) => {
      for (const listener of listeners) listener(event);
    },
    listeners: () => listeners.size,
  };
  return hub;
}

/** A house without anything but its devices, that takes every change. */
export function scriptedHouse(change: Partial<HouseFacade> = {}): HouseFacade {
  return {
    places: () => [],
    questions: () => [],
    edit: ({ kind }) => ({
      question: {
        id: "NAAA",
        kind: "edit",
        principal: "the owner",
        about: kind,
        asked: "2026-05-01T12:00:00Z",
        expires: "2026-05-08T12:00:00Z",
        state: "sending",
      },
    }),
    doubts: async () => [],
    namesInDoubt: async () => ({ doubts: [], more: 0, remedies: [] }),
    editToSign: () => ({ challenge: "AAAA" }),
    editSigned: () => {
      throw new MeshError("ERR_NOT_FOUND", "nothing waits for a passkey here");
    },
    grants: () => [],
    offers: () => [],
    scenes: () => [],
    logs: () => [],
    ...change,
  };
}

/** A door that nobody goes through. */
export function scriptedDoor(change: Partial<DoorFacade> = {}): DoorFacade {
  return {
    open: async () => ({ url: "http://127.0.0.1:7380/#link=AAAA", seconds: 60 }),
    tokenAdd: async ({ name, rights }) => ({
      token: { id: "AAAA", kind: "token", name, rights: [...rights], created: "2026-05-01T12:00:00Z" },
      secret: "mht_AAAA",
    }),
    tokens: async () => [],
    tokenDelete: async (id) => ({ id, kind: "token", name: "panel", rights: [], created: "2026-05-01T12:00:00Z" }),
    ...change,
  };
}

/** A configuration in which the recogniser has changed. */
export function scriptedConfig(): ConfigFacade {
  return { reload: async () => ({ taken: ["speech.recogniser"], waiting: [] }) };
}

/** Home Assistant with a login and one device on its list. */
export function scriptedHomeAssistant(change: Partial<HomeAssistantFacade> = {}): HomeAssistantFacade {
  const lamp = { udf: "MAAA-LAMP", name: "lamp", class: "light" };
  return {
    connect: async () => ({ hosts: ["192.168.1.2"], port: 1883, username: "home-assistant-abc", password: "secret", devices: 1 }),
    disconnect: async () => undefined,
    devices: async () => ({ username: "home-assistant-abc", devices: [{ ...lamp, seen: "list" }] }),
    share: async (_devices, isShared) => [{ ...lamp, seen: isShared ? "list" : "no" }],
    ...change,
  };
}

/** A Matter bridge that one ecosystem has added, with one device on its list. */
export function scriptedMatter(): MatterFacade {
  const lamp = { udf: "MAAA-LAMP", name: "lamp", class: "light", as: ["white"] };
  return {
    status: async () => ({ state: "up", devices: 1, ecosystems: [{ vendor: 0x1349, label: "Home" }] }),
    pair: async () => ({ manual: "34970112332", qr: "MT:Y.K9042C00KA0648G00", minutes: 15, devices: 1 }),
    disconnect: async () => ({ ecosystems: 1 }),
    devices: async () => ({
      devices: [
        { ...lamp, seen: "list" },
        { udf: "MAAA-OVEN", name: "siren", class: "siren", as: [], seen: "no" },
      ],
    }),
    share: async (_devices, isShared) => [{ ...lamp, seen: isShared ? "list" : "no" }],
  };
}
