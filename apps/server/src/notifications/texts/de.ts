import { accountTexts } from './de-account.ts';
import { mails } from './de-mails.ts';
import { moneyTexts } from './de-money.ts';
import { workTexts } from './de-work.ts';
import type { Language } from './language.ts';

export const de: Language = {
  tag: 'de',
  texts: { ...workTexts, ...moneyTexts, ...accountTexts },
  labels: {
    'job.posted': 'neue Aufträge in Ihrer Nähe',
    'application.received': 'Bewerbungen auf Ihre Aufträge',
    'booking.requested': 'Buchungsanfragen',
    'booking.confirmed': 'bestätigte Buchungen',
    'booking.declined': 'abgelehnte Buchungen',
    'booking.expired': 'abgelaufene Buchungen',
    'booking.cancelled': 'stornierte Buchungen',
    'booking.delivered': 'erledigte Arbeiten',
    'booking.completed': 'abgeschlossene Aufträge',
    'message.received': 'neue Nachrichten',
    'payment.received': 'eingegangene Zahlungen',
    'payment.released': 'freigegebene Zahlungen',
    'payment.refunded': 'Rückzahlungen',
    'payment.hold_ending': 'zurückgehaltenes Geld, über das entschieden werden muss',
    'refund.failed': 'Rückzahlungen, die nicht ankamen',
    'dispute.opened': 'neue Streitfälle',
    'dispute.answered': 'Antworten in Streitfällen',
    'dispute.decided': 'Entscheidungen in Streitfällen',
    'dispute.withdrawn': 'zurückgezogene Streitfälle',
    'chargeback.opened': 'Zahlungen, die eine Bank beanstandet',
    'chargeback.decided': 'Entscheidungen von Banken über Zahlungen',
    'payout.paid': 'angekommene Auszahlungen',
    'payout.failed': 'gescheiterte Auszahlungen',
    'payout.onboarding': 'fehlende Angaben zu Ihrem Auszahlungskonto',
    'review.submitted': 'neue Bewertungen',
    'account.signed_in': 'neue Anmeldungen',
    'account.password_changed': 'Änderungen Ihres Passworts',
    'account.email_changed': 'Änderungen Ihrer E-Mail-Adresse',
    'account.second_factor_on': 'Ihren zweiten Faktor',
    'account.second_factor_off': 'Ihren zweiten Faktor',
    'admin.chargeback': 'neue Rückbuchungen',
    'admin.chargeback_returned': 'zurückgekommene Rückbuchungen',
    'admin.fraud_warning': 'Betrugswarnungen',
    'admin.refund_failed': 'gescheiterte Rückzahlungen an Kunden',
  },
  summary: {
    title: (kind, count) =>
      kind === 'digest'
        ? `${count} ${count === 1 ? 'neuer Auftrag' : 'neue Aufträge'} in Ihrer Nähe`
        : `${count} neue ${count === 1 ? 'Mitteilung' : 'Mitteilungen'}`,
    more: (count) => `und ${count} weitere`,
  },
  mails,
};
