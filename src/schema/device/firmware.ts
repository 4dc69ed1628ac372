/**
 * A program for devices, as its maker gives it out (docs/device-link.md §7.3). The signer's key is built into the program that runs, and stands in the
 * description of the device: hub and device each judge by it, and a version never falls.
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Struct } from "../../codec/field.ts";
import { binary, count, string, struct } from "../../codec/field.ts";
import { decodeObject, encodeObjectB } from "../../codec/object.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { sha512 } from "../../crypto/index.ts";
import { encodeEnvelopeB, parseEnvelope } from "../../dare/index.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped, envelopeObject, peekObject, verifyObject } from "../enveloped.ts";

/** What the maker signs with Ed25519, in a compact envelope. */
export interface FirmwareManifest {
  /** What it is a program for, in the maker's words. */
  readonly Product: string;
  readonly Version: number;
  /** Octets of the program. */
  readonly Length: number;
  /** SHA-512 of the program. */
  readonly Digest: Uint8Array;
}
export const FirmwareManifest: Struct<FirmwareManifest> = struct<FirmwareManifest>("FirmwareManifest", {
  Product: string,
  Version: count,
  Length: count,
  Digest: binary,
});

/** The file that a maker gives out, in JSON-B. */
export interface FirmwareFile {
  readonly EnvelopedFirmwareManifest: Enveloped<FirmwareManifest>;
  readonly Program: Uint8Array;
}
export const FirmwareFile: Struct<FirmwareFile> = struct<FirmwareFile>("FirmwareFile", {
  EnvelopedFirmwareManifest: enveloped(),
  Program: binary,
});

/** Octets of a program at most. */
const maxProgram = 16 * 1024 * 1024;

/** A maker's file whose program is the one that its manifest names; who signed it the device alone can tell. */
export interface Firmware {
  readonly manifest: FirmwareManifest;
  /** EnvelopedFirmwareManifest as octets. */
  readonly signed: Uint8Array;
  readonly program: Uint8Array;
}

/** Reads a maker's file. Errors: ERR_ENCODING, ERR_SCHEMA, ERR_TOO_LARGE, ERR_VERIFICATION for a program that was cut or changed. */
export function readFirmware(octets: Uint8Array): Firmware {
  if (octets.length > maxProgram + 65_536)
    throw new MeshError("ERR_TOO_LARGE", `a firmware file of ${octets.length} octets; the most is ${maxProgram}`);
  const { EnvelopedFirmwareManifest, Program: program } = decodeObject(FirmwareFile, octets);
  const manifest = peekObject(FirmwareManifest, EnvelopedFirmwareManifest);
  if (manifest.Length !== program.length || !equalBytes(manifest.Digest, sha512(program))) {
    throw new MeshError("ERR_VERIFICATION", "the program in the file is not the one that its manifest names");
  }
  return { manifest, signed: encodeEnvelopeB(EnvelopedFirmwareManifest), program };
}

/** What a maker puts into a file. */
export interface MakeFirmware {
  readonly product: string;
  readonly version: number;
  readonly program: Uint8Array;
  /** An Ed25519 key. */
  readonly signer: PrivateKey;
  readonly random: Random;
}

/** Octets of a maker's file. Errors: ERR_TOO_LARGE. */
export function makeFirmware({ product, version, program, signer, random }: MakeFirmware): Uint8Array {
  if (program.length > maxProgram) throw new MeshError("ERR_TOO_LARGE", `a program of ${program.length} octets; the most is ${maxProgram}`);
  const value: FirmwareManifest = { Product: product, Version: version, Length: program.length, Digest: sha512(program) };
  const EnvelopedFirmwareManifest = envelopeObject({ struct: FirmwareManifest, value, signers: [signer], random, compact: true });
  return encodeObjectB(FirmwareFile, { EnvelopedFirmwareManifest, Program: program });
}

/** The manifest in the octets of its envelope, when this key has signed it. Errors: ERR_VERIFICATION, ERR_ENCODING, ERR_SCHEMA. */
export function verifyManifest(signed: Uint8Array, signer: PublicKey): FirmwareManifest {
  try {
    return verifyObject(FirmwareManifest, parseEnvelope(signed), [signer]).value;
  } catch (cause) {
    if (!isMeshError(cause, "ERR_VERIFICATION")) throw cause;
    throw new MeshError("ERR_VERIFICATION", "the program is not signed with the key of the device's maker", {
      hint: "get the file from the maker of this very model",
      cause,
    });
  }
}
