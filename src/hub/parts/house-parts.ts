/** What a hub does besides: it connects devices, gives them networks, listens to bridges, keeps timers, asks and tells the owner. */
import { deviceCatalog } from "../../schema/index.ts";
import { type OpenedAutomations, openAutomations } from "../automation/open.ts";
import type { GrantBook } from "../command/grant-book.ts";
import { DevicePrograms } from "../device/device-programs.ts";
import { NetworkRollout } from "../device/network-rollout.ts";
import { HomeAssistant } from "../home-assistant/home-assistant.ts";
import { Bridges } from "../hosted/bridges.ts";
import { makeBridges } from "../hosted/make-bridges.ts";
import { Matter } from "../matter/matter.ts";
import { MatterBook } from "../matter/matter-book.ts";
import { JoinRequests } from "../onboarding/join-requests.ts";
import { Onboarding } from "../onboarding/onboarding.ts";
import { Alerts } from "../owner/alerts.ts";
import { OwnerQuestions } from "../owner/owner-questions.ts";
import type { CommandParts } from "./command-parts.ts";
import type { DeviceParts } from "./device-parts.ts";
import type { StateParts } from "./state-parts.ts";
import type { Surroundings } from "./surroundings.ts";

/** The rest of a hub. */
export interface HouseParts extends Pick<OpenedAutomations, "automations" | "takeHouse"> {
  readonly onboarding: Onboarding;
  readonly networks: NetworkRollout;
  readonly programs: DevicePrograms;
  readonly joins: JoinRequests;
  readonly bridges: Bridges;
  readonly homeAssistant: HomeAssistant;
  readonly matter: Matter;
  readonly questions: OwnerQuestions;
  readonly alerts: Alerts;
  readonly grants: GrantBook;
}

/** Errors: those of the files of alerts, automations and Matter. */
export async function openHouseParts(given: Surroundings, devices: DeviceParts, state: StateParts, commands: CommandParts): Promise<HouseParts> {
  const { config, ports, env, account, drivers, openFile, stateFile, atEnd } = given;
  const { media, links, hosted, book, shares } = devices;
  const { orders, grants, judged, time } = commands;
  const { log } = ports;
  const dir = config.stateDir;
  const { findSeconds, offerSeconds } = config.onboarding;
  const onboarding = new Onboarding({ account, media: media.media, links, dir, times: { findSeconds, offerSeconds }, openFile });
  const networks = new NetworkRollout({ account, links, placesOf: (udf) => book.placesOf(udf), dir: stateFile(""), log });
  const programs = new DevicePrograms({
    links,
    entryOf: (udf) => links.devices.get(udf)?.entry,
    placesOf: (udf) => book.placesOf(udf),
    dir: stateFile(""),
    clock: account.ports.clock,
    log,
  });
  const joins = new JoinRequests({ account, onboarding, time });
  const bridges: Bridges = new Bridges({
    account,
    bridges: makeBridges({
      config,
      env,
      broker: media.broker,
      drivers: drivers.drivers,
      devices: hosted,
      onChange: () => bridges.changed(),
      ports,
    }),
    devices: hosted,
    describe: (udf) => book.describe(udf),
    dir,
    openFile,
  });
  const nameOf = (udf: string): string | undefined => book.device(udf)?.name ?? account.get(deviceCatalog, udf)?.LocalName;
  const questions = new OwnerQuestions({ account, orders, judges: (udf, command, values) => judged.judges(udf, command, values), nameOf });
  const describe = (udf: string) => book.describe(udf);
  const alerts = await Alerts.open({
    account,
    keeper: state.keeper,
    describe,
    nameOf,
    path: stateFile("alerts.journal"),
    openedPath: stateFile("opened.journal"),
    openFile,
  });
  const homeAssistant = new HomeAssistant({
    shares,
    broker: media.broker,
    certificate: devices.certificate,
    hubUdf: account.deviceUdf,
    names: book,
    keeper: state.keeper,
    orders,
    questions,
    grants,
    clock: account.ports.clock,
    log,
  });
  const matter = new Matter({
    book: await MatterBook.open({ dir, clock: account.ports.clock, random: ports.random, log }),
    config,
    names: book,
    keeper: state.keeper,
    orders,
    questions,
    grants,
    env,
    clock: account.ports.clock,
    random: ports.random,
    log,
  });
  const { automations, takeHouse, close } = await openAutomations({
    paths: { book: stateFile("automation.journal"), later: stateFile("later-orders.journal") },
    openFile,
    config,
    orders,
    book,
    grants,
    signedIn: commands.signedIn,
    account,
    keeper: state.keeper,
    questions,
  });
  atEnd("automation book", close);
  return { onboarding, networks, programs, joins, bridges, homeAssistant, matter, questions, alerts, grants, automations, takeHouse };
}
