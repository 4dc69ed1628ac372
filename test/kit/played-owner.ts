/** The owner of a played house: what was granted, what waits for him and how he answers, scenes, timers, the audit and the log. */
import type { AuditLineView, AutomationView, EditRequest, HubEvent, QuestionView } from "../../src/api/index.ts";
import type { HouseFacade } from "../../src/hub/routes/facade.ts";
import { scriptedHouse } from "./scripted-hub.ts";

/** Options of the owner. */
export interface PlayedOwnerOptions {
  readonly tell: (event: HubEvent) => void;
  readonly nameOf: (udf: string) => string | undefined;
  /** A change that the owner agreed to. */
  readonly make: (request: EditRequest) => void;
  /** Names of others, to be shown as text. */
  readonly names: readonly string[];
}

const at = "2026-05-01T12:00:00Z";
const week = "2036-05-08T12:00:00Z";

/** The owner. */
export function playedOwner({ tell, nameOf, make, names }: PlayedOwnerOptions) {
  const questions: QuestionView[] = [];
  const requests = new Map<string, EditRequest>();
  const timers: AutomationView[] = [
    { key: "NTIMER-1", said: "turn off the light in ten minutes", spoken: "kitchen light: off", by: "alice (page)", repeats: false, due: week },
    {
      key: "NTIMER-2",
      said: "every evening at eight close the blinds",
      spoken: names[0] ?? "blinds: close",
      by: names[0] ?? "the owner",
      repeats: true,
      due: week,
      last: { at, result: "failed", text: "living room blinds: not reached" },
    },
    {
      key: "NRULE-1",
      said: "when the hall is dark turn on the desk plug",
      spoken: "when the hall is dark: desk plug on",
      by: "the owner",
      repeats: true,
      state: "stopped",
    },
    {
      key: "NRULE-2",
      said: "when the front door opens turn on the hall light",
      spoken: "when the front door opens: hall light on",
      by: "the owner",
      repeats: true,
      state: "watching",
    },
  ];
  const places = [
    { key: "NP-HALL", name: "Hall", path: ["Hall"] },
    { key: "NP-KITCHEN", name: "Kitchen", path: ["Kitchen"] },
    { key: "NP-LIVING", name: "Living room", path: ["Living room"] },
    ...names.slice(0, 1).map((name) => ({ key: "NP-BAD", name, path: [name] })),
  ];
  const audit: AuditLineView[] = [
    {
      line: 1,
      at,
      principal: "alice's phone",
      kind: "device",
      from: "afar",
      device: "MAAA-LOCK",
      name: "front door",
      command: "Lock",
      outcome: "Accept",
    },
    {
      line: 2,
      at,
      principal: names[0] ?? "home assistant",
      kind: "home-assistant",
      from: "house",
      device: "MAAA-LOCK",
      name: names[1] ?? "front door",
      command: "Unlock",
      outcome: "ERR_CONFIRMATION_NEEDED",
      alike: 3,
    },
  ];
  const move = (id: string, state: QuestionView["state"], reason?: string): void => {
    const place = questions.findIndex((question) => question.id === id);
    const known = questions[place];
    if (!known) throw new Error(`nothing was asked as ${id}`);
    questions[place] = { ...known, state, ...(reason === undefined ? {} : { reason }), ...(state === "waiting" ? {} : { ended: at }) };
    tell({ kind: "question", id, state, at });
  };
  const partsOf = (request: EditRequest): QuestionView["change"] => {
    switch (request.kind) {
      case "rename":
        return { kind: request.kind, key: request.device, subject: nameOf(request.device) ?? "", object: request.name };
      case "move":
        return { kind: request.kind, key: request.device, subject: nameOf(request.device) ?? "", object: request.place };
      case "remove":
        return { kind: request.kind, key: request.device, subject: nameOf(request.device) ?? "" };
      case "grant-put":
        return { kind: request.kind, subject: request.grant.name, object: request.grant.kind };
      case "grant-delete":
        return { kind: request.kind, key: request.grant, subject: "Bob" };
      case "guest-add":
        return { kind: request.kind, subject: request.guest.address };
      case "scene-delete":
        return { kind: request.kind, key: request.scene, subject: "movie night" };
      case "offer-accept":
        return { kind: request.kind, key: request.offer, subject: "zigbee lamp" };
      case "place-add":
        return { kind: request.kind, subject: request.name };
      case "place-delete":
        return { kind: request.kind, key: request.place, subject: request.place };
      case "passkey-add":
        return { kind: request.kind, subject: "alice", object: "MPAS-SKEY" };
    }
  };
  const house: HouseFacade = scriptedHouse({
    places: () => places,
    questions: () => [...questions].reverse(),
    edit: (request) => {
      const id = `NASKED-${questions.length}`;
      const change = partsOf(request);
      const question: QuestionView = {
        id,
        kind: "edit",
        principal: "alice (page)",
        about: request.kind,
        ...(change ? { change } : {}),
        asked: at,
        expires: week,
        state: "sending",
      };
      questions.push(question);
      requests.set(id, request);
      return { question, ...(request.kind === "grant-put" && request.grant.kind === "token" ? { secret: "NAAA-BBBB-CCCC" } : {}) };
    },
    grants: () => [
      {
        key: "NG-BOB",
        kind: "guest",
        name: names[0] ?? "Bob",
        address: "bob@example.com",
        rights: [
          { allows: "read", places: ["Hall"] },
          { allows: "command", places: ["Hall"] },
        ],
        until: week,
        ended: false,
      },
      { key: "NG-PANEL", kind: "token", name: "wall panel", rights: [{ allows: "read" }, { allows: "command", risky: true }], ended: false },
    ],
    offers: () => [{ id: "NO-1", name: names[0] ?? "zigbee lamp", bridge: "zigbee2mqtt", foreignId: "0x00158d0001", expires: week }],
    scenes: () => [
      {
        key: "NS-1",
        name: names[0] ?? "movie night",
        orders: [
          { device: "MAAA-LIGHT", name: "kitchen light", command: "Set", values: [{ name: "Brightness", value: 20 }], shown: ["brightness 20 %"] },
          { device: "MAAA-PLUG", name: "desk plug", command: "Set", values: [{ name: "On", value: false }], shown: ["off"] },
        ],
      },
    ],
    logs: () => [
      { at, level: "info", module: "hub", event: "hub.started", data: '{"devices":6}' },
      { at, level: "warn", module: "hub.sync", event: "sync.failed", data: JSON.stringify({ reason: names[0] ?? "the service does not answer" }) },
      { at, level: "error", module: "hub.bridge", event: "bridge.down" },
    ],
  });
  return {
    house,
    audit,
    timers,
    /** The service has what was asked last. */
    sent: () => move(questions.at(-1)?.id ?? "", "waiting"),
    /** The owner agrees to what was asked last. */
    accept: () => {
      const { id = "" } = questions.at(-1) ?? {};
      const request = requests.get(id);
      if (request) make(request);
      move(id, "done");
    },
    refuse: (reason: string) => move(questions.at(-1)?.id ?? "", "refused", reason),
    asked: () => [...requests.values()],
  };
}
