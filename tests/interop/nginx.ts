/** nginx in one process, in a folder of its own. */
import { Program, type TempFolder } from "./programs.ts";

/** Starts it with these parts of the http block; resolves when it serves. Whoever asks disposes of it. */
export async function nginx(folder: TempFolder, servers: string): Promise<Program> {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder.path}/${name};`).join(" ");
  const config = `daemon off; master_process off; pid ${folder.path}/pid; error_log stderr notice;
events {}
http { access_log off; ${temporary}
${servers} }
`;
  const program = new Program("nginx", ["-c", folder.file("nginx.conf", config)]);
  await program.waitFor(/using the "\w+" event method/);
  return program;
}
