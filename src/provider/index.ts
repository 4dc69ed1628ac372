/** Public face of the Mesh Service Provider. */
export type { FaultHook, FaultPoint } from "./fault.ts";
export type { TlsFiles } from "./http/listen.ts";
export type { Limits } from "./limits.ts";
export * from "./mesh-service.ts";
