/**
 * What a monitoring system reads of a hub: text of Prometheus (exposition format 0.0.4) at /metrics, for who has a token that reads. A token that is limited
 * to some devices sees those alone. Names of devices are labels: whoever has the token knows the house.
 */
import type { Context, Hono } from "hono";
import type { DeviceView, HubStatus } from "../../api/index.ts";
import type { HubFacade } from "../routes/facade.ts";

/** Where it is. */
export const metricsPath = "/metrics";

type Labels = Readonly<Record<string, string>>;

/** One metric with its samples. */
interface Metric {
  readonly name: string;
  readonly kind: "gauge" | "counter";
  readonly about: string;
  readonly samples: readonly (readonly [labels: Labels, value: number])[];
}

/** Adds the route; who asks was let in before. @param hubOf the hub with the rights of whoever asks */
export function addMetrics(app: Hono, hubOf: (c: Context) => HubFacade): void {
  app.get(metricsPath, (c) => {
    const hub = hubOf(c);
    const { rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const text = metricsText({ status: hub.status(), devices: hub.devices(), residentOctets: rss, cpuSeconds: (user + system) / 1e6 });
    return c.body(text, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" });
  });
}

/** What the text is made from. */
export interface Measured {
  readonly status: HubStatus;
  readonly devices: readonly DeviceView[];
  readonly residentOctets: number;
  readonly cpuSeconds: number;
}

/** The text. */
export function metricsText({ status, devices, residentOctets, cpuSeconds }: Measured): string {
  const { service, outbox, media, bridges = [], damaged = [] } = status;
  const alone = (name: string, kind: Metric["kind"], about: string, value: number): Metric => ({ name, kind, about, samples: [[{}, value]] });
  const own = devices.filter((device) => device.own);
  const each = <T>(list: readonly T[], sample: (item: T) => readonly [Labels, number]): Metric["samples"] => list.map(sample);
  const metrics: readonly Metric[] = [
    alone("mesh_hub_start_time_seconds", "gauge", "When the hub started, since 1970.", Date.parse(status.started) / 1000),
    alone("mesh_hub_ready", "gauge", "Whether the hub has started.", Number(status.ready)),
    alone("mesh_hub_service_reachable", "gauge", "Whether the Mesh service answered last.", Number(service.reachable === true)),
    alone("mesh_hub_alarm", "gauge", "Whether the service was caught at something that nobody has cleared.", Number(service.alarm !== undefined)),
    alone("mesh_hub_damaged_files", "gauge", "Damaged files that are kept aside.", damaged.length),
    alone("mesh_hub_outbox_waiting", "gauge", "State entries that wait for the service.", outbox.waiting),
    alone("mesh_hub_outbox_published_total", "counter", "State entries that the service has, since the start.", outbox.published),
    {
      name: "mesh_hub_devices",
      kind: "gauge",
      about: "Devices of this hub by status.",
      samples: each(statuses, (name) => [{ status: name }, own.filter((device) => device.status === name).length]),
    },
    {
      name: "mesh_hub_medium_up",
      kind: "gauge",
      about: "Whether a way to devices works.",
      samples: each(media, ({ name, state }) => [{ medium: name }, Number(state === "up")]),
    },
    {
      name: "mesh_hub_bridge_up",
      kind: "gauge",
      about: "Whether a bridge can be reached.",
      samples: each(bridges, ({ name, kind, state }) => [{ bridge: name, kind }, Number(state === "up" || state === "degraded")]),
    },
    {
      name: "mesh_hub_bridge_devices",
      kind: "gauge",
      about: "Devices that a bridge announces.",
      samples: each(bridges, ({ name, kind, devices: count }) => [{ bridge: name, kind }, count]),
    },
    {
      name: "mesh_hub_bridge_dropped_total",
      kind: "counter",
      about: "Messages of a bridge that were left out.",
      samples: each(bridges, ({ name, kind, dropped = 0 }) => [{ bridge: name, kind }, dropped]),
    },
    {
      name: "mesh_device_online",
      kind: "gauge",
      about: "Whether a device can be reached.",
      samples: each(own, (device) => [labelsOf(device), Number(device.status === "Online")]),
    },
    {
      name: "mesh_device_events_lost_total",
      kind: "counter",
      about: "Events beyond a device's budget.",
      samples: each(own, (device) => [labelsOf(device), device.eventsLost ?? 0]),
    },
    {
      name: "mesh_device_value",
      kind: "gauge",
      about: "What a device has reported: numbers, and 1 or 0 for yes or no.",
      samples: own.flatMap((device) =>
        device.values.flatMap(({ name, value }) =>
          typeof value === "number" || typeof value === "boolean" ? [[{ ...labelsOf(device), property: name }, Number(value)] as const] : [],
        ),
      ),
    },
    alone("process_resident_memory_bytes", "gauge", "Resident memory of the hub.", residentOctets),
    alone("process_cpu_seconds_total", "counter", "Time of the processor that the hub took.", cpuSeconds),
  ];
  return metrics.map(textOf).join("");
}

const statuses = ["Online", "Offline", "Sleeping", "Unknown"] as const;

function labelsOf({ udf, name, class: kind }: DeviceView): Labels {
  return { device: udf, name, class: kind };
}

function textOf({ name, kind, about, samples }: Metric): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value]) => {
    const written = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${written.length === 0 ? "" : `{${written.join(",")}}`} ${value}`;
  });
  return `# HELP ${name} ${about}\n# TYPE ${name} ${kind}\n${lines.join("\n")}\n`;
}

/** A label's value ends at a quote and holds no line: names are anybody's text. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
