/** Looks for TCP devices on every interface of the machine it runs on, and prints the address of each hail: a child of the tests. */
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { TcpMedium } from "../../src/transport/tcp/tcp-medium.ts";

const medium = new TcpMedium({ clock: systemClock, log: silentLog });
medium.onHail(({ peer: { address } }) => console.log(address));
await medium.start();
