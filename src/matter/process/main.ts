/** The Matter process as a child of the hub, which it speaks with over descriptor 3: node main STORAGE PORT INTERFACE. */
import { Socket } from "node:net";
import { refuseDebugger } from "../../base/debugger.ts";
import { serveHub } from "./serve.ts";

refuseDebugger();
const [, , storage = "", port = "", networkInterface = ""] = process.argv;
serveHub(new Socket({ fd: 3 }), { storage, port: Number(port), ...(networkInterface === "" ? {} : { interface: networkInterface }) });
// The hub decides when it ends: a terminal's interrupt goes to both.
process.on("SIGINT", () => undefined);
