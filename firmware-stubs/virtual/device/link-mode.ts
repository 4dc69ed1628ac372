/**
 * What the image says about links: which keys answer in which mode, under which hails the device shows itself, and what a session may do.
 * Everything is derived at each call, so nothing can be left over from a connection that is gone.
 */
import type { Random } from "../../../src/base/random.ts";
import { encodeBase64url } from "../../../src/codec/index.ts";
import type { LinkIdentity, LinkMode, LinkSession } from "../../../src/link/index.ts";
import { makeHail } from "../../../src/link/index.ts";
import { epochHailKey, linkPsk, mqttPassword } from "../../../src/schema/index.ts";
import type { DeviceImage } from "../image/image.ts";
import type { SlotConnection } from "../image/image-object.ts";
import type { BaseKeys } from "../image/own-key.ts";
import { freshKeys } from "../image/own-key.ts";

/**
 * What a session may do. onboard: knows the code. hub: the hub in force. pending: its connection is stored and not proven yet.
 * successor: has a psk of a later epoch, which only the owner can have given it; may deliver, nothing else. none: void.
 */
export type Standing = "onboard" | "hub" | "pending" | "successor" | "none";

/** The links that an image allows. */
export class LinkModes {
  readonly #image: DeviceImage;
  readonly #base: BaseKeys;

  constructor(image: DeviceImage, base: BaseKeys) {
    this.#image = image;
    this.#base = base;
  }

  /** Key and name in a mode; undefined while it is shut. */
  identity(mode: LinkMode): LinkIdentity | undefined {
    const { lock, factory, active, stored } = this.#image;
    if (mode === "onboard") return lock.Connected ? undefined : { local: this.#base.link, id: factory.PublicationId };
    const slot = active ?? stored;
    return slot && { local: freshKeys(slot).link, id: this.#base.deviceUdf };
  }

  /** The pre-shared key that a handshake selects; undefined refuses. */
  psk({ mode, hubUdf, dealEpoch }: { readonly mode: LinkMode; readonly hubUdf: string; readonly dealEpoch: number }): Uint8Array | undefined {
    const { factory, active, stored } = this.#image;
    if (mode === "onboard") return factory.KLink;
    for (const slot of [active, stored]) if (slot && names(slot.Connection, hubUdf, dealEpoch)) return pskOf(slot.Connection);
    if (!active || dealEpoch <= active.Connection.DealEpoch || dealEpoch > 0xffffffff) return undefined;
    return linkPsk({ linkRoot: active.Connection.LinkRoot, hubUdf, dealEpoch });
  }

  /** Standing of a session that was opened in the generation given; the hub's static key is compared here. */
  standing(session: Pick<LinkSession, "mode" | "selected" | "remoteStatic">, generation: number | undefined): Standing {
    const { lock, active, stored } = this.#image;
    if (generation !== lock.Generation) return "none";
    if (session.mode === "onboard") return lock.Connected ? "none" : "onboard";
    const { HubUdf, DealEpoch } = session.selected;
    for (const [slot, standing] of [[active, "hub"] as const, [stored, "pending"] as const]) {
      if (slot && names(slot.Connection, HubUdf, DealEpoch)) return slot.Connection.HubLink.Udf === session.remoteStatic.udf ? standing : "none";
    }
    return active && DealEpoch > active.Connection.DealEpoch ? "successor" : "none";
  }

  /** Fresh hails under every key in force, the one for CONNECT first. */
  hails(random: Random): Uint8Array[] {
    const { factory, active, stored } = this.#image;
    const first = active ? hailKeyOf(active.Connection) : factory.KHail;
    return [first, ...(stored ? [hailKeyOf(stored.Connection)] : [])].map((key) => makeHail(key, random));
  }

  /** Password for the hub's broker in base64url; undefined while not connected. */
  password(tag: string): string | undefined {
    const connection = this.#image.active?.Connection;
    return connection && encodeBase64url(mqttPassword(pskOf(connection), tag));
  }
}

function names({ HubUdf, DealEpoch }: SlotConnection, hubUdf: string, dealEpoch: number): boolean {
  return HubUdf === hubUdf && DealEpoch === dealEpoch;
}

function pskOf({ LinkRoot, HubUdf, DealEpoch }: SlotConnection): Uint8Array {
  return linkPsk({ linkRoot: LinkRoot, hubUdf: HubUdf, dealEpoch: DealEpoch });
}

function hailKeyOf({ LinkRoot, DealEpoch }: SlotConnection): Uint8Array {
  return epochHailKey(LinkRoot, DealEpoch);
}
