import { ifKnown } from './facts.ts';
import type { Texts } from './language.ts';

/** The safety of the account, and what admins have to look at. */
export const accountTexts = {
  'account.signed_in': (facts) => ({
    title: 'Neue Anmeldung bei Ihrem Konto',
    message: `Jemand, wahrscheinlich Sie, hat sich angemeldet${ifKnown(facts.device, (one) => ` mit ${one}`)}${ifKnown(facts.city, (one) => ` nahe ${one}`)}. Waren Sie es nicht, ändern Sie sofort Ihr Passwort und beenden Sie Ihre anderen Sitzungen.`,
  }),
  'account.password_changed': () => ({
    title: 'Ihr Passwort wurde geändert',
    message:
      'Andere Geräte wurden abgemeldet. Waren Sie es nicht, fordern Sie auf der Anmeldeseite sofort ein neues Passwort an.',
  }),
  'account.email_changed': () => ({
    title: 'Ihre E-Mail-Adresse wurde geändert',
    message:
      'Ihr Konto hat jetzt eine andere E-Mail-Adresse; die bisherige öffnet es nicht mehr. Waren Sie es nicht, schreiben Sie sofort unserem Support.',
  }),
  'account.second_factor_on': () => ({
    title: 'Die Anmeldung braucht jetzt einen zweiten Faktor',
    message:
      'Eine Authentifizierungs-App wurde Ihrem Konto hinzugefügt, und andere Geräte wurden abgemeldet. Waren Sie es nicht, schreiben Sie sofort unserem Support.',
  }),
  'account.second_factor_off': () => ({
    title: 'Ihr zweiter Faktor wurde entfernt',
    message:
      'Die Authentifizierungs-App gehört nicht mehr zu Ihrem Konto, und alle Geräte wurden abgemeldet. Haben Sie das nicht verlangt, schreiben Sie sofort unserem Support.',
  }),
  'admin.chargeback': (facts) => ({
    title: `Eine Bank beanstandet eine Zahlung${ifKnown(facts.amount, (one) => ` von ${one}`)}`,
    message: `Die Zahlung ist eingefroren, und die Bank wartet auf eine Antwort${ifKnown(facts.deadline, (when) => ` bis ${when}`)}. Einen Tag vor Ablauf wird mit dem geantwortet, was über den Auftrag bekannt ist.`,
  }),
  'admin.chargeback_returned': (facts) => ({
    title: `Eine Bank hat nach einer verlorenen Rückbuchung ${facts.amount ?? 'Geld'} zurückgegeben`,
    message: 'Es gehört niemandem, bis ein Admin sagt, wem: Regeln Sie die Rückgabe der Rückbuchung.',
  }),
  'admin.fraud_warning': (facts) => ({
    title: `Eine Bank warnt vor Betrug${ifKnown(facts.amount, (one) => ` bei einer Zahlung von ${one}`)}`,
    message:
      'Die Zahlung ist eingefroren, bis ein Admin sie freigibt. Eine Rückzahlung, bevor die Bank das Geld holt, spart die Gebühr der Rückbuchung.',
  }),
  'admin.refund_failed': (facts) => ({
    title: `Eine Rückzahlung${ifKnown(facts.amount, (one) => ` von ${one}`)} kam nicht an`,
    message:
      'Die Bank hat sie zurückgeschickt, oder unser Zahlungsdienst hat sie abgelehnt. Das Geld ist bei uns und gehört weiter dem Kunden: Senden Sie es noch einmal, oder zahlen Sie es anders aus.',
  }),
} satisfies Partial<Texts>;
