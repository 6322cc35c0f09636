/**
 * Finds the variable that a name was probably meant to be: the beginning of one, as `JWT_SECRET`, one with a few
 * letters added, as `SMTP_USERNAME`, or one with letters mistyped (one in five).
 */
export function meantName(name: string, known: readonly string[]): string | undefined {
  if (!/^[A-Z][A-Z0-9_]{5,}$/.test(name) || known.includes(name)) return undefined;
  let best: { meant: string; distance: number } | undefined;
  for (const meant of known.filter((one) => one.includes('_'))) {
    const distance = editDistance(name, meant);
    if (distance <= meant.length / 5 && distance < (best?.distance ?? Infinity)) best = { meant, distance };
  }
  return best?.meant ?? known.find((meant) => isBeginning(name, meant) || isExtended(name, meant));
}

const isBeginning = (name: string, meant: string) => name.includes('_') && meant.startsWith(name);

const isExtended = (name: string, meant: string) =>
  meant.includes('_') && name.startsWith(meant) && /^[A-Z]{1,4}$/.test(name.slice(meant.length));

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row[j] = Math.min(
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = above;
    above = row;
  }
  return above[other.length] ?? 0;
}
