/** Command line of a virtual device, checked. There is no environment and no configuration file: a device has none either. */
import { parseArgs } from "node:util";
import { fromHex } from "../../../src/base/bytes.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { hailLength } from "../../../src/link/index.ts";
import { serialMaxPacket } from "../../../src/transport/serial/line-block.ts";
import type { BuiltIn } from "../device/updates.ts";

/** What the flags say. */
export interface Flags {
  readonly image: string;
  readonly medium: "mqtt" | "tcp" | "ble" | "serial";
  /** `host:port`; found by mDNS when absent. */
  readonly broker?: string;
  readonly host: string;
  readonly port: number;
  readonly mdns: boolean;
  /** Unix socket of a Bluetooth controller. */
  readonly controller?: string;
  /** ATT MTU that it agrees to. */
  readonly mtu: number;
  /** Path of a serial line, its speed, and the largest frame that the device takes. */
  readonly line?: string;
  readonly baud: number;
  readonly largest: number;
  readonly interface?: string;
  /** Hours added to those the device has been powered. */
  readonly poweredHours: number;
  readonly seed: number;
  readonly intervalMs?: number | undefined;
  /** Seconds between two wakings; 0 for a device that does not sleep. */
  readonly sleepSeconds: number;
  /** What is built into the program that it runs, of a device that takes others. */
  readonly builtIn?: BuiltIn & { readonly version: number };
  readonly impostor: boolean;
  readonly replayHail?: Uint8Array;
  readonly replayDescription?: string;
  readonly exitWithInput: boolean;
  readonly verbose: boolean;
}

/** Text of --help. */
export const usage = `usage: main.js --image DIR [--medium mqtt|tcp|ble|serial] [options]

  --image DIR              the device's memory; factory.jbcd must be in it
  --medium mqtt            connect to a broker (default)
    --broker HOST:PORT     which; without it _mqtt._tcp with TXT mesh=1 is looked for
  --medium tcp             listen
    --host ADDRESS         on this address (default 127.0.0.1)
    --port N               on this port (default: any)
    --no-mdns              do not announce _mesh-device._tcp
  --medium ble             advertise
    --controller PATH      by the controller at this unix socket (HCI in H4, as of btvirt)
    --mtu N                and agree to this ATT MTU (default 185)
  --medium serial          speak over a serial line
    --line PATH            this terminal device, or a unix socket of a program that holds the line
    --baud N               at this speed (default 115200)
    --largest N            and take frames of so many octets (default 1024)
  --interface ADDRESS      interface for mDNS
  --powered-hours H        count the device as powered for H hours more
  --seed N                 of the sensor's weather
  --interval MS            between two steps of it (default: what a step takes in its class, 30000 in most)
  --sleep SECONDS          sleep so long between two wakings, once the hub has nothing more for it
  --maker KEY              take programs that this Ed25519 key has signed (64 hexadecimal digits)
    --product NAME         for this product
    --program N            above this version, which it has from its factory (default 1)
  --impostor               be another device that shows a recorded hail
    --replay-hail HEX      the hail, 12 octets
    --replay-description F file with a recorded sealed description
  --exit-with-input        end when standard input ends
  --verbose                log to standard error

Standard input takes one order per line: ${"switch on|off, set NAME VALUE, button, factory-reset, recover, powered HOURS, fault ..., status, stop"}.
`;

/** Reads the flags. Throws ERR_USAGE. */
export function readFlags(args: readonly string[]): Flags | "help" {
  const options = {
    image: { type: "string" },
    medium: { type: "string", default: "mqtt" },
    broker: { type: "string" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "0" },
    "no-mdns": { type: "boolean", default: false },
    controller: { type: "string" },
    mtu: { type: "string", default: "185" },
    line: { type: "string" },
    baud: { type: "string", default: "115200" },
    largest: { type: "string", default: "1024" },
    interface: { type: "string" },
    "powered-hours": { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    interval: { type: "string" },
    sleep: { type: "string", default: "0" },
    maker: { type: "string" },
    product: { type: "string", default: "virtual" },
    program: { type: "string", default: "1" },
    impostor: { type: "boolean", default: false },
    "replay-hail": { type: "string" },
    "replay-description": { type: "string" },
    "exit-with-input": { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  } as const;
  const { values } = parse(args, options);
  if (values.help) return "help";
  const { image, medium } = values;
  if (image === undefined) throw new MeshError("ERR_USAGE", "--image is missing");
  if (!isMedium(medium)) throw new MeshError("ERR_USAGE", `--medium ${medium} is not mqtt, tcp, ble or serial`);
  if (medium === "ble" && values.controller === undefined) throw new MeshError("ERR_USAGE", "--controller is missing");
  if (medium === "serial" && values.line === undefined) throw new MeshError("ERR_USAGE", "--line is missing");
  const replayHail = values["replay-hail"] === undefined ? undefined : fromHex(values["replay-hail"]);
  if (values["replay-hail"] !== undefined && replayHail?.length !== hailLength) {
    throw new MeshError("ERR_USAGE", `--replay-hail ${values["replay-hail"]} is not ${hailLength} octets in hexadecimal`);
  }
  const maker = values.maker === undefined ? undefined : fromHex(values.maker);
  if (values.maker !== undefined && maker?.length !== 32) throw new MeshError("ERR_USAGE", "--maker is not a key of 64 hexadecimal digits");
  return {
    image,
    ...(maker === undefined ? {} : { builtIn: { maker, product: values.product, version: number("--program", values.program, 1e9) } }),
    medium,
    ...(values.broker === undefined ? {} : { broker: values.broker }),
    host: values.host,
    port: number("--port", values.port, 65_535),
    mdns: !values["no-mdns"],
    ...(values.controller === undefined ? {} : { controller: values.controller }),
    mtu: number("--mtu", values.mtu, 517),
    ...(values.line === undefined ? {} : { line: values.line }),
    baud: number("--baud", values.baud, 4_000_000),
    largest: number("--largest", values.largest, serialMaxPacket),
    ...(values.interface === undefined ? {} : { interface: values.interface }),
    poweredHours: number("--powered-hours", values["powered-hours"], 1e6),
    seed: number("--seed", values.seed, 1e6),
    ...(values.interval === undefined ? {} : { intervalMs: Math.max(1, number("--interval", values.interval, 1e9)) }),
    sleepSeconds: number("--sleep", values.sleep, 86_400),
    impostor: values.impostor,
    ...(replayHail === undefined ? {} : { replayHail }),
    ...(values["replay-description"] === undefined ? {} : { replayDescription: values["replay-description"] }),
    exitWithInput: values["exit-with-input"],
    verbose: values.verbose,
  };
}

function isMedium(text: string): text is Flags["medium"] {
  return ["mqtt", "tcp", "ble", "serial"].includes(text);
}

function parse<T extends NonNullable<Parameters<typeof parseArgs>[0]>["options"]>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, strict: true });
  } catch (cause) {
    throw new MeshError("ERR_USAGE", cause instanceof Error ? cause.message : "bad flags", { cause });
  }
}

function number(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0 || value > most)
    throw new MeshError("ERR_USAGE", `${name} ${text} is not 0 to ${most}`);
  return value;
}
