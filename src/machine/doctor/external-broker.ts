/** Whether the broker that the configuration names lets the hub in, and whether the password goes there in clear. */
import type { Ports } from "../../account/index.ts";
import { fromUtf8, toHex } from "../../base/bytes.ts";
import { asMeshError } from "../../base/errors.ts";
import { type HubConfig, readSecret } from "../../config/index.ts";
import { isLoopback } from "../../transport/interfaces.ts";
import { readAuthority } from "../../transport/mqtt/broker-authority.ts";
import { BrokerEcho } from "../../transport/mqtt/broker-echo.ts";
import { connectMqtt } from "../../transport/mqtt/mqtt-connection.ts";
import { hailTopic, tagHailTopic, upTopic } from "../../transport/mqtt/topic.ts";
import type { Check } from "./doctor.ts";

const limitMs = 5000;

/** Logs in and subscribes as the hub does, under a client id of its own, and writes what a device writes: a broker takes subscriptions that it never serves. */
export async function checkExternalBroker({ mqtt: { external } }: HubConfig, url: string, { clock, random }: Ports): Promise<Check> {
  const { username, password, ca } = external;
  const clientId = `mesh-hub-doctor-${toHex(random.bytes(6))}`;
  const whole = new AbortController();
  const echo = new BrokerEcho({ clientId, username, url, clock });
  try {
    const secret = password === undefined ? undefined : readSecret(password, { env: process.env }).use((octets) => fromUtf8(octets));
    const connection = await connectMqtt({
      url,
      clientId,
      username,
      password: secret,
      ...(ca === undefined ? {} : { ca: readAuthority(ca) }),
      signal: AbortSignal.timeout(limitMs),
      onMessage: (topic) => {
        echo.heard(topic);
        if (echo.isWhole) whole.abort();
      },
      onClose: () => undefined,
    });
    try {
      await connection.subscribe([hailTopic, tagHailTopic("+"), upTopic("+")]);
      await echo.ask(connection);
      if (!echo.isWhole) await clock.sleep(BrokerEcho.timeMs, whole.signal).catch(() => undefined);
    } finally {
      await connection.close();
    }
  } catch (thrown) {
    const { message, hint, code } = asMeshError(thrown);
    const said = code === "ERR_INTERNAL" ? `the broker at ${url} does not answer` : message;
    return { state: "failure", message: said, hint: code === "ERR_INTERNAL" ? "check that it runs and its address is right" : hint };
  }
  if (echo.fault !== undefined) {
    return {
      state: "warning",
      message: echo.fault,
      hint: `give it the list of 'mesh-hub broker acl --user ${username ?? "NAME"}', which is for the name that the hub logs in with, and restart it`,
    };
  }
  const { protocol, hostname } = new URL(url);
  const isClear = password !== undefined && protocol === "mqtt:" && !isLoopback(hostname.replace(/^\[|\]$/g, ""));
  if (!isClear) return { state: "ok", message: `the broker at ${url} lets the hub in` };
  return {
    state: "warning",
    message: `the broker at ${url} lets the hub in, and the password goes to it in clear`,
    hint: "give the broker a certificate and write mqtts:// in mqtt.external.url; what devices say is sealed either way",
  };
}
