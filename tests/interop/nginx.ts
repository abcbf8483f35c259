/** nginx in one process, in a folder of its own. */
import { freePort } from "../free_port.ts";
import { certPath } from "../tls/fixture.ts";
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

/** The same with one server, which has these locations, as http and https. */
export async function serving(
  folder: TempFolder,
  locations: string,
): Promise<Program & { port: number; securePort: number }> {
  const [port, securePort] = [freePort(), freePort()];
  const program = await nginx(
    folder,
    `server {
  listen 127.0.0.1:${port};
  listen 127.0.0.1:${securePort} ssl;
  ssl_certificate ${certPath("server-chain.pem")};
  ssl_certificate_key ${certPath("server.key")};
  ${locations}
}`,
  );
  return Object.assign(program, { port, securePort });
}
