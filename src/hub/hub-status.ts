/** How a hub stands, in the shape of its interface: over the parts that run. */
import type { HubStatus } from "../api/index.ts";
import { dateTime } from "../base/clock.ts";
import type { HubParts } from "./hub.ts";
import { bridgeView, mediaView } from "./hub-view.ts";

/** Everything, for who manages it. */
export function statusOf(parts: HubParts): HubStatus {
  const { account, drivers, media, book, keeper, publisher, sync, alarms, renewal } = parts;
  const { reachable, reason, lastSync } = sync.status();
  const { alarm, damage } = alarms;
  const { waiting, published, reason: stuck } = publisher.status();
  const own = book.devices().filter((device) => device.own);
  const lost = own.reduce((sum, { udf }) => sum + (keeper.shadow(udf)?.eventsLost ?? 0), 0);
  const valuesRefused = own.reduce((sum, { udf }) => sum + keeper.valuesRefused(udf), 0);
  const { mqttPort } = media;
  const bridges = parts.bridges.status().map(bridgeView);
  const { until, warning } = renewal.status();
  return {
    version: "v1",
    account: account.address,
    accountUdf: account.accountUdf,
    hubUdf: account.deviceUdf,
    started: dateTime(parts.started),
    ready: true,
    service: {
      url: parts.serviceUrl ?? account.address.replace(/^.*@/, ""),
      ...(reachable === undefined ? {} : { reachable }),
      ...(reason === undefined ? {} : { reason }),
      ...(lastSync === undefined ? {} : { lastSync }),
      ...(alarm === undefined ? {} : { alarm }),
    },
    renewal: { ...(until === undefined ? {} : { until: dateTime(until) }), ...(warning === undefined ? {} : { warning }) },
    outbox: { waiting, published, ...(stuck === undefined ? {} : { reason: stuck }) },
    media: mediaView(media, parts),
    devices: {
      total: own.length,
      online: own.filter(({ udf }) => keeper.shadow(udf)?.status === "Online").length,
      ...(lost === 0 ? {} : { eventsLost: lost }),
      ...(valuesRefused === 0 ? {} : { valuesRefused }),
    },
    ...(bridges.length === 0 ? {} : { bridges }),
    drivers: { loaded: [...drivers.drivers.keys()], refused: drivers.refused.map(({ file, error }) => ({ file, reason: error.message })) },
    ...(damage.length === 0 ? {} : { damaged: [...damage] }),
    ...(mqttPort === undefined ? {} : { mqttPort }),
    ...(parts.ownerHere?.() === true ? { ownerHere: true } : {}),
  };
}
