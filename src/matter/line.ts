/**
 * What hub and Matter process say to each other: one JSON object a line, over one socket. Devices are told in words of the house (percent, kelvin, degrees);
 * what Matter makes of them is the process's business. Both sides check what comes: the process hears strangers, and is not trusted more than they are.
 */
import * as v from "valibot";

/** What a device of the house is to others. One device may be several. */
export const bridgedKinds = [
  "light",
  "dimmable",
  "white",
  "colour",
  "outlet",
  "fan",
  "cover",
  "thermostat",
  "lock",
  "contact",
  "occupancy",
  "temperature",
  "humidity",
  "illuminance",
  "leak",
] as const;
export type BridgedKind = (typeof bridgedKinds)[number];

/** Devices that go out: what a controller of today takes without complaint is below it. */
export const mostBridged = 256;
/** Characters of a line. */
export const mostLine = 4096;

const number = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const between = (least: number, most: number) => v.pipe(v.number(), v.finite(), v.minValue(least), v.maxValue(most));
const percent = between(0, 100);
const kelvin = between(1000, 20_000);
const degrees = between(-273, 300);
const udf = v.pipe(v.string(), v.regex(/^M[A-Z2-7-]{3,120}$/));
const label = v.pipe(v.string(), v.maxLength(32));
const reason = v.pipe(v.string(), v.maxLength(512));
const passcode = v.pipe(number, v.minValue(1), v.maxValue(99_999_998));
const discriminator = v.pipe(number, v.maxValue(4095));

/** What a device reports and may be asked for alike. */
const settable = {
  on: v.optional(v.boolean()),
  level: v.optional(percent),
  white: v.optional(kelvin),
  hue: v.optional(between(0, 360)),
  saturation: v.optional(percent),
  speed: v.optional(percent),
  /** 100 is open. */
  position: v.optional(percent),
  target: v.optional(degrees),
  mode: v.optional(v.picklist(["off", "heat", "cool", "auto"])),
  locked: v.optional(v.boolean()),
};

const values = v.strictObject({
  ...settable,
  open: v.optional(v.boolean()),
  occupied: v.optional(v.boolean()),
  temperature: v.optional(degrees),
  humidity: v.optional(percent),
  illuminance: v.optional(between(0, 1_000_000)),
  wet: v.optional(v.boolean()),
  battery: v.optional(percent),
});

/** What is asked of a device: one thing, or those that belong together. */
const want = v.strictObject({
  ...settable,
  /** It moves no further. */
  stop: v.optional(v.literal(true)),
  /** It makes itself known. */
  identify: v.optional(v.literal(true)),
});

const limits = v.strictObject({
  whiteLeast: v.optional(kelvin),
  whiteMost: v.optional(kelvin),
  targetLeast: v.optional(degrees),
  targetMost: v.optional(degrees),
});

const unique = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));

const device = v.strictObject({
  /** Names it to hub and process; nobody else is told of it. */
  udf,
  /** Names it to ecosystems, and another one to those that come after a disconnect. */
  unique,
  /** What people call it, cut to what Matter takes. */
  label,
  /** Class and maker, for lists. */
  product: label,
  kinds: v.pipe(v.array(v.picklist(bridgedKinds)), v.minLength(1), v.maxLength(8)),
  hasBattery: v.boolean(),
  limits,
  isReachable: v.boolean(),
  values,
});

const call = v.variant("call", [
  v.strictObject({
    call: v.literal("start"),
    id: number,
    /** Names the bridge among others: it is no secret and no fingerprint. */
    unique,
    name: label,
    version: v.pipe(v.string(), v.maxLength(64)),
    passcode,
    discriminator,
    /** Whether whoever has the code is let in. */
    isOpen: v.boolean(),
  }),
  v.strictObject({ call: v.literal("device"), id: number, device }),
  v.strictObject({ call: v.literal("gone"), id: number, udf }),
  v.strictObject({ call: v.literal("state"), id: number, udf, isReachable: v.boolean(), values }),
  v.strictObject({ call: v.literal("window"), id: number, passcode, discriminator, isOpen: v.boolean() }),
  v.strictObject({ call: v.literal("leave"), id: number }),
  v.strictObject({ call: v.literal("ping"), id: number }),
  v.strictObject({
    call: v.literal("answer"),
    order: number,
    outcome: v.picklist(["done", "refused", "failed", "busy"]),
    /** How the device is now, where it still goes out. */
    isReachable: v.optional(v.boolean()),
    values: v.optional(values),
  }),
]);

/** Names an ecosystem to the bridge; another one may have it later. */
const fabricIndex = v.pipe(number, v.maxValue(255));
const fabric = v.strictObject({ index: fabricIndex, vendor: v.pipe(number, v.maxValue(65_535)), label });
const codes = v.strictObject({
  manual: v.pipe(v.string(), v.regex(/^[0-9]{11,21}$/)),
  qr: v.pipe(v.string(), v.regex(/^MT:[0-9A-Z.-]{10,64}$/)),
});

const told = v.variant("tell", [
  v.strictObject({ tell: v.literal("done"), id: number, codes: v.optional(codes) }),
  v.strictObject({ tell: v.literal("failed"), id: number, reason }),
  v.strictObject({ tell: v.literal("order"), order: number, udf, want }),
  v.strictObject({
    tell: v.literal("fabrics"),
    fabrics: v.pipe(v.array(fabric), v.maxLength(16)),
    /** Of those beyond, which a line has no room to describe. */
    more: v.pipe(v.array(fabricIndex), v.maxLength(255)),
  }),
]);

/** A call of the hub. */
export type MatterCall = v.InferOutput<typeof call>;
/** What the process says. */
export type MatterTold = v.InferOutput<typeof told>;
/** A device as it goes out. */
export type BridgedDevice = v.InferOutput<typeof device>;
/** What it has reported, in words of the house. */
export type BridgedValues = v.InferOutput<typeof values>;
/** What a controller wants of it. */
export type BridgedWant = v.InferOutput<typeof want>;
/** An ecosystem that the bridge has been added to. */
export type MatterFabric = v.InferOutput<typeof fabric>;
/** What an ecosystem is told to add the bridge: digits to type, and the text of a QR code. */
export type PairingCodes = v.InferOutput<typeof codes>;
/** What became of an order. */
export type WantOutcome = Extract<MatterCall, { call: "answer" }>["outcome"];

/** One line. */
export function lineOf(message: MatterCall | MatterTold): string {
  return `${JSON.stringify(message)}\n`;
}

/** Reads a call. Throws when it is none. */
export const readCall = (line: string): MatterCall => v.parse(call, JSON.parse(line));

/** Reads what the process says. Throws when it is nothing that one says. */
export const readTold = (line: string): MatterTold => v.parse(told, JSON.parse(line));
