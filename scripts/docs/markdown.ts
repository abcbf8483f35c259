/**
 * Markdown around texts that were written for a terminal.
 *
 * @module
 */

/** What tells readers not to edit a page. */
export const MADE = "<!-- Made by `deno task docs` from the code. Change it there. -->";

/** Text for a paragraph or a cell: nothing in it is markup but code that says so itself. */
export function prose(text: string): string {
  return text.split(/(`[^`]*`)/).map((part) =>
    part.startsWith("`") ? part : part.replace(/[\\*_<>|[\]]/g, "\\$&")
  ).join("");
}

/** Text as inline code. */
export function code(text: string): string {
  return "`" + text.replaceAll("|", "\\|") + "`";
}

/** A heading's anchor, as GitHub makes it. */
export function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}
