/** Secrets of the configuration are named, not written: `file:PATH`, or `credential:NAME` for one that systemd hands over. */
import { join } from "node:path";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { isMeshError, MeshError } from "../base/errors.ts";
import { readRegularSync } from "../base/regular-file.ts";
import { Secret } from "../base/secret.ts";

const mostOctets = 1 << 20;

/**
 * Reads a secret; one line end at its end is not part of it.
 * @param options.env where systemd tells the folder of credentials (CREDENTIALS_DIRECTORY)
 * Errors: ERR_CONFIG naming the reference, never the content.
 */
export function readSecret(reference: string, options: { readonly env: Readonly<Record<string, string | undefined>> }): Secret {
  const path = pathOf(reference, options.env);
  try {
    return new Secret(utf8(fromUtf8(readRegularSync(path, mostOctets)).replace(/\r?\n$/, "")));
  } catch (cause) {
    const reason = isMeshError(cause) ? cause.message : ((cause as NodeJS.ErrnoException).code ?? "unknown fault");
    throw new MeshError("ERR_CONFIG", `cannot read the secret ${reference}: ${reason}`, { cause });
  }
}

function pathOf(reference: string, env: Readonly<Record<string, string | undefined>>): string {
  if (reference.startsWith("file:")) return reference.slice("file:".length);
  const name = /^credential:([A-Za-z0-9._-]+)$/.exec(reference)?.[1];
  if (name === undefined || name.startsWith(".")) throw new MeshError("ERR_CONFIG", "a secret is given as file:PATH or credential:NAME");
  const folder = env.CREDENTIALS_DIRECTORY;
  if (folder === undefined || folder === "") {
    throw new MeshError("ERR_CONFIG", `no credentials folder for ${reference}`, {
      hint: "start it by systemd with LoadCredential=, or use file:PATH",
    });
  }
  return join(folder, name);
}
