/** The medium that a device's flags name. */
import type { Flags } from "./flags.ts";
import { bleMedium, type DeviceMedium, type MediumOptions, mqttMedium, serialMedium, tcpMedium } from "./media.ts";

/** Makes it. */
export function mediumOf(flags: Flags, options: MediumOptions): DeviceMedium {
  const on = flags.interface === undefined ? {} : { interface: flags.interface };
  if (flags.medium === "ble") return bleMedium({ ...options, controller: flags.controller ?? "", mtu: flags.mtu });
  if (flags.medium === "serial") return serialMedium({ ...options, path: flags.line ?? "", baud: flags.baud, largest: flags.largest });
  if (flags.medium === "tcp") return tcpMedium({ ...options, host: flags.host, port: flags.port, ...(flags.mdns ? { mdns: on } : {}) });
  const broker = flags.broker === undefined ? {} : { broker: flags.broker.includes("://") ? flags.broker : `mqtt://${flags.broker}` };
  return mqttMedium({ ...options, ...broker, ...on });
}
