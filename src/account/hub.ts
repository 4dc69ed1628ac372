/** The account layer as a hub and the names need it: a hub loads nothing of what owners administer. */

export { AccountContext } from "./context/account-context.ts";
export type { DirectoryEntry } from "./context/device-directory.ts";
export { type StoreSync, syncWhatHolds } from "./context/doubt.ts";
export type { Ports } from "./context/ports.ts";
export { parseEvidence, removalIn, unprovenRemoval, verifyRemoval } from "./context/removal.ts";
export { finishErasure, makeRoomForRemoval, noteRemoval } from "./context/removal-file.ts";
export { isOfSurroundings } from "./context/surroundings.ts";
export { messageEnvelope } from "./message/message-envelope.ts";
export { senderOf } from "./message/sender.ts";
export { checkDeviceName, unnamed } from "./naming/check.ts";
export { findPlace } from "./place/place.ts";
export { isUsedUp } from "./split/connect.ts";
export { joinedDevice } from "./split/joined.ts";
export { requireOpen, splitsOf } from "./split/standing.ts";
export { type CatalogWrite, edit } from "./store/edit.ts";
export type { SpoolMessage } from "./store/spool-replica.ts";
