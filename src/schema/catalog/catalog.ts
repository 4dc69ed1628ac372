/** Every kind of catalog entry, by store. schema-08 §5-6; additions: extensions §3, §5-7. */
export * from "./catalog-update.ts";
export * from "./cataloged-access.ts";
export * from "./cataloged-application.ts";
export * from "./cataloged-bookmark.ts";
export * from "./cataloged-capability.ts";
export * from "./cataloged-conflict.ts";
export * from "./cataloged-contact.ts";
export * from "./cataloged-credential.ts";
export * from "./cataloged-device.ts";
export * from "./cataloged-escrow.ts";
export * from "./cataloged-member.ts";
export * from "./cataloged-place.ts";
export * from "./cataloged-publication.ts";
export * from "./cataloged-state.ts";
export * from "./cataloged-task.ts";
export * from "./epoch.ts";
export * from "./typed-catalog.ts";
