/** Public face of the Mesh Service Provider. */
export type { ListedInvitation } from "./bind/invitation-book.ts";
export { InvitationBook } from "./bind/invitation-book.ts";
export type { BindPolicy } from "./bind/policy.ts";
export { bindPolicies } from "./bind/policy.ts";
export type { FaultHook, FaultPoint } from "./fault.ts";
export type { TlsFiles } from "./http/listen.ts";
export { loadIdentity, seedFile } from "./identity.ts";
export type { Limits } from "./limits.ts";
export { defaultLimits } from "./limits.ts";
export * from "./mesh-service.ts";
export type { PeerPin } from "./peer/pin-files.ts";
export { PinFiles } from "./peer/pin-files.ts";
