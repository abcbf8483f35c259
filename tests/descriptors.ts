/**
 * Whether descriptors stay open.
 *
 * @module
 */
import { assert } from "@std/assert";

/** How many descriptors this process has open; 0 where that cannot be known. */
function openDescriptors(): number {
  return Deno.build.os === "linux" ? [...Deno.readDirSync("/proc/self/fd")].length : 0;
}

const ATTEMPTS = 20;
const LOOKS = 100;

/**
 * Checks that `body` leaves no descriptor open. Tests that run beside it are threads of the
 * same process, and what they open in the meantime looks the same: so it is tried again.
 */
export async function assertFreesDescriptors(body: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = openDescriptors();
    await body();
    for (let look = 0; look < LOOKS; look++) {
      if (openDescriptors() <= before) return;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  assert(false, "descriptors stay open");
}
