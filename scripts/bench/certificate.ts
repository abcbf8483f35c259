/**
 * A throwaway authority and a certificate for the TLS scenarios.
 *
 * @module
 */
import { onPath } from "./process.ts";
import type { Identity } from "./programs.ts";

/** Makes them in `folder` with openssl, if that is there. */
export async function makeIdentity(folder: string): Promise<Identity | undefined> {
  if (!await onPath("openssl")) return undefined;
  const key = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  const steps = [
    ["req", "-x509", ...key, "-subj", "/CN=bench", "-keyout", "ca.key", "-out", "ca.pem"],
    ["req", ...key.slice(0, 3), "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "csr.pem"],
    ["x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ["pkcs12", "-export", "-passout", "pass:", "-inkey", "key.pem", "-in", "cert.pem"],
  ];
  steps[2].push("-days", "2", "-extfile", "names", "-out", "cert.pem");
  steps[3].push("-out", "id.p12");
  await Deno.writeTextFile(`${folder}/names`, "subjectAltName=DNS:localhost\n");
  for (const args of steps) {
    const { success } = await new Deno.Command("openssl", { args, cwd: folder }).output();
    if (!success) return undefined;
  }
  return {
    authority: `${folder}/ca.pem`,
    pkcs12: `${folder}/id.p12`,
    certificate: `${folder}/cert.pem`,
    key: `${folder}/key.pem`,
  };
}
