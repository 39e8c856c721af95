import { dayMs, hourMs, minuteMs } from '../clock.ts';
import type { RateLimit } from '../rate-limits.ts';

/*
 * Per network address: against one machine that works through many accounts.
 * Per account or e-mail: against many machines that work on one account. Such a limit can be used to lock its
 * owner out, so guesses at a password are counted narrowly for the pair of e-mail and network address, and only
 * far more loosely for the e-mail alone.
 */

export const registrationsPerAddress: RateLimit = { name: 'register', maximum: 20, windowMs: hourMs };
export const verificationsPerAddress: RateLimit = { name: 'verify', maximum: 20, windowMs: hourMs };
export const codeRequestsPerAddress: RateLimit = { name: 'code-request', maximum: 20, windowMs: hourMs };
export const resetsPerAddress: RateLimit = { name: 'reset', maximum: 20, windowMs: hourMs };
export const refreshesPerAddress: RateLimit = { name: 'refresh', maximum: 600, windowMs: 15 * minuteMs };
export const pagesPerAddress: RateLimit = { name: 'contractor-page', maximum: 600, windowMs: 10 * minuteMs };

export const picturesPerAddress: RateLimit = {
  name: 'user-picture',
  maximum: 6000,
  windowMs: 10 * minuteMs,
};

export const loginsPerAddress: RateLimit = { name: 'login', maximum: 50, windowMs: 15 * minuteMs };
export const loginsPerEmailAndAddress: RateLimit = {
  name: 'login-pair',
  maximum: 10,
  windowMs: 15 * minuteMs,
};
export const loginsPerEmail: RateLimit = { name: 'login-email', maximum: 100, windowMs: 15 * minuteMs };

/** Mails that somebody who is not signed in can cause, whatever they are for. */
export const codeMailsPerHour: RateLimit = { name: 'code-mail', maximum: 5, windowMs: hourMs };
/** Five an hour for a whole day would be 600 guesses at a code; nobody needs that many mails. */
export const codeMailsPerDay: RateLimit = { name: 'code-mail-day', maximum: 20, windowMs: dayMs };

/** One counter for everything that asks for the password again: a stolen access token is no licence to guess. */
export const passwordChecksPerAccount: RateLimit = {
  name: 're-authenticate',
  maximum: 10,
  windowMs: 15 * minuteMs,
};
/** At any time three of a million codes fit: whoever has the password gets in by chance once in 17,000 days. */
export const secondFactorTries: RateLimit = {
  name: 'second-factor',
  maximum: 5,
  windowMs: 15 * minuteMs,
};
export const secondFactorTriesPerDay: RateLimit = {
  name: 'second-factor-day',
  maximum: 20,
  windowMs: dayMs,
};
export const confirmationsPerAccount: RateLimit = { name: 'confirm-email', maximum: 20, windowMs: hourMs };
export const changesPerAccount: RateLimit = { name: 'profile-change', maximum: 120, windowMs: hourMs };
export const readsPerAccount: RateLimit = { name: 'account-read', maximum: 600, windowMs: 10 * minuteMs };
