/**
 * Typed words as JSON-RPC 2.0 requests: the logic of `jsonrpc:`.
 *
 * @module
 */

/** How {@linkcode jsonRpcRequest} writes requests. */
export interface JsonRpcFormat {
  /** Leave the `jsonrpc` member out. */
  readonly omitVersion?: boolean;
}

/** A request, and whether its parameters turned out to be JSON. */
export interface JsonRpcRequest {
  /** The request in one line, with a newline. */
  readonly text: string;
  /** The method's name. */
  readonly method: string;
  /** Whether `text` is JSON: the parameters are taken as they were typed. */
  readonly valid: boolean;
}

/**
 * The request that `typed` stands for: its first word is the method, the rest the
 * parameters, put into brackets unless they are an object or an array already.
 */
export function jsonRpcRequest(
  typed: string,
  id: number,
  format: JsonRpcFormat = {},
): JsonRpcRequest {
  const [, method, rest] = /^\s*(\S*)\s*([^]*?)\s*$/.exec(typed)!;
  // Between JSON tokens a newline is as good as a space, and inside of them it is wrong anyway.
  const typedParams = rest.replaceAll(/[\r\n]/g, " ");
  const params = /^[{[]/.test(typedParams) ? typedParams : `[${typedParams}]`;
  const version = format.omitVersion ? "" : '"jsonrpc":"2.0",';
  const text = `{${version}"id":${id}, "method":${JSON.stringify(method)}, "params":${params}}\n`;
  return { text, method, valid: isJson(params) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
