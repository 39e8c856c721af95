import { addMs, minuteMs } from '../../clock.ts';
import { isSecurity } from '../defaults.ts';
import type { Channel, NotificationType } from '../kinds.ts';
import type { Wishes } from './wishes.ts';

export type Hold = { heldFor: 'quiet' | 'digest'; until: Date };

const dayMinutes = 24 * 60;
const digestAt = 8 * 60;

/** Whether, and until when, something must wait before it may go out on this channel. The list never waits. */
export function holdOf(
  wishes: Wishes,
  type: NotificationType,
  channel: Channel,
  now: Date,
): Hold | undefined {
  if (channel !== 'push' && channel !== 'email') return undefined;
  const digest = type === 'job.posted' ? nextDigest(wishes, now) : undefined;
  if (digest !== undefined) return { heldFor: 'digest', until: digest };
  return isSecurity(type) ? undefined : quietHold(wishes, now);
}

/** The end of the quiet hours, if it is quiet now. */
export function quietHold({ quiet, timeZone }: Wishes, now: Date): Hold | undefined {
  if (quiet === null) return undefined;
  const [from, to, at] = [minutesOf(quiet.from), minutesOf(quiet.to), shownMinutes(timeZone, now)];
  // From evening to morning the day ends in between.
  const isQuiet = from < to ? at >= from && at < to : at >= from || at < to;
  return isQuiet ? { heldFor: 'quiet', until: nextAt(timeZone, now, to) } : undefined;
}

function nextDigest({ digest, timeZone }: Wishes, now: Date): Date | undefined {
  if (digest === 'instant') return undefined;
  if (digest === 'daily') return nextAt(timeZone, now, digestAt);
  const at = shownMinutes(timeZone, now);
  return nextAt(timeZone, now, (at - (at % 60) + 60) % dayMinutes);
}

/** The next moment, later than now, when clocks there show so many minutes after midnight. */
function nextAt(zone: string, now: Date, minutes: number): Date {
  const aheadMinutes = minutes - shownMinutes(zone, now);
  const wholeMinute = new Date(Math.floor(now.getTime() / minuteMs) * minuteMs);
  const guess = addMs(wholeMinute, (aheadMinutes > 0 ? aheadMinutes : aheadMinutes + dayMinutes) * minuteMs);
  // Clocks may have been changed in between: what they show then is an hour off, and put right once.
  const offMinutes = minutes - shownMinutes(zone, guess);
  const nearest = offMinutes - Math.round(offMinutes / dayMinutes) * dayMinutes;
  const corrected = addMs(guess, nearest * minuteMs);
  return corrected > now ? corrected : guess;
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

const mostZones = 500;
const formats = new Map<string, Intl.DateTimeFormat>();

/** What clocks show there, in minutes after midnight. */
function shownMinutes(zone: string, at: Date): number {
  let format = formats.get(zone);
  if (format === undefined) {
    if (formats.size >= mostZones) formats.clear();
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(zone, format);
  }
  return minutesOf(format.format(at));
}
