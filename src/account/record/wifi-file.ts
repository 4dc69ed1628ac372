/**
 * Wi-Fi networks as two programs keep them: the keyfiles of NetworkManager, and wpa_supplicant.conf. Only what names a network and opens it is read;
 * networks without a password of their own (open ones, those of companies) are passed over by name, and so is what would become another name or
 * password than the one that the program uses.
 */
import { fromUtf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { CatalogedNetwork } from "../../schema/index.ts";

/** What a file holds. */
export interface WifiFile {
  readonly networks: readonly CatalogedNetwork[];
  /** Names of networks that were passed over, and why. */
  readonly passed: readonly { readonly name: string; readonly reason: string }[];
}

/** A network as it stands in a file. */
interface Written {
  readonly name: string;
  readonly password: string | undefined;
  /** What keeps it from being understood. */
  readonly fault?: string;
}

/** A value that is none. */
class Unread extends Error {}

/** UTF-16 units of a file. */
export const longestWifiFile = 262_144;

/** Errors: ERR_SCHEMA for a text that is neither. */
export function parseWifiFile(text: string): WifiFile {
  if (text.length > longestWifiFile) throw new MeshError("ERR_TOO_LARGE", `a file of networks has at most ${longestWifiFile} characters`);
  const lines = text.split(/\r?\n/);
  const written = lines.some((line) => beginsNetwork.test(line)) ? ofSupplicant(lines) : ofManager(lines);
  if (written.length === 0)
    throw new MeshError("ERR_SCHEMA", "the file holds no Wi-Fi network", {
      hint: "give a keyfile of NetworkManager (/etc/NetworkManager/system-connections) or a wpa_supplicant.conf",
    });
  const networks: CatalogedNetwork[] = [];
  const passed: { name: string; reason: string }[] = [];
  for (const { name, password, fault } of written) {
    const reason = fault ?? reasonAgainst(name, password);
    if (reason !== undefined) passed.push({ name, reason });
    else networks.push({ Service: name, Password: password as string });
  }
  return { networks, passed };
}

/** IEEE 802.11: a name is 1 to 32 octets, a password 8 to 63 characters, or the key itself in 64 hexadecimal digits. */
export function reasonAgainst(name: string, password: string | undefined): string | undefined {
  const octets = Buffer.byteLength(name);
  if (octets === 0 || octets > 32) return `a Wi-Fi network has a name of 1 to 32 octets, not ${octets}`;
  if (password === undefined) return "it has no password";
  const isKey = /^[0-9a-f]{64}$/i.test(password);
  if (!isKey && (password.length < 8 || password.length > 63)) return "its password has not 8 to 63 characters";
  return undefined;
}

const beginsNetwork = /^\s*network\s*=\s*\{\s*$/;

/** `network={`, `ssid="home"`, `psk="password"` and `}` on lines of their own, after wpa_supplicant's reader of its configuration. */
function ofSupplicant(lines: readonly string[]): Written[] {
  const found: Written[] = [];
  let fields: Map<string, string> | undefined;
  for (const line of lines.map(withoutComment)) {
    if (beginsNetwork.test(line)) fields = new Map();
    else if (/^\s*\}\s*$/.test(line)) {
      if (fields) found.push(networkOf(fields.get("ssid"), fields.get("psk"), supplicantValue));
      fields = undefined;
    } else {
      const [, name, value] = /^\s*(ssid|psk)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) fields?.set(name, value);
    }
  }
  return found;
}

/** What follows a # behind the last quotation mark. */
function withoutComment(line: string): string {
  const end = line.indexOf("#", Math.max(0, line.lastIndexOf('"')));
  return end < 0 ? line : line.slice(0, end);
}

/** A text in quotation marks, which themselves need no mark inside; P"..." with escapes as printf has them; the rest is hexadecimal. */
function supplicantValue(value: string, kind: "name" | "password"): string {
  const quoted = /^"(.*)"$/.exec(value)?.[1];
  if (quoted !== undefined) return quoted;
  if (kind === "password") {
    if (/^[0-9a-f]{64}$/i.test(value)) return value;
    throw new Unread("its password is neither in quotation marks nor a key of 64 hexadecimal digits");
  }
  const printed = /^P"(.*)"$/.exec(value)?.[1];
  if (printed !== undefined) return ofOctets(printedOctets(printed));
  if (!/^(?:[0-9a-f]{2})+$/i.test(value)) throw new Unread("its name is neither in quotation marks nor hexadecimal");
  return ofOctets([...Buffer.from(value, "hex")]);
}

const printedEscapes: Readonly<Record<string, number>> = { "\\": 0x5c, '"': 0x22, n: 0x0a, r: 0x0d, t: 0x09, e: 0x1b };

function printedOctets(text: string): number[] {
  const octets: number[] = [];
  for (const [piece, letter, hex, octal] of text.matchAll(/\\(?:([\\"nrte])|x([0-9a-fA-F]{1,2})|([0-7]{1,3}))|[^\\]|\\/gu)) {
    if (piece === "\\") throw new Unread("its name has an escape that is none");
    if (letter !== undefined) octets.push(printedEscapes[letter] ?? 0);
    else if (hex !== undefined) octets.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) octets.push(Number.parseInt(octal, 8));
    else for (const octet of Buffer.from(piece)) octets.push(octet);
  }
  return octets;
}

/** `[wifi] ssid=home` and `[wifi-security] psk=password`; a name with odd characters is a list of octets, "104;111;109;101;". */
function ofManager(lines: readonly string[]): Written[] {
  let [name, password]: (string | undefined)[] = [];
  let section = "";
  for (const line of lines) {
    const named = /^\s*\[([^\]]*)\]\s*$/.exec(line)?.[1];
    if (named !== undefined) section = named;
    const [, key, value] = /^\s*(ssid|psk)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === "ssid" && (section === "wifi" || section === "802-11-wireless")) name = value;
    if (key === "psk" && (section === "wifi-security" || section === "802-11-wireless-security")) password = value;
  }
  return name === undefined ? [] : [networkOf(name, password, managerValue)];
}

function managerValue(value: string, kind: "name" | "password"): string {
  if (kind === "name" && /^(?:\d{1,3};)+$/.test(value)) return ofOctets(value.split(";").filter(Boolean).map(Number));
  const text = withoutEscapes(value);
  return kind === "name" ? text.replaceAll("\\;", ";") : text;
}

const keyEscapes: Readonly<Record<string, string>> = { s: " ", n: "\n", t: "\t", r: "\r", "\\": "\\" };

/** As GLib writes texts into a keyfile. */
function withoutEscapes(value: string): string {
  return value.replace(/\\(.?)/gu, (_, letter: string) => {
    const meant = keyEscapes[letter];
    if (meant === undefined) throw new Unread("it has an escape that is none");
    return meant;
  });
}

function networkOf(name: string | undefined, password: string | undefined, read: (value: string, kind: "name" | "password") => string): Written {
  let shown = name ?? "";
  try {
    shown = read(shown, "name");
    return { name: shown, password: password === undefined ? undefined : read(password, "password") };
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    return { name: shown, password: undefined, fault: error.message };
  }
}

/** Names are text here. */
function ofOctets(octets: readonly number[]): string {
  try {
    if (octets.some((octet) => octet > 255)) throw new Error("no octet");
    return fromUtf8(Uint8Array.from(octets));
  } catch {
    throw new Unread("its name is not UTF-8");
  }
}
