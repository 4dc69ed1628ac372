/** Asks the hub that runs by the same configuration, when one does, what it holds: the doctor must not take it for a stranger. */
import { request } from "node:http";
import * as v from "valibot";
import { hubStatus } from "../../api/index.ts";

const patienceMs = 1000;
const mostOctets = 1024 * 1024;

/** The broker port of the hub that answers at a socket; undefined when none does, or none that is understood. */
export function runningBrokerPort(socketPath: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: "/v1/status", timeout: patienceMs }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length > mostOctets) response.destroy();
      });
      response.once("close", () => resolve(portOf(text)));
    });
    call.once("timeout", () => call.destroy());
    call.once("error", () => resolve(undefined));
    call.end();
  });
}

function portOf(text: string): number | undefined {
  try {
    const status = v.safeParse(hubStatus, JSON.parse(text));
    return status.success ? status.output.mqttPort : undefined;
  } catch {
    // What is no JSON is no hub of this version.
    return undefined;
  }
}
