/** What the agent did, in words and as JSON. */
import type { AgentEvent } from "../../account/index.ts";

const words: Readonly<Record<AgentEvent["kind"], string>> = {
  connected: "connected",
  accepted: "accepted; its hub delivers the connection",
  registered: "is connected",
  released: "was released and left the account",
  dealt: "was dealt to the new hub",
  taken: "was connected by a split; its keys are dealt anew",
  handed: "was given the keys that its roles grant",
  delegated: "takes orders of the owner's devices as they are now",
  rekeyed: "stores are under new keys",
  claimed: "was claimed at its maker's service",
  met: "is a contact of yours",
  asked: "wants to be a contact of yours: see 'meshman contact list'",
  told: "was told that your profile is new",
  renewed: "has replaced keys, and is your guest under the new ones",
  confirm: "asks you to confirm something: see 'meshman message pending'",
  answered: "has answered what you asked to confirm",
  alert: "tells what you should know",
  edited: "asked for a change that you allow in advance, and it was made",
  waiting: "waits for your decision: see 'meshman device pending'",
  refused: "a message that nothing can come of was closed",
  failed: "could not be done; it is tried again",
  offline: "the service is away",
  distrusted: "the service is not to be trusted, and nothing is done until that is cleared up",
};

/** Tells an event in a line. */
export function tellEvent(say: (line: string) => void, event: AgentEvent): void {
  const { kind, name, deviceUdf, address, reason } = event;
  const subject = [name, deviceUdf, address].filter((part) => part !== undefined).join(" ");
  say([subject, words[kind], reason === undefined ? "" : `(${reason})`].filter((part) => part !== "").join(" "));
}

/** An event as JSON. */
export function eventResult({ kind, deviceUdf, address, name, reason }: AgentEvent): Readonly<Record<string, unknown>> {
  return { event: kind, deviceUdf, address, localName: name, reason };
}
