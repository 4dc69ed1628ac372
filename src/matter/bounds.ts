/** What a Matter process may say and ask of a hub. */
import type { Quota } from "../base/token-bucket.ts";

/** Octets that may wait for a process that does not read. */
export const mostWaiting = 1 << 20;
/** Whatever it says; one that says more is ended. */
export const lines: Quota = { perSecond: 100, burst: 1000 };
/** What it asks of devices; more is answered busy. */
export const orders: Quota = { perSecond: 20, burst: 100 };
/** Orders under way, of one device and of all. */
export const mostEach = 8;
export const mostAtOnce = 64;
