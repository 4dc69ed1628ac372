/** The devices in TypeScript over MQTT: the sensor here, every class by `npm run test:device`. */
import { behavesAs } from "./classes.ts";
import { typescript } from "./implementation.ts";

behavesAs(typescript, "mqtt", ["sensor"]);
