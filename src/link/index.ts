/** The device link and the Noise handshakes that the service channel shares with it. */
export type { Answer, AnswerOf, RequestVerb } from "./answer.ts";
export { frameType, maxMessage } from "./frame.ts";
export { hailLength, hailPeriodMs, makeHail, matchesHail } from "./hail.ts";
export { describe, type OpenLinkOptions, openLink } from "./initiator.ts";
export { CipherState } from "./noise/cipher-state.ts";
export { type Channels, type HandshakeOptions, HandshakeState } from "./noise/handshake.ts";
export { openOneWay, sealOneWay } from "./noise/seal.ts";
export { ephemeralOf, openComposite, sealToComposite } from "./noise/seal-shared.ts";
export type { ProtocolName } from "./noise/suite.ts";
export * from "./power-verb.ts";
export type { LinkMode } from "./prologue.ts";
export { type LinkIdentity, LinkResponder, type LinkResponderOptions } from "./responder.ts";
export { LinkSession, type MessageListener } from "./session.ts";
export { type LinkStream, leastMaxPacket, type Medium, streamPair } from "./stream.ts";
export * from "./verb.ts";
