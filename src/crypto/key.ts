/** Public and private keys of the four curves, under one name. */
export { type Curve, curveOf, curves, groupOrder, littleEndian, modOrder, parseScalar, readLittleEndian, scalarOctets } from "./curve.ts";
export { type EphemeralKey, ephemeralOf, newEphemeral } from "./ephemeral.ts";
export { fullFingerprint, keyInfo, oidUdf } from "./fingerprint.ts";
export { addPrivate, addPublic, extendedPublic, subtractPublic } from "./overlay.ts";
export {
  type AgreeingKey,
  generatePrivateKey,
  generateScalarKey,
  knownPrivateKey,
  type PrivateKey,
  privateKeyFromExport,
  privateKeyFromScalar,
  privateKeyFromSeed,
  scalarOf,
} from "./private-key.ts";
export { agreementKey, isSigned, knownPublicKey, type PublicKey, plainKey, publicKey, verifySignature } from "./public-key.ts";
