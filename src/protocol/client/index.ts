/** The client of a Mesh service. */
export type { ServiceHost } from "./host.ts";
export { verifyHost } from "./host.ts";
export type { Fetch } from "./http.ts";
export * from "./mesh-client.ts";
export { conflictStatus } from "./outcome.ts";
