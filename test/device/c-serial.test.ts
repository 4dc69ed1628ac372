/** The firmware in C (firmware-stubs/posix) over a serial line: some classes here, all of them by `npm run test:device`. */
import { behavesAs } from "./classes.ts";
import { posix } from "./implementation.ts";

behavesAs(posix(), "serial", ["light", "sensor", "garage-door"]);
