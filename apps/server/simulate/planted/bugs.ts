/** A bug as somebody might write it: pieces of the source, each of which must be there exactly once, and what becomes of them. */
export type Planted = { name: string; edits: Edit[] };
export type Edit = { file: string; from: string; to: string };

export const bugs: Planted[] = [
  {
    name: 'a row lock is dropped: two withdrawals at once read the same balance',
    edits: [{ file: 'connect/account.ts', from: '.forUpdate()', to: '' }],
  },
  {
    name: 'webhook events are not recognised when they come a second time',
    edits: [
      {
        file: 'webhooks/receive.ts',
        from: ".onConflict((conflict) => conflict.column('id').doNothing())",
        to: '',
      },
    ],
  },
  {
    name: 'commission is rounded down instead of half up',
    edits: [{ file: 'payments/commission.ts', from: ' + divisor / 2', to: '' }],
  },
  {
    name: 'money is released without looking at the state of the booking',
    edits: [
      {
        file: 'bookings/complete.ts',
        from: "if (booking.state === 'requested' || booking.state === 'confirmed')",
        to: 'if (ctx === undefined)',
      },
    ],
  },
  {
    name: 'each try of a call to Stripe has a new idempotency key',
    edits: [
      {
        file: 'stripe-calls/send.ts',
        from: 'idempotencyKey: `${callId}:${call.attempt}`,',
        to: 'idempotencyKey: `${callId}:${call.attempt}:${Math.random()}`,',
      },
    ],
  },
  {
    name: 'a refund does not exclude the release of the same payment',
    edits: [
      {
        file: 'bookings/cancel.ts',
        from: "if (booking.state !== 'active')",
        to: "if (booking.state === 'declined')",
      },
      {
        file: 'payments/request-refund.ts',
        from: "if (payment.release_requested_at !== null) throw conflict('This payment is being released.');",
        to: '',
      },
    ],
  },
  {
    name: 'a failed payout gives its money back once per event',
    edits: [
      {
        file: 'payouts/apply-payout.ts',
        from: 'rank[status] <= rank[current.status]',
        to: 'rank[status] < rank[current.status]',
      },
      {
        file: 'payouts/fail.ts',
        from: "if (payout.status === 'failed' || payout.status === 'canceled') return;",
        to: '',
      },
      {
        file: 'payouts/fail.ts',
        from: 'cause: `payout-failed:${payout.id}`',
        to: 'cause: `payout-failed:${payout.id}:${now.getTime()}`',
      },
    ],
  },
  {
    name: "a ledger entry is forgotten: Stripe's fees",
    edits: [
      {
        file: 'payments/record-fee.ts',
        from: 'await post(tx, ctx.clock.now(), {',
        to: 'void (async (..._forgotten: unknown[]) => undefined)(post, {',
      },
    ],
  },
  {
    name: "an event's own words are believed: payment_failed makes the payment failed",
    edits: [
      {
        file: 'webhooks/apply.ts',
        from: "'payment_intent.payment_failed': intentChanged,",
        to: "'payment_intent.payment_failed': async (ctx, { objectId }) => { await ctx.db.updateTable('payments').set({ status: 'failed', failed_at: ctx.clock.now() }).where('stripe_payment_id', '=', objectId).where('status', '=', 'pending').execute(); },",
      },
    ],
  },
  {
    name: 'a webhook is acknowledged before it is committed',
    edits: [
      {
        file: 'webhooks/routes.ts',
        from: 'await receiveEvent(ctx, event);',
        to: 'void receiveEvent(ctx, event).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'a task is put into the outbox outside of the transaction that causes it',
    edits: [
      {
        file: 'payments/request-release.ts',
        from: "await enqueue(tx, 'payments.release', { paymentId: payment.id }, { key: `release:${payment.id}` });\n}\n\n/**",
        to: "await enqueue(ctx.db, 'payments.release', { paymentId: payment.id }, { key: `release:${payment.id}` });\n}\n\n/**",
      },
    ],
  },
  {
    name: 'a payment is settled without locking it',
    edits: [
      {
        file: 'payments/lock.ts',
        from: ".where('id', '=', paymentId)\n    .forUpdate()",
        to: ".where('id', '=', paymentId)",
      },
      { file: 'bookings/lock.ts', from: '.forNoKeyUpdate()', to: '' },
    ],
  },
];
