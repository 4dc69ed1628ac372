/** The scanner process as a child of the hub, which it speaks to over descriptor 3. */
import { Socket } from "node:net";
import { refuseDebugger } from "../../base/debugger.ts";
import { serveScanners } from "./scanner-process.ts";

refuseDebugger();
// The hub decides when it ends: a terminal's interrupt goes to both.
process.on("SIGINT", () => undefined);
await serveScanners(new Socket({ fd: 3 }));
process.exit(0);
