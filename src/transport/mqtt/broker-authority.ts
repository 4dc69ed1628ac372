/** Certificates of the authorities that may speak for the name of a broker which is not ours. */
import { X509Certificate } from "node:crypto";
import { fromUtf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { readRegularSync } from "../../base/regular-file.ts";

const mostOctets = 1 << 20;
const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a PEM file. Errors: ERR_CONFIG when it cannot be read, holds none, or one that is damaged. */
export function readAuthority(path: string): string {
  const refuse = (reason: string, cause?: unknown): MeshError =>
    new MeshError("ERR_CONFIG", `mqtt.external.ca: ${path} ${reason}`, {
      cause,
      hint: "give the certificate of the broker's authority as a PEM file",
    });
  let text: string;
  try {
    text = fromUtf8(readRegularSync(path, mostOctets));
  } catch (cause) {
    throw refuse("cannot be read", cause);
  }
  const found = text.match(certificate);
  if (found === null) throw refuse("holds no certificate");
  for (const pem of found) {
    try {
      new X509Certificate(pem);
    } catch (cause) {
      throw refuse("holds a damaged certificate", cause);
    }
  }
  return found.join("\n");
}
