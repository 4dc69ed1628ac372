/**
 * The local door of a hub: its unix socket, for an owner's machine that the hub itself runs on. It works without Internet and without the service.
 * What a device judges goes through it sealed, as from afar; everything else the hub does by its own word. docs/extensions.md §15.
 */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { CommandOrder, CommandOutcome, OrderWay } from "../../../account/index.ts";
import type { HubClient } from "../../../api/index.ts";
import { hubClient } from "../../../api/index.ts";
import { dateTime } from "../../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../../base/errors.ts";
import { decodeBase64url, encodeBase64url } from "../../../codec/index.ts";
import type { DareEnvelope } from "../../../dare/index.ts";
import { parseEnvelope } from "../../../dare/index.ts";
import type { Invocation } from "../surroundings.ts";

/** One open door. */
export interface Door {
  readonly way: OrderWay;
  /** A command that the hub gives by its own word. */
  command(order: CommandOrder, seconds: number | undefined): Promise<CommandOutcome>;
}

/** The socket of a hub on this machine that this user may open; undefined when there is none. */
export async function socketHere({ hubSocket }: Invocation): Promise<string | undefined> {
  try {
    await access(hubSocket, constants.R_OK | constants.W_OK);
    return hubSocket;
  } catch {
    return undefined;
  }
}

/** The door of a hub at a socket. */
export function doorAt({ signal, ports }: Invocation, socket: string): Door {
  const client = hubClient({ socket, startWith: "sudo systemctl start mesh-hub", signal });
  return { way: doorWay(client), command: (order, seconds) => command(client, order, { seconds, now: () => ports.clock.now() }) };
}

/** Nonce, sealed order and signed report over the interface of the hub. */
export function doorWay(client: HubClient): OrderWay {
  return {
    async nonce({ deviceUdf, command: name }) {
      const { nonce, seconds, dealEpoch } = await client.orderNonce({ device: deviceUdf, command: name });
      return { nonce: octetsOf(nonce), seconds, dealEpoch };
    },
    async bring({ deviceUdf }, { messageId, sealed }) {
      const { report, reported } = await client.orderGive({ device: deviceUdf, messageId, sealed: encodeBase64url(sealed) });
      return {
        ...(reported === undefined ? {} : { reported: envelopeOf(reported) }),
        ...(report === undefined ? {} : { error: new MeshError("ERR_REJECTED", report) }),
      };
    },
    async report({ deviceUdf }, nonce) {
      const { reported } = await client.orderReport({ device: deviceUdf, nonce: encodeBase64url(nonce) });
      return envelopeOf(reported);
    },
  };
}

async function command(
  client: HubClient,
  order: CommandOrder,
  { seconds, now }: { readonly seconds: number | undefined; readonly now: () => number },
): Promise<CommandOutcome> {
  const args = order.arguments.map(({ Name, Value }) => ({ name: Name, value: typeof Value === "bigint" ? Number(Value) : (Value as string) }));
  try {
    const timeoutMs = seconds === undefined ? {} : { timeoutMs: Math.min(60_000, seconds * 1000) };
    const { result, report, values } = await client.command({ device: order.deviceUdf, command: order.command, arguments: args, ...timeoutMs });
    const at = dateTime(now());
    const Reported = { DeviceUdf: order.deviceUdf, Sequence: 0, Values: values.map(({ name, value }) => ({ Name: name, Value: value })) };
    const state = { DeviceUdf: order.deviceUdf, Updated: at, Sequence: 0, Status: "Online", Via: "", Reported } as const;
    if (result === "Accept") return { order, result, state };
    const error = new MeshError(result === "Pending" ? "ERR_PENDING" : "ERR_REJECTED", report ?? `the hub answered ${result}`);
    return { order, result: result === "Pending" ? result : "Reject", state, error };
  } catch (thrown) {
    // Without its hub nothing goes; of one device that fails the others know nothing.
    if (isMeshError(thrown, "ERR_HUB_NOT_RUNNING")) throw thrown;
    return { order, result: "Reject", error: asMeshError(thrown) };
  }
}

function octetsOf(text: string): Uint8Array {
  const octets = decodeBase64url(text);
  if (!octets) throw new MeshError("ERR_ENCODING", "the hub's answer holds what is no base64url");
  return octets;
}

function envelopeOf(text: string): DareEnvelope {
  return parseEnvelope(octetsOf(text));
}
