/**
 * The help of the websockify personality, made from its option table.
 *
 * @module
 */
import { entry, optionHead, optionText } from "../cli/help.ts";
import type { OptionGroup } from "../core/option.ts";
import { websockifyOptions } from "./options.ts";

const USAGE = `Let WebSocket clients, browsers above all, reach a TCP server.

Usage:
  websockify [OPTIONS] [SOURCE_ADDRESS:]SOURCE_PORT TARGET_ADDRESS:TARGET_PORT
  websockify [OPTIONS] [SOURCE_ADDRESS:]SOURCE_PORT -- PROGRAM ARGUMENTS
`;

const EXAMPLES = `
Examples:
  websockify 6080 127.0.0.1:5900                         a VNC server for noVNC
  websockify --web /usr/share/novnc 6080 127.0.0.1:5900  the same, and noVNC itself
  websockify --cert self.pem 6080 127.0.0.1:5900         wss: and https: on the same port, too
  websockify --token-plugin TokenFile --token-source targets.conf 6080
  websockify 5901 --wrap-mode=ignore -- vncserver -geometry 1024x768 :1
`;

const TITLES: Partial<Record<OptionGroup, string>> = {
  mode: "Running",
  session: "Sessions and their targets",
  program: "Programs",
  listen: "Listening",
  http: "Web server and permissions",
  tls: "TLS",
  output: "Output",
};

/** The whole help. */
export function helpText(): string {
  const lines = [USAGE.trimEnd()];
  for (const [group, title] of Object.entries(TITLES)) {
    lines.push("", `${title}:`);
    for (const option of websockifyOptions) {
      if (option.group !== group) continue;
      // That the last of several counts needs no word with each of them.
      const row = { ...option, many: false };
      lines.push(entry(optionHead(row), optionText(row), (text) => text));
    }
  }
  return lines.join("\n") + "\n" + EXAMPLES;
}
