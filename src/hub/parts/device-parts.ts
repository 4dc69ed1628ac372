/** The ways to devices, linked and hosted ones, what they are called, and what they were when the hub last knew. */

import { NameBook } from "../../names/name-book.ts";
import { deviceCatalog } from "../../schema/index.ts";
import { DeviceLinks } from "../device/device-links.ts";
import type { DevicePort } from "../device/device-port.ts";
import { ShareBook } from "../home-assistant/share-book.ts";
import { homeAssistantRights } from "../home-assistant/topics.ts";
import { HostedDevices, reportedBefore } from "../hosted/hosted-devices.ts";
import { HouseDevices } from "../hosted/house-devices.ts";
import { BridgeLogins } from "../hosted/make-bridges.ts";
import { HubMedia } from "../hub-media.ts";
import { ShadowBook } from "../state/shadow-book.ts";
import { KeptCertificate } from "../web/kept-certificate.ts";
import type { Surroundings } from "./surroundings.ts";

/** The devices of a hub; none of it has started. */
export interface DeviceParts {
  readonly media: HubMedia;
  readonly links: DeviceLinks;
  readonly hosted: HostedDevices;
  /** Both kinds, as orders and states see them. */
  readonly devices: DevicePort;
  readonly book: NameBook;
  readonly shadows: ShadowBook;
  /** What Home Assistant may see, and its login. */
  readonly shares: ShareBook;
  /** What page and broker show where they speak TLS; undefined where neither does. */
  readonly certificate: KeptCertificate | undefined;
}

/** Errors: those of the files of the shadow and of Home Assistant. */
export async function openDeviceParts(given: Surroundings): Promise<DeviceParts> {
  const { config, ports, env, account, drivers, onDamage, openFile, stateFile, atEnd } = given;
  const { log, random } = ports;
  const { clock } = account.ports;
  const hubUdf = account.deviceUdf;
  const logins = new BridgeLogins(config, env);
  const shares = await ShareBook.open({ dir: config.stateDir, clock, random, log });
  const certificate = keptCertificate(given);
  const media: HubMedia = new HubMedia({
    config,
    certificate,
    ports,
    env,
    authenticate: async (credentials) => (logins.admits(credentials) || shares.admits(credentials) ? "owner" : links.authenticate(credentials)),
    ownerRights: (username) => (username === shares.username ? homeAssistantRights : logins.rightsOf(username)),
    onDamage,
    name: `mesh-hub-${hubUdf.slice(0, 9).toLowerCase()}`,
  });
  const links: DeviceLinks = new DeviceLinks({ account, media: media.media, dir: config.stateDir, openFile });
  const { language } = config.words;
  const book = new NameBook({ account, drivers: drivers.drivers.values(), isOnline: (udf) => devices.status(udf) === "Online", log, language });
  const shadows = await ShadowBook.open({ path: stateFile("shadow.journal"), hubUdf, openFile });
  atEnd("shadows", () => shadows.close());
  const hosted = new HostedDevices({ before: (udf) => reportedBefore(shadows.get(udf)), clock, log });
  const isHosted = (udf: string): boolean => account.get(deviceCatalog, udf)?.Hosted !== undefined;
  const devices: DevicePort = new HouseDevices(links, hosted, isHosted);
  return { media, links, hosted, devices, book, shadows, shares, certificate };
}

function keptCertificate({ config, ports, account }: Surroundings): KeptCertificate | undefined {
  const { web, mqtt, stateDir } = config;
  const isWanted = (web.enabled && web.tls.enabled) || (mqtt.enabled && mqtt.external.url === undefined && mqtt.tls.enabled);
  if (!isWanted) return undefined;
  const { certificate, key } = web.tls;
  const own = certificate !== undefined && key !== undefined ? { certificate, key } : undefined;
  const { random, log } = ports;
  return new KeptCertificate({ stateDir, hubUdf: account.deviceUdf, own, clock: account.ports.clock, random, log: log.child("web") });
}
