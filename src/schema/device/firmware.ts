/**
 * A program for devices, as its maker gives it out (docs/device-link.md §7.3). The signer's key is built into the program that runs; the device alone
 * judges it, and a version never falls.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/field.ts";
import { binary, count, string, struct } from "../../codec/field.ts";
import { decodeObject } from "../../codec/object.ts";
import { sha512 } from "../../crypto/index.ts";
import { encodeEnvelopeB } from "../../dare/index.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped, peekObject } from "../enveloped.ts";

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
