import { expect, test } from "vitest";
import { netavarkRemoval } from "./host-state.ts";

test("netavark's chains go in an order that iptables accepts: jumps, contents, chains; nothing else is touched", () => {
  const saved = `*filter
:FORWARD ACCEPT [0:0]
:NETAVARK_FORWARD - [0:0]
:DOCKER - [0:0]
-A FORWARD -j DOCKER
-A FORWARD -m comment --comment "netavark firewall plugin rules" -j NETAVARK_FORWARD
-A NETAVARK_FORWARD -d 198.18.200.0/24 -j ACCEPT
COMMIT
*nat
:NETAVARK-HOSTPORT-DNAT - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT
COMMIT
`;
  expect(netavarkRemoval(saved)).toEqual([
    ["-t", "filter", "-D", "FORWARD", "-m", "comment", "--comment", "netavark firewall plugin rules", "-j", "NETAVARK_FORWARD"],
    ["-t", "nat", "-D", "PREROUTING", "-m", "addrtype", "--dst-type", "LOCAL", "-j", "NETAVARK-HOSTPORT-DNAT"],
    ["-t", "filter", "-F", "NETAVARK_FORWARD"],
    ["-t", "nat", "-F", "NETAVARK-HOSTPORT-DNAT"],
    ["-t", "filter", "-X", "NETAVARK_FORWARD"],
    ["-t", "nat", "-X", "NETAVARK-HOSTPORT-DNAT"],
  ]);
  expect(netavarkRemoval("")).toEqual([]);
});
