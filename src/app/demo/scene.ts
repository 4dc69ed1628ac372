/** Where the demo plays: one directory, one service, the homes of maker and owner, the hub, and bulbs that are processes of their own. */
import { createServer } from "node:net";
import { join } from "node:path";
import { makeDirectory } from "../../base/directory.ts";
import { MeshError } from "../../base/errors.ts";
import type { Cast, Running } from "./cast.ts";

/** Addresses and directories of a demo. */
export interface Scene {
  readonly cast: Cast;
  readonly dir: string;
  readonly servicePort: number;
  readonly brokerPort: number;
  readonly serviceUrl: string;
  readonly serviceDir: string;
  readonly hubArgs: readonly string[];
  readonly hubDir: string;
  /** Directory of a person's machine, for meshman --dir. */
  home(name: string): string;
}

/** Three ports of loopback that are free now. */
async function freePorts(): Promise<readonly [number, number, number]> {
  const servers = [createServer(), createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            resolve(typeof address === "object" && address ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const [first, second, third] = ports;
  if (!first || !second || !third) throw new MeshError("ERR_INTERNAL", "no free port on loopback");
  return [first, second, third];
}

/** Prepares a scene in a directory, with the hub's page when it is wanted. */
export async function makeScene(cast: Cast, { page = false }: { readonly page?: boolean } = {}): Promise<Scene> {
  const { dir } = cast;
  await makeDirectory(dir);
  const [servicePort, brokerPort, pagePort] = await freePorts();
  return {
    cast,
    dir,
    servicePort,
    brokerPort,
    serviceUrl: `http://127.0.0.1:${servicePort}`,
    serviceDir: join(dir, "service"),
    hubDir: join(dir, "hub"),
    hubArgs: [
      "--config",
      join(dir, "hub.config.json"),
      "--set",
      "mqtt.host=127.0.0.1",
      "--set",
      `mqtt.port=${brokerPort}`,
      "--set",
      "tcp.interface=127.0.0.1",
      // Of this machine alone, where no certificate is needed.
      ...(page ? ["--set", "web.enabled=true", "--set", "web.tls.enabled=false", "--set", `web.port=${pagePort}`] : []),
    ],
    home: (name) => join(dir, name),
  };
}

/** For a program to start: of some seconds on a small machine that is busy. */
const startMs = 60_000;

/** Starts the service and waits until it answers. */
export async function startService(scene: Scene): Promise<Running> {
  const running = scene.cast.start("service", "mesh-service", ["--dir", scene.serviceDir, "--open", "--port", String(scene.servicePort), "--json"]);
  await running.line((line) => line.includes('"udf"'), startMs);
  return running;
}

/** Starts the hub and waits until it is up. */
export async function startHub(scene: Scene, patienceMs = startMs): Promise<Running> {
  const running = scene.cast.start("hub", "mesh-hub", ["run", ...scene.hubArgs]);
  await running.line((line) => line.includes('"hub.started"'), patienceMs);
  return running;
}

/** A link that opens the hub's page once. */
export async function openPage({ cast, hubArgs }: Scene): Promise<string> {
  const { url } = await cast.ask<{ url: string }>("mesh-hub", ["open", ...hubArgs]);
  return url;
}
