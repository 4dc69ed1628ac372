/** The devices in TypeScript over a serial line: the light here, every class by `npm run test:device`. */
import { behavesAs } from "./classes.ts";
import { typescript } from "./implementation.ts";

behavesAs(typescript, "serial", ["light"]);
