import type { Booking, BookingInput, Currency } from '@holdfast/contract';
import { requireActive, requireContractor } from '../accounts/accounts.ts';
import { addMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { breaksUnique, inTransaction } from '../db/transaction.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import {
  acceptApplication,
  findJobOfApplication,
  type JobRow,
  lockJob,
  lockOpenApplication,
  lockOpenApplicationOf,
  lockOwnJob,
  markBooked,
  requireCurrency,
} from '../jobs/jobs.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';
import { readBooking } from './rows.ts';

/** What is being booked, all of it settled: the price never changes after this. */
type Offer = {
  contractorId: string;
  applicationId: string | null;
  priceMinor: number;
  currency: Currency;
  message: string | null;
};

/**
 * Books a contractor for the actor's own open job: from an application or as an invitation.
 * The same request key answers the same booking, also after a crash. Errors: not_found (job, application or contractor), conflict (the job is not open, the application is settled).
 */
export async function createBooking(
  ctx: Ctx,
  actor: Actor,
  input: BookingInput,
  requestKey?: string,
): Promise<Booking> {
  try {
    return await inTransaction(ctx.db, async (tx) => {
      const job =
        'applicationId' in input
          ? await lockJobOfApplication(tx, actor, input.applicationId)
          : await lockOwnJob(tx, actor, input.jobId);
      const earlier = await findByRequest(tx, actor, requestKey);
      if (earlier !== undefined) return readBooking(tx, earlier.id);
      if (job.status !== 'open') throw conflict(`This job is ${job.status}.`);
      const offer =
        'applicationId' in input ? await offerOf(tx, input.applicationId) : await invitation(tx, job, input);
      await requireContractor(tx, offer.contractorId);
      await requireActive(tx, actor.userId);
      const id = await insertBooking(ctx, tx, job, offer, requestKey);
      if (offer.applicationId !== null) await acceptApplication(ctx, tx, offer.applicationId);
      await markBooked(ctx, tx, job.id, offer.contractorId);
      return readBooking(tx, id);
    });
  } catch (error) {
    // The lock on the job settles races; the index is there should anything else ever book.
    if (breaksUnique(error, 'bookings_one_live_per_job')) throw conflict('This job is booked.');
    throw error;
  }
}

async function findByRequest(tx: Tx, actor: Actor, requestKey: string | undefined) {
  if (requestKey === undefined) return undefined;
  return tx
    .selectFrom('bookings')
    .select('id')
    .where('customer_id', '=', actor.userId)
    .where('request_key', '=', requestKey)
    .executeTakeFirst();
}

async function lockJobOfApplication(tx: Tx, actor: Actor, applicationId: string): Promise<JobRow> {
  const job = await lockJob(tx, await findJobOfApplication(tx, applicationId));
  if (job === undefined || job.customer_id !== actor.userId) throw notFound('application');
  return job;
}

async function offerOf(tx: Tx, applicationId: string): Promise<Offer> {
  const application = await lockOpenApplication(tx, applicationId);
  return {
    contractorId: application.contractor_id,
    applicationId,
    priceMinor: application.quote_minor,
    currency: application.currency,
    message: null,
  };
}

/** An invited contractor who applied as well: the booking settles the application, at the invitation's price. */
async function invitation(
  tx: Tx,
  job: JobRow,
  input: Extract<BookingInput, { jobId: string }>,
): Promise<Offer> {
  const price = input.price ?? { amount: job.budget_minor, currency: job.currency };
  requireCurrency(price, job.currency, 'body.price.currency');
  const application = await lockOpenApplicationOf(tx, job.id, input.contractorId);
  return {
    contractorId: input.contractorId,
    applicationId: application?.id ?? null,
    priceMinor: price.amount,
    currency: price.currency,
    message: input.message ?? null,
  };
}

async function insertBooking(
  ctx: Ctx,
  tx: Tx,
  job: JobRow,
  offer: Offer,
  requestKey: string | undefined,
): Promise<string> {
  const now = ctx.clock.now();
  const id = newId('bkg');
  const answerBy = addMs(now, ctx.config.answerLimitHours * hourMs);
  await tx
    .insertInto('bookings')
    .values({
      id,
      job_id: job.id,
      customer_id: job.customer_id,
      contractor_id: offer.contractorId,
      application_id: offer.applicationId,
      price_minor: offer.priceMinor,
      currency: offer.currency,
      message: offer.message,
      request_key: requestKey ?? null,
      state: 'requested',
      answer_by: answerBy,
      requested_at: now,
      updated_at: now,
    })
    .execute();
  await announce(tx, id, 'booking.requested');
  const data = { deadline: answerBy.toISOString() };
  await tellSides(ctx, tx, { bookingId: id, type: 'booking.requested', to: ['contractor'], data });
  return id;
}
