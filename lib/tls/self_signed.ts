/**
 * A certificate of one's own, made on the fly: for development, where no authority vouches.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { parseIpv4, parseIpv6 } from "../net/ip.ts";
import {
  bitString,
  encode,
  integer,
  objectIdentifier,
  sequence,
  TAG,
  time,
  utf8String,
} from "./der.ts";
import type { TlsIdentity } from "./identity.ts";

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

const HOUR = 3600 * 1000;
const LIFETIME = 90 * 24 * HOUR;

/**
 * A new key (ECDSA P-256) and a certificate for host names and addresses that it signs itself
 * (RFC 5280). Valid from an hour ago, since clocks differ, for 90 days.
 */
export async function selfSigned(
  names: readonly string[],
  now: Date = new Date(),
): Promise<TlsIdentity> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const [spki, pkcs8] = await Promise.all([
    crypto.subtle.exportKey("spki", publicKey),
    crypto.subtle.exportKey("pkcs8", privateKey),
  ]);
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  // Some roots of other tools are called `localhost` as well.
  const name = sequence(
    attribute(ORGANIZATION, "wirecat self-signed"),
    attribute(COMMON_NAME, names[0]),
  );
  const serial = crypto.getRandomValues(new Uint8Array(16));
  serial[0] |= 0x40;
  const body = sequence(
    encode(0xa0, integer(Uint8Array.of(2))), // Version 3.
    integer(serial),
    algorithm,
    name,
    sequence(time(new Date(+now - HOUR)), time(new Date(+now + LIFETIME))),
    name,
    new Uint8Array(spki),
    encode(
      0xa3,
      sequence(
        extension(BASIC_CONSTRAINTS, sequence(), true),
        extension(KEY_USAGE, bitString(Uint8Array.of(0x80), 7), true), // Digital signatures.
        extension(EXTENDED_KEY_USAGE, sequence(objectIdentifier(SERVER_AUTH))),
        extension(SUBJECT_ALT_NAME, sequence(...names.map(alternativeName))),
      ),
    ),
  );
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, body);
  const certificate = sequence(body, algorithm, bitString(ecdsaSignature(signature)));
  return {
    cert: pem("CERTIFICATE", certificate),
    key: pem("PRIVATE KEY", new Uint8Array(pkcs8)),
  };
}

function attribute(identifier: string, value: string): Uint8Array {
  return encode(TAG.set, sequence(objectIdentifier(identifier), utf8String(value)));
}

function extension(identifier: string, value: Uint8Array, critical = false): Uint8Array {
  const flag = critical ? [encode(TAG.boolean, Uint8Array.of(0xff))] : [];
  return sequence(objectIdentifier(identifier), ...flag, encode(TAG.octetString, value));
}

/** RFC 5280, section 4.2.1.6. */
function alternativeName(name: string): Uint8Array {
  const address = parseIpv4(name) ?? parseIpv6(name);
  if (address !== undefined) return encode(0x87, Uint8Array.from(address));
  return encode(0x82, new TextEncoder().encode(name));
}

/** WebCrypto gives the two numbers side by side, certificates have them as integers (RFC 3279). */
function ecdsaSignature(raw: ArrayBuffer): Uint8Array {
  const bytes = new Uint8Array(raw);
  const half = bytes.length / 2;
  return sequence(integer(bytes.subarray(0, half)), integer(bytes.subarray(half)));
}

function pem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
