import { adminMoney, type File } from '@holdfast/contract';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pdf, photo, type SentFile, text, uploadOne } from '../../test/files.ts';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  type Pair,
  pay,
  problemOf,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { hourMs, minuteMs } from '../clock.ts';

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
  grace = await createPerson(world, { role: 'admin' });
});
afterEach(() => stripe().clearFaults());

const stripe = () => world.sandbox.control;

async function held() {
  const booking = await confirmBooking(pair);
  const { payment } = await pay(pair, booking);
  await world.settle();
  return { booking, payment };
}

/** A booking that is paid, with such proof, oldest first; the card's bank has questioned the payment. */
async function questioned(...proof: SentFile[]) {
  const { booking, payment } = await held();
  const files: File[] = [];
  for (const sent of proof) {
    files.push(await uploadOne(pair.contractor, { purpose: 'proof', objectId: booking.id }, sent));
    await world.advance(1000);
  }
  const dispute = await stripe().openDispute(payment.stripePaymentId!, {});
  await world.settle();
  const { items } = await grace.client.call(adminMoney.listChargebacks, { query: { paymentId: payment.id } });
  return { booking, files, dispute, chargeback: items[0]! };
}

const answer = (id: string) =>
  grace.client.call(adminMoney.sendEvidence, { params: { id }, body: { statement: 'We did the work.' } });

async function evidenceOf(dispute: string) {
  const { evidence, evidence_details } = await world.ctx.stripe.disputes.retrieve(dispute);
  const { service_documentation, uncategorized_file, uncategorized_text } = evidence;
  return {
    files: [service_documentation, uncategorized_file] as (string | null)[],
    text: uncategorized_text,
    submitted: evidence_details.submission_count,
  };
}

/** What was sent to Stripe about this chargeback, of how many uploads soever. */
async function uploadsOf(chargebackId: string): Promise<string[]> {
  const files = await world.ctx.stripe.files.list({ purpose: 'dispute_evidence', limit: 100 });
  return files.data.flatMap(({ id, filename }) => (filename?.startsWith(chargebackId) ? [id] : []));
}

async function callsAbout(chargebackId: string): Promise<string[]> {
  const calls = await world.ctx.db
    .selectFrom('stripe_calls')
    .select('id')
    .where('id', 'like', `evidence%${chargebackId}%`)
    .execute();
  return calls.map(({ id }) => id);
}

async function bytesAtStripe(id: string | null): Promise<Buffer> {
  const headers = { authorization: `Bearer ${world.sandbox.secretKey}` };
  const response = await fetch(`${world.sandbox.url}/v1/files/${id}/contents`, { headers });
  return Buffer.from(await response.arrayBuffer());
}

const bytesOf = async ({ url }: File): Promise<Buffer> =>
  Buffer.from(await (await fetch(new URL(url!, world.url))).arrayBuffer());

const nothing = { files: [null, null], text: 'We did the work.', submitted: 1 };

describe('the answer to the bank', () => {
  test('names the two newest proofs of the booking, byte for byte, and nothing of another booking', async () => {
    const other = await questioned(pdf(10, 'other.pdf'));
    const { files, dispute, chargeback } = await questioned(pdf(1), pdf(2), await photo());
    await answer(chargeback.id);
    const { files: ids, submitted } = await evidenceOf(dispute);
    expect(submitted).toBe(1);
    expect((await bytesAtStripe(ids[0]!)).equals(await bytesOf(files[2]!))).toBe(true);
    expect((await bytesAtStripe(ids[1]!)).equals(pdf(2).bytes as Buffer)).toBe(true);
    expect(await uploadsOf(chargeback.id)).toHaveLength(2);
    expect(await uploadsOf(other.chargeback.id)).toEqual([]);
  });

  test('without proof is the text alone, and no call more', async () => {
    const { dispute, chargeback } = await questioned();
    await answer(chargeback.id);
    expect(await evidenceOf(dispute)).toEqual(nothing);
    expect(await callsAbout(chargeback.id)).toEqual([`evidence:${chargeback.id}`]);
  });

  test('by itself has the proof too', async () => {
    const { dispute, chargeback } = await questioned(pdf(3));
    await world.advance(
      Date.parse(chargeback.evidenceDueAt!) - world.ctx.clock.now().getTime() - 23 * hourMs,
    );
    const { files, submitted } = await evidenceOf(dispute);
    expect(submitted).toBe(1);
    expect((await bytesAtStripe(files[0]!)).equals(pdf(3).bytes as Buffer)).toBe(true);
  });
});

describe('left out is', () => {
  test('what is of a type that no bank takes', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const bytes = await sharp({ create: { width: 40, height: 40, channels: 4, background: clear } })
      .webp()
      .toBuffer();
    const webp = { name: 'wall.webp', type: 'image/webp', bytes };
    const { files, dispute, chargeback } = await questioned(webp, text('Done.'));
    expect(files.map(({ mimeType }) => mimeType)).toEqual(['image/webp', 'text/plain']);
    await answer(chargeback.id);
    expect(await evidenceOf(dispute)).toEqual(nothing);
    expect(await callsAbout(chargeback.id)).toEqual([`evidence:${chargeback.id}`]);
  });

  test('what is too large, by itself or with what is there already', async () => {
    const { dispute, chargeback } = await questioned(pdf(5), pdf(2_500_000), pdf(2_400_000), pdf(4_500_000));
    await answer(chargeback.id);
    const { files } = await evidenceOf(dispute);
    const sizes = (await Promise.all(files.map(bytesAtStripe))).map(({ length }) => length);
    expect(sizes).toEqual([pdf(2_400_000).bytes.length, pdf(5).bytes.length]);
    expect(await uploadsOf(chargeback.id)).toHaveLength(2);
  });

  test.each(['pending', 'rejected', 'deleted'] as const)('what is %s', async (state) => {
    const { files, dispute, chargeback } = await questioned(pdf(6));
    await world.ctx.db
      .updateTable('files')
      .set({ state, remove_after: state === 'pending' ? null : world.ctx.clock.now() })
      .where('id', '=', files[0]!.filename)
      .execute();
    await answer(chargeback.id);
    expect(await evidenceOf(dispute)).toEqual(nothing);
  });

  test('what cannot be read, or is not what was uploaded', async () => {
    const { files, dispute, chargeback } = await questioned(pdf(7), pdf(8), pdf(9));
    await world.ctx.storage.byName('disk').remove(files[2]!.filename);
    await world.ctx.db
      .updateTable('files')
      .set({ sha256: Buffer.alloc(32) })
      .where('id', '=', files[1]!.filename)
      .execute();
    await answer(chargeback.id);
    const { files: ids } = await evidenceOf(dispute);
    expect((await bytesAtStripe(ids[0]!)).equals(pdf(7).bytes as Buffer)).toBe(true);
    expect(ids[1]).toBeNull();
  });

  test('what Stripe does not take with the evidence', async () => {
    const { files, dispute, chargeback } = await questioned(pdf(10));
    await world.ctx.db
      .insertInto('stripe_calls')
      .values({
        id: `evidence-file:${chargeback.id}:${files[0]!.filename}`,
        params: '{}',
        stripe_id: 'file_unknown',
        first_sent_at: world.ctx.clock.now(),
        succeeded_at: world.ctx.clock.now(),
        created_at: world.ctx.clock.now(),
      })
      .execute();
    await answer(chargeback.id);
    expect(await evidenceOf(dispute)).toEqual(nothing);
  });
});

describe('whatever is lost on the way', () => {
  const uploading = '/v1/files';
  const answering = '/v1/disputes/*';
  test.each([
    [uploading, 'reset', 'before'],
    [uploading, 'reset', 'after'],
    [uploading, '500', 'after'],
    [answering, 'reset', 'before'],
    [answering, 'reset', 'after'],
    [answering, '500', 'before'],
  ] as const)('POST %s (%s, %s): one file, one answer', async (path, kind, when) => {
    const { dispute, chargeback } = await questioned(pdf(11));
    await stripe().injectFault({ method: 'POST', path, times: 2, kind, when });
    expect((await problemOf(answer(chargeback.id))).code).toBe('payment_provider_failed');
    await world.advance(3 * minuteMs);
    // By then the lost answer may have turned out to have arrived.
    await answer(chargeback.id).catch(() => undefined);
    const { files, text: said, submitted } = await evidenceOf(dispute);
    expect({ said, submitted }).toEqual({ said: 'We did the work.', submitted: 1 });
    expect(files).toEqual([...(await uploadsOf(chargeback.id)), null]);
    expect(files[0]).toMatch(/^file_/);
  });

  test('proof that comes after an answer was sent is not uploaded in vain', async () => {
    const { booking, dispute, chargeback } = await questioned(pdf(14));
    await stripe().injectFault({ method: 'POST', path: answering, times: 2, kind: 'reset', when: 'before' });
    expect((await problemOf(answer(chargeback.id))).code).toBe('payment_provider_failed');
    await uploadOne(pair.contractor, { purpose: 'proof', objectId: booking.id }, pdf(15));
    await answer(chargeback.id);
    const { files, submitted } = await evidenceOf(dispute);
    expect(submitted).toBe(1);
    expect(await uploadsOf(chargeback.id)).toEqual([files[0]]);
  });

  test('an upload that has no answer for an hour does not keep the text any longer', async () => {
    const { dispute, chargeback } = await questioned(pdf(12));
    const isDown = { method: 'POST', path: uploading, times: 1000, kind: 'reset', when: 'before' } as const;
    await stripe().injectFault(isDown);
    expect((await problemOf(answer(chargeback.id))).code).toBe('payment_provider_failed');
    await world.advance(59 * minuteMs);
    expect((await problemOf(answer(chargeback.id))).code).toBe('payment_provider_failed');
    await world.advance(minuteMs);
    await answer(chargeback.id);
    expect(await evidenceOf(dispute)).toEqual(nothing);
  });

  test('nor does one in the last hour', async () => {
    const { dispute, chargeback } = await questioned(pdf(13));
    const due = Date.parse(chargeback.evidenceDueAt!);
    await world.sandbox.clock.advance(due - world.ctx.clock.now().getTime() - 59 * minuteMs);
    await stripe().injectFault({ method: 'POST', path: uploading, times: 2, kind: 'reset', when: 'before' });
    await answer(chargeback.id);
    expect(await evidenceOf(dispute)).toEqual(nothing);
  });
});
