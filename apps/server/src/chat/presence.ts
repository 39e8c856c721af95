import type { ServerFrame } from '@holdfast/contract';
import { secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Hub } from '../ws/hub.ts';

// The others learn that this process is gone when it has not said so for ten seconds.
const sayEveryMs = 4 * secondMs;
// A phone that changes networks is back at once: that is no coming and going.
const graceMs = 500;
const mostTold = 500;

/** Tells those who share a room with somebody that they came or went; several devices are one person. */
export function createPresence(ctx: Ctx, hub: Hub) {
  const { bus } = ctx;
  const leaving = new Map<string, NodeJS.Timeout>();
  const tell = async (userId: string, isOnline: boolean) => {
    const lastSeenAt = isOnline ? null : ctx.clock.now();
    if (lastSeenAt !== null) await rememberSeen(ctx, userId, lastSeenAt);
    const to = await partnersOf(ctx, userId);
    if (to.length === 0) return;
    const at = lastSeenAt?.toISOString() ?? null;
    const frame = { type: 'presence', userId, isOnline, lastSeenAt: at } satisfies ServerFrame;
    bus.publish({ to, frame: JSON.stringify(frame), gone: isOnline ? undefined : userId });
  };
  const attempt = (userId: string, isOnline: boolean) => {
    tell(userId, isOnline).catch((error) => ctx.log.warn({ err: error }, 'presence could not be told'));
  };
  const leave = async (userId: string) => {
    bus.sayGone(userId);
    const elsewhere = await bus.whoIsElsewhere([userId], ctx.clock.now());
    if (!elsewhere.has(userId)) attempt(userId, false);
  };
  const arrive = async (userId: string) => {
    const elsewhere = await bus.whoIsElsewhere([userId], ctx.clock.now());
    if (!elsewhere.has(userId)) attempt(userId, true);
  };
  // Somebody may have looked where they were not, or a process that took its time was believed to be dead.
  const stop = bus.subscribe(({ gone }) => {
    if (gone !== undefined && hub.isHere(gone)) attempt(gone, true);
  });
  const beat = setInterval(() => {
    bus.sayHere(hub.people(), ctx.clock.now());
    void bus.takeAbandoned(ctx.clock.now()).then((people) => {
      for (const userId of people) if (!hub.isHere(userId)) void leave(userId);
    });
  }, sayEveryMs);
  return {
    came: (userId: string) => {
      bus.sayHere([userId], ctx.clock.now());
      const timer = leaving.get(userId);
      leaving.delete(userId);
      if (timer === undefined) void arrive(userId);
      else clearTimeout(timer);
    },
    went: (userId: string) => {
      const timer = setTimeout(() => {
        leaving.delete(userId);
        if (!hub.isHere(userId)) void leave(userId);
      }, graceMs);
      leaving.set(userId, timer);
    },
    /** The process goes: another one says of whom it had that they are gone, unless they have come there. */
    close: () => {
      clearInterval(beat);
      stop();
      for (const timer of leaving.values()) clearTimeout(timer);
      leaving.clear();
    },
  };
}

async function rememberSeen(ctx: Ctx, userId: string, at: Date): Promise<void> {
  await ctx.db
    .insertInto('last_seen')
    .values({ user_id: userId, at })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ at }))
    .execute();
}

/** The people this one has rooms with, without those where one blocks the other; the most recent ones. */
async function partnersOf(ctx: Ctx, userId: string): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom('rooms')
    .select((select) =>
      select
        .case()
        .when('customer_id', '=', userId)
        .then(select.ref('contractor_id'))
        .else(select.ref('customer_id'))
        .end()
        .as('other'),
    )
    .where((where) => where.or([where('customer_id', '=', userId), where('contractor_id', '=', userId)]))
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('blocks')
            .select('blocker_id')
            .where((block) =>
              block.or([
                block.and([
                  block('blocker_id', '=', block.ref('customer_id')),
                  block('blocked_id', '=', block.ref('contractor_id')),
                ]),
                block.and([
                  block('blocker_id', '=', block.ref('contractor_id')),
                  block('blocked_id', '=', block.ref('customer_id')),
                ]),
              ]),
            ),
        ),
      ),
    )
    .orderBy('last_message_at', 'desc')
    .limit(mostTold)
    .execute();
  return rows.map(({ other }) => other);
}
