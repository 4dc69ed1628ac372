/** All devices of the hub behind one port: those of the device link, and those behind bridges. */
import { MeshError } from "../../base/errors.ts";
import type { Result } from "../../link/index.ts";
import type { Enveloped, DeviceReport as ReportObject } from "../../schema/index.ts";
import type { DeviceOrder, DevicePort, DeviceStatus, Judgement, OrderNonce, ReportListener, SealedDeviceOrder } from "../device/device-port.ts";
import type { HostedDevices } from "./hosted-devices.ts";

/** One port over two kinds of devices. */
export class HouseDevices implements DevicePort {
  readonly #links: DevicePort;
  readonly #hosted: HostedDevices;
  readonly #isHosted: (deviceUdf: string) => boolean;

  /** @param isHosted whether the account says that a device is behind a bridge of this hub */
  constructor(links: DevicePort, hosted: HostedDevices, isHosted: (deviceUdf: string) => boolean) {
    this.#links = links;
    this.#hosted = hosted;
    this.#isHosted = isHosted;
  }

  status(deviceUdf: string): DeviceStatus {
    return this.#of(deviceUdf).status(deviceUdf);
  }

  lastContact(deviceUdf: string): number | undefined {
    return this.#of(deviceUdf).lastContact(deviceUdf);
  }

  command(order: DeviceOrder): Promise<Result> {
    return this.#of(order.deviceUdf).command(order);
  }

  async nonce(deviceUdf: string, seconds: number, who?: number): Promise<OrderNonce> {
    this.#refuseHosted(deviceUdf);
    return this.#links.nonce(deviceUdf, seconds, who);
  }

  async judge(deviceUdf: string, order: SealedDeviceOrder): Promise<Judgement> {
    this.#refuseHosted(deviceUdf);
    return this.#links.judge(deviceUdf, order);
  }

  async signedReport(deviceUdf: string, nonce: Uint8Array): Promise<Enveloped<ReportObject>> {
    this.#refuseHosted(deviceUdf);
    return this.#links.signedReport(deviceUdf, nonce);
  }

  onReport(listener: ReportListener): () => void {
    return both(this.#links.onReport(listener), this.#hosted.onReport(listener));
  }

  onStatus(listener: (deviceUdf: string, status: DeviceStatus) => void): () => void {
    return both(this.#links.onStatus(listener), this.#hosted.onStatus(listener));
  }

  #of(deviceUdf: string): Pick<DevicePort, "status" | "lastContact" | "command"> {
    return this.#isHosted(deviceUdf) ? this.#hosted : this.#links;
  }

  #refuseHosted(deviceUdf: string): void {
    if (this.#isHosted(deviceUdf)) throw new MeshError("ERR_REJECTED", "a device behind a bridge has no key of its own: it judges and signs nothing");
  }
}

function both(first: () => void, second: () => void): () => void {
  return () => {
    first();
    second();
  };
}
