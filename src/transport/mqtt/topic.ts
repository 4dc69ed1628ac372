/**
 * Topics of the device link over MQTT, and the matching of topic filters (MQTT 3.1.1 §4.7).
 * `<tag>` is the hex of the 12 hail octets at CONNECT, in lower case, and also the client id.
 */
import { fromHex, toHex } from "../../base/bytes.ts";
import { hailLength } from "../../link/hail.ts";

/** Most octets of one packet: with its topic well below the 16 kB that an unknown client may send. */
export const mqttMaxPacket = 8192;

/** Where any device may hail. */
export const hailTopic = "mesh/hail";

/** Where the device with this tag hails. */
export const tagHailTopic = (tag: string): string => `mesh/hail/${tag}`;

/** Where the hub asks at a broker that does not tell it who is there: each device hails anew. */
export const whoTopic = "mesh/who";

/** Packets from the device to the hub. */
export const upTopic = (tag: string): string => `mesh/${tag}/up`;

/** Packets from the hub to the device. */
export const downTopic = (tag: string): string => `mesh/${tag}/down`;

/** Tag of a hail of 12 octets. */
export const tagOf = (hail: Uint8Array): string => toHex(hail);

const tagPattern = /^[0-9a-f]{24}$/;
const deviceTopicPattern = /^mesh\/(hail(\/.*)?|who|[^/]+\/(up|down))$/;

/** The hail octets of a tag; undefined when the text is not a tag. */
export function hailOfTag(text: string): Uint8Array | undefined {
  return tagPattern.test(text) && text.length === 2 * hailLength ? fromHex(text) : undefined;
}

/** Tag in `mesh/<tag>/up`; undefined for any other topic. */
export function tagOfUpTopic(topic: string): string | undefined {
  const tag = topic.slice("mesh/".length, -"/up".length);
  return topic.startsWith("mesh/") && topic.endsWith("/up") && tagPattern.test(tag) ? tag : undefined;
}

/** True for the topics of the device link: nobody but the hub and the device itself takes part in them, and nothing is retained there. */
export function isDeviceTopic(topic: string): boolean {
  return topic.startsWith("mesh/") && deviceTopicPattern.test(topic);
}

/** True for a filter with a wildcard. */
export const hasWildcard = (filter: string): boolean => filter.includes("+") || filter.includes("#");

/** Whether a topic name matches a filter; topics that start with `$` match no leading wildcard. */
export function filterMatches(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false;
  return levelsCover(filter.split("/"), topic.split("/"));
}

/** Whether every topic that `narrow` can match is matched by `wide` too. */
export function filterCovers(wide: string, narrow: string): boolean {
  if (narrow.startsWith("$") && (wide.startsWith("+") || wide.startsWith("#"))) return false;
  return wide === narrow || levelsCover(wide.split("/"), narrow.split("/"));
}

function levelsCover(wide: readonly string[], narrow: readonly string[]): boolean {
  for (const [index, level] of wide.entries()) {
    if (level === "#") return true;
    const other = narrow[index];
    if (other === undefined || other === "#") return false;
    if (level !== "+" && level !== other) return false;
  }
  return wide.length === narrow.length;
}
