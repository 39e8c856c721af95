import { minuteMs, secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { chargePlaces, type RateLimit } from '../rate-limits.ts';

export const messagesPerMinute = 600;
const limit: RateLimit = { name: 'chat-message', maximum: messagesPerMinute, windowMs: minuteMs };
const shareEveryMs = secondMs;
const mostRemembered = 20_000;

/** `shared`: as many as all processes together are known to have let through. `own`: ours that nobody else knows of yet. */
type Window = { endsAt: number; shared: number; own: number };
type Windows = Map<string, Window>;

/**
 * So many messages a minute and person. Counted in memory, so that no message waits for it; with several processes each
 * tells the others every second, in one statement for all people, what it let through. Over the limit there is at most
 * what one second brought to other processes. Throws rate_limited.
 */
export function createMessageLimit(ctx: Ctx): (userId: string) => void {
  const windows: Windows = new Map();
  const share = ctx.config.redisUrl === undefined ? () => undefined : createSharing(ctx, windows);
  return (userId) => {
    const now = ctx.clock.now().getTime();
    const window = windowOf(windows, userId, now);
    if (window.shared + window.own >= limit.maximum)
      throw new AppError('rate_limited', 'Too many messages. Try again later.', {
        retryAfterSeconds: Math.max(1, Math.ceil((window.endsAt - now) / 1000)),
      });
    window.own += 1;
    share();
  };
}

function windowOf(windows: Windows, userId: string, now: number): Window {
  const known = windows.get(userId);
  if (known !== undefined && known.endsAt > now) return known;
  if (windows.size > mostRemembered)
    for (const [id, { endsAt }] of windows) if (endsAt <= now) windows.delete(id);
  const window = { endsAt: now + limit.windowMs, shared: 0, own: 0 };
  windows.set(userId, window);
  return window;
}

/** To be called after each message: tells what was counted, a second after the first that was not told. */
function createSharing(ctx: Ctx, windows: Windows): () => void {
  let isWaiting = false;
  const untold = () => {
    const now = ctx.clock.now().getTime();
    return [...windows].filter(([, { own, endsAt }]) => own > 0 && endsAt > now);
  };
  const run = async () => {
    const isTold = await tell(ctx, windows, untold()).then(
      () => true,
      (error) => {
        // Counted here all the same: with the next message it is tried again.
        ctx.log.warn({ err: error }, 'the limit of messages could not be shared');
        return false;
      },
    );
    isWaiting = false;
    if (isTold && untold().length > 0) share();
  };
  const share = () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(run, shareEveryMs).unref();
  };
  return share;
}

async function tell(ctx: Ctx, windows: Windows, told: readonly [string, Window][]): Promise<void> {
  if (told.length === 0) return;
  const counts = new Map(told.map(([userId, { own }]) => [userId, own]));
  const charged = await chargePlaces(ctx, limit, counts);
  for (const [userId, window] of told) {
    const total = charged.get(userId);
    // What came meanwhile stays for the next time; a window that is over counts no more.
    if (total === undefined || windows.get(userId) !== window) continue;
    window.own -= counts.get(userId)!;
    window.shared = total.taken;
    window.endsAt = total.windowEndsAt.getTime();
  }
}
