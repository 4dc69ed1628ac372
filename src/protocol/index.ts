/** Public face of the Mesh service protocol: shapes, sessions, client, discovery. */
export * from "./client/index.ts";
export * from "./discovery/configured-peer.ts";
export * from "./discovery/dns.ts";
export * from "./discovery/find-service.ts";
export * from "./discovery/service-url.ts";
export * from "./message/index.ts";
export * from "./session/index.ts";
