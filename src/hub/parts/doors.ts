/** Where people and programs come in: the socket of the machine's owner, a scanner, and where they are wanted the Wyoming door and the page. */
import { utf8 } from "../../base/bytes.ts";
import { commandsWholeHouse, devicePrincipal } from "../command/principal.ts";
import type { ConfigInForce } from "../config-in-force.ts";
import type { HomeAssistant } from "../home-assistant/home-assistant.ts";
import type { Hub } from "../hub.ts";
import type { HubScanner } from "../hub-scanner.ts";
import type { Matter } from "../matter/matter.ts";
import { hubApp } from "../routes/app.ts";
import { serveUnix } from "../routes/serve.ts";
import type { Voice } from "../voice/voice.ts";
import { CredentialBook } from "../web/credential-book.ts";
import { Door } from "../web/door.ts";
import type { DeviceParts } from "./device-parts.ts";
import type { Surroundings } from "./surroundings.ts";

/** What the doors lead to. */
export interface DoorOptions {
  readonly hub: Hub;
  readonly homeAssistant: HomeAssistant;
  readonly matter: Matter;
  readonly scanner: HubScanner | undefined;
  readonly book: DeviceParts["book"];
  readonly certificate: DeviceParts["certificate"];
  readonly voice: Voice;
  readonly inForce: ConfigInForce;
  readonly closing: AbortController;
}

/** Who is let in over the web, and what lets him in. */
export interface WebDoor {
  readonly door: Door;
  readonly credentials: CredentialBook;
}

/** Makes it. Errors: those of the file of links and tokens. */
export async function makeWebDoor({ config, ports, account }: Surroundings, { book }: Pick<DoorOptions, "book">): Promise<WebDoor> {
  const { random, log } = ports;
  const { clock } = account.ports;
  const mayLetIn = (udf: string): boolean => {
    const entry = account.directory.find(udf);
    return entry !== undefined && commandsWholeHouse(devicePrincipal(entry));
  };
  const credentials = await CredentialBook.open({ dir: config.stateDir, mayLetIn, clock, random, log });
  return { credentials, door: new Door({ book: credentials, names: book, clock, random }) };
}

/** Opens them. Errors: ERR_CONFIG for a socket, an address or a port that cannot be had. */
export async function openDoors(
  { config, ports, account, atEnd }: Surroundings,
  { hub, homeAssistant, matter, scanner, book, certificate, voice, inForce, closing, door, credentials }: DoorOptions & WebDoor,
): Promise<void> {
  const { random, log } = ports;
  const { clock } = account.ports;
  scanner?.start();
  atEnd("scanner", () => scanner?.stop());
  const close = (name: string, stop: () => unknown): void =>
    atEnd(name, () => {
      closing.abort();
      return stop();
    });
  close(
    "api",
    await serveUnix(
      hubApp({ hub, door, config: inForce, homeAssistant, matter, clock, log: log.child("api"), closing: closing.signal }),
      config.api.socket,
    ),
  );
  if (config.wyoming.enabled) {
    const { startWyoming } = await import("../wyoming/start-wyoming.ts");
    close("wyoming", await startWyoming({ hub, names: book, voice, config, clock, log: log.child("wyoming") }));
  }
  if (!config.web.enabled) return;
  const { startWeb } = await import("../web/start-web.ts");
  const bearer = (token: string) => hub.grants.bearer(utf8(token), "house");
  const signs = (passkey: string) => hub.grants.signs(passkey);
  const common = { clock, random, log: log.child("web"), closing: closing.signal };
  const house = { hub, bearer, signs, door, book: credentials };
  close("web", await startWeb({ ...house, config, certificate, hears: () => voice.hears, ...common }));
}
