import type { Ctx } from '../../context.ts';
import type { DeviceRow } from '../../db/tables/devices.ts';
import type { PushOutcome } from '../../vendors/fcm.ts';
import { devicesOf } from '../devices/devices-of.ts';
import { type DeviceResult, rememberResults } from '../devices/results.ts';
import type { Outcome } from './outcome.ts';
import type { Parcel } from './parcel.ts';
import { pushMessageOf } from './push-message.ts';

/**
 * Pushes each parcel to all devices of its person that have not taken it before. It is sent when all have that can.
 * Tokens that are gone are deleted, and those that Firebase wants left alone are, for as long as it says. One outcome for
 * each parcel, in their order.
 */
export async function sendPush(ctx: Ctx, parcels: readonly Parcel[]): Promise<Outcome[]> {
  const { push } = ctx;
  if (push === undefined) return parcels.map(() => ({ kind: 'suppressed', reason: 'push_off' }));
  const now = ctx.clock.now();
  const people = parcels.map((parcel) => parcel.userId);
  const devices = await devicesOf(ctx, people);
  const attempts = parcels.map((parcel) =>
    (devices.get(parcel.userId) ?? [])
      .filter(({ id }) => !parcel.reached.includes(id))
      .map((device) => ({ parcel, device })),
  );
  const tried = attempts.flat().filter(({ device }) => leftAlone(device, now) === undefined);
  const outcomes = await push.send(tried.map(({ parcel, device }) => pushMessageOf(parcel, device, now)));
  const results = new Map(tried.map((attempt, index) => [attempt, outcomes[index]!]));
  await rememberResults(
    ctx,
    tried.map(({ device }, index) => ({ device, outcome: outcomes[index]! })),
  );
  warnOfSetup(ctx, outcomes);
  return attempts.map((ofParcel, index) =>
    summaryOf(
      parcels[index]!,
      ofParcel.map((attempt) => ({
        device: attempt.device,
        outcome: results.get(attempt) ?? leftAlone(attempt.device, now)!,
      })),
    ),
  );
}

/** The outcome for a device that Firebase wants left alone still; undefined if it may be tried. */
function leftAlone(device: DeviceRow, now: Date): PushOutcome | undefined {
  const waitMs = (device.next_attempt_at?.getTime() ?? 0) - now.getTime();
  return waitMs > 0 ? { kind: 'retry', reason: 'left_alone', afterMs: waitMs, trouble: 'token' } : undefined;
}

/** One for all devices of a person. */
function summaryOf(parcel: Parcel, results: readonly DeviceResult[]): Outcome {
  const outcomes = results.map(({ outcome }) => outcome);
  const taken = results.filter(({ outcome }) => outcome.kind === 'sent').map(({ device }) => device.id);
  const reached = [...parcel.reached, ...taken];
  const retry = retryOf(outcomes);
  if (retry !== undefined) return reached.length === 0 ? retry : { ...retry, reached };
  const sent = outcomes.find((one) => one.kind === 'sent');
  if (sent !== undefined) return { kind: 'sent', reference: sent.reference };
  if (reached.length > 0) return { kind: 'sent' };
  const failed = outcomes.find((one) => one.kind === 'failed');
  if (failed !== undefined) return failed;
  const gone = outcomes.find((one) => one.kind === 'gone');
  return { kind: 'suppressed', reason: gone?.reason ?? 'no_device' };
}

/** Undefined when no device is left that may take it later. */
function retryOf(outcomes: readonly PushOutcome[]): Extract<Outcome, { kind: 'retry' }> | undefined {
  const retries = outcomes.filter((one) => one.kind === 'retry');
  if (retries.length === 0) return undefined;
  const { reason } = retries[0]!;
  const waits = retries.flatMap((one) => one.afterMs ?? []);
  // The first that may be tried again decides; one without a time is for the delivery to choose.
  return waits.length < retries.length
    ? { kind: 'retry', reason }
    : { kind: 'retry', reason, afterMs: Math.min(...waits) };
}

/** Nothing will go out before somebody has looked at it: said once for all that failed together, and no token with it. */
function warnOfSetup(ctx: Ctx, outcomes: readonly PushOutcome[]): void {
  const reasons = outcomes.flatMap((one) =>
    one.kind === 'retry' && one.trouble === 'setup' ? one.reason : [],
  );
  if (reasons.length > 0)
    ctx.log.error(
      { reasons: [...new Set(reasons)], pushes: reasons.length },
      'Firebase does not take our pushes as it is set up: see docs/operations.md',
    );
}
