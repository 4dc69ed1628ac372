/** Logging as a port: an event name and data fields. `app` gives the pino implementation; libraries below it only see this. */

/** A logger with a name; the event is a dotted word ("device.joined"), the rest is data without secrets. */
export interface Log {
  debug(event: string, data?: Record<string, unknown>): void;
  info(event: string, data?: Record<string, unknown>): void;
  warn(event: string, data?: Record<string, unknown>): void;
  error(event: string, data?: Record<string, unknown>): void;
  child(name: string): Log;
}

/** A logger that says nothing. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
