/**
 * The name that somebody meant who has mistyped it.
 *
 * @module
 */

/**
 * The known name nearest to a mistyped one, if it is near: at most a third of its letters are
 * wrong, missing, too many or swapped with the next, or one begins with the other.
 */
export function nearestName(typed: string, names: Iterable<string>): string | undefined {
  const all = [...names];
  let nearest: string | undefined;
  let least = Infinity;
  for (const name of all) {
    const distance = slips(typed, name);
    if (distance < least) [nearest, least] = [name, distance];
  }
  if (nearest === undefined) return undefined;
  const most = Math.max(1, Math.floor(Math.max(typed.length, nearest.length) / 3));
  if (least <= most) return nearest;
  if (typed.length < 3) return undefined;
  const longer = all.filter((name) => name.startsWith(typed));
  return longer.length === 1 ? longer[0] : undefined;
}

/** How many slips of the pen make one name of the other (optimal string alignment). */
function slips(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, before[j - 2] + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
