/** USB input devices by node-hid, which is loaded when somebody scans. */
import { reasonOf } from "../probe.ts";
import type { HidPort, HidStream } from "./scanners.ts";

/** The devices of this machine. */
export const nodeHidPort: HidPort = {
  async list() {
    const { default: hid } = await import("node-hid");
    return hid.devicesAsync();
  },
  async open(path): Promise<HidStream> {
    const { default: hid } = await import("node-hid");
    const device = await hid.HIDAsync.open(path);
    return {
      onReport: (listener) => void device.on("data", (report: Uint8Array) => listener(new Uint8Array(report))),
      onEnd: (listener) => void device.once("error", (error: unknown) => listener(reasonOf(error))),
      close: () => device.close(),
    };
  },
};
