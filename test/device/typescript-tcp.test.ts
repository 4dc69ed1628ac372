/** The devices in TypeScript over TCP: the lock here, every class by `npm run test:device`. */
import { behavesAs } from "./classes.ts";
import { typescript } from "./implementation.ts";

behavesAs(typescript, "tcp", ["lock"]);
