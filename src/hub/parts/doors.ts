/** Where people and programs come in: the socket of the machine's owner, a scanner, and where they are wanted the Wyoming door and the page. */
import { utf8 } from "../../base/bytes.ts";
import type { HomeAssistant } from "../home-assistant/home-assistant.ts";
import type { Hub } from "../hub.ts";
import type { HubScanner } from "../hub-scanner.ts";
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
  readonly scanner: HubScanner | undefined;
  readonly book: DeviceParts["book"];
  readonly voice: Voice;
  readonly closing: AbortController;
}

/** Opens them. @returns the one that makes links to the page. Errors: ERR_CONFIG for a socket, an address or a port that cannot be had; those of the file of links and tokens. */
export async function openDoors(
  { config, ports, account, atEnd }: Surroundings,
  { hub, homeAssistant, scanner, book, voice, closing }: DoorOptions,
): Promise<Door> {
  const { random, log } = ports;
  const { clock } = account.ports;
  const credentials = await CredentialBook.open({ dir: config.stateDir, clock, random, log });
  const door = new Door({ book: credentials, names: book, clock, random });
  scanner?.start();
  atEnd("scanner", () => scanner?.stop());
  const close = (name: string, stop: () => unknown): void =>
    atEnd(name, () => {
      closing.abort();
      return stop();
    });
  close("api", await serveUnix(hubApp({ hub, door, homeAssistant, clock, log: log.child("api"), closing: closing.signal }), config.api.socket));
  if (config.wyoming.enabled) {
    const { startWyoming } = await import("../wyoming/start-wyoming.ts");
    close("wyoming", await startWyoming({ hub, names: book, voice, config, clock, log: log.child("wyoming") }));
  }
  if (!config.web.enabled) return door;
  const { startWeb } = await import("../web/start-web.ts");
  const bearer = (token: string) => hub.grants.bearer(utf8(token), "house");
  const common = { clock, random, log: log.child("web"), closing: closing.signal };
  close("web", await startWeb({ hub, bearer, door, book: credentials, config, ...common }));
  return door;
}
