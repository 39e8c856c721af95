import type { CodePurpose } from '../../db/tables/accounts.ts';
import type { NotificationType } from '../kinds.ts';
import type { Facts } from './facts.ts';

export type Reader = { locale: string; timeZone: string };

export type Text = { title: string; message: string };

/** One sentence maker for each type. A type with two addressees says different things to them by `facts.side`. */
export type Texts = Record<NotificationType, (facts: Facts) => Text>;

/** Where the button of a mail leads. */
export type Destination =
  | 'job'
  | 'booking'
  | 'room'
  | 'payment'
  | 'payouts'
  | 'dispute'
  | 'reviews'
  | 'security'
  | 'admin'
  | 'home';

/** A mail that is not a notification: its subject and paragraphs. */
export type Letter = { subject: string; lines: string[] };

/** The words around what is told in a mail, and of the mails that are sent to addresses rather than to people. */
export type MailWords = {
  buttons: Record<Destination, string>;
  /** Why this mail came, for the end of it. */
  reason: (platform: string, label: string) => string;
  reasonOfSummary: (platform: string) => string;
  reasonOfSecurity: (platform: string) => string;
  reasonOfLetter: (platform: string) => string;
  unsubscribe: string;
  codes: Record<CodePurpose, Letter>;
  yourCode: (platform: string) => string;
  codeAdvice: (platform: string) => string[];
  alreadyRegistered: (platform: string) => Letter;
  accountDeleted: (platform: string) => Letter;
  unsubscribing: {
    title: string;
    question: (platform: string, what: string) => string;
    button: string;
    done: (platform: string, what: string) => string;
    stays: string;
    everything: string;
  };
};

export type Language = {
  tag: string;
  texts: Texts;
  /** What a type is called in preferences and in "e-mails about …". */
  labels: Record<NotificationType, string>;
  summary: {
    title: (kind: 'digest' | 'quiet', count: number) => string;
    /** After a list of titles: how many more there are. */
    more: (count: number) => string;
  };
  mails: MailWords;
};
