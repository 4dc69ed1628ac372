/** The topics that Home Assistant reads and writes at the hub's broker. A device is named there by its fingerprint: names change, and are anybody's text. */
import type { TopicRights } from "../../transport/mqtt/broker/access-policy.ts";

/** Where Home Assistant looks for devices; its usual prefix. */
const discovery = "homeassistant";

export const bridgeStateTopic = "mesh/bridge/state";
export const bridgeDevicesTopic = "mesh/bridge/devices";
export const requestPrefix = "mesh/bridge/request/";
export const responseTopic = (request: string): string => `mesh/bridge/response/${request}`;
export const configTopic = (udf: string): string => `${discovery}/device/${udf}/config`;
export const stateTopic = (udf: string): string => `mesh/${udf}`;
export const availabilityTopic = (udf: string): string => `mesh/${udf}/availability`;
/** Presses of buttons: said once, never kept. */
export const eventTopic = (udf: string): string => `mesh/${udf}/event`;
export const setTopic = (udf: string): string => `mesh/${udf}/set`;

/**
 * Where the hub itself announces its devices to Home Assistant, and where Home Assistant says that it is there: at the hub's broker no bridge speaks or
 * listens there, whatever its own topics are.
 */
export function isOfTheHouse(topic: string): boolean {
  return topic === `${discovery}/status` || /^homeassistant\/device\/M[A-Z2-7]{3}(-[A-Z2-7]{1,4}){4,}\/config$/.test(topic);
}

/** What the hub hears, and what it keeps at its broker. */
export const heardFilters: readonly string[] = ["mesh/+/set", "mesh/+/get", `${requestPrefix}#`];
export const keptFilters: readonly string[] = [configTopic("+"), "mesh/#"];

/** What the login of Home Assistant may do at the broker. */
export const homeAssistantRights: TopicRights = {
  publish: [`${discovery}/status`, ...heardFilters],
  subscribe: [`${discovery}/#`, "mesh/#"],
};

/** The device and the verb of mesh/DEVICE/set and mesh/DEVICE/get; undefined for another topic. */
export function readDeviceTopic(topic: string): { readonly udf: string; readonly verb: "set" | "get" } | undefined {
  const [room, udf = "", verb, rest] = topic.split("/");
  if (room !== "mesh" || rest !== undefined || (verb !== "set" && verb !== "get")) return undefined;
  return { udf, verb };
}
