/**
 * Texts with variables in them: `hello ${name}`, `${env:HOME}`; `$${` is a plain `${`.
 *
 * @module
 */
import { environmentOf, type Lookup, textOf, valueOf } from "./variables.ts";

/** A part of a template: text as it is, or a variable. */
export type TemplatePart =
  | string
  | { readonly variable: string }
  | { readonly environment: string };

/** A text with variables in it. */
export type Template = readonly TemplatePart[];

/** Reads a template. `fail` is told what is wrong with it. */
export function parseTemplate(text: string, fail: (message: string) => never): Template {
  const parts: TemplatePart[] = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    if (text.startsWith("$${", at)) {
      plain += "${";
      at += 3;
    } else if (text.startsWith("${", at)) {
      const end = text.indexOf("}", at);
      const inside = end < 0 ? undefined : text.slice(at + 2, end);
      const [, env, name] = /^(env:)?([A-Za-z_]\w*)$/.exec(inside ?? "") ?? [];
      if (name === undefined) {
        fail(
          inside === undefined
            ? `'${text.slice(at, at + 20)}' has no closing brace; a plain \${ is written $\${`
            : `\${${inside}} is no variable: write \${name}, \${env:NAME}, or $\${ for a plain \${`,
        );
      }
      if (plain !== "") parts.push(plain);
      plain = "";
      parts.push(env === undefined ? { variable: name } : { environment: name });
      at = end + 1;
    } else {
      plain += text[at++];
    }
  }
  if (plain !== "") parts.push(plain);
  return parts;
}

/** The text with values put in, each passed through `escape`. Throws where one has no value. */
export function fill(
  template: Template,
  variables: Lookup,
  escape: (text: string) => string = (text) => text,
): string {
  return template.map((part) => {
    if (typeof part === "string") return part;
    if ("variable" in part) return escape(textOf(valueOf(part.variable, variables)));
    return escape(environmentOf(part.environment, variables));
  }).join("");
}

/** The names of the variables in a template. */
export function namesIn(template: Template): string[] {
  return template.flatMap((part) =>
    typeof part !== "string" && "variable" in part ? [part.variable] : []
  );
}
