/**
 * Archives that come out the same each time: names in order, one time for all files.
 *
 * @module
 */
import { zipSync } from "fflate";
import { createTar } from "nanotar";

/** A file in an archive. */
export interface ArchiveFile {
  /** Its path in the archive. */
  readonly path: string;
  /** Its content. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it is a program. */
  readonly executable?: boolean;
}

function mode({ executable }: ArchiveFile): number {
  return executable ? 0o755 : 0o644;
}

/** A `.tar.gz`; `time` is in seconds since 1970. */
export async function tarGz(
  files: readonly ArchiveFile[],
  time: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const tar = createTar(
    files.map((file) => ({
      name: file.path,
      data: file.bytes,
      attrs: {
        mode: mode(file).toString(8),
        mtime: time * 1000,
        uid: 0,
        gid: 0,
        user: "",
        group: "",
      },
    })),
  );
  const compressed = new Blob([tar as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

/** A `.zip`; `time` is in seconds since 1970. */
export function zip(files: readonly ArchiveFile[], time: number): Uint8Array<ArrayBuffer> {
  const entries = files.map((file) => [
    file.path,
    [file.bytes, { os: 3, attrs: (0o100000 | mode(file)) << 16 }],
  ]);
  // Times in a ZIP have no zone; the clock of whoever packs it must not show.
  const local = new Date(time * 1000);
  const mtime = new Date(local.getTime() + local.getTimezoneOffset() * 60_000);
  return zipSync(Object.fromEntries(entries), { level: 9, mtime }) as Uint8Array<ArrayBuffer>;
}

/** A line as sha256sum(1) writes and checks it. */
export async function checksumLine(folder: string, name: string): Promise<string> {
  const bytes = await Deno.readFile(`${folder}/${name}`);
  return `${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}  ${name}\n`;
}
