/* What other modules may know of notifications. */

export { bouncedAmong, forgetBounce, recordBounce } from './mails/bounces.ts';
export { accountDeletedLetter, alreadyRegisteredLetter, codeLetter, noticeLetter } from './mails/letters.ts';
