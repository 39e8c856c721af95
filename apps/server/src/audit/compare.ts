import { sql } from 'kysely';
import { type Finding, maximumFindings, type Suspect } from './findings.ts';
import type { Pass } from './pass.ts';

/** What Stripe has, under the key by which we find our side of it. */
export type Theirs = { key: string; subject: string; state: string };
/** The same as our rows have it. Not required: it may be at Stripe, and need not be. */
export type Ours = Theirs & { isRequired: boolean };

export type Comparison = {
  /** Stripe's list, page by page. */
  theirs(pass: Pass): AsyncIterable<Theirs[]>;
  /** Our rows with these keys. */
  ours(pass: Pass, keys: string[]): Promise<Ours[]>;
  /**
   * Our rows of this pass whose key is not in `audit_seen`, in the order of their keys, from the one after `after`:
   * what Stripe's list did not show. At most `limit`.
   */
  unseen(pass: Pass, after: string, limit: number): Promise<Ours[]>;
  /** Reads one from Stripe; undefined if there is none, 'unreadable' if its account is closed. */
  read(pass: Pass, ours: Ours): Promise<Theirs | undefined | 'unreadable'>;
};

const batch = 500;

/**
 * Both sides against each other, in both directions and in bounded memory: each page of Stripe's list meets its rows in
 * one query, the keys that were shown go into a temporary table, and the rows that are not there are read from Stripe
 * one by one.
 */
export async function compare(pass: Pass, comparison: Comparison): Promise<Suspect[]> {
  const suspects: Suspect[] = [];
  const { db } = pass.ctx;
  await sql`truncate audit_seen`.execute(db);
  for await (const page of comparison.theirs(pass)) {
    const fresh = await remember(pass, page);
    const ours = new Map((await comparison.ours(pass, keysOf(page))).map((one) => [one.key, one]));
    for (const their of page) {
      const found = judge(ours.get(their.key), their);
      if (found !== undefined)
        suspects.push({ finding: found, again: () => judgeAgain(pass, comparison, their) });
      else if (!fresh.delete(their.key)) suspects.push(certain(secondOf(their)));
    }
    if (suspects.length >= maximumFindings) return suspects;
  }
  let after = '';
  for (;;) {
    const rows = await comparison.unseen(pass, after, batch);
    for (const own of rows) {
      const found = await look(pass, comparison, own);
      if (found !== undefined)
        suspects.push({ finding: found, again: () => lookAgain(pass, comparison, own.key) });
    }
    if (rows.length < batch || suspects.length >= maximumFindings) return suspects;
    after = rows.at(-1)!.key;
  }
}

const keysOf = (page: Theirs[]) => [...new Set(page.map((one) => one.key))];

/** The keys of this page that were not on one before. */
async function remember(pass: Pass, page: Theirs[]): Promise<Set<string>> {
  const { rows } = await sql<{ key: string }>`
    insert into audit_seen select unnest(${keysOf(page)}::text[]) on conflict do nothing returning key`.execute(
    pass.ctx.db,
  );
  return new Set(rows.map((row) => row.key));
}

function judge(ours: Ours | undefined, theirs: Theirs | undefined): Finding | undefined {
  if (ours === undefined && theirs === undefined) return undefined;
  if (ours === undefined)
    return { subject: theirs!.subject, detail: `at Stripe (${theirs!.state}), not with us (${theirs!.key})` };
  if (theirs === undefined)
    return ours.isRequired
      ? { subject: ours.key, detail: `with us (${ours.subject} ${ours.state}), not at Stripe` }
      : undefined;
  if (ours.subject === theirs.subject && ours.state === theirs.state) return undefined;
  return {
    subject: ours.key,
    detail: `ours ${ours.subject} ${ours.state}, Stripe ${theirs.subject} ${theirs.state}`,
  };
}

async function look(pass: Pass, comparison: Comparison, ours: Ours): Promise<Finding | undefined> {
  const theirs = await comparison.read(pass, ours);
  return theirs === 'unreadable' ? undefined : judge(ours, theirs);
}

/** Both sides of one key as they are now. */
async function lookAgain(pass: Pass, comparison: Comparison, key: string): Promise<Finding | undefined> {
  const [ours] = await comparison.ours(pass, [key]);
  return ours === undefined ? undefined : look(pass, comparison, ours);
}

/** An object that was in the list: our side may have caught up with it, or Stripe's have moved on. */
async function judgeAgain(pass: Pass, comparison: Comparison, theirs: Theirs): Promise<Finding | undefined> {
  const [ours] = await comparison.ours(pass, [theirs.key]);
  // Another object than our row names stays another, whatever becomes of it.
  if (ours === undefined || ours.subject !== theirs.subject) return judge(ours, theirs);
  return look(pass, comparison, ours);
}

const secondOf = (theirs: Theirs): Finding => ({
  subject: theirs.subject,
  detail: `a second object for ${theirs.key}`,
});

const certain = (finding: Finding): Suspect => ({ finding, again: async () => finding });
