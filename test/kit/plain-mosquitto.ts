/** Debian's Mosquitto on a free port with one login, for bridges at a broker that is not ours. */
import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectMqtt } from "../../src/transport/mqtt/mqtt-connection.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";

/** A broker that can be stopped and started again at the same place. */
export interface PlainMosquitto {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it with one user. */
export async function startPlainMosquitto({ username, password }: { readonly username: string; readonly password: string }): Promise<PlainMosquitto> {
  const dir = tempDirectory();
  const port = await freePort();
  const passwords = join(dir, "passwords");
  writeFileSync(passwords, `${username}:${password}\n`, { mode: 0o600 });
  const made = spawnSync("mosquitto_passwd", ["-U", passwords]);
  if (made.status !== 0) throw new Error(`mosquitto_passwd: ${made.stderr}`);
  const config = join(dir, "mosquitto.conf");
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${passwords}\npersistence false\n${process.getuid?.() === 0 ? "user root\n" : ""}`,
    { mode: 0o600 },
  );
  const url = `mqtt://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const broker: PlainMosquitto = {
    url,
    async start() {
      child = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
      await eventually("mosquitto listens", async () => {
        const connection = await connectMqtt({ url, username, password, clientId: "probe", onMessage: () => undefined, onClose: () => undefined });
        await connection.close();
        return true;
      });
    },
    async stop() {
      const running = child;
      child = undefined;
      if (!running || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once("exit", resolve));
      running.kill();
      await ended;
    },
  };
  onCleanup(() => broker.stop());
  await broker.start();
  return broker;
}
