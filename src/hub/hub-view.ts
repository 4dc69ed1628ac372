/** The hub's knowledge in the shapes of its interface (src/api). */
import type { AutomationView, BridgeView, DeviceView, HubEvent, HubStatus, OnboardLine, PropertyView } from "../api/index.ts";
import { dateTime } from "../base/clock.ts";
import type { NameIndex } from "../driver/index.ts";
import { explainAutomation } from "../names/automation.ts";
import type { BookDevice, NameBook } from "../names/name-book.ts";
import type { DeviceProperty } from "../schema/index.ts";
import { isRisky, isTooWarm, judgesOrders, warmest } from "../schema/index.ts";
import type { Automation, Outcome } from "./automation/automation-book.ts";
import { isRepeat } from "./automation/due.ts";
import type { BridgeStatus } from "./hosted/bridge.ts";
import type { HubMedia } from "./hub-media.ts";
import type { HubScanner } from "./hub-scanner.ts";
import { plainValues } from "./names/plain-values.ts";
import type { OnboardProgress } from "./onboarding/step.ts";
import type { Shadow } from "./state/shadow-book.ts";
import { isOwnWord } from "./state/shadow-book.ts";
import type { StateChange } from "./state/state-keeper.ts";
import type { Voice } from "./voice/voice.ts";

/** What the hub knows of a device besides its entry. */
export interface DeviceSurroundings {
  readonly shadow: Shadow | undefined;
  readonly valuesRefused: number;
  readonly network: DeviceView["network"];
  readonly book: NameBook;
}

/** A device as lists show it. */
export function deviceView(
  { udf, name, entry, description, own }: BookDevice,
  { shadow, valuesRefused, network, book }: DeviceSurroundings,
): DeviceView {
  const values = shadow?.reported?.Values ?? [];
  return {
    udf,
    name,
    place: [...book.placePath(udf)],
    class: description.Class,
    manufacturer: description.Manufacturer,
    model: description.Model,
    status: shadow?.status ?? "Unknown",
    ...(shadow?.lastContact === undefined ? {} : { lastContact: dateTime(shadow.lastContact) }),
    restored: shadow?.restored ?? false,
    own,
    connected: entry.Connected !== undefined,
    ...(shadow?.eventsLost === undefined ? {} : { eventsLost: shadow.eventsLost }),
    ...(valuesRefused === 0 ? {} : { valuesRefused }),
    ...(values.length === 0 ? {} : { says: shadow && isOwnWord(shadow) ? "device" : entry.Hosted ? "hosted" : "hub" }),
    ...(entry.Hosted ? { bridge: entry.Hosted.Bridge, foreignId: entry.Hosted.ForeignId } : {}),
    ...(network === undefined ? {} : { network }),
    values: plainValues(values),
    shown: values.map((value) => book.show(udf, value)),
    properties: description.Properties.map(propertyView),
    commands: description.Commands.map(({ Name, Arguments = [] }) => ({
      name: Name,
      arguments: [...Arguments],
      ...(isRisky(description.Class, Name) ? { risky: true } : {}),
      ...(judgesOrders(description, { command: Name, arguments: [] }) ? { judged: true } : {}),
    })),
  };
}

function propertyView(property: DeviceProperty): PropertyView {
  const { Name, Type, Unit, Writable, Minimum, Maximum, Step, Values } = property;
  return {
    name: Name,
    type: Type,
    ...(Unit === undefined ? {} : { unit: Unit }),
    ...(Writable === true ? { writable: true } : {}),
    ...(Minimum === undefined ? {} : { minimum: Minimum }),
    ...(Maximum === undefined ? {} : { maximum: Maximum }),
    ...(Step === undefined ? {} : { step: Step }),
    ...(Values === undefined ? {} : { options: [...Values] }),
    ...(isTooWarm(property) ? { harmlessTo: warmest } : {}),
  };
}

/** A bridge as the status shows it. */
export function bridgeView({ name, kind, state, detail, devices, refused, dropped }: BridgeStatus): BridgeView {
  return {
    name,
    kind,
    state,
    ...(detail === undefined ? {} : { detail }),
    devices,
    ...(dropped === 0 ? {} : { dropped }),
    refused: refused.map(({ foreignId, name: called, reason }) => ({ foreignId, ...(called === undefined ? {} : { name: called }), reason })),
  };
}

/** An order for another time as lists show it. */
export function automationView(automation: Automation, index: NameIndex): AutomationView {
  const { key, said, spoken, principal, when, trigger, due, again, last, version, paused, stopped } = automation;
  const isTold = trigger !== undefined || version !== undefined;
  const state = trigger !== undefined ? "watching" : due === undefined && again === undefined ? "over" : "waiting";
  return {
    key,
    said,
    spoken: isTold ? explainAutomation(automation, index) : spoken,
    by: version === undefined ? principal.name : "the account",
    repeats: isRepeat(when) || trigger !== undefined,
    state: stopped ? "stopped" : paused ? "paused" : state,
    ...(due === undefined ? {} : { due: dateTime(due) }),
    ...(last === undefined ? {} : { last: { text: last.text, at: dateTime(last.at), result: plainResult(last.result) } }),
  };
}

function plainResult(result: Outcome["result"]): NonNullable<AutomationView["last"]>["result"] {
  if (result === "asked") return "done";
  return result === "stopped" ? "failed" : result;
}

/** A change of state as an event. */
export function stateEvent({ shadow, changed, cause }: StateChange, book: NameBook, now: number): HubEvent {
  return {
    kind: "state",
    udf: shadow.deviceUdf,
    name: book.device(shadow.deviceUdf)?.name ?? shadow.deviceUdf,
    status: shadow.status,
    changed: [...changed],
    values: plainValues(shadow.reported?.Values ?? []),
    ...(cause === undefined ? {} : { cause }),
    at: dateTime(now),
  };
}

/** The ways to devices, and what is read and heard beside them. */
export function mediaView(media: HubMedia, { scanner, voice }: { readonly scanner?: HubScanner; readonly voice: Voice }): HubStatus["media"] {
  const heard = voice.readiness;
  const all = [...media.status(), ...(scanner ? [{ name: "scanner", ...scanner.status() }] : []), ...(heard ? [{ name: "speech", ...heard }] : [])];
  return all.map(({ name, state, detail }) => ({ name, state, ...(detail === undefined ? {} : { detail }) }));
}

/** A step of an onboarding as a line of its answer. */
export function onboardLineOf({ step, state, message, deviceUdf, name, error }: OnboardProgress): OnboardLine {
  return {
    step,
    state,
    message,
    ...(deviceUdf === undefined ? {} : { deviceUdf }),
    ...(name === undefined ? {} : { name }),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message, hint: error.hint } }),
  };
}

/** The status for who does not manage the hub: how it stands, and no more: no names of what is refused or damaged, no devices but those given. */
export function statusForOthers({ bridges, damaged: _damaged, ownerHere: _ownerHere, ...all }: HubStatus, devices: readonly DeviceView[]): HubStatus {
  return {
    ...all,
    media: all.media.map(({ name, state }) => ({ name, state })),
    devices: { total: devices.length, online: devices.filter(({ status }) => status === "Online").length },
    ...(bridges === undefined ? {} : { bridges: bridges.map(({ detail: _detail, ...bridge }) => ({ ...bridge, refused: [] })) }),
    drivers: { loaded: all.drivers.loaded, refused: [] },
  };
}
