/** Starts the parts of a hub in their order, and says how each is stopped: what was started last ends first. */
import type { Hub } from "../hub.ts";
import type { Parts } from "./parts.ts";
import type { Surroundings } from "./surroundings.ts";

/** All that needs no door. @param hub answers what guests say. Errors: ERR_CONFIG for a port that cannot be had; those of the parts' files. */
export async function startParts({ atEnd }: Pick<Surroundings, "atEnd">, parts: Parts, hub: Pick<Hub, "say">): Promise<void> {
  startRecords(parts, atEnd);
  await startDevices(parts, atEnd);
  startOrders(parts, atEnd, hub);
  await startWorlds(parts, atEnd);
}

type AtEnd = Surroundings["atEnd"];

/** What notes down, and what asks and tells the owner. */
function startRecords({ state, commands, house: { alerts, questions } }: Parts, atEnd: AtEnd): void {
  alerts.start();
  atEnd("alerts", () => alerts.stop());
  atEnd("questions", () => questions.stop());
  state.start();
  commands.start();
}

/** Devices, and what is done with them without an order. */
async function startDevices({ devices: { media, links }, commands: { remote, guests }, house }: Parts, atEnd: AtEnd): Promise<void> {
  const { networks, programs, onboarding, joins } = house;
  atEnd("media", () => media.stop());
  await links.start();
  // A command that the end of a link cuts off is taken up at the next start: so they are told first.
  atEnd("links", async () => {
    const ended = Promise.all([remote.stop(), guests.stop()]);
    await links.stop();
    await ended;
  });
  await networks.start();
  atEnd("networks", () => networks.stop());
  await programs.start();
  atEnd("programs", () => programs.stop());
  await onboarding.start();
  atEnd("onboarding", async () => {
    const ended = joins.stop();
    await onboarding.stop();
    await ended;
  });
}

/** Orders from afar and for another time; they end with the links. */
function startOrders({ commands: { remote, guests }, house: { automations } }: Parts, atEnd: AtEnd, hub: Pick<Hub, "say">): void {
  remote.start();
  guests.start((request, principal, until) => hub.say(request, principal, until));
  automations.start();
  atEnd("automations", () => automations.stop());
}

/** The ways to devices, other worlds, and the hub's ear. */
async function startWorlds({ devices: { media, certificate }, house, voice }: Parts, atEnd: AtEnd): Promise<void> {
  const { bridges, homeAssistant, matter } = house;
  await certificate?.start();
  atEnd("certificate", () => certificate?.stop());
  await media.start();
  await bridges.start();
  atEnd("bridges", () => bridges.stop());
  homeAssistant.start();
  atEnd("home assistant", () => homeAssistant.stop());
  matter.start();
  atEnd("matter", () => matter.stop());
  voice.start();
  atEnd("voice", () => voice.stop());
}
