/** Debian's Mosquitto as somebody runs it in a house: TLS and logins for programs, a plain listener for devices, the access list that we write. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { brokerAcl } from "../../src/transport/mqtt/broker-acl.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";

const program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].find((path) => existsSync(path));

/** Whether it can be run here. */
export const hasMosquitto = program !== undefined && spawnSync("openssl", ["version"]).status === 0;

/** A broker of the house. */
export interface Mosquitto {
  /** For the hub: `mqtts://localhost:...`. */
  readonly url: string;
  /** The same by an address that its certificate does not name. */
  readonly misnamed: string;
  /** For devices. */
  readonly port: number;
  /** PEM file of its authority. */
  readonly caFile: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The hub's login there. */
export const hubLogin = { username: "mesh-hub", password: "hub's own" } as const;

/** Starts one that lets in what brokerAcl allows. */
export async function startMosquitto(): Promise<Mosquitto> {
  const dir = tempDirectory();
  const file = (name: string): string => join(dir, name);
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const made = spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-keyout", file("key.pem"), "-out", file("cert.pem"), ...subject],
  ]);
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  const [tlsPort, port] = [await freePort(), await freePort()];
  writeFileSync(file("users"), "");
  spawnSync("mosquitto_passwd", ["-b", file("users"), hubLogin.username, hubLogin.password]);
  writeFileSync(file("acl"), brokerAcl(hubLogin.username));
  writeFileSync(
    file("mosquitto.conf"),
    [
      "user root",
      "per_listener_settings true",
      `listener ${tlsPort} 127.0.0.1`,
      ...[`certfile ${file("cert.pem")}`, `keyfile ${file("key.pem")}`, "allow_anonymous false", `password_file ${file("users")}`],
      `acl_file ${file("acl")}`,
      `listener ${port} 127.0.0.1`,
      ...["allow_anonymous true", `acl_file ${file("acl")}`],
      "",
    ].join("\n"),
  );
  let stop = async (): Promise<void> => undefined;
  const start = async (): Promise<void> => {
    const child = spawn(program ?? "mosquitto", ["-c", file("mosquitto.conf")], { stdio: "ignore" });
    const ended = once(child, "close");
    stop = async () => {
      child.kill("SIGTERM");
      await ended;
    };
    await eventually("the broker listens", () => listens(tlsPort));
  };
  await start();
  onCleanup(() => stop());
  return {
    url: `mqtts://localhost:${tlsPort}`,
    misnamed: `mqtts://127.0.0.1:${tlsPort}`,
    port,
    caFile: file("cert.pem"),
    start,
    stop: () => stop(),
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
