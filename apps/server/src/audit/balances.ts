import { sql } from 'kysely';
import { accountsIn } from './accounts.ts';
import { type Finding, maximumFindings, type Suspect } from './findings.ts';
import { kindOnPlatform } from './movements.ts';
import type { Pass } from './pass.ts';
import { pages, read, readAccount } from './read-stripe.ts';

type Sums = Map<string, number>;
/** A ledger account that is kept at Stripe: the platform's, or those of one contractor. */
type Place = {
  account: 'platform_stripe' | 'connected_stripe' | 'bank_in_transit';
  stripeAccount: string | null;
};

/** What Stripe says is on each connected account, settled or not, against the ledger's picture of it. */
export async function compareBalances(pass: Pass): Promise<Suspect[]> {
  const suspects: Suspect[] = [];
  for await (const stripeAccount of accountsIn(pass)) {
    const findings = await compareBalance(pass, stripeAccount);
    for (const finding of findings)
      suspects.push(suspectOf(finding, () => compareBalance(pass, stripeAccount)));
    if (suspects.length >= maximumFindings) break;
  }
  return suspects;
}

async function compareBalance(pass: Pass, stripeAccount: string): Promise<Finding[]> {
  const theirs = await readAccount(pass, stripeAccount, () => balanceOf(pass, stripeAccount));
  const ours = await ledgerOf(pass, { account: 'connected_stripe', stripeAccount });
  return theirs === undefined ? closed(pass, stripeAccount, ours) : differences(stripeAccount, ours, theirs);
}

async function balanceOf(pass: Pass, stripeAccount: string): Promise<Sums> {
  const balance = await read(pass, () => pass.ctx.stripe.balance.retrieve({}, { stripeAccount }));
  const sums: Sums = new Map();
  for (const { currency, amount } of [...balance.available, ...balance.pending])
    sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return sums;
}

/** An account that cannot be read is a finding if money is there, or on its way to the bank, by our ledger. */
async function closed(pass: Pass, stripeAccount: string, onBalance: Sums): Promise<Finding[]> {
  const inTransit = await ledgerOf(pass, { account: 'bank_in_transit', stripeAccount });
  const parts = [...onBalance]
    .map(([currency, sum]) => ({ text: `${sum} ${currency} on it`, sum }))
    .concat(
      [...inTransit].map(([currency, sum]) => ({ text: `${sum} ${currency} on the way to the bank`, sum })),
    )
    .filter(({ sum }) => sum !== 0);
  const detail = 'could not be read: closed, or no longer connected to this platform';
  if (parts.length > 0)
    return [
      { subject: stripeAccount, detail: `${detail}; ledger: ${parts.map(({ text }) => text).join(', ')}` },
    ];
  if (!pass.notRead.some(({ subject }) => subject === stripeAccount) && pass.notRead.length < maximumFindings)
    pass.notRead.push({ subject: stripeAccount, detail: `${detail}; nothing of ours is on it` });
  return [];
}

/**
 * The platform's own balance also holds the operator's income, so its movements are added up, those that are ours. Only
 * in a pass without a window: a part of them adds up to nothing. Each of them is compared by itself in any pass.
 */
export async function comparePlatformBalance(pass: Pass): Promise<Suspect[]> {
  if (pass.since !== null) return [];
  const look = async () => {
    const place: Place = { account: 'platform_stripe', stripeAccount: null };
    return differences('platform', await ledgerOf(pass, place), await sumPlatform(pass));
  };
  return (await look()).map((finding) => suspectOf(finding, look));
}

async function sumPlatform(pass: Pass): Promise<Sums> {
  const sums: Sums = new Map();
  const list = pages(pass, (paging) => pass.ctx.stripe.balanceTransactions.list(paging));
  for await (const page of list)
    for (const movement of page) {
      if (kindOnPlatform(movement) === undefined) continue;
      sums.set(movement.currency, (sums.get(movement.currency) ?? 0) + movement.net);
    }
  return sums;
}

async function ledgerOf(pass: Pass, { account, stripeAccount }: Place): Promise<Sums> {
  const owner =
    stripeAccount === null
      ? sql`user_id is null`
      : sql`user_id = (select user_id from connected_accounts where stripe_account_id = ${stripeAccount})`;
  const { rows } = await sql<{ currency: string; total: number }>`
    select currency, sum(amount_minor)::bigint as total from ledger_lines
    where account = ${account} and ${owner} group by currency`.execute(pass.ctx.db);
  return new Map(rows.map((row) => [row.currency, row.total]));
}

/** Told by how much, not what each side says: money comes and goes, while what is missing stays the same. */
function differences(subject: string, ours: Sums, theirs: Sums): Finding[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .map((currency) => ({ currency, excess: (theirs.get(currency) ?? 0) - (ours.get(currency) ?? 0) }))
    .filter(({ excess }) => excess !== 0)
    .map(({ currency, excess }) => ({
      subject: `${subject} ${currency}`,
      detail: `Stripe has ${Math.abs(excess)} ${excess > 0 ? 'more' : 'less'} than the ledger`,
    }));
}

const suspectOf = (finding: Finding, look: () => Promise<Finding[]>): Suspect => ({
  finding,
  again: async () => (await look()).find(({ subject }) => subject === finding.subject),
});
