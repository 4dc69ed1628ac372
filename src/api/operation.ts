/**
 * The operations of the hub's interface: where each is asked for, the right that it takes, and the shapes of its request and answer. Routes, client and
 * the OpenAPI document share this table.
 */
import type * as v from "valibot";
import { haConnected, haDevices, haDisconnected, haShared, haShareRequest } from "./home-assistant-v1.ts";
import { editAsked, editChallenged, editRequest, grantList, logList, offerList, placeList, questionList, sceneList } from "./house-v1.ts";
import {
  alarmCleared,
  auditLines,
  auditRequest,
  auditVerdict,
  automationDelete,
  automationList,
  automationView,
  commandRequest,
  commandResult,
  deviceList,
  hubEvent,
  hubStatus,
  onboardingList,
  onboardLine,
  onboardRequest,
  orderNonceRequest,
  orderNonceResult,
  orderRequest,
  orderResult,
  reloaded,
  removalRequest,
  removalTaken,
  reportRequest,
  reportResult,
  sayRequest,
  sayResult,
  updateRequest,
  updateResult,
} from "./hub-v1.ts";
import { matterDevices, matterDisconnected, matterPaired, matterShared, matterShareRequest, matterStatus } from "./matter-v1.ts";
import { sessionOperations } from "./session-operation.ts";
import { doubtfulNames, hearRequest, hearResult, listenRequest } from "./speech-v1.ts";
import {
  historyRequest,
  historyResult,
  openRequest,
  openResult,
  passkeySignInRequest,
  settingsView,
  tokenAdded,
  tokenDeleted,
  tokenDeleteRequest,
  tokenList,
  tokenRequest,
} from "./web-v1.ts";

/**
 * What it takes to ask for an operation. `read` and `command`: a right of that kind, which each device is held against; `manage`: the right to manage;
 * `machine`: the hub's own socket, which only the owner of the machine can open; `sign-in`: over the web alone, for whoever signs in or has.
 */
export type OperationRight = "read" | "command" | "manage" | "machine" | "sign-in";

export const operations = {
  status: { method: "GET", path: "/v1/status", right: "read", about: "how the hub is", response: hubStatus },
  devices: { method: "GET", path: "/v1/devices", right: "read", about: "the devices and what they report", response: deviceList },
  onboardings: { method: "GET", path: "/v1/onboardings", right: "manage", about: "what is being connected", response: onboardingList },
  clearAlarm: { method: "POST", path: "/v1/alarm/clear", right: "manage", about: "alarms count as seen", response: alarmCleared },
  audit: {
    method: "POST",
    path: "/v1/audit",
    right: "manage",
    about: "who gave which order, and what came of it",
    request: auditRequest,
    response: auditLines,
  },
  auditVerify: {
    method: "POST",
    path: "/v1/audit/verify",
    right: "manage",
    about: "whether the audit is the one that was written",
    response: auditVerdict,
  },
  say: { method: "POST", path: "/v1/say", right: "read", about: "does what the words say, or asks back", request: sayRequest, response: sayResult },
  hear: {
    method: "POST",
    path: "/v1/hear",
    right: "read",
    about: "understands a clip of speech, and does what it says or asks back",
    request: hearRequest,
    response: hearResult,
  },
  listen: {
    method: "POST",
    path: "/v1/listen",
    right: "manage",
    about: "listens to the hub's own microphone until there is a pause, and does what was said or asks back",
    request: listenRequest,
    response: hearResult,
  },
  automations: { method: "GET", path: "/v1/automations", right: "manage", about: "orders for another time", response: automationList },
  deleteAutomation: {
    method: "POST",
    path: "/v1/automation/delete",
    right: "manage",
    about: "deletes one of them",
    request: automationDelete,
    response: automationView,
  },
  resumeAutomation: {
    method: "POST",
    path: "/v1/automation/resume",
    right: "manage",
    about: "lets one go on that was stopped because it set itself off",
    request: automationDelete,
    response: automationView,
  },
  command: {
    method: "POST",
    path: "/v1/command",
    right: "command",
    about: "gives a command to one device and waits for its own word",
    request: commandRequest,
    response: commandResult,
  },
  orderNonce: {
    method: "POST",
    path: "/v1/order/nonce",
    right: "command",
    about: "a nonce for an order that the device judges itself",
    request: orderNonceRequest,
    response: orderNonceResult,
  },
  orderGive: {
    method: "POST",
    path: "/v1/order/give",
    right: "command",
    about: "carries such an order to the device",
    request: orderRequest,
    response: orderResult,
  },
  orderReport: {
    method: "POST",
    path: "/v1/order/report",
    right: "read",
    about: "what such a device says, signed by itself",
    request: reportRequest,
    response: reportResult,
  },
  update: {
    method: "POST",
    path: "/v1/update",
    right: "manage",
    about: "a piece of another program for a device, as its maker has signed it",
    request: updateRequest,
    response: updateResult,
  },
  removal: {
    method: "POST",
    path: "/v1/removal",
    right: "manage",
    about: "takes the owner's evidence that this hub was removed",
    request: removalRequest,
    response: removalTaken,
  },
  /** Answered by one `response` a line. */
  onboard: {
    method: "POST",
    path: "/v1/onboard",
    right: "manage",
    about: "connects a device by its code; one object a line",
    request: onboardRequest,
    response: onboardLine,
  },
  places: { method: "GET", path: "/v1/places", right: "manage", about: "the places of the account", response: placeList },
  questions: {
    method: "GET",
    path: "/v1/questions",
    right: "manage",
    about: "what the owner was asked, and where it waits",
    response: questionList,
  },
  edit: {
    method: "POST",
    path: "/v1/edit",
    right: "manage",
    about: "asks an administration device of the owner for a change",
    request: editRequest,
    response: editAsked,
  },
  editChallenge: {
    method: "POST",
    path: "/v1/edit/challenge",
    right: "manage",
    about: "what the passkey of a page has to sign for a change, over the web alone",
    request: editRequest,
    response: editChallenged,
  },
  editSigned: {
    method: "POST",
    path: "/v1/edit/signed",
    right: "manage",
    about: "asks for a change that a passkey has signed, over the web alone",
    request: passkeySignInRequest,
    response: editAsked,
  },
  grants: { method: "GET", path: "/v1/grants", right: "manage", about: "what the account has granted at this hub", response: grantList },
  offers: { method: "GET", path: "/v1/offers", right: "manage", about: "devices that wait for the owner to accept them", response: offerList },
  scenes: { method: "GET", path: "/v1/scenes", right: "manage", about: "the scenes of the account", response: sceneList },
  namesInDoubt: {
    method: "GET",
    path: "/v1/names/doubts",
    right: "manage",
    about: "names that the hub's own recogniser cannot hear or may take for others",
    response: doubtfulNames,
  },
  logs: { method: "GET", path: "/v1/logs", right: "manage", about: "the newest events of the hub's log", response: logList },
  settings: { method: "GET", path: "/v1/settings", right: "manage", about: "the configuration as it counts", response: settingsView },
  history: {
    method: "POST",
    path: "/v1/history",
    right: "read",
    about: "what a device has reported since the hub started",
    request: historyRequest,
    response: historyResult,
  },
  /** Server-sent events. */
  events: { method: "GET", path: "/v1/events", right: "read", about: "what happens, as server-sent events", response: hubEvent },
  reload: { method: "POST", path: "/v1/reload", right: "machine", about: "reads the configuration anew", response: reloaded },
  open: { method: "POST", path: "/v1/open", right: "machine", about: "a link that opens the page once", request: openRequest, response: openResult },
  tokenAdd: { method: "POST", path: "/v1/token/add", right: "machine", about: "a new token", request: tokenRequest, response: tokenAdded },
  tokens: { method: "GET", path: "/v1/tokens", right: "machine", about: "tokens and pages that are signed in", response: tokenList },
  tokenDelete: {
    method: "POST",
    path: "/v1/token/delete",
    right: "machine",
    about: "ends a token or a page",
    request: tokenDeleteRequest,
    response: tokenDeleted,
  },
  haConnect: {
    method: "POST",
    path: "/v1/home-assistant/connect",
    right: "machine",
    about: "a new login for Home Assistant in the place of any before",
    response: haConnected,
  },
  haDisconnect: {
    method: "POST",
    path: "/v1/home-assistant/disconnect",
    right: "machine",
    about: "ends the login of Home Assistant",
    response: haDisconnected,
  },
  haDevices: {
    method: "GET",
    path: "/v1/home-assistant/devices",
    right: "machine",
    about: "the devices, and which of them Home Assistant sees",
    response: haDevices,
  },
  haShare: {
    method: "POST",
    path: "/v1/home-assistant/share",
    right: "machine",
    about: "lets Home Assistant see devices, or no more",
    request: haShareRequest,
    response: haShared,
  },
  matterStatus: { method: "GET", path: "/v1/matter", right: "machine", about: "how the Matter bridge is", response: matterStatus },
  matterPair: {
    method: "POST",
    path: "/v1/matter/pair",
    right: "machine",
    about: "a new code by which an ecosystem adds the Matter bridge, in the place of any before",
    response: matterPaired,
  },
  matterDisconnect: {
    method: "POST",
    path: "/v1/matter/disconnect",
    right: "machine",
    about: "takes the Matter bridge out of every ecosystem",
    response: matterDisconnected,
  },
  matterDevices: {
    method: "GET",
    path: "/v1/matter/devices",
    right: "machine",
    about: "the devices, and which of them go out to Matter",
    response: matterDevices,
  },
  matterShare: {
    method: "POST",
    path: "/v1/matter/share",
    right: "machine",
    about: "lets devices go out to Matter, or no more",
    request: matterShareRequest,
    response: matterShared,
  },
  ...sessionOperations,
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly method: "GET" | "POST";
      readonly path: string;
      readonly right: OperationRight;
      readonly about: string;
      readonly request?: v.GenericSchema;
      readonly response: v.GenericSchema;
    }
  >
>;
