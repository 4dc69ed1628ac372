/**
 * SIGUSR1 has Node open its debugger on this machine: whoever may signal the process, or merely reaches that port, then runs code in it and has its keys.
 * A listener takes the debugger's place. `node --inspect` opens one all the same: that is for who starts the process to say.
 */
export function refuseDebugger(): void {
  process.on("SIGUSR1", () => undefined);
}
