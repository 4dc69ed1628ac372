/** The client of a Mesh service. */
export type { Fetch } from "./http.ts";
export * from "./mesh-client.ts";
export { conflictStatus } from "./outcome.ts";
