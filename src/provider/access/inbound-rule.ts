/**
 * What an account takes into Inbound from one address, as its CapabilityInbound entries say. Whoever is refused is told no more than somebody who
 * writes to nobody. protocol-09 §7.8; extensions §11.
 */
import type { DareEnvelope } from "../../dare/index.ts";
import { decodeContentMeta } from "../../dare/index.ts";
import type { CapabilityInbound } from "../../schema/index.ts";
import { introduction } from "../../schema/index.ts";

/** "stranger": introductions alone. "granted": what a capability names. "refused": nothing. */
export type Standing = "stranger" | "granted" | "refused";

/** The standing of a sender whom these capabilities name. */
export function standingOf(capabilities: readonly CapabilityInbound[]): Standing {
  if (capabilities.length === 0) return "stranger";
  return capabilities.some(({ Active }) => !Active) ? "refused" : "granted";
}

/** As whom its sender may send a message; undefined when it is not taken. */
export function admission(capabilities: readonly CapabilityInbound[], message: DareEnvelope): Exclude<Standing, "refused"> | undefined {
  if (standingOf(capabilities) === "refused") return undefined;
  const { MessageType: type, cty } = decodeContentMeta(message.header.ContentMetaData);
  const isGranted = capabilities.some(
    ({ MessageTypes, ContentTypes }) => type !== undefined && MessageTypes.includes(type) && cty !== undefined && ContentTypes.includes(cty),
  );
  if (isGranted) return "granted";
  return type === introduction ? "stranger" : undefined;
}
