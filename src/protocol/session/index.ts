/** Sessions between client and service: Noise handshake, sealed tickets, sealed requests (extensions §8). */
export * from "./cookie.ts";
export * from "./initiator.ts";
export * from "./packet.ts";
export * from "./responder.ts";
