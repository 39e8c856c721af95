import type { MailWords } from './language.ts';

export const mails: MailWords = {
  buttons: {
    job: 'Auftrag öffnen',
    booking: 'Buchung öffnen',
    room: 'Chat öffnen',
    payment: 'Zahlung öffnen',
    payouts: 'Auszahlungen öffnen',
    dispute: 'Streitfall öffnen',
    reviews: 'Bewertung lesen',
    security: 'Konto prüfen',
    admin: 'Ansehen',
    home: 'Alles ansehen',
  },
  reason: (platform, label) =>
    `Sie erhalten diese E-Mail, weil Sie ein Konto bei ${platform} haben. Ihr Thema: ${label}.`,
  reasonOfSummary: (platform) =>
    `Sie erhalten diese E-Mail, weil Sie ein Konto bei ${platform} haben und mehreres auf einmal erfahren möchten.`,
  reasonOfSecurity: (platform) =>
    `Sie erhalten diese E-Mail, weil es um die Sicherheit Ihres Kontos bei ${platform} geht. Solche E-Mails lassen sich nicht abbestellen.`,
  reasonOfLetter: (platform) =>
    `Sie erhalten diese E-Mail, weil jemand, wahrscheinlich Sie, diese Adresse bei ${platform} angegeben hat.`,
  unsubscribe: 'Keine E-Mails dieser Art mehr',
  codes: {
    'verify-email': {
      subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
      lines: ['Geben Sie ihn ein, um zu bestätigen, dass diese Adresse Ihnen gehört.'],
    },
    'reset-password': {
      subject: 'Setzen Sie ein neues Passwort',
      lines: ['Geben Sie ihn ein, um ein neues Passwort zu setzen. Alle Ihre Geräte werden abgemeldet.'],
    },
    'change-email': {
      subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
      lines: ['Geben Sie ihn ein, um diese Adresse zu der Ihres Kontos zu machen.'],
    },
  },
  yourCode: (platform) => `Ihr Code für ${platform} ist`,
  codeAdvice: (platform) => [
    `Er gilt einmal, innerhalb von zehn Minuten. Niemand von ${platform} wird Sie je danach fragen.`,
    'Haben Sie diesen Code nicht verlangt, beachten Sie diese E-Mail nicht.',
  ],
  alreadyRegistered: (platform) => ({
    subject: 'Sie haben schon ein Konto',
    lines: [
      `Jemand, wahrscheinlich Sie, wollte mit dieser Adresse ein Konto bei ${platform} anlegen. Sie hat schon eines.`,
      'Melden Sie sich an wie sonst auch. Haben Sie Ihr Passwort vergessen, fordern Sie auf der Anmeldeseite ein neues an.',
      'Waren Sie es nicht, ist nichts zu tun: Ihr Konto ist unverändert.',
    ],
  }),
  accountDeleted: (platform) => ({
    subject: 'Ihr Konto wurde gelöscht',
    lines: [
      `Ihr Konto bei ${platform} wurde gelöscht, wie Sie es wollten. Ihr Name, Ihre Adresse und Ihr Profil sind weg.`,
      'Was wir nach dem Gesetz über Zahlungen aufbewahren müssen, sagt nicht mehr, wer Sie sind.',
    ],
  }),
  unsubscribing: {
    title: 'E-Mails',
    question: (platform, what) => `Soll ${platform} Ihnen keine E-Mails mehr schicken über: ${what}?`,
    button: 'Ja, keine mehr davon',
    done: (platform, what) => `Erledigt. ${platform} schickt Ihnen keine E-Mails mehr über: ${what}.`,
    stays:
      'Sie finden weiterhin alles in der Liste in der App und können E-Mails in deren Einstellungen wieder einschalten.',
    everything: 'alles außer der Sicherheit Ihres Kontos',
  },
};
