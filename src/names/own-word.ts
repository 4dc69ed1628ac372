/**
 * What devices say of themselves, under their own keys (docs/extensions.md §15). Every reader verifies it and keeps the newest that it has ever seen:
 * a hub or a service that shows an older one, or none any more, is not followed back. Kept in a file of the state directory.
 */
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { asMeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { decodeBase64url, encodeBase64url } from "../codec/index.ts";
import type { DareEnvelope } from "../dare/index.ts";
import { encodeEnvelopeB, parseEnvelope } from "../dare/index.ts";
import type { CatalogedState, ConnectionDevice, DeviceReport } from "../schema/index.ts";
import { compareReports, verifyReport } from "../schema/index.ts";

/** The newest word of a device. */
export interface OwnWord {
  readonly report: DeviceReport;
  /** What the account shows is older than this, or nothing. */
  readonly isWithheld: boolean;
}

const nameOf = (dir: string): string => join(dir, "reported");
/** A line is a fingerprint and an envelope; a report has a few hundred octets. */
const mostLine = 16_384;

/** The words of a house. */
export class OwnWords {
  readonly #log: Log;
  readonly #kept: Map<string, DareEnvelope>;
  #isChanged = false;

  private constructor(kept: Map<string, DareEnvelope>, log: Log) {
    this.#kept = kept;
    this.#log = log;
  }

  /** The words that earlier commands have seen; a file that is lost or damaged is begun anew. */
  static async load(dir: string, log: Log): Promise<OwnWords> {
    const octets = await readFileIfExists(nameOf(dir)).catch(() => undefined);
    const kept = new Map<string, DareEnvelope>();
    for (const line of octets === undefined ? [] : fromUtf8(octets).split("\n")) {
      const [udf = "", text = ""] = line.length > mostLine ? [] : line.split(" ");
      try {
        if (udf !== "") kept.set(udf, parseEnvelope(decodeBase64url(text) ?? new Uint8Array()));
      } catch (error) {
        log.debug("names.word.unreadable", { device: udf, reason: asMeshError(error).message });
      }
    }
    return new OwnWords(kept, log);
  }

  /** The newest word of a device that its key in force has signed; undefined when there is none. */
  of(connection: ConnectionDevice, state: CatalogedState | undefined): OwnWord | undefined {
    const { Subject: udf } = connection;
    const known = this.#verified(connection, this.#kept.get(udf));
    const shown = this.#verified(connection, state?.EnvelopedReported);
    if (shown && (!known || compareReports(shown, known) > 0)) {
      if (state?.EnvelopedReported) this.#kept.set(udf, state.EnvelopedReported);
      this.#isChanged = true;
      return { report: shown, isWithheld: false };
    }
    return known && { report: known, isWithheld: !shown || compareReports(shown, known) < 0 };
  }

  /** Keeps them for the next command. A directory that cannot be written costs that, and nothing else. */
  async save(dir: string): Promise<void> {
    if (!this.#isChanged) return;
    const lines = [...this.#kept].map(([udf, enveloped]) => `${udf} ${encodeBase64url(encodeEnvelopeB(enveloped))}`);
    try {
      await writeFileAtomic(nameOf(dir), utf8(lines.sort().join("\n")));
    } catch (error) {
      this.#log.debug("names.word.unsaved", { reason: (error as Error).message });
    }
  }

  #verified(connection: ConnectionDevice, enveloped: DareEnvelope | undefined): DeviceReport | undefined {
    if (!enveloped) return undefined;
    try {
      return verifyReport(enveloped, connection);
    } catch (error) {
      this.#log.warn("names.word.refused", { device: connection.Subject, reason: asMeshError(error).message });
      return undefined;
    }
  }
}
