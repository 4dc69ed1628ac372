/** The one certificate of a hub while it runs: made when the time is known, looked at once an hour, shown by its page and by its broker alike. */
import { asMeshError, isMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { CertificatesOptions, ServerCertificate } from "./certificates.ts";
import { serverCertificate } from "./certificates.ts";

/** How often it is looked whether the certificate is still the right one: an address may have changed. */
const lookMs = 3_600_000;
/** The same while there is none, since the time is not known. */
const againMs = 30_000;

/** Is told of another certificate. */
export type CertificateListener = (certificate: ServerCertificate) => void | Promise<void>;

/** The certificate. */
export class KeptCertificate {
  readonly #options: CertificatesOptions & { readonly log: Log };
  readonly #listeners = new Set<CertificateListener>();
  readonly #stopping = new AbortController();
  #current: ServerCertificate | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: CertificatesOptions & { readonly log: Log }) {
    this.#options = options;
  }

  /** Undefined while the time is not known: the house waits neither for the page nor for TLS at the broker. */
  get current(): ServerCertificate | undefined {
    return this.#current;
  }

  /** Makes it or finds it, and looks after it from then on. Errors: ERR_CONFIG for one of the owner's that is no good, ERR_STORE and its kind. */
  async start(): Promise<void> {
    if (this.#loop !== undefined) return;
    this.#current = await this.#look();
    this.#loop = this.#keep();
  }

  /** Tells of each other one from now on; gives the function that ends this. */
  follow(listener: CertificateListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #look(): Promise<ServerCertificate | undefined> {
    try {
      return await serverCertificate(this.#options);
    } catch (error) {
      if (!isMeshError(error, "ERR_BUSY")) throw error;
      this.#options.log.warn("web.certificate.waiting", { reason: error.message });
      return undefined;
    }
  }

  async #keep(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(this.#current ? lookMs : againMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.#renew();
    }
  }

  /** Who shows it fails alone; what cannot be read now is looked for the next time. */
  async #renew(): Promise<void> {
    const { log } = this.#options;
    try {
      const next = await this.#look();
      if (!next || next.certificate === this.#current?.certificate) return;
      this.#current = next;
      log.info("web.certificate.renewed", { fingerprint: next.fingerprint });
    } catch (error) {
      return log.error("web.certificate.failed", { reason: asMeshError(error).message });
    }
    const next = this.#current;
    for (const listener of [...this.#listeners]) {
      try {
        await listener(next);
      } catch (error) {
        log.error("web.certificate.failed", { reason: asMeshError(error).message });
      }
    }
  }
}
