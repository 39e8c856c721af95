/** How many rows a sweep removes at a time, so that it holds no lock for long. */
export const batchSize = 500;

/** Removes batch after batch until one is not full. */
export async function inBatches(remove: () => Promise<{ numAffectedRows?: bigint }>): Promise<void> {
  while (Number((await remove()).numAffectedRows ?? 0n) === batchSize);
}
