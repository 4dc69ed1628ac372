/** Messages of the spools, by purpose. schema-08 §8, protocol-09 §8-9; messages of the hub: extensions §3, §7. */
export * from "./claim-message.ts";
export * from "./command-key-message.ts";
export * from "./command-message.ts";
export * from "./complete-message.ts";
export * from "./confirmation-message.ts";
export * from "./connection-message.ts";
export * from "./contact-message.ts";
export * from "./edit-challenge.ts";
export * from "./group-membership.ts";
export * from "./guest-message.ts";
export * from "./house-message.ts";
export * from "./offer-message.ts";
export * from "./pin-message.ts";
export type { Result } from "./result.ts";
export * from "./split-message.ts";
