/**
 * `--traffic`: a sign for each frame.
 *
 * @module
 */
import type { Observer } from "./observer.ts";

/** What the signs mean. */
export const TRAFFIC_LEGEND = `
Traffic: a sign for each frame.
  }   the client has sent a frame     >   the target has got it
  }.  a part of a long one
  {   the target has sent bytes       <   the client has got them

`;

/** Writes the signs with `write`. */
export function trafficSigns(write: (signs: string) => void): Observer {
  return {
    fromClient(batch) {
      let signs = "";
      for (let i = 0; i < batch.length; i++) signs += batch.isLast(i) ? "}" : "}.";
      write(signs);
    },
    toTarget: () => write(">"),
    fromTarget: () => write("{"),
    toClient: () => write("<"),
  };
}
