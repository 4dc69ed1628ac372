/**
 * The hub's own interface, version 1: what goes over its unix socket, shared by the hub, its commands and the web page.
 * JSON over HTTP; onboarding answers with one JSON object a line, /v1/events with server-sent events. Errors: errorBody with the HTTP
 * status of the error catalogue.
 */
import * as v from "valibot";

const text = (limit: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(limit));
const value = v.union([v.boolean(), v.pipe(v.number(), v.finite()), v.pipe(v.string(), v.maxLength(256))]);

/** One value of a property. */
export const propertyValue = v.strictObject({ name: text(64), value });

/** An error as every route gives it. */
export const errorBody = v.object({ error: v.object({ code: v.string(), message: v.string(), hint: v.string() }) });

const said = v.object({ code: v.string(), message: v.string(), hint: v.optional(v.string()) });
const result = v.picklist(["Accept", "Reject", "Pending", "Expired"]);

/** POST /v1/say */
export const sayRequest = v.strictObject({
  text: text(256),
  /** Key of the place where it is said. */
  place: v.optional(text(64)),
  /** Key of the house in use. */
  home: v.optional(text(64)),
  /** Name of a conversation: what "it" and "there" mean is what was last spoken of in it. Forgotten after five minutes of silence. */
  conversation: v.optional(text(64)),
  /** Tag of the language of sentence and answer, as in "de"; that of the house when absent, or when there are no words in it. */
  language: v.optional(text(35)),
});
export type SayRequest = v.InferOutput<typeof sayRequest>;

/** What became of a sentence at one device; values are the device's own report. */
export const saidTarget = v.object({
  udf: v.string(),
  name: v.string(),
  result,
  text: v.string(),
  values: v.array(propertyValue),
  ageMs: v.optional(v.number()),
  /** The values are from before the hub's last start. */
  restored: v.optional(v.boolean()),
  error: v.optional(said),
});
export type SaidTarget = v.InferOutput<typeof saidTarget>;

const candidate = v.object({
  udf: v.string(),
  name: v.string(),
  place: v.array(v.string()),
  class: v.string(),
  /** What may be said where this one is meant. */
  sentence: v.optional(v.string()),
});

/** Words that answer a question when they are said next in the same conversation, and how long it waits for them. */
const answers = v.object({ yes: v.string(), no: v.string(), withinMs: v.number() });

export const sayResult = v.variant("kind", [
  v.object({ kind: v.literal("done"), text: v.string(), targets: v.array(saidTarget) }),
  v.object({ kind: v.literal("failed"), text: v.string(), targets: v.array(saidTarget) }),
  v.object({ kind: v.literal("answer"), text: v.string(), targets: v.array(saidTarget) }),
  /** `sentence`: what would be done if it were said by itself. `answers`: yes does what is asked; absent where nobody waits for it. */
  v.object({
    kind: v.literal("question"),
    text: v.string(),
    candidates: v.array(candidate),
    sentence: v.optional(v.string()),
    answers: v.optional(answers),
  }),
  v.object({ kind: v.literal("unknown"), text: v.string(), suggestions: v.array(v.string()) }),
]);
export type SayResult = v.InferOutput<typeof sayResult>;

/** GET /v1/automations: orders for another time, the next first, rules, and those of the last day that are over. */
export const automationView = v.object({
  key: v.string(),
  said: v.string(),
  spoken: v.string(),
  /** Who made it. */
  by: v.string(),
  repeats: v.boolean(),
  /** "watching": a rule, for what becomes so; "stopped": it set itself off. Hubs of before do not tell it. */
  state: v.optional(v.picklist(["waiting", "watching", "paused", "stopped", "over"])),
  /** RFC 3339; absent when it is over, and of a rule. */
  due: v.optional(v.string()),
  last: v.optional(v.object({ at: v.string(), result: v.picklist(["done", "failed", "missed", "unknown"]), text: v.string() })),
});
export type AutomationView = v.InferOutput<typeof automationView>;
export const automationList = v.object({ automations: v.array(automationView) });

/** POST /v1/automation/delete, and /v1/automation/resume for one that was stopped: by its key, or the first six characters or more. */
export const automationDelete = v.strictObject({ key: v.pipe(v.string(), v.minLength(6), v.maxLength(64)) });
export type AutomationDelete = v.InferOutput<typeof automationDelete>;

/** POST /v1/command: a device by its fingerprint. */
export const commandRequest = v.strictObject({
  device: text(64),
  command: text(64),
  arguments: v.pipe(v.array(propertyValue), v.maxLength(64)),
  timeoutMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(60_000))),
});
export type CommandRequest = v.InferOutput<typeof commandRequest>;

export const commandResult = v.object({ result, report: v.optional(v.string()), values: v.array(propertyValue) });
export type CommandResult = v.InferOutput<typeof commandResult>;

/** POST /v1/audit: lines of the audit, oldest first. */
export const auditRequest = v.strictObject({
  /** Milliseconds since 1970. */
  since: v.optional(v.pipe(v.number(), v.minValue(0))),
  device: v.optional(text(160)),
  /** Lines after this one. */
  after: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  most: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))),
});
export type AuditRequest = v.InferOutput<typeof auditRequest>;

export const auditLine = v.object({
  line: v.number(),
  at: v.string(),
  principal: v.string(),
  kind: v.string(),
  from: v.string(),
  device: v.string(),
  name: v.string(),
  command: v.string(),
  outcome: v.string(),
  /** Refusals alike that came since and have no line of their own. */
  alike: v.optional(v.number()),
});
export type AuditLineView = v.InferOutput<typeof auditLine>;
export const auditLines = v.object({ lines: v.array(auditLine) });

/** POST /v1/audit/verify: whether the lines are those that were written. */
export const auditVerdict = v.object({
  first: v.number(),
  count: v.number(),
  broken: v.optional(v.object({ line: v.number(), reason: v.string() })),
  /** Lines that the account was told of by then. */
  published: v.optional(v.object({ count: v.number(), at: v.string() })),
});
export type AuditVerdictView = v.InferOutput<typeof auditVerdict>;

const octets = (limit: number) => v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/, "expected base64url"), v.maxLength(limit));

/**
 * POST /v1/order/nonce: the device gives out a nonce for one order that it judges itself. Here and below octets are base64url. What comes and goes is
 * for the owner's device at the other end of the socket: the hub cannot read orders, and its word is not the device's.
 */
export const orderNonceRequest = v.strictObject({ device: text(64), command: text(64) });
export type OrderNonceRequest = v.InferOutput<typeof orderNonceRequest>;
export const orderNonceResult = v.object({ nonce: octets(64), seconds: v.number(), dealEpoch: v.number() });
export type OrderNonceResult = v.InferOutput<typeof orderNonceResult>;

/** POST /v1/order/give: DeviceOrder, sealed to the device. `reported` is the envelope that the device signed. */
export const orderRequest = v.strictObject({ device: text(64), messageId: text(64), sealed: octets(4096) });
export type OrderRequest = v.InferOutput<typeof orderRequest>;
export const orderResult = v.object({ result, report: v.optional(v.string()), reported: v.optional(octets(16_384)) });
export type OrderResult = v.InferOutput<typeof orderResult>;

/** POST /v1/order/report: how the device is, signed over the reader's nonce. */
export const reportRequest = v.strictObject({ device: text(64), nonce: octets(64) });
export type ReportRequest = v.InferOutput<typeof reportRequest>;
export const reportResult = v.object({ reported: octets(16_384) });
export type ReportResult = v.InferOutput<typeof reportResult>;

/**
 * POST /v1/update: another program for a device, first its maker's word (EnvelopedFirmwareManifest), then the program piece by piece, in order. The hub checks
 * signature, product and version, and the device again; Accept of the last piece says that it is about to start it. `signer` is the maker's Ed25519 key where
 * the device's description does not name it.
 */
export const updateRequest = v.strictObject({
  device: text(64),
  manifest: v.optional(octets(8192)),
  signer: v.optional(octets(64)),
  offset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  data: v.optional(octets(8192)),
});
export type UpdateRequest = v.InferOutput<typeof updateRequest>;
export const updateResult = v.object({ result, report: v.optional(v.string()) });
export type UpdateResult = v.InferOutput<typeof updateResult>;

/** One value that a device has, as its description says. */
export const propertyView = v.object({
  name: v.string(),
  type: v.picklist(["boolean", "number", "string", "enum"]),
  unit: v.optional(v.string()),
  writable: v.optional(v.boolean()),
  minimum: v.optional(v.number()),
  maximum: v.optional(v.number()),
  step: v.optional(v.number()),
  options: v.optional(v.array(v.string())),
  /** What is set above it can do harm, whatever its command is. */
  harmlessTo: v.optional(v.number()),
});
export type PropertyView = v.InferOutput<typeof propertyView>;

/** GET /v1/devices */
export const deviceView = v.object({
  udf: v.string(),
  name: v.string(),
  place: v.array(v.string()),
  class: v.string(),
  manufacturer: v.string(),
  model: v.string(),
  status: v.picklist(["Online", "Offline", "Sleeping", "Unknown"]),
  /** RFC 3339. */
  lastContact: v.optional(v.string()),
  restored: v.boolean(),
  /** False for the devices of another hub of the account. */
  own: v.boolean(),
  /** False until an administration device has seen the device's word that it is connected. */
  connected: v.boolean(),
  /** Events beyond the device's budget that have no entry of their own. */
  eventsLost: v.optional(v.number()),
  /** Reported values that the device's description does not allow, left out since the hub's start. */
  valuesRefused: v.optional(v.number()),
  /** Whose word the values are: the device has signed just them, or the hub says so. */
  says: v.optional(v.picklist(["device", "hub", "hosted"])),
  /** Of a device that speaks another protocol: the bridge that it is behind, and what that calls it. Whoever has the hub has the device. */
  bridge: v.optional(v.string()),
  foreignId: v.optional(v.string()),
  /** What a device that has Wi-Fi said of the network of its place: on it, its password is wrong, not in the air, or not joined yet. */
  network: v.optional(v.object({ ssid: v.string(), outcome: v.picklist(["joined", "refused", "absent", "failed"]) })),
  values: v.array(propertyValue),
  /** The values in words. */
  shown: v.array(v.string()),
  properties: v.array(propertyView),
  /** `risky`: what may open, heat or alarm, and whatever no driver of this hub knows. `judged`: the device takes it from a device of its owner alone. */
  commands: v.array(v.object({ name: v.string(), arguments: v.array(v.string()), risky: v.optional(v.boolean()), judged: v.optional(v.boolean()) })),
});
export type DeviceView = v.InferOutput<typeof deviceView>;
export const deviceList = v.object({ devices: v.array(deviceView) });

/** A bridge to devices of another world, with those that it announces and that cannot be taken over. */
const bridgeView = v.object({
  name: v.string(),
  kind: v.string(),
  state: v.picklist(["up", "down", "unavailable", "degraded"]),
  detail: v.optional(v.string()),
  devices: v.number(),
  dropped: v.optional(v.number()),
  refused: v.array(v.object({ foreignId: v.string(), name: v.optional(v.string()), reason: v.string() })),
});
export type BridgeView = v.InferOutput<typeof bridgeView>;

/** GET /v1/status */
export const hubStatus = v.object({
  version: v.literal("v1"),
  account: v.string(),
  accountUdf: v.string(),
  hubUdf: v.string(),
  /** RFC 3339. */
  started: v.string(),
  ready: v.boolean(),
  service: v.object({
    url: v.string(),
    reachable: v.optional(v.boolean()),
    reason: v.optional(v.string()),
    lastSync: v.optional(v.string()),
    /** What the service was caught at: an error code and words. It stays over restarts until it is cleared. */
    alarm: v.optional(v.string()),
  }),
  /** Until when orders that carry a risk are given, if the service does not renew it; a warning from 30 days before. */
  renewal: v.object({ until: v.optional(v.string()), warning: v.optional(v.string()) }),
  outbox: v.object({ waiting: v.number(), published: v.number(), reason: v.optional(v.string()) }),
  media: v.array(v.object({ name: v.string(), state: v.picklist(["up", "down", "unavailable", "degraded"]), detail: v.optional(v.string()) })),
  devices: v.object({ total: v.number(), online: v.number(), eventsLost: v.optional(v.number()), valuesRefused: v.optional(v.number()) }),
  bridges: v.optional(v.array(bridgeView)),
  /** Files of the hub that were damaged and are kept aside, in words; until they are cleared as alarms are. */
  damaged: v.optional(v.array(v.string())),
  drivers: v.object({ loaded: v.array(v.string()), refused: v.array(v.object({ file: v.string(), reason: v.string() })) }),
  /** Broker port that devices reach, when the broker is the hub's own. */
  mqttPort: v.optional(v.number()),
  /** The owner's part of the account, with all of its keys, lies on the hub's own machine: whoever takes it has the account. */
  ownerHere: v.optional(v.boolean()),
});
export type HubStatus = v.InferOutput<typeof hubStatus>;

/** POST /v1/alarm/clear: what the alarm was, when there was one. */
export const alarmCleared = v.object({ cleared: v.optional(v.string()) });
export type AlarmCleared = v.InferOutput<typeof alarmCleared>;

/** POST /v1/reload: dotted keys of the configuration that have changed: those that count from now on, and those that wait for a restart. */
export const reloaded = v.object({ taken: v.array(v.string()), waiting: v.array(v.string()) });
export type Reloaded = v.InferOutput<typeof reloaded>;

/** POST /v1/onboard; answered by one OnboardLine a line. */
export const onboardRequest = v.strictObject({ uri: text(1024), name: v.optional(text(4096)), place: v.optional(text(4096)) });
export type OnboardRequest = v.InferOutput<typeof onboardRequest>;

export const onboardLine = v.object({
  step: v.string(),
  state: v.picklist(["started", "done", "failed"]),
  message: v.string(),
  deviceUdf: v.optional(v.string()),
  /** What the account calls the device, once it is connected. */
  name: v.optional(v.string()),
  /** What is doubtful about its name for whoever will say it aloud to the hub. */
  notes: v.optional(v.array(v.string())),
  error: v.optional(said),
});
export type OnboardLine = v.InferOutput<typeof onboardLine>;

/** GET /v1/onboardings */
export const onboardingView = v.object({
  /** PublicationId of the code. */
  id: v.string(),
  name: v.optional(v.string()),
  deviceUdf: v.optional(v.string()),
});
export type OnboardingView = v.InferOutput<typeof onboardingView>;
export const onboardingList = v.object({ onboardings: v.array(onboardingView) });

/** POST /v1/removal: RevokedDevice as its owner's device wrote it to a file, in JSON. */
export const removalRequest = v.strictObject({ evidence: text(12_000) });
export type RemovalRequest = v.InferOutput<typeof removalRequest>;
/** The evidence counts: the hub stops now and erases its keys. */
export const removalTaken = v.object({ account: v.string(), by: v.optional(v.string()) });
export type RemovalTaken = v.InferOutput<typeof removalTaken>;

/** GET /v1/events, `data:` of each event; its name is `kind`. */
export const hubEvent = v.variant("kind", [
  v.object({
    kind: v.literal("state"),
    udf: v.string(),
    name: v.string(),
    status: v.string(),
    changed: v.array(v.string()),
    values: v.array(propertyValue),
    cause: v.optional(v.string()),
    at: v.string(),
  }),
  v.object({ kind: v.literal("onboarding"), line: onboardLine, at: v.string() }),
  /** Something that the owner was asked has been sent, answered or is over: GET /v1/questions. */
  v.object({ kind: v.literal("question"), id: v.string(), state: v.string(), at: v.string() }),
  /** Other devices of bridges wait for the owner: GET /v1/offers. */
  v.object({ kind: v.literal("offers"), at: v.string() }),
  /** Nothing has happened for a while, and the hub is there. */
  v.object({ kind: v.literal("here"), at: v.string() }),
]);
export type HubEvent = v.InferOutput<typeof hubEvent>;
