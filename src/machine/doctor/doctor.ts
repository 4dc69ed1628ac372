/** Looks at everything that a hub depends on and says how it is: configuration, disk, clock, account, service, ports, mDNS, radios. Changes nothing. */
import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { loadAccountFile } from "../../account/context/account-file.ts";
import type { Ports } from "../../account/index.ts";
import { isPlausibleTime } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { HubConfig, LoadedConfig } from "../../config/index.ts";
import { generatePrivateKey } from "../../crypto/index.ts";
import { loadLanguage } from "../../driver/index.ts";
import { MeshClient } from "../../protocol/index.ts";
import { probeRecogniser } from "../../speech/recogniser/recogniser-probe.ts";
import { probeMicrophone } from "../../speech/sound/microphone-probe.ts";
import { probeBluetooth } from "../../transport/ble/probe.ts";
import { probeScanner } from "../../transport/hid/probe.ts";
import { boundAddress, missingAddress, systemInterfaces } from "../../transport/interfaces.ts";
import { MdnsResponder } from "../../transport/mdns/responder.ts";
import { refusal } from "../../transport/mqtt/broker/listening.ts";
import type { Probe } from "../../transport/probe.ts";
import { probeSerial } from "../../transport/serial/probe.ts";
import { hasBeside } from "../install/beside.ts";
import { type Right, unitLacks } from "../install/rights.ts";
import { checkExternalBroker } from "./external-broker.ts";
import { checkPage } from "./page.ts";
import { runningBrokerPort, runningNames } from "./running-hub.ts";

/** One finding. */
export interface DoctorFinding {
  readonly name: string;
  readonly state: "ok" | "warning" | "failure";
  readonly message: string;
  /** One by one, what the message counts. */
  readonly details?: readonly string[];
  readonly hint?: string;
}

/** What the doctor looks at. */
export interface DoctorOptions {
  readonly loaded: LoadedConfig | MeshError;
  readonly ports: Ports;
  /** Where the units of systemd are looked for; "/", another one in tests. */
  readonly root?: string;
}

const leastFree = 50 * 1024 * 1024;
const mdnsMs = 500;
const serviceMs = 5000;

/** What one look says. */
export type Check = Omit<DoctorFinding, "name">;

/** All findings, in the order in which they should be put right. */
export async function diagnose({ loaded, ports, root }: DoctorOptions): Promise<readonly DoctorFinding[]> {
  if (loaded instanceof MeshError) return [{ name: "configuration", state: "failure", message: loaded.message, hint: loaded.hint }];
  const { config } = loaded;
  const checks: readonly (readonly [string, () => Promise<Check>])[] = [
    ["configuration", async () => checkConfiguration(loaded)],
    ["state directory", () => checkDirectory(config.stateDir)],
    ["disk", () => checkDisk(config.stateDir)],
    ["clock", () => checkClock(ports)],
    ["account", () => checkAccount(config.stateDir)],
    ["service", () => checkService(loaded, ports)],
    ["broker port", () => checkBroker(loaded, ports)],
    ["page", () => checkPage(config)],
    ["mDNS", () => checkMdns(loaded, ports)],
    ["Bluetooth", () => checkBluetooth(config, root)],
    ...config.serial.ports.map((path) => ["serial port", () => optional("on", () => asUnit("serial", () => probeSerial(path), root))] as const),
    ["code scanner", () => checkScanner(config, root)],
    ["recogniser", () => optional(config.speech.recogniser === "local" ? "on" : "off", probeRecogniser)],
    ["names said aloud", () => checkNames(config)],
    ["microphone", () => optional(config.speech.microphone === undefined ? "off" : "on", () => asUnit("mic", probeMicrophone, root))],
  ];
  const findings: DoctorFinding[] = [];
  for (const [name, check] of checks) {
    try {
      findings.push({ name, ...(await check()) });
    } catch (thrown) {
      const { message, hint } = asMeshError(thrown);
      findings.push({ name, state: "failure", message, hint });
    }
  }
  return findings;
}

function ok(message: string): Check {
  return { state: "ok", message };
}

function warning(message: string, hint: string): Check {
  return { state: "warning", message, hint };
}

function failure(message: string, hint: string): Check {
  return { state: "failure", message, hint };
}

/** What stands in the file is known to be right; that there are words in its language, only the files beside it tell. */
function checkConfiguration({ config, file }: LoadedConfig): Check {
  loadLanguage(config.words.language);
  return ok(file === undefined ? "no file, the defaults are used" : `${file} is right`);
}

async function checkDirectory(path: string): Promise<Check> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return failure(`${path} is not there`, "run 'mesh-hub init'");
  if ((found.mode & 0o077) !== 0) return warning(`${path} can be read by others (mode ${(found.mode & 0o777).toString(8)})`, `chmod 700 ${path}`);
  try {
    await access(path, constants.W_OK);
  } catch {
    return failure(`${path} cannot be written by this user`, "run this as the user of the hub");
  }
  return ok(path);
}

async function checkDisk(path: string): Promise<Check> {
  const { bavail, bsize } = await statfs(path).catch(() => statfs("."));
  const free = bavail * bsize;
  const text = `${Math.floor(free / 1024 / 1024)} MiB free`;
  return free < leastFree ? failure(text, "free some space: journals and stores need it") : ok(text);
}

async function checkClock({ clock }: Ports): Promise<Check> {
  const now = new Date(clock.now()).toISOString();
  if (!isPlausibleTime(clock.now()))
    return failure(`it is ${now} by this machine`, "set the clock; commands from afar wait until the service has told the time");
  const synchronised = await access("/run/systemd/timesync/synchronized").then(
    () => true,
    () => false,
  );
  return ok(synchronised ? `${now}, synchronised` : `${now}; whether it is synchronised is not known`);
}

async function checkAccount(stateDir: string): Promise<Check> {
  const file = await loadAccountFile(join(stateDir, "account"));
  return file ? ok(`${file.AccountAddress}`) : failure("this hub belongs to no account yet", "run 'mesh-hub init' with a PIN of the owner");
}

async function checkService({ config }: LoadedConfig, { clock, random }: Ports): Promise<Check> {
  const file = await loadAccountFile(join(config.stateDir, "account"));
  const url = config.account.service.url ?? file?.ServiceUrl;
  if (url === undefined) return warning("no service is known yet", "run 'mesh-hub init'");
  const client = new MeshClient({
    url,
    link: generatePrivateKey("X448", random),
    clock,
    random,
    timeoutMs: serviceMs,
    ...(file ? { serviceUdf: file.ServiceUdf } : {}),
  });
  try {
    await client.hello();
    return ok(`${url} answers`);
  } catch (thrown) {
    const { message, hint, code } = asMeshError(thrown);
    // Without the service the house still works.
    return code === "ERR_SERVICE_UNREACHABLE" ? warning(message, hint) : failure(message, hint);
  } finally {
    client.close();
  }
}

async function checkBroker({ config }: LoadedConfig, ports: Ports): Promise<Check> {
  const { enabled, host, port, external } = config.mqtt;
  if (!enabled) return ok("MQTT is off");
  if (external.url !== undefined) return checkExternalBroker(config, external.url, ports);
  const missing = missingAddress(host, systemInterfaces());
  if (missing !== undefined) return warning(missing, "the hub waits for it; correct mqtt.host if it will not come");
  const held = await runningBrokerPort(config.api.socket);
  // 0 is any that is free.
  if (held !== undefined && (held === port || port === 0)) return ok(`${host}:${held} is held by this hub, which runs`);
  if (held !== undefined)
    return warning(
      `this hub runs and holds port ${held}, not ${port} as the configuration has it`,
      `say --set mqtt.port=${held} here, too, if the hub was started so; otherwise ${port} counts when it is started again`,
    );
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    return ok(`${host}:${port} is free`);
  } catch (error) {
    const { message, hint } = refusal(error as NodeJS.ErrnoException, { host, port });
    return failure(message, hint);
  } finally {
    server.close();
  }
}

/** The interfaces that mDNS is wanted on: for devices on TCP, and for those that look for the broker. */
function mdnsInterfaces({ config }: LoadedConfig): ReadonlySet<string | undefined> {
  const { tcp, mdns, mqtt } = config;
  const announced = mdns.announce && mqtt.enabled && mqtt.external.url === undefined;
  return new Set([...(tcp.enabled ? [tcp.interface] : []), ...(announced ? [boundAddress(mqtt.host)] : [])]);
}

async function checkMdns(loaded: LoadedConfig, { clock, log }: Ports): Promise<Check> {
  const wanted = mdnsInterfaces(loaded);
  if (wanted.size === 0) return ok("not used");
  const responders = [...wanted].map((address) => new MdnsResponder({ clock, log, ...(address === undefined ? {} : { interface: address }) }));
  for (const responder of responders) responder.start();
  await clock.sleep(mdnsMs);
  const details = responders.map((responder) => responder.status()).flatMap(({ state, detail }) => (state === "up" ? [] : [detail ?? state]));
  for (const responder of responders) await responder.stop();
  if (details.length === 0) return ok("multicast can be used");
  return warning(
    [...new Set(details)].join("; "),
    "devices that are found by mDNS are not found; check the network, tcp.interface, and the firewall for UDP 5353",
  );
}

/** Where the radio is a process of its own, that has the right, and neither the hub nor who asks needs it. */
function checkBluetooth({ ble }: HubConfig, root?: string): Promise<Check> {
  const elsewhere = ble.socket !== undefined || hasBeside("radio", root);
  return optional(ble.enabled, () => probeBluetooth({ package: ble.package, elsewhere }));
}

/** The same; what stands beside the unit is read all the time, whatever the file says. */
function checkScanner({ scanner }: HubConfig, root?: string): Promise<Check> {
  const isBeside = hasBeside("scanner", root);
  return optional(isBeside ? "on" : scanner.enabled, () => probeScanner({ elsewhere: isBeside || scanner.socket !== undefined }));
}

/** Whether the hub can hear the names of the house: they may have been given before it heard at all. */
async function checkNames({ speech, api }: HubConfig): Promise<Check> {
  if (speech.recogniser !== "local") return ok("not heard by this machine");
  const names = await runningNames(api.socket);
  if (names === undefined) return ok("not looked at: no hub runs that would know them");
  if (names instanceof MeshError) return ok(`not looked at: ${names.message}`);
  const { doubts, more, remedies } = names;
  if (doubts.length === 0) return ok("each can be said, and none sounds like another one");
  const count = doubts.length + more;
  const details = [...doubts, ...(more === 0 ? [] : [`and ${more} more`])];
  return { state: "warning", message: count === 1 ? "one is doubtful" : `${count} are doubtful`, details, hint: remedies.join("; ") };
}

/** What the hub itself may use, where it is a service of its own: whoever asks here may have more rights. */
async function asUnit(right: Right, probe: () => Promise<Probe>, root?: string): Promise<Probe> {
  const found = await probe();
  if (found.state !== "ready" || !unitLacks(right, root)) return found;
  return {
    state: "unavailable",
    detail: `${found.detail} is there, and the hub's unit has no right to it`,
    remedy: `sudo mesh-hub install --${right}`,
  };
}

async function optional(wanted: "auto" | "on" | "off", probe: () => Promise<Probe>): Promise<Check> {
  if (wanted === "off") return ok("off");
  const { state, detail, remedy } = await probe();
  // "auto" asks for nothing: what is missing is a fact, no fault.
  return state === "ready" || wanted === "auto" ? ok(detail) : warning(detail, remedy ?? 'set it to "auto" in the configuration');
}
