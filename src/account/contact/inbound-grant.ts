/** Who may write to the account, in the Access catalog that the service judges by: contacts may, blocked addresses may not. extensions §11 */
import { MeshError } from "../../base/errors.ts";
import type { CapabilityInbound, CatalogedInbound } from "../../schema/index.ts";
import {
  CapabilityInbound as CapabilityInboundStruct,
  contactMessages,
  guestOrder,
  inboundCatalog,
  inboundId,
  objectContentType,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit, put } from "../store/edit.ts";

/** Lets an address send what contacts send, also one that was named when they could send less; one that is blocked stays so. */
export function admit(address: string): CatalogWrite {
  return edit(inboundCatalog, inboundId(address), (current) => {
    if (current && !lacks(current)) return current;
    return entry({ ...named(address), Active: true, ...granted(isGuestEntry(current)) });
  });
}

/** Lets a contact send orders to the hubs of the account, too, or no more. One that is blocked stays so. */
export function admitGuest(address: string, isGuest: boolean): CatalogWrite {
  return edit(inboundCatalog, inboundId(address), (current) => {
    if (current?.Capability.value.Active === false || (!current && !isGuest)) return current;
    return entry({ ...named(address), Active: true, ...granted(isGuest) });
  });
}

function isGuestEntry(current: CatalogedInbound | undefined): boolean {
  return current?.Capability.value.MessageTypes.includes(guestOrder) === true;
}

function lacks({ Capability: { value } }: CatalogedInbound): boolean {
  return value.Active && contactMessages.some((type) => !value.MessageTypes.includes(type));
}

/** Ends what an address may send beyond introducing itself. One that is blocked stays so. */
export function dismiss(address: string): CatalogWrite {
  return edit(inboundCatalog, inboundId(address), (current) => (current?.Capability.value.Active === true ? undefined : current));
}

/** Refuses everything of an address. */
export function refuse(address: string): CatalogWrite {
  return put(inboundCatalog, entry({ ...named(address), Active: false, MessageTypes: [], ContentTypes: [] }));
}

/** Takes a refusal back. Errors, when it is applied: ERR_NOT_FOUND. */
export function pardon(address: string, options: { readonly isContact: boolean }): CatalogWrite {
  return edit(inboundCatalog, inboundId(address), (current) => {
    if (current?.Capability.value.Active !== false)
      throw new MeshError("ERR_NOT_FOUND", `${address} is not blocked`, { hint: "see 'meshman message blocked'" });
    return options.isContact ? entry({ ...named(address), Active: true, ...granted(false) }) : undefined;
  });
}

/** The addresses that are refused, sorted. Errors: ERR_NOT_AUTHORIZED on a device that is no administrator. */
export function refusedAddresses(context: AccountContext): readonly string[] {
  const all = context.list(inboundCatalog).map(({ value }) => value.Capability.value);
  return all.flatMap(({ Active, Senders }) => (Active ? [] : Senders)).sort();
}

/** What the account's catalog says of an address; undefined when nothing does, or this device cannot know. */
export function inboundOf(context: AccountContext, address: string): CapabilityInbound | undefined {
  if (!context.keys.administrator) return undefined;
  return context.get(inboundCatalog, inboundId(address))?.Capability.value;
}

const granted = (isGuest: boolean): Pick<CapabilityInbound, "MessageTypes" | "ContentTypes"> => ({
  MessageTypes: isGuest ? [...contactMessages, guestOrder] : contactMessages,
  ContentTypes: [objectContentType],
});
const named = (address: string): Pick<CapabilityInbound, "Id" | "Senders"> => ({ Id: inboundId(address), Senders: [address] });
const entry = (value: CapabilityInbound) => ({ Capability: { tag: CapabilityInboundStruct.tag, value } });
