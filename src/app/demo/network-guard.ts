/**
 * Preloaded into a process of the demo: it can open connections to one port of this machine and to nothing else.
 * Stands for a machine that is not at home: the service is all it can reach. Usage: node --import network-guard.js, MESH_DEMO_ONLY_PORT set.
 */
import { Socket } from "node:net";

const allowed = Number(process.env.MESH_DEMO_ONLY_PORT);
const connect = Socket.prototype.connect;

function portOf(target: unknown): unknown {
  if (Array.isArray(target)) return portOf(target[0]);
  return typeof target === "object" && target !== null && "port" in target ? target.port : target;
}

Socket.prototype.connect = function guarded(this: Socket, ...args: Parameters<typeof connect>): Socket {
  if (Number(portOf(args[0])) === allowed) return connect.apply(this, args);
  process.nextTick(() => this.destroy(Object.assign(new Error("this machine can reach nothing but the service"), { code: "EHOSTUNREACH" })));
  return this;
} as typeof connect;
