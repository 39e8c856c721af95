import { loadavg } from 'node:os';

/** Whatever else the machine does makes times longer, so it is said with them. */
export const machineLoad = (): string =>
  `load of the machine: ${loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')}`;

export const quantile = (sorted: ArrayLike<number>, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

export const sorted = (times: Iterable<number>): Float64Array => Float64Array.from(times).sort();

/** Columns of a width of eight. */
export const columns = (values: readonly (number | string)[], digits = 1): string =>
  values.map((one) => (typeof one === 'string' ? one : one.toFixed(digits)).padStart(8)).join('');

export type Goal = { what: string; measured: number; most: number; unit: string };

/** What was wished for beside what came; nothing fails for it, the machine may be busy. */
export function goalLines(goals: readonly Goal[]): string {
  const width = Math.max(...goals.map(({ what }) => what.length)) + 2;
  const line = ({ what, measured, most, unit }: Goal) =>
    `${what.padEnd(width)}${measured.toFixed(1).padStart(10)}${`≤ ${most}`.padStart(10)} ${unit.padEnd(4)}${measured <= most ? 'met' : 'MISSED'}`;
  return [`${'goal'.padEnd(width)}${'measured'.padStart(10)}${'goal'.padStart(10)}`, ...goals.map(line)].join(
    '\n',
  );
}
