import { assertEquals, assertNotEquals } from "@std/assert";
import { EVENT_WORDS, watchOf } from "../../lib/ffi/event_sets.ts";
import { libc, mayCallLibc } from "../../lib/ffi/libc.ts";
import { listeningDescriptors } from "../../lib/tls/listening_descriptors.ts";
import { tellsWatches } from "./tells_watches.ts";

Deno.test({
  name: "a listener's descriptor is in the runtime's epoll set until it is closed",
  ignore: !mayCallLibc() || !tellsWatches(),
  fn() {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const [fd] = listeningDescriptors(listener.addr, libc("a test"));
    const watch = watchOf(fd);
    listener.close();
    const EPOLLIN = 1;
    assertEquals((watch?.event[0] ?? 0) & EPOLLIN, EPOLLIN);
    // A test beside this one may have been given the number by now, for something of its own.
    assertNotEquals(watchOf(fd), watch);
  },
});

Deno.test({
  name:
    "a number that stands in another set as well, as an inherited one has it, is in none for sure",
  ignore: !mayCallLibc() || !tellsWatches(),
  fn() {
    const library = libc("a test");
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const [fd] = listeningDescriptors(listener.addr, library);
    const other = library.epollCreate();
    try {
      const EPOLL_CTL_ADD = 1;
      assertEquals(library.epollControl(other, EPOLL_CTL_ADD, fd, new Int32Array(EVENT_WORDS)), 0);
      assertEquals(watchOf(fd), undefined);
    } finally {
      library.close(other);
    }
    assertNotEquals(watchOf(fd), undefined);
    listener.close();
  },
});

Deno.test("where nothing is told about descriptors, not each number is asked for", () => {
  const { readDirSync, readLinkSync } = Deno;
  let asked = 0;
  try {
    Deno.readDirSync = () => {
      throw new Deno.errors.NotFound();
    };
    Deno.readLinkSync = () => {
      asked++;
      throw new Deno.errors.NotFound();
    };
    assertEquals(watchOf(3), undefined);
  } finally {
    Object.assign(Deno, { readDirSync, readLinkSync });
  }
  assertEquals(asked, 0);
});
