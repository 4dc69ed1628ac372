/** The web of a scripted hub: in memory, or at a port of this machine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HubEvent } from "../../src/api/index.ts";
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { loadConfig } from "../../src/config/index.ts";
import type { HubFacade } from "../../src/hub/routes/facade.ts";
import { CredentialBook } from "../../src/hub/web/credential-book.ts";
import { Door } from "../../src/hub/web/door.ts";
import { KeptCertificate } from "../../src/hub/web/kept-certificate.ts";
import { PageFiles } from "../../src/hub/web/page-files.ts";
import { startWeb } from "../../src/hub/web/start-web.ts";
import type { WebAppOptions } from "../../src/hub/web/web-app.ts";
import { webApp } from "../../src/hub/web/web-app.ts";
import type { WebServer } from "../../src/hub/web/web-server.ts";
import { serveWeb } from "../../src/hub/web/web-server.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { scriptedHub } from "./scripted-hub.ts";

/** What a test may change. */
export interface WebWorldOptions {
  readonly hub?: HubFacade & { tell(event: HubEvent): void; listeners(): number };
  readonly names?: readonly string[];
  readonly language?: string;
  readonly clock?: Clock;
  /** Folder of the page's files. */
  readonly page?: string;
  /** Holders of grants of the account. */
  readonly bearer?: WebAppOptions["bearer"];
  /** Language of the clips that are understood. */
  readonly hears?: string;
  /** Which passkeys the owner's machines know. */
  readonly signs?: WebAppOptions["signs"];
}

/** The application with its door and its book. */
export async function webWorld({
  hub = scriptedHub(),
  names = [],
  language = "en",
  clock = systemClock,
  page = tempDirectory(),
  bearer,
  hears,
  signs,
}: WebWorldOptions = {}) {
  const dir = tempDirectory();
  const book = await CredentialBook.open({ dir, mayLetIn: () => true, clock, random: systemRandom, log: silentLog });
  const index = { places: new Map([["P1", { key: "P1", name: "Kitchen" }]]) } as never;
  const door = new Door({ book, names: { index, devices: () => [] }, clock, random: systemRandom });
  const closing = new AbortController();
  const files = await PageFiles.open(page);
  const trust = { welcome: () => ({ hubUdf: "MAAA-HUB" }), authority: () => undefined };
  const app = webApp({
    hub,
    door,
    book,
    files,
    names,
    language,
    hears: () => hears,
    clock,
    random: systemRandom,
    log: silentLog,
    closing: closing.signal,
    ...trust,
    ...(bearer ? { bearer } : {}),
    ...(signs ? { signs } : {}),
  });
  return { dir, hub, book, door, app, closing };
}

/** The same at a port of 127.0.0.1. */
export async function servedWorld(options: WebWorldOptions = {}) {
  const world = await webWorld(options);
  let url = "";
  const serve = (port: number): Promise<WebServer> =>
    serveWeb({
      app: world.app,
      addresses: ["127.0.0.1"],
      port,
      clock: systemClock,
      log: silentLog,
      onReached: (reached) => {
        url = reached;
        world.door.reached(reached);
      },
    });
  let server = await serve(0);
  onCleanup(async () => {
    world.closing.abort();
    await server.close();
  });
  return {
    ...world,
    url,
    /** The hub is gone; its connections end. */
    down: () => server.close(),
    /** It is back at the same port. */
    async up() {
      server = await serve(Number(new URL(url).port));
    },
  };
}

export const hubUdf = "MAAA-BBBB-CCCC";

/** The web of a configuration, at ports of its own. */
export async function configuredWeb(flags: Record<string, unknown> = {}, dir: string = tempDirectory(), page?: string) {
  const fixed = { stateDir: dir, "web.enabled": true, "web.port": 0, "web.tls.port": 0 };
  const { config } = loadConfig({ file: undefined, env: {}, cwd: dir, flags: { ...fixed, ...flags } });
  const hub = scriptedHub();
  const { status } = hub;
  const book = await CredentialBook.open({ dir, mayLetIn: () => true, clock: systemClock, random: systemRandom, log: silentLog });
  const door = new Door({ book, names: { index: { places: new Map() } as never, devices: () => [] }, clock: systemClock, random: systemRandom });
  const closing = new AbortController();
  const { enabled, certificate: file, key } = config.web.tls;
  const own = file !== undefined && key !== undefined ? { certificate: file, key } : undefined;
  const certificate = new KeptCertificate({ stateDir: dir, hubUdf, own, clock: systemClock, random: systemRandom, log: silentLog });
  if (enabled) await certificate.start();
  onCleanup(() => certificate.stop());
  const close = await startWeb({
    hub: { ...hub, as: () => hub, status: () => ({ ...status(), hubUdf }) },
    door,
    book,
    config,
    certificate,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    closing: closing.signal,
    ...(page === undefined ? {} : { page }),
  });
  onCleanup(() => {
    closing.abort();
    return close();
  });
  return { dir, door, book, plain: (await door.open({})).url.split("/#")[0] as string };
}

/** PEM of the authority that the web of a directory has made. */
export function authorityOf(dir: string): string {
  return (JSON.parse(readFileSync(join(dir, "web", "authority.json"), "utf8")) as { certificate: string }).certificate;
}
