/**
 * Whether tests can use IPv6.
 *
 * @module
 */

/** Whether this machine has the loopback address of IPv6. */
export const hasIpv6: boolean = (() => {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
})();
