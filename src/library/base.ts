/** `mesh-hub/base`: errors and their codes, octets, and the ports for time and randomness that the other entry points take. */
export { concat, equalBytes, fromHex, fromUtf8, toHex, utf8 } from "../base/bytes.ts";
export { type Clock, systemClock } from "../base/clock.ts";
export { catalogue, type ErrorCode, isMeshError, MeshError } from "../base/errors.ts";
export { type Random, systemRandom } from "../base/random.ts";
export { type Quota, TokenBucket } from "../base/token-bucket.ts";
