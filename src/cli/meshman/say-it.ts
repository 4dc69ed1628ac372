/** How a name that was just given is said, at the hub and from here. */

/** The line. */
export function sayIt(words: string): string {
  const quoted = JSON.stringify(words);
  return `say it: 'mesh-hub say ${quoted}' at the hub, or 'meshman device say ${quoted}' here; hubs know of it within a minute`;
}
