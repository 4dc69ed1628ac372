/** Brings the web of a hub up, as it is configured: over TLS for the house, over plain HTTP for this machine and for whoever has still to trust the hub. */
import { isIPv6 } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { HubConfig } from "../../config/index.ts";
import { boundAddress, isLoopback } from "../../transport/interfaces.ts";
import { announcePage } from "../../transport/mdns/announce.ts";
import type { MdnsResponder } from "../../transport/mdns/responder.ts";
import type { HubFacade } from "../routes/facade.ts";
import type { ServerCertificate } from "./certificates.ts";
import { hubName } from "./certificates.ts";
import type { CredentialBook } from "./credential-book.ts";
import type { Door } from "./door.ts";
import type { KeptCertificate } from "./kept-certificate.ts";
import { PageFiles } from "./page-files.ts";
import type { WebAppOptions } from "./web-app.ts";
import { webApp } from "./web-app.ts";
import type { WebServer } from "./web-server.ts";
import { serveWeb } from "./web-server.ts";

/** What the web is brought up with. */
export interface StartWebOptions {
  readonly hub: HubFacade;
  readonly door: Door;
  readonly book: CredentialBook;
  readonly bearer?: WebAppOptions["bearer"];
  readonly signs?: WebAppOptions["signs"];
  readonly config: HubConfig;
  readonly hears?: WebAppOptions["hears"];
  /** What is shown over HTTPS, where that is wanted; it has started. */
  readonly certificate: KeptCertificate | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly closing: AbortSignal;
  /** Folder of the page's files; that of the package when absent. */
  readonly page?: string;
}

/** Starts it. Errors: ERR_CONFIG. @returns stops it */
export async function startWeb(options: StartWebOptions): Promise<() => Promise<void>> {
  const { config, hub, door, clock, log } = options;
  const { addresses, port, names, tls } = config.web;
  const { hubUdf } = hub.status();
  const kept = tls.enabled ? options.certificate : undefined;
  let certificate = kept?.current;
  const ports: { plain?: number; secure?: number } = {};
  const app = webApp({
    ...options,
    files: await PageFiles.open(options.page),
    names: [hubName(hubUdf), ...names],
    language: config.words.language,
    welcome: () => ({
      hubUdf,
      ...(ports.secure === undefined ? {} : { port: ports.secure }),
      ...(certificate ? { fingerprint: certificate.fingerprint } : {}),
    }),
    authority: () => certificate?.authority,
  });
  const reached = (url: string): void => {
    const { protocol, port: bound } = new URL(url);
    if (protocol === "https:") ports.secure ??= Number(bound || 443);
    else ports.plain ??= Number(bound || 80);
    door.reached(linkTarget({ addresses, names, ports, hubUdf }), certificate?.fingerprint);
  };
  const common = { app, addresses, clock, log, onReached: reached };
  const plain = await serveWeb({ ...common, port });
  let secure: WebServer | undefined;
  const close = async (): Promise<void> => void (await Promise.all([plain.close(), secure?.close()]));
  try {
    if (certificate) secure = await serveWeb({ ...common, port: tls.port, tls: certificate });
  } catch (error) {
    await close();
    throw error;
  }
  const announcer = announce(config, { hubUdf, port: ports.secure, clock, log });
  const show = async (next: ServerCertificate): Promise<void> => {
    certificate = next;
    if (secure) secure.renew(next);
    else secure = await serveWeb({ ...common, port: tls.port, tls: next });
  };
  const unfollow = kept?.follow(show);
  if (kept?.current && kept.current !== certificate) await show(kept.current);
  return async () => {
    unfollow?.();
    await announcer?.stop();
    await close();
  };
}

/** The name in the certificate leads here, where the page is for the house and mDNS is wanted. */
function announce(
  { web, mdns }: HubConfig,
  { hubUdf, port, clock, log }: { readonly hubUdf: string; readonly port: number | undefined; readonly clock: Clock; readonly log: Log },
): MdnsResponder | undefined {
  const far = web.addresses.filter((address) => !isLoopback(address));
  if (port === undefined || far.length === 0 || !mdns.announce) return undefined;
  const [first = ""] = far;
  const bound = far.length === 1 ? boundAddress(first) : undefined;
  const name = hubName(hubUdf).replace(/\.local$/, "");
  return announcePage({ name, port, clock, log: log.child("mdns"), ...(bound === undefined ? {} : { interface: bound }) });
}

/** Where a link leads: on this machine no certificate is needed; from elsewhere the name that its owner gave it, or its first address. */
function linkTarget(options: {
  readonly addresses: readonly string[];
  readonly names: readonly string[];
  readonly ports: { readonly plain?: number; readonly secure?: number };
  readonly hubUdf: string;
}): string {
  const { addresses, names, ports } = options;
  const far = addresses.find((address) => !isLoopback(address));
  if (far === undefined || ports.secure === undefined) return `http://localhost:${ports.plain ?? ports.secure}`;
  const everywhere = far === "0.0.0.0" || far === "::";
  const host = names[0] ?? (everywhere ? hubName(options.hubUdf) : isIPv6(far) ? `[${far}]` : far);
  return `https://${host}:${ports.secure}`;
}
