/** A radio process that runs by itself, as mesh-hub-radio.service does: with the right to the adapter, which the hub then needs not have. */
import type { Socket } from "node:net";
import { reachUnit } from "../unit-socket.ts";
import { RemoteRadio } from "./remote-radio.ts";

/** Its unit. */
const radioUnit = "mesh-hub-radio";

/** A radio process behind a unix socket. */
export class RadioUnit extends RemoteRadio {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  protected open(): Promise<Socket> {
    return reachUnit(this.#path, radioUnit);
  }

  /** It ends with its hub, and systemd starts it again. */
  protected async gone(): Promise<void> {
    this.end(`the radio process let go of the hub; see 'journalctl -u ${radioUnit}'`);
  }
}
