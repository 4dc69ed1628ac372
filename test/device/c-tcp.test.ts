/** The firmware in C (firmware-stubs/posix) over TCP: the lock here, every class by `npm run test:device`. */
import { behavesAs } from "./classes.ts";
import { posix } from "./implementation.ts";

behavesAs(posix(), "tcp", ["lock"]);
