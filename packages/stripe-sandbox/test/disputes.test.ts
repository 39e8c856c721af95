import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import {
  dayMs,
  failureOf,
  paid,
  type Receiver,
  readyAccount,
  startReceiver,
  startWorld,
  type World,
} from './harness.ts';

const feeOfPayment = 320;
const feeOfDispute = 1500;

async function hooked(world: World): Promise<Receiver> {
  const receiver = await startReceiver();
  await world.sandbox.ensureWebhookEndpoint({
    url: receiver.url,
    connect: false,
    enabledEvents: [
      'charge.dispute.created',
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.funds_reinstated',
    ],
  });
  return receiver;
}

async function disputed(world: World, card = 'pm_card_createDispute'): Promise<Stripe.Dispute> {
  const intent = await paid(world, 10_000, 'usd', card);
  await world.sandbox.control.settled();
  const { data } = await world.stripe.disputes.list({ payment_intent: intent.id });
  expect(data).toHaveLength(1);
  return data[0] as Stripe.Dispute;
}

async function total(world: World): Promise<number> {
  const { available, pending } = await world.stripe.balance.retrieve();
  return [...available, ...pending].reduce((sum, { amount }) => sum + amount, 0);
}

async function answer(world: World, id: string, uncategorized_text: string): Promise<Stripe.Dispute> {
  await world.stripe.disputes.update(id, { evidence: { uncategorized_text } });
  await world.sandbox.control.settled();
  return await world.stripe.disputes.retrieve(id);
}

describe('a chargeback', () => {
  it.each([
    ['pm_card_createDispute', 'fraudulent'],
    ['pm_card_createDisputeProductNotReceived', 'product_not_received'],
  ])('by %s takes the amount and a fee at once, for the reason %s', async (card, reason) => {
    const world = await startWorld();
    const receiver = await hooked(world);
    const dispute = await disputed(world, card);
    expect(dispute).toMatchObject({ amount: 10_000, reason, status: 'needs_response' });
    expect(dispute.balance_transactions).toMatchObject([
      { amount: -10_000, fee: feeOfDispute, net: -11_500, type: 'adjustment', source: dispute.id },
    ]);
    expect(dispute.evidence_details.due_by).toBeGreaterThan(world.sandbox.clock.now().getTime() / 1000);
    expect(await total(world)).toBe(-feeOfPayment - feeOfDispute);
    expect(receiver.types()).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
    const expanded = await world.stripe.disputes.retrieve(dispute.id, { expand: ['charge'] });
    expect(expanded.charge).toMatchObject({ disputed: true });
    await world.sandbox.clock.advance(2 * dayMs);
    const settled = await world.stripe.disputes.retrieve(dispute.id);
    expect(settled.balance_transactions[0]?.status).toBe('available');
  });

  it('that is won brings everything back, and the charge can be refunded again', async () => {
    const world = await startWorld();
    const receiver = await hooked(world);
    const { id, charge } = await disputed(world);
    const refund = world.stripe.refunds.create({ charge: String(charge) });
    expect(await failureOf(refund)).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
    const won = await answer(world, id, 'winning_evidence');
    expect(won).toMatchObject({
      status: 'won',
      evidence: { uncategorized_text: 'winning_evidence' },
      evidence_details: { has_evidence: true, submission_count: 1 },
    });
    expect(won.balance_transactions.map(({ net }) => net)).toEqual([-11_500, 11_500]);
    expect(await total(world)).toBe(10_000 - feeOfPayment);
    expect(receiver.types().slice(2)).toEqual([
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ]);
    await world.stripe.refunds.create({ charge: String(charge) });
  });

  it('that is lost stays paid, and cannot be refunded, answered or decided again', async () => {
    const world = await startWorld();
    const { id, charge } = await disputed(world);
    expect(await answer(world, id, 'losing_evidence')).toMatchObject({ status: 'lost' });
    expect(await total(world)).toBe(-feeOfPayment - feeOfDispute);
    const refund = world.stripe.refunds.create({ charge: String(charge) });
    expect(await failureOf(refund)).toMatchObject({ code: 'charge_disputed' });
    const late = world.stripe.disputes.update(id, { evidence: { uncategorized_text: 'x' } });
    expect(await failureOf(late)).toMatchObject({ statusCode: 400 });
    expect(await failureOf(world.stripe.disputes.close(id))).toMatchObject({ statusCode: 400 });
    await expect(world.sandbox.control.resolveDispute(id, 'won')).rejects.toThrow('is closed');
    await expect(world.sandbox.control.openDispute(String(charge))).rejects.toThrow('lost');
  });

  it('that was lost is so until the bank has given the last of it back, and then the fee', async () => {
    const world = await startWorld();
    const receiver = await hooked(world);
    const { id } = await disputed(world);
    await expect(world.sandbox.control.overturnDispute(id)).rejects.toThrow('is not lost');
    await world.sandbox.control.resolveDispute(id, 'lost');
    await expect(world.sandbox.control.overturnDispute(id, { amount: 10_001 })).rejects.toThrow('only 10000');
    await world.sandbox.control.overturnDispute(id, { amount: 4000 });
    expect((await world.stripe.disputes.retrieve(id)).status).toBe('lost');
    await world.sandbox.control.overturnDispute(id);
    const won = await world.stripe.disputes.retrieve(id);
    expect(won.status).toBe('won');
    expect(won.balance_transactions.map(({ net }) => net)).toEqual([-11_500, 4000, 7500]);
    await world.sandbox.control.settled();
    const reinstated = receiver.types().filter((type) => type === 'charge.dispute.funds_reinstated');
    expect(reinstated).toHaveLength(2);
  });

  it('stages evidence, sends it once, and then waits for the bank', async () => {
    const world = await startWorld();
    const receiver = await hooked(world);
    const { id } = await disputed(world);
    const evidence = { customer_name: 'Jenny', product_description: 'A wall' };
    await world.stripe.disputes.update(id, { evidence, submit: false, metadata: { job: '1' } });
    expect(await world.stripe.disputes.retrieve(id)).toMatchObject({
      status: 'needs_response',
      metadata: { job: '1' },
      evidence: { customer_name: 'Jenny' },
      evidence_details: { has_evidence: true, submission_count: 0 },
    });
    await world.stripe.disputes.update(id, { metadata: { job: '2' } });
    expect((await world.stripe.disputes.retrieve(id)).status).toBe('needs_response');
    expect((await world.stripe.disputes.update(id, { submit: true })).status).toBe('under_review');
    expect(await failureOf(world.stripe.disputes.update(id, { submit: true }))).toMatchObject({
      statusCode: 400,
    });
    await world.sandbox.clock.advance(30 * dayMs);
    expect((await world.stripe.disputes.retrieve(id)).status).toBe('under_review');
    await world.sandbox.control.resolveDispute(id, 'won');
    await world.sandbox.control.settled();
    expect(receiver.types().at(-1)).toBe('charge.dispute.funds_reinstated');
  });

  it('takes no more than 150,000 characters, and only files meant as evidence', async () => {
    const world = await startWorld();
    const { id } = await disputed(world);
    const long = { uncategorized_text: 'x'.repeat(150_001) };
    expect(await failureOf(world.stripe.disputes.update(id, { evidence: long }))).toMatchObject({
      statusCode: 400,
      param: 'evidence',
    });
    const nothing = world.stripe.disputes.update(id, { evidence: { receipt: 'file_0' } });
    expect(await failureOf(nothing)).toMatchObject({ statusCode: 404, param: 'evidence[receipt]' });
  });

  it('that nobody answers by its date is lost by the clock', async () => {
    const world = await startWorld();
    const { id, evidence_details: details } = await disputed(world);
    const due = Number(details.due_by) * 1000;
    await world.sandbox.clock.set(new Date(due - 1000));
    expect((await world.stripe.disputes.retrieve(id)).status).toBe('needs_response');
    await world.sandbox.clock.set(new Date(due + 2000));
    expect(await world.stripe.disputes.retrieve(id)).toMatchObject({
      status: 'lost',
      evidence_details: { past_due: true },
    });
  });

  it('can be accepted, be of a part, and come once at a time', async () => {
    const world = await startWorld();
    const { control } = world.sandbox;
    const intent = await paid(world);
    const id = await control.openDispute(intent.id, { amount: 4000, reason: 'duplicate' });
    await expect(control.openDispute(intent.id)).rejects.toThrow('disputed already');
    expect(await world.stripe.disputes.close(id)).toMatchObject({ status: 'lost', amount: 4000 });
    const over = world.stripe.refunds.create({ payment_intent: intent.id, amount: 6001 });
    expect(await failureOf(over)).toMatchObject({ param: 'amount' });
    await world.stripe.refunds.create({ payment_intent: intent.id, amount: 6000 });
    expect(await failureOf(world.stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      code: 'charge_disputed',
    });
  });

  it('after a transfer leaves the transfer to the platform, which can take it back', async () => {
    const world = await startWorld();
    const account = await readyAccount(world);
    const intent = await paid(world);
    const charge = String(intent.latest_charge);
    const base = { currency: 'usd', destination: account.id, source_transaction: charge };
    const transfer = await world.stripe.transfers.create({ ...base, amount: 9000 });
    await world.sandbox.clock.advance(2 * dayMs);
    await world.sandbox.control.openDispute(charge);
    expect(await total(world)).toBe(1000 - feeOfPayment - 10_000 - feeOfDispute);
    await world.stripe.transfers.createReversal(transfer.id);
    expect(await total(world)).toBe(-feeOfPayment - feeOfDispute);
  });

  it('is not opened for what was declined, refunded or never was', async () => {
    const world = await startWorld();
    const { control } = world.sandbox;
    const intent = await paid(world);
    await world.stripe.refunds.create({ payment_intent: intent.id });
    await expect(control.openDispute(intent.id)).rejects.toThrow('refunded');
    await expect(control.openDispute('ch_0')).rejects.toThrow("no charge 'ch_0'");
    await failureOf(paid(world, 100, 'usd', 'pm_card_chargeDeclined'));
    const [declined] = (await world.stripe.charges.list()).data;
    await expect(control.openDispute(declined?.id ?? '')).rejects.toThrow('not been captured');
  });
});

describe('an inquiry', () => {
  it('takes no money until it becomes a chargeback', async () => {
    const world = await startWorld();
    const receiver = await hooked(world);
    const inquiry = await disputed(world, 'pm_card_createDisputeInquiry');
    expect(inquiry).toMatchObject({ status: 'warning_needs_response', is_charge_refundable: true });
    expect(inquiry.payment_method_details?.card?.case_type).toBe('inquiry');
    expect(inquiry.balance_transactions).toEqual([]);
    expect(await total(world)).toBe(10_000 - feeOfPayment);
    const escalated = await answer(world, inquiry.id, 'escalate_inquiry_evidence');
    expect(escalated).toMatchObject({ status: 'needs_response', is_charge_refundable: false });
    expect(escalated.payment_method_details?.card?.case_type).toBe('chargeback');
    expect(await total(world)).toBe(-feeOfPayment - feeOfDispute);
    expect(receiver.types()).toEqual([
      'charge.dispute.created',
      'charge.dispute.updated',
      'charge.dispute.updated',
      'charge.dispute.funds_withdrawn',
    ]);
    expect(await answer(world, inquiry.id, 'winning_evidence')).toMatchObject({ status: 'won' });
  });

  it('closes when it is answered, dropped, refunded or forgotten', async () => {
    const world = await startWorld();
    const ids: string[] = [];
    for (let index = 0; index < 4; index += 1)
      ids.push((await disputed(world, 'pm_card_createDisputeInquiry')).id);
    const [answered = '', dropped = '', refunded = '', forgotten = ''] = ids;
    await answer(world, answered, 'winning_evidence');
    await world.sandbox.control.resolveDispute(dropped, 'warning_closed');
    const { charge } = await world.stripe.disputes.retrieve(refunded);
    await world.stripe.refunds.create({ charge: String(charge) });
    await world.sandbox.clock.advance(9 * dayMs);
    for (const id of [answered, dropped, refunded, forgotten]) {
      expect((await world.stripe.disputes.retrieve(id)).status).toBe('warning_closed');
    }
    await expect(world.sandbox.control.resolveDispute(forgotten, 'won')).rejects.toThrow();
  });
});

describe('the control plane over HTTP', () => {
  it('opens, escalates and resolves disputes, warns of fraud, and says what it cannot do', async () => {
    const world = await startWorld();
    const intent = await paid(world);
    const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'POST', headers, body: JSON.stringify(body) };
      const answered = await fetch(`${world.sandbox.url}/_sandbox/${path}`, request);
      return { status: answered.status, ...((await answered.json()) as object) };
    };
    await post(`charges/${intent.latest_charge}/fraud_warning`, {});
    const { id } = await post(`payment_intents/${intent.id}/dispute`, { inquiry: true, amount: 500 });
    expect(await post(`disputes/${id}/escalate`, {})).toEqual({ status: 200, id });
    expect(await post(`disputes/${id}/resolve`, { outcome: 'won' })).toEqual({ status: 200, id });
    expect(await post(`disputes/${id}/resolve`, { outcome: 'won' })).toMatchObject({ status: 409 });
    expect(await post(`disputes/${id}/resolve`, { outcome: 'x' })).toMatchObject({ status: 400 });
    expect(await post('charges/ch_0/dispute', {})).toMatchObject({ status: 400 });
    const warnings = await world.stripe.events.list({ type: 'radar.early_fraud_warning.created' });
    expect(warnings.data[0]?.data.object).toMatchObject({ charge: intent.latest_charge });
  });
});
