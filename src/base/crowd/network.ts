/** Where a caller comes from, as far as limits can tell: whoever has one address of a network has all of it. */

/** Address without the IPv4-in-IPv6 prefix; empty for a socket that has none any more. */
export function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d)/, "");
}

/** The network of an address: an IPv4 host by itself, for an IPv6 host the /64 that it has to itself. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) while (groups.length < 4) groups.push("0");
  return groups.slice(0, 4).join(":");
}
