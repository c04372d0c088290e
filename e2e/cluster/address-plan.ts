/**
 * The addresses of the test cluster, all within 198.18.0.0/15: that range is reserved for benchmarks (RFC 2544), so nothing real is ever reached by mistake.
 */
export const addressPlan = {
  whole: "198.18.0.0/15",
  services: "198.18.0.0/17",
  nodes: "198.18.200.0/24",
  pods: "198.19.0.0/16",
} as const;

/** The first and the last address of an IPv4 network, as numbers. */
export function addressRange(cidr: string): { first: number; last: number } {
  const [address = "", bits = ""] = cidr.split("/");
  const octets = address.split(".").map(Number);
  if (octets.length !== 4 || octets.some((octet) => !(octet >= 0 && octet <= 255)) || !/^\d+$/.test(bits) || Number(bits) > 32) {
    throw new Error(`${cidr} is not an IPv4 network: write it as 198.18.0.0/15`);
  }
  const size = 2 ** (32 - Number(bits));
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}

/** Whether an IPv4 network (or single address) lies wholly within another. */
export function isWithin(inner: string, outer: string): boolean {
  const small = addressRange(inner.includes("/") ? inner : `${inner}/32`);
  const large = addressRange(outer);
  return small.first >= large.first && small.last <= large.last;
}
