import type { Ctx } from '../../context.ts';
import type { DeviceRow } from '../../db/tables/devices.ts';
import type { PushOutcome } from '../../vendors/fcm.ts';
import { devicesOf } from '../devices/devices-of.ts';
import { rememberResults } from '../devices/results.ts';
import type { Outcome } from './outcome.ts';
import type { Parcel } from './parcel.ts';
import { pushMessageOf } from './push-message.ts';

/**
 * Pushes each parcel to all devices of its person. It is sent if any of them took it. Tokens that are gone are deleted,
 * and those that Firebase wants left alone are, for as long as it says. One outcome for each parcel, in their order.
 */
export async function sendPush(ctx: Ctx, parcels: readonly Parcel[]): Promise<Outcome[]> {
  const { push } = ctx;
  if (push === undefined) return parcels.map(() => ({ kind: 'suppressed', reason: 'push_off' }));
  const now = ctx.clock.now();
  const people = parcels.map((parcel) => parcel.userId);
  const devices = await devicesOf(ctx, people);
  const attempts = parcels.map((parcel) =>
    (devices.get(parcel.userId) ?? []).map((device) => ({ parcel, device })),
  );
  const tried = attempts.flat().filter(({ device }) => leftAlone(device, now) === undefined);
  const outcomes = await push.send(tried.map(({ parcel, device }) => pushMessageOf(parcel, device, now)));
  const results = new Map(tried.map((attempt, index) => [attempt, outcomes[index]!]));
  await rememberResults(
    ctx,
    tried.map(({ device }, index) => ({ device, outcome: outcomes[index]! })),
  );
  warnOfSetup(ctx, outcomes);
  return attempts.map((ofParcel) =>
    summaryOf(ofParcel.flatMap((attempt) => results.get(attempt) ?? leftAlone(attempt.device, now) ?? [])),
  );
}

/** The outcome for a device that Firebase wants left alone still; undefined if it may be tried. */
function leftAlone(device: DeviceRow, now: Date): PushOutcome | undefined {
  const waitMs = (device.next_attempt_at?.getTime() ?? 0) - now.getTime();
  return waitMs > 0 ? { kind: 'retry', reason: 'left_alone', afterMs: waitMs, trouble: 'token' } : undefined;
}

/** One for all devices of a person. */
function summaryOf(outcomes: readonly PushOutcome[]): Outcome {
  const sent = outcomes.find((one) => one.kind === 'sent');
  if (sent !== undefined) return { kind: 'sent', reference: sent.reference };
  const retries = outcomes.filter((one) => one.kind === 'retry');
  if (retries.length > 0) {
    const { reason } = retries[0]!;
    const waits = retries.flatMap((one) => one.afterMs ?? []);
    // The first that may be tried again decides; one without a time is for the delivery to choose.
    return waits.length < retries.length
      ? { kind: 'retry', reason }
      : { kind: 'retry', reason, afterMs: Math.min(...waits) };
  }
  const failed = outcomes.find((one) => one.kind === 'failed');
  if (failed !== undefined) return failed;
  const gone = outcomes.find((one) => one.kind === 'gone');
  return { kind: 'suppressed', reason: gone?.reason ?? 'no_device' };
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
