/*
 * bounced      there is no such mailbox, and never will be by trying again
 * refused      the server will not take this mail for this address: policy, spam filter, a full mailbox
 * sender       it takes no mail from us: our credentials or our address are wrong, so all mails fail
 * unavailable  not reached, too busy, not now
 */
export type MailFailureKind = 'bounced' | 'refused' | 'sender' | 'unavailable';

/**
 * A mail was not taken. Says nothing in the server's own words, which quote the address: only its status, such as
 * "550 5.1.1" or ETIMEDOUT.
 */
export class MailFailure extends Error {
  readonly kind: MailFailureKind;
  readonly status: string;
  /** Whether it was about the connection and not about this mail: the next one would fare no better. */
  readonly isOfConnection: boolean;

  constructor(kind: MailFailureKind, status: string, isOfConnection: boolean) {
    super(`the mail server did not take the mail: ${kind} (${status})`);
    this.name = 'MailFailure';
    this.kind = kind;
    this.status = status;
    this.isOfConnection = isOfConnection;
  }
}

type SmtpError = {
  code?: unknown;
  originalCode?: unknown;
  responseCode?: unknown;
  response?: unknown;
  command?: unknown;
};

/** What an error of nodemailer means for the mail, its address and the next mails. */
export function toMailFailure(error: unknown): MailFailure {
  const { code, originalCode, responseCode, response, command } = error as SmtpError;
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response ?? ''))?.[1];
  if (typeof responseCode !== 'number') return withoutAnswer(String(originalCode ?? code ?? 'unknown'));
  const status = enhanced === undefined ? String(responseCode) : `${responseCode} ${enhanced}`;
  if (isAboutUs(code, responseCode, command)) return new MailFailure('sender', status, true);
  // 503: the conversation was out of step, not the mail wrong.
  if (responseCode < 500 || responseCode === 503)
    return new MailFailure('unavailable', status, responseCode === 421);
  // Refused before any mail was named: the server, or what it thinks of our network address.
  if (command !== 'RCPT TO' && command !== 'DATA') return new MailFailure('sender', status, true);
  const isGone =
    enhanced === undefined
      ? command === 'RCPT TO' && saysNoMailbox(responseCode, String(response))
      : goneStatuses.has(enhanced);
  return new MailFailure(isGone ? 'bounced' : 'refused', status, false);
}

/** No answer at all: a network that fails, or credentials, settings and certificates that cannot be used. */
const withoutAnswer = (code: string): MailFailure =>
  new MailFailure(/AUTH|CONFIG|TLS|SSL|CERT|SIGN|VERIFY/.test(code) ? 'sender' : 'unavailable', code, true);

const isAboutUs = (code: unknown, responseCode: number, command: unknown): boolean =>
  (responseCode >= 500 && (code === 'EAUTH' || command === 'MAIL FROM')) ||
  [530, 534, 535, 538].includes(responseCode);

/** Unknown mailbox, unknown or closed domain, syntax that no server takes, moved away, disabled (RFC 3463, 7505). */
const goneStatuses = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1']);

/** By its bare number a refusal may be one of policy; servers that give no more say so in words. */
const saysNoMailbox = (responseCode: number, response: string): boolean =>
  [521, 550, 551, 553, 556].includes(responseCode) &&
  !/spam|block|black ?list|deny|denied|polic|relay|sender|reputation|dnsbl|rbl|spf|dkim|dmarc|auth|quota|full/i.test(
    response,
  );
