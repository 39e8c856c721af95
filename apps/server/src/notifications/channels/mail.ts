import type { Ctx } from '../../context.ts';
import { MailFailure } from '../../vendors/mail-failure.ts';
import { bulkConnections } from '../../vendors/smtp.ts';
import { bouncedAmong, recordBounce } from '../mails/bounces.ts';
import { composeMail, type LinkMaker } from '../mails/compose.ts';
import { unsubscribeLinks } from '../mails/unsubscribe-token.ts';
import type { Outcome } from './outcome.ts';
import type { Parcel } from './parcel.ts';

/** No mail of a batch is begun after this; one that is under way takes a minute more at most. */
export const mailBatchMs = 60_000;

/**
 * Sends these by e-mail, one outcome each in their order. When the server cannot be reached, the rest of the batch is not
 * tried: it comes again with a retry. Never throws for a mail.
 */
export async function sendMail(ctx: Ctx, parcels: readonly Parcel[]): Promise<Outcome[]> {
  const emails = parcels.map((parcel) => parcel.email);
  const bounced = await bouncedAmong(ctx.db, emails);
  const link = await unsubscribeLinks(ctx);
  const deadline = AbortSignal.timeout(mailBatchMs);
  const outcomes = new Map<Parcel, Outcome>();
  const waiting = parcels.values();
  let untried: Outcome = { kind: 'retry', reason: 'busy', afterMs: 0 };
  const lane = async () => {
    for (const parcel of waiting) {
      if (deadline.aborted) return;
      const { outcome, isOfConnection } =
        withoutSending(parcel, bounced) ?? (await sendOne(ctx, parcel, link));
      outcomes.set(parcel, outcome);
      if (outcome.kind === 'failed' && outcome.reason === 'bounced') bounced.add(parcel.email);
      // One lane less, as the server may only want fewer connections. When it is away, all of them end here.
      if (isOfConnection) {
        untried = outcome;
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: bulkConnections }, lane));
  return parcels.map((parcel) => outcomes.get(parcel) ?? withoutSending(parcel, bounced)?.outcome ?? untried);
}

/** What becomes of a parcel to an address that gets no mail; undefined if it has to be sent. */
function withoutSending({ email }: Parcel, bounced: ReadonlySet<string>): Tried | undefined {
  if (email.endsWith('@deleted.invalid')) return { outcome: { kind: 'suppressed', reason: 'no_address' } };
  return bounced.has(email) ? { outcome: { kind: 'suppressed', reason: 'bounced' } } : undefined;
}

type Tried = { outcome: Outcome; isOfConnection?: boolean };

async function sendOne(ctx: Ctx, parcel: Parcel, link: LinkMaker): Promise<Tried> {
  try {
    await ctx.mail.send(composeMail(ctx, parcel, link));
    return { outcome: { kind: 'sent' } };
  } catch (error) {
    if (error instanceof MailFailure) return outcomeOf(ctx, parcel, error);
    ctx.log.error({ err: error, deliveryId: parcel.deliveryId }, 'a mail could not be made');
    return { outcome: { kind: 'failed', reason: 'unmade' } };
  }
}

async function outcomeOf(ctx: Ctx, parcel: Parcel, failure: MailFailure): Promise<Tried> {
  const { kind, status, isOfConnection } = failure;
  if (kind === 'bounced') {
    // What was sent before in this batch must be told, whatever becomes of this row: the next try writes it again.
    await recordBounce(ctx.db, ctx.clock.now(), parcel.email, status).catch((error) =>
      ctx.log.error({ err: error }, 'a bounce was not recorded'),
    );
    return { outcome: { kind: 'failed', reason: 'bounced' } };
  }
  if (kind === 'refused') return { outcome: { kind: 'failed', reason: 'refused' } };
  // Nothing is lost by this, but nothing arrives until somebody mends it.
  if (kind === 'sender')
    ctx.log.error({ status }, 'the mail server takes no mail from us: check SMTP_URL and MAIL_FROM');
  return {
    outcome: { kind: 'retry', reason: kind === 'sender' ? 'sender_refused' : 'unavailable', status },
    isOfConnection,
  };
}
