import { type Html, html, markupText } from '../../http/html.ts';

/** What a mail says, in order. */
export type MailContent = {
  /** Of its words, BCP 47. */
  language: string;
  platform: string;
  title: string;
  /** A one-time code, shown large. */
  code?: { before: string; value: string };
  paragraphs: readonly string[];
  items?: readonly { title: string; message: string; url: string }[];
  button?: { label: string; url: string };
  /** Why one gets it. */
  reason: string;
  unsubscribe?: { label: string; url: string };
};

/** The mail twice: as HTML and as plain text. Everything in it is escaped; it needs no picture, script or font. */
export const renderMail = (content: MailContent): { text: string; html: string } => ({
  text: plainText(content),
  html: markupText(page(content)),
});

function plainText({ title, code, paragraphs, items = [], button, ...end }: MailContent): string {
  const blocks = [
    code === undefined ? title : `${code.before} ${code.value}`,
    ...paragraphs,
    ...items.map((item) => `* ${item.title}\n  ${item.message}\n  ${item.url}`),
    ...(button === undefined ? [] : [`${button.label}:\n${button.url}`]),
    // Two hyphens and a space: mail programs know what follows as a signature, and leave it out of answers.
    `-- \n${end.platform}\n${end.reason}`,
    ...(end.unsubscribe === undefined ? [] : [`${end.unsubscribe.label}:\n${end.unsubscribe.url}`]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

// One table, because Outlook gives nothing else a width. Colours are inline for programs that drop the style sheet,
// which then only adds the dark ones.
const page = (content: MailContent): Html => html`<!doctype html>
<html lang="${content.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${content.title}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #14171a !important; }
  .card { background: #1f2429 !important; border-color: #3a4149 !important; }
  .card, .card h1, .card p, .card a.item { color: #eceff1 !important; }
  .quiet, .quiet p, .quiet a { color: #aab2ba !important; }
  .button { background: #8ab4f8 !important; color: #10151b !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f4f6">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page" style="background:#f2f4f6">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;text-align:left">
<tr><td class="quiet" style="padding:0 4px 12px;color:#4b5560;font-size:14px"><strong>${content.platform}</strong></td></tr>
<tr><td class="card" style="padding:28px 24px;background:#ffffff;color:#1b2025;border:1px solid #dde2e7;border-radius:8px;overflow-wrap:anywhere">
${body(content)}
</td></tr>
<tr><td class="quiet" style="padding:16px 4px 0;color:#4b5560;font-size:13px">
<p style="margin:0 0 8px;color:#4b5560">${content.reason}</p>
${content.unsubscribe === undefined ? '' : html`<p style="margin:0"><a href="${content.unsubscribe.url}" style="color:#4b5560">${content.unsubscribe.label}</a></p>`}
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;

const body = ({ title, code, paragraphs, items = [], button }: MailContent): Html[] => [
  html`<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3;color:#1b2025">${title}</h1>\n`,
  ...(code === undefined ? [] : [codeBlock(code)]),
  ...paragraphs.map((text) => html`<p style="margin:0 0 16px;color:#1b2025">${text}</p>\n`),
  ...items.map(
    (item) =>
      html`<p style="margin:0 0 16px;color:#1b2025"><a class="item" href="${item.url}" style="color:#1b2025"><strong>${item.title}</strong></a><br>${item.message}</p>\n`,
  ),
  ...(button === undefined ? [] : [buttonBlock(button)]),
];

const codeBlock = (code: { before: string; value: string }): Html =>
  html`<p style="margin:0 0 4px;color:#1b2025">${code.before}</p>
<p style="margin:0 0 16px;color:#1b2025;font-size:32px;line-height:1.2;letter-spacing:4px;font-family:ui-monospace,Consolas,monospace"><strong>${code.value}</strong></p>\n`;

const buttonBlock = (button: { label: string; url: string }): Html =>
  html`<p style="margin:24px 0 0"><a class="button" href="${button.url}" style="display:inline-block;padding:12px 20px;background:#1a56c4;color:#ffffff;border-radius:6px;text-decoration:none;font-weight:600">${button.label}</a></p>`;
