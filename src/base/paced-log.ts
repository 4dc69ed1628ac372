/** A log for what somebody else can cause at will: beyond a quota lines are counted and not written, so that nobody fills a disk with them. */
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { Quota } from "./token-bucket.ts";
import { TokenBucket } from "./token-bucket.ts";

/** More than a person reads; 4320 a day at the most. */
const usual: Quota = { perSecond: 0.05, burst: 60 };

/** Passes lines on within the quota; the line after a gap is told how many were left out before it. Debug lines are asked for, and pass. */
export function pacedLog(log: Log, clock: Clock, quota: Quota = usual): Log {
  return paced(log, { bucket: new TokenBucket(quota, clock), left: 0 });
}

interface Pace {
  readonly bucket: TokenBucket;
  left: number;
}

function paced(log: Log, pace: Pace): Log {
  const at =
    (level: "info" | "warn" | "error") =>
    (event: string, data?: Record<string, unknown>): void => {
      if (!pace.bucket.take()) {
        pace.left += 1;
        return;
      }
      const { left } = pace;
      pace.left = 0;
      log[level](event, left === 0 ? data : { ...data, leftOut: left });
    };
  return {
    debug: (event, data) => log.debug(event, data),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (name) => paced(log.child(name), pace),
  };
}
