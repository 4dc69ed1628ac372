/** The operations of the hub's interface: where each is asked for, and the shapes of its request and answer. Routes and client share this table. */
import {
  alarmCleared,
  commandRequest,
  commandResult,
  deviceList,
  hubStatus,
  onboardingList,
  onboardLine,
  onboardRequest,
  orderNonceRequest,
  orderNonceResult,
  orderRequest,
  orderResult,
  removalRequest,
  removalTaken,
  reportRequest,
  reportResult,
  sayRequest,
  sayResult,
} from "./hub-v1.ts";

export const operations = {
  status: { method: "GET", path: "/v1/status", response: hubStatus },
  devices: { method: "GET", path: "/v1/devices", response: deviceList },
  onboardings: { method: "GET", path: "/v1/onboardings", response: onboardingList },
  clearAlarm: { method: "POST", path: "/v1/alarm/clear", response: alarmCleared },
  say: { method: "POST", path: "/v1/say", request: sayRequest, response: sayResult },
  command: { method: "POST", path: "/v1/command", request: commandRequest, response: commandResult },
  orderNonce: { method: "POST", path: "/v1/order/nonce", request: orderNonceRequest, response: orderNonceResult },
  orderGive: { method: "POST", path: "/v1/order/give", request: orderRequest, response: orderResult },
  orderReport: { method: "POST", path: "/v1/order/report", request: reportRequest, response: reportResult },
  removal: { method: "POST", path: "/v1/removal", request: removalRequest, response: removalTaken },
  /** Answered by one `response` a line. */
  onboard: { method: "POST", path: "/v1/onboard", request: onboardRequest, response: onboardLine },
  /** Server-sent events, each a HubEvent. */
  events: { method: "GET", path: "/v1/events" },
} as const;
