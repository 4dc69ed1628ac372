/**
 * Wi-Fi networks as two programs keep them: the keyfiles of NetworkManager, and wpa_supplicant.conf. Only what names a network and opens it is read;
 * networks without a password of their own (open ones, those of companies) are passed over by name.
 */
import { MeshError } from "../../base/errors.ts";
import type { CatalogedNetwork } from "../../schema/index.ts";

/** What a file holds. */
export interface WifiFile {
  readonly networks: readonly CatalogedNetwork[];
  /** Names of networks that were passed over, and why. */
  readonly passed: readonly { readonly name: string; readonly reason: string }[];
}

interface Section {
  readonly fields: ReadonlyMap<string, string>;
}

/** UTF-16 units of a file. */
export const longestWifiFile = 262_144;

/** Errors: ERR_SCHEMA for a text that is neither. */
export function parseWifiFile(text: string): WifiFile {
  if (text.length > longestWifiFile) throw new MeshError("ERR_TOO_LARGE", `a file of networks has at most ${longestWifiFile} characters`);
  const sections = /^\s*network\s*=\s*\{/m.test(text) ? ofSupplicant(text) : ofManager(text);
  if (sections.length === 0)
    throw new MeshError("ERR_SCHEMA", "the file holds no Wi-Fi network", {
      hint: "give a keyfile of NetworkManager (/etc/NetworkManager/system-connections) or a wpa_supplicant.conf",
    });
  const networks: CatalogedNetwork[] = [];
  const passed: { name: string; reason: string }[] = [];
  for (const { fields } of sections) {
    const name = fields.get("ssid") ?? "";
    const password = fields.get("psk");
    const reason = reasonAgainst(name, password);
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

/** `network={ ssid="home" psk="password" }`; texts without quotes are hexadecimal. */
function ofSupplicant(text: string): Section[] {
  return [...text.matchAll(/^\s*network\s*=\s*\{([^}]*)\}/gm)].map(([, body = ""]) => {
    const fields = new Map<string, string>();
    for (const line of body.split("\n")) {
      const [, name, value] = /^\s*(ssid|psk)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      const quoted = /^"(.*)"$/.exec(value)?.[1];
      const isName = name === "ssid" && /^(?:[0-9a-f]{2})+$/i.test(value);
      fields.set(name, quoted ?? (isName ? Buffer.from(value, "hex").toString() : value));
    }
    return { fields };
  });
}

/** `[wifi] ssid=home` and `[wifi-security] psk=password`; a name with odd characters is a list of octets, "104;111;109;101;". */
function ofManager(text: string): Section[] {
  const fields = new Map<string, string>();
  let section = "";
  for (const line of text.split("\n").map((one) => one.trim())) {
    const named = /^\[([^\]]*)\]$/.exec(line)?.[1];
    if (named !== undefined) section = named;
    const [, name, value] = /^(ssid|psk)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    if (name === "ssid" && (section === "wifi" || section === "802-11-wireless")) fields.set(name, ofOctets(value));
    if (name === "psk" && (section === "wifi-security" || section === "802-11-wireless-security")) fields.set(name, value);
  }
  return fields.has("ssid") ? [{ fields }] : [];
}

function ofOctets(value: string): string {
  return /^(?:\d{1,3};)+$/.test(value) ? Buffer.from(value.split(";").filter(Boolean).map(Number)).toString() : value;
}
