/**
 * The dates in cookies (RFC 6265, section 5.1.1), which are read generously.
 *
 * @module
 */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** A date in milliseconds since 1970; nothing if it is none. */
export function parseCookieDate(text: string): number | undefined {
  let time: RegExpExecArray | null = null;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const word of text.split(/[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/)) {
    let match;
    if (time === null && (match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/.exec(word))) time = match;
    else if (day === undefined && (match = /^(\d{1,2})(?!\d)/.exec(word))) day = Number(match[1]);
    else if (month === undefined && MONTHS.includes(word.slice(0, 3).toLowerCase())) {
      month = MONTHS.indexOf(word.slice(0, 3).toLowerCase());
    } else if (year === undefined && (match = /^(\d{2,4})(?!\d)/.exec(word))) {
      year = Number(match[1]);
    }
  }
  if (time === null || day === undefined || month === undefined || year === undefined) {
    return undefined;
  }
  if (year >= 70 && year <= 99) year += 1900;
  else if (year <= 69) year += 2000;
  const [hour, minute, second] = time.slice(1).map(Number);
  if (day < 1 || day > 31 || year < 1601 || hour > 23 || minute > 59 || second > 59) {
    return undefined;
  }
  const date = Date.UTC(year, month, day, hour, minute, second);
  return new Date(date).getUTCDate() === day ? date : undefined;
}
