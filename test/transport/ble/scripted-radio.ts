/** A radio process that is told by its arguments what to do wrong: it speaks with the hub as radio-main.ts does, over descriptor 3. */
import { randomBytes } from "node:crypto";
import { Socket } from "node:net";

const [, , fault = "", at = "0"] = process.argv;
const hub = new Socket({ fd: 3 });
let calls = 0;
let rest = "";

function tell(told: Record<string, unknown>): void {
  hub.write(`${JSON.stringify(told)}\n`);
}

/** Invented hails, and packets of links that there are not, as fast as the hub reads. */
function flood(): void {
  const invented = (): string => {
    const [address, data] = [randomBytes(6).toString("hex"), randomBytes(12).toString("base64url")];
    return `{"tell":"heard","address":"${address}","data":"${data}"}\n{"tell":"packet","link":99,"packet":"${data}"}\n{"tell":"done","id":${1e6}}\n`;
  };
  if (hub.write(Array.from({ length: 200 }, invented).join(""))) setImmediate(flood);
  else hub.once("drain", flood);
}

function misbehave(): void {
  switch (fault) {
    case "die":
      process.kill(process.pid, "SIGKILL");
      return;
    case "exit":
      process.stderr.write("Error: no such device\n");
      process.exit(3);
      return;
    case "junk":
      hub.write("this is no JSON\n");
      return;
    case "unknown":
      tell({ tell: "format", disk: "/" });
      return;
    case "half":
      hub.write('{"tell":"heard","addr');
      process.exit(0);
      return;
    case "floods":
      flood();
      return;
    case "endless":
      hub.write("x".repeat(100_000));
      return;
  }
}

hub.on("data", (chunk: Buffer) => {
  const lines = (rest + chunk.toString()).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const { call, id, link } = JSON.parse(line) as { call: string; id: number; link?: number };
    calls++;
    if (calls > Number(at) && fault !== "deaf-to-end" && (fault !== "floods" || calls === Number(at) + 1)) misbehave();
    if (call === "connect") {
      tell({ tell: "done", id, mtu: 185, largest: "AgA" });
      tell({ tell: "packet", link, packet: "Bwc" });
      continue;
    }
    tell({ tell: "done", id });
    if (call === "scan") tell({ tell: "heard", address: "0000000000aa", data: "AAECAwQFBgcICQoL" });
  }
});
hub.on("error", () => undefined);
hub.on("close", () => {
  // A process that hangs when it should end.
  if (fault === "deaf-to-end") setInterval(() => undefined, 1000);
  else process.exit(0);
});
