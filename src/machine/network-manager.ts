/**
 * The Wi-Fi networks that NetworkManager of this machine keeps. It is asked over D-Bus by busctl, which comes with systemd: no library of a bus is loaded
 * for a few questions. Only what names a network and opens it is read; nothing is changed there.
 */
import { execFile } from "node:child_process";
import * as v from "valibot";
import { reasonAgainst, type WifiFile } from "../account/index.ts";
import { MeshError } from "../base/errors.ts";

/** How it is asked. */
export interface ManagerOptions {
  /** Address of the system's bus, where it is another than the usual one. */
  readonly bus?: string;
  readonly signal: AbortSignal;
  /** Names of networks that are known; without any, those that the machine is in now. */
  readonly names: readonly string[];
}

const service = "org.freedesktop.NetworkManager";
const manager = "/org/freedesktop/NetworkManager";
const wifi = "802-11-wireless";
const security = "802-11-wireless-security";
/** More connections than anybody has kept. */
const mostConnections = 512;
const mostOctets = 1 << 20;
const answerSeconds = 10;

const path = v.pipe(v.string(), v.regex(/^\/[A-Za-z0-9_/]{0,255}$/));
const paths = v.pipe(v.array(path), v.maxLength(mostConnections));
const text = v.object({ data: v.string() });
const octets = v.object({ data: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))), v.maxLength(32)) });
const settingsOf = v.looseObject({
  connection: v.looseObject({ type: text }),
  [wifi]: v.optional(v.looseObject({ ssid: v.optional(octets) })),
  [security]: v.optional(v.looseObject({})),
});
const secretsOf = v.looseObject({ [security]: v.optional(v.looseObject({ psk: v.optional(text) })) });

/**
 * The networks, and those that were passed over.
 * Errors: ERR_NOT_FOUND for a name that is not known, or when the machine is in no Wi-Fi network; ERR_ADAPTER without NetworkManager;
 * ERR_PERMISSION when it does not give its passwords to this user; ERR_SCHEMA for an answer that is none.
 */
export async function networksOfMachine(options: ManagerOptions): Promise<WifiFile> {
  const wanted = new Set(options.names);
  const found = new Map<string, () => Promise<string | undefined>>();
  const connections = wanted.size === 0 ? await activeConnections(options) : await allConnections(options);
  for (const connection of connections) {
    const { ssid, isSecured } = await settings(options, connection);
    if (ssid === undefined || found.has(ssid) || (wanted.size > 0 && !wanted.has(ssid))) continue;
    found.set(ssid, async () => (isSecured ? passwordOf(options, connection) : undefined));
  }
  requireAll(wanted, found);
  const networks: { Service: string; Password: string }[] = [];
  const passed: { name: string; reason: string }[] = [];
  let refused: MeshError | undefined;
  for (const [name, password] of found) {
    try {
      const given = await password();
      const reason = reasonAgainst(name, given);
      if (reason !== undefined || given === undefined) passed.push({ name, reason: reason ?? "it has no password" });
      else networks.push({ Service: name, Password: given });
    } catch (error) {
      if (!(error instanceof MeshError && error.code === "ERR_PERMISSION")) throw error;
      refused ??= error;
      passed.push({ name, reason: error.message });
    }
  }
  if (networks.length === 0 && refused !== undefined) throw refused;
  return { networks, passed };
}

function requireAll(wanted: ReadonlySet<string>, found: ReadonlyMap<string, unknown>): void {
  const missing = [...wanted].filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new MeshError("ERR_NOT_FOUND", `NetworkManager knows no Wi-Fi network ${missing.map((name) => JSON.stringify(name)).join(", ")}`, {
      hint: "'nmcli connection' lists what it knows",
    });
  }
  if (found.size === 0) {
    throw new MeshError("ERR_NOT_FOUND", "this machine is in no Wi-Fi network now", {
      hint: "name one that it knows by --ssid, or give a file",
    });
  }
}

/** Connections of the Wi-Fi networks that the machine is in. */
async function activeConnections(options: ManagerOptions): Promise<readonly string[]> {
  const active = parse(paths, (await property(options, manager, service, ["ActiveConnections"]))[0]);
  const connections: string[] = [];
  for (const one of active) {
    const [type, connection] = await property(options, one, `${service}.Connection.Active`, ["Type", "Connection"]);
    if (type === wifi) connections.push(parse(path, connection));
  }
  return connections;
}

async function allConnections(options: ManagerOptions): Promise<readonly string[]> {
  return parse(paths, await call(options, `${manager}/Settings`, `${service}.Settings`, ["ListConnections"]));
}

interface Settings {
  /** Undefined for what is no Wi-Fi network. */
  readonly ssid: string | undefined;
  readonly isSecured: boolean;
}

/** One that has another form than any network, or is another user's, keeps nobody from the others. */
async function settings(options: ManagerOptions, connection: string): Promise<Settings> {
  const answer = await call(options, connection, `${service}.Settings.Connection`, ["GetSettings"]).catch((error: unknown) => {
    if (error instanceof MeshError && error.code === "ERR_PERMISSION") return undefined;
    throw error;
  });
  const { success, output } = v.safeParse(settingsOf, answer);
  const name = success && output.connection.type.data === wifi ? output[wifi]?.ssid?.data : undefined;
  return { ssid: name === undefined ? undefined : Buffer.from(name).toString(), isSecured: success && output[security] !== undefined };
}

async function passwordOf(options: ManagerOptions, connection: string): Promise<string | undefined> {
  const answer = await call(options, connection, `${service}.Settings.Connection`, ["GetSecrets", "s", security]);
  return parse(secretsOf, answer)[security]?.psk?.data;
}

/** The first value that a method answers. */
async function call(options: ManagerOptions, object: string, face: string, method: readonly string[]): Promise<unknown> {
  const [line = ""] = await busctl(options, ["call", service, object, face, ...method]);
  const { data } = parse(v.object({ data: v.array(v.unknown()) }), fromJson(line));
  return data[0];
}

async function property(options: ManagerOptions, object: string, face: string, names: readonly string[]): Promise<unknown[]> {
  const lines = await busctl(options, ["get-property", service, object, face, ...names]);
  return lines.map((line) => parse(v.object({ data: v.unknown() }), fromJson(line)).data);
}

/** Lines that it has printed: an answer each. */
function busctl({ bus, signal }: ManagerOptions, words: readonly string[]): Promise<string[]> {
  const args = ["--system", "--json=short", `--timeout=${answerSeconds}`, "--", ...words];
  const env = { PATH: "/usr/bin:/bin", LC_ALL: "C", ...(bus === undefined ? {} : { DBUS_SYSTEM_BUS_ADDRESS: bus }) };
  return new Promise((resolve, reject) => {
    execFile("busctl", args, { env, signal, maxBuffer: mostOctets, timeout: 2000 * answerSeconds }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.split("\n").filter(Boolean));
      else reject(signal.aborted ? (signal.reason as Error) : refusal(error, stderr.trim().split("\n").at(-1) ?? ""));
    });
  });
}

function refusal(error: { readonly code?: string | number | null; readonly message: string }, said: string): MeshError {
  if (/denied|not authorized|insufficient privileges/i.test(said)) {
    return new MeshError("ERR_PERMISSION", `NetworkManager does not give its networks to this user: ${said}`, {
      hint: "run it as the user who is logged in at this machine, or with sudo and --dir",
    });
  }
  if (/No agents were available|NoSecrets/i.test(said)) {
    return new MeshError("ERR_PERMISSION", "the password of the network is in the keyring of whoever is logged in, not with NetworkManager", {
      hint: "give it yourself: 'meshman network add SSID --password-file FILE'",
    });
  }
  const reason = error.code === "ENOENT" ? "this machine has no busctl, which comes with systemd" : said || error.message;
  return new MeshError("ERR_ADAPTER", `NetworkManager of this machine does not answer: ${reason}`, {
    hint: "give a file instead: a keyfile of NetworkManager or a wpa_supplicant.conf",
  });
}

function fromJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new MeshError("ERR_SCHEMA", "the answer of busctl is no JSON");
  }
}

function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, value);
  if (!success) throw new MeshError("ERR_SCHEMA", `NetworkManager answered something else: ${issues[0].message}`);
  return output;
}
