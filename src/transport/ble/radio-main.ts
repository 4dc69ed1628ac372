/** The radio process as a child of the hub, which it speaks with over descriptor 3. */
import { Socket } from "node:net";
import { refuseDebugger } from "../../base/debugger.ts";
import type { NoblePackage } from "./noble-package.ts";
import { serveRadio } from "./radio-process.ts";

refuseDebugger();
const [, , name = "", dutyPercent = ""] = process.argv;
serveRadio(new Socket({ fd: 3 }), { package: name as NoblePackage, dutyPercent: Number(dutyPercent) });
// The hub decides when it ends: a terminal's interrupt goes to both.
process.on("SIGINT", () => undefined);
