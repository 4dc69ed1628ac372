/** `device pending`, `accept`, `reject` and `window`: the administration device's side of what wants to join. */

import type { AccountContext, PendingConnection, PendingHosted, PendingOffer } from "../../../account/index.ts";
import {
  acceptConnection,
  acceptHosted,
  acceptOffer,
  attend,
  closeUnwanted,
  closeWindow,
  dealToHub,
  openWindow,
  pendingConnections,
  pendingHosted,
  pendingOffers,
  rejectConnection,
  rejectOffer,
} from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { visible } from "../../../base/visible.ts";
import { showTime } from "../../term/age.ts";
import { counted } from "../../term/counted.ts";
import { report } from "../../term/output.ts";
import { eventResult, tellEvent } from "../event.ts";
import type { House } from "../house.ts";
import { houseOf } from "../house.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf, rolesOf, sharedStoresOf } from "../values.ts";
import { acceptBridge } from "./accept-bridge.ts";
import { tellDoubts } from "./name-doubts-told.ts";

/** Something that waits for the owner. `code` is what stands on the device or its screen. */
type Waiting = { readonly code: string; readonly deviceUdf: string } & (
  | { readonly kind: "connection"; readonly connection: PendingConnection }
  | { readonly kind: "offer"; readonly offer: PendingOffer }
  | { readonly kind: "hosted"; readonly offer: PendingHosted }
);

async function waitingOf(context: AccountContext): Promise<readonly Waiting[]> {
  await closeUnwanted(context);
  const connections = await pendingConnections(context);
  const offers = await pendingOffers(context);
  const hosted = await pendingHosted(context);
  return [
    ...connections.map((connection): Waiting => ({ kind: "connection", code: connection.witness, deviceUdf: connection.deviceUdf, connection })),
    ...offers.map((offer): Waiting => ({ kind: "offer", code: offer.code, deviceUdf: offer.device.deviceUdf, offer })),
    ...hosted.map((offer): Waiting => ({ kind: "hosted", code: offer.code, deviceUdf: offer.device.deviceUdf, offer })),
  ];
}

/**
 * Characters of a connection's witness that have to be given: a service draws a nonce of the witness and could search for one that begins
 * like another. Eighty bits are beyond it; the four that name an offer are only looked up among what was checked already.
 */
const witnessLength = 16;

/** True when the text names what waits. A connection is named by its witness alone: that is what its owner compares. */
function names(item: Waiting, wanted: string): boolean {
  if (item.kind === "connection") return wanted.length >= witnessLength && plain(item.code).startsWith(wanted);
  return [item.code, item.deviceUdf].some((name) => plain(name).startsWith(wanted) || wanted.startsWith(plain(name)));
}

const plain = (code: string): string => code.replaceAll("-", "").toUpperCase();

/** The one that a witness, a code or a fingerprint names by its first characters. Errors: ERR_USAGE, ERR_NOT_FOUND, ERR_AMBIGUOUS. */
function chosen(waiting: readonly Waiting[], text: string): Waiting {
  const wanted = plain(text);
  if (wanted.length < 4)
    throw new MeshError("ERR_USAGE", `${JSON.stringify(text)} is too short`, { hint: "give at least four characters of the code" });
  const found = waiting.filter((item) => names(item, wanted));
  const [one, ...others] = found;
  if (!one)
    throw new MeshError("ERR_NOT_FOUND", `nothing that waits is called ${JSON.stringify(text.slice(0, 64))}`, {
      hint: `see 'meshman device pending'; a machine is named by at least ${witnessLength} characters of its witness`,
    });
  if (others.length > 0)
    throw new MeshError("ERR_AMBIGUOUS", `${text} names ${found.map(({ code }) => code).join(" and ")}`, { hint: "give more characters" });
  return one;
}

const indent = " ".repeat(8);
const titles = { connection: "Connection Request", offer: "Device Offer", hosted: "Hosted Device Offer" } as const;

function senderIn(item: Waiting): string {
  return item.kind === "connection" ? item.deviceUdf : item.offer.hub.udf;
}

/** `device pending`: what waits, with all that has to be compared, in the blocks that `message pending` has as well. */
export async function devicePending(call: Invocation): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const waiting = await waitingOf(context);
    const house = await houseOf(context);
    report(output, { pending: waiting.map((item) => waitingResult(house, item)) }, () => {
      for (const item of waiting) {
        const id = item.kind === "connection" ? item.connection.witness : item.offer.messageId;
        output.line(`MessageID: ${id}`);
        const fields = waitingFields(house, item, (time) => showTime(output, time, ports.clock.now()));
        for (const line of [titles[item.kind], `MessageID: ${id}`, `To: ${context.address} From: ${senderIn(item)}`]) output.line(indent + line);
        for (const [name, value] of fields) if (value !== undefined) output.line(`${indent}${name}: ${visible(value)}`);
      }
    });
    output.say(waiting.length === 0 ? "nothing waits" : "next: 'meshman device accept CODE [NAME]' or 'meshman device reject CODE'");
  });
}

function waitingFields(house: House, item: Waiting, time: (text: string) => string): (readonly [string, string | undefined])[] {
  if (item.kind === "connection") {
    const { localName, pinError, grant } = item.connection;
    return [
      ["Device", item.deviceUdf],
      ["Witness", item.code],
      ["Name", localName],
      ["Roles", grant?.roles.join(", ")],
      ["PIN", pinError ? pinError.message : grant ? "good" : undefined],
    ];
  }
  const { offer, device, hub } = item.offer;
  const { Manufacturer, Model, Class } = device.description;
  const hubName = house.byUdf.get(hub.udf)?.name ?? hub.udf;
  if (item.kind === "hosted") {
    return [
      ["Device", item.deviceUdf],
      ["Code", item.code],
      ["What", `${Manufacturer} ${Model} (${Class})`],
      ["Name", offer.LocalName],
      ["Hosted by", `${hubName}, which holds its seed`],
      ["Bridge", item.offer.offer.Bridge],
      ["Foreign id", item.offer.offer.ForeignId],
      ["Until", time(offer.Expires)],
    ];
  }
  const { contribution } = item.offer;
  return [
    ["Device", item.deviceUdf],
    ["Code", item.code],
    ["What", `${Manufacturer} ${Model} (${Class})`],
    ["Name", offer.LocalName],
    ["Place", item.offer.offer.Place],
    ["Button", contribution.Presence ? "pressed" : "not pressed"],
    ["Hub", hubName],
    ["Resold by", item.offer.device.releasedBy],
    ["Until", time(offer.Expires)],
  ];
}

function waitingResult(house: House, item: Waiting): Readonly<Record<string, unknown>> {
  if (item.kind === "connection") {
    const { localName, pinError, grant } = item.connection;
    return { kind: "connection", deviceUdf: item.deviceUdf, witness: item.code, localName, roles: grant?.roles, pinError };
  }
  const { offer, device, hub, messageId } = item.offer;
  const { Manufacturer, Model, Class } = device.description;
  const offered = {
    kind: item.kind,
    messageId,
    deviceUdf: item.deviceUdf,
    code: item.code,
    manufacturer: Manufacturer,
    model: Model,
    class: Class,
    localName: offer.LocalName,
    hubUdf: hub.udf,
    hub: house.byUdf.get(hub.udf)?.name,
    expires: offer.Expires,
  };
  if (item.kind === "hosted") return { ...offered, bridge: item.offer.offer.Bridge, foreignId: item.offer.offer.ForeignId };
  const { contribution, device: known, offer: made } = item.offer;
  return { ...offered, place: made.Place, presence: contribution.Presence, releasedBy: known.releasedBy };
}

/** What `device accept` takes. */
export interface AcceptFlags {
  readonly role?: readonly string[];
  readonly share?: readonly string[];
  readonly place?: string;
  /** All that a bridge offers, instead of one thing by its code. */
  readonly bridge?: string;
  readonly yes?: boolean;
}

/** `device accept CODE [NAME]`: connects what waits; with a bridge all devices that it offers. @returns the exit status of those */
export async function deviceAccept(call: Invocation, code: string | undefined, name: string | undefined, flags: AcceptFlags): Promise<number> {
  const { output } = call;
  const askedRoles = rolesOf(flags.role);
  const { bridge, place, yes } = flags;
  if (bridge !== undefined) {
    if (code !== undefined || askedRoles) throw new MeshError("ERR_USAGE", "--bridge takes all devices of a bridge, without code, name and role");
    return acceptBridge(call, { bridge, ...(place === undefined ? {} : { place }), ...(yes === undefined ? {} : { yes }) });
  }
  if (code === undefined) throw new MeshError("ERR_USAGE", "a code is missing", { hint: "see 'meshman device pending'; or say --bridge NAME" });
  await inAccount(call, { doing: "accepting the device", sync: "needed" }, async (context) => {
    const item = chosen(await waitingOf(context), code);
    const house = await houseOf(context);
    if (item.kind === "connection") {
      if (flags.place !== undefined)
        throw new MeshError("ERR_USAGE", "a machine is put into a place after it is connected", { hint: "meshman device name DEVICE --place PLACE" });
      const roles = askedRoles ?? item.connection.grant?.roles;
      if (!roles) throw new MeshError("ERR_USAGE", "no role was given", { hint: "say what the device may do, for example --role web,command" });
      const sharedStores = sharedStoresOf(flags.share, roles);
      const device = await acceptConnection(context, item.connection, {
        roles,
        ...(name === undefined ? {} : { localName: name }),
        ...(sharedStores === undefined ? {} : { sharedStores }),
      });
      const dealt = roles.includes("hub") ? await dealToHub(context, device.DeviceUdf) : [];
      report(output, { deviceUdf: device.DeviceUdf, localName: device.LocalName, roles, dealt }, () =>
        output.line(`   Device UDF = ${device.DeviceUdf}`),
      );
      output.say(`connected with the roles ${roles.join(", ")}${dealt.length === 0 ? "" : `; dealt to it: ${counted(dealt.length, "device")}`}`);
      output.say("next: 'meshman device complete' on the new device");
      return;
    }
    if (askedRoles) throw new MeshError("ERR_USAGE", "a device behind a hub has no roles", { hint: "leave out --role" });
    const names = { ...(name === undefined ? {} : { localName: name }), ...(flags.place === undefined ? {} : { place: flags.place }) };
    const device = item.kind === "hosted" ? await acceptHosted(context, item.offer, names) : await acceptOffer(context, item.offer, names);
    report(output, { deviceUdf: device.DeviceUdf, localName: device.LocalName, place: house.book.placeName(device.Place) }, () =>
      output.line(`   Device UDF = ${device.DeviceUdf}`),
    );
    const asked = name ?? item.offer.offer.LocalName;
    if (asked !== undefined && device.LocalName !== undefined && asked.trim() !== device.LocalName)
      output.say(`it is called ${device.LocalName}: the name that its hub asks for cannot be given here`);
    await tellDoubts(output, device, house);
    output.say(
      item.kind === "hosted"
        ? "accepted; what it says is its hub's word: whoever has the hub has the device"
        : "accepted: its hub delivers the connection; 'meshman device list' shows when it is done",
    );
  });
  return 0;
}

/** `device reject CODE`: refuses what waits. */
export async function deviceReject(call: Invocation, code: string): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "refusing the device", sync: "needed" }, async (context) => {
    const item = chosen(await waitingOf(context), code);
    if (item.kind === "connection") await rejectConnection(context, item.connection);
    else await rejectOffer(context, item.offer);
    report(output, { deviceUdf: item.deviceUdf, rejected: true }, () => output.line(`   Device UDF = ${item.deviceUdf}`));
    output.say("refused");
  });
}

/** `device window 10m|close`: for so long, offers are accepted without asking; what waits already is attended to now. */
export async function deviceWindow(call: Invocation, time: string, flags: { readonly class?: readonly string[] }): Promise<void> {
  const { output, dir, ports } = call;
  if (time.toLowerCase() === "close") {
    await inAccount(call, { doing: "closing the window", sync: "none" }, () => closeWindow(dir));
    report(output, { open: false }, () => output.line("closed"));
    return;
  }
  const classes = (flags.class ?? []).flatMap((text) => text.split(",")).map((text) => text.trim().toLowerCase());
  const minutes = durationOf(time, "m") / 60;
  await inAccount(call, { doing: "attending to what waits", sync: "needed" }, async (context) => {
    const window = await openWindow({ dir, minutes, classes, administrators: context.profile.AdministratorSignature.Udf, ports });
    const events = await attend(context, { claim: false });
    report(output, { open: true, until: window.Until, classes: window.Classes, events: events.map(eventResult) }, () =>
      output.line(`open until ${window.Until}`),
    );
    for (const event of events) tellEvent((line) => output.say(line), event);
  });
  output.say("next: what comes is accepted while 'meshman agent' runs here; what opens, guards, heats or moves only after a press of its button");
}
