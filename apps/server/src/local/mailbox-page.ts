import type { StoredMail } from './mailbox.ts';

/** To be sent with the page: no script runs, whatever a mail holds; mails may style themselves. */
export const MAILBOX_CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; frame-src 'self'; base-uri 'none'";

/** The whole page: the newest mail on top, and the selected one beside the list. Selecting adds `?id=`. */
export function renderMailbox(mails: StoredMail[], selectedId?: string): string {
  const newestFirst = [...mails].reverse();
  const selected = mails.find((mail) => mail.id === selectedId) ?? newestFirst[0];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox (${mails.length})</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="Mails">
<h1>Mailbox</h1>
${newestFirst.map((mail) => renderEntry(mail, mail === selected)).join('\n') || '<p>No mail yet.</p>'}
</nav>
<main>
${selected ? renderMail(selected) : '<p>Mails that the server sends appear here; nothing leaves this machine.</p>'}
</main>
</body>
</html>
`;
}

function renderEntry(mail: StoredMail, isSelected: boolean): string {
  return `<a href="?id=${encodeURIComponent(mail.id)}"${isSelected ? ' aria-current="true"' : ''}>
<strong>${escapeHtml(mail.subject || '(no subject)')}</strong>
<span>${escapeHtml(mail.to.join(', '))}</span>
<time datetime="${escapeHtml(mail.receivedAt)}">${escapeHtml(mail.receivedAt)}</time>
</a>`;
}

function renderMail(mail: StoredMail): string {
  const headers = Object.entries(mail.headers)
    .map(([name, value]) => `${escapeHtml(name)}: ${escapeHtml(value)}`)
    .join('\n');
  return `<h2>${escapeHtml(mail.subject || '(no subject)')}</h2>
<dl>
<dt>From</dt><dd>${escapeHtml(mail.from)}</dd>
<dt>To</dt><dd>${escapeHtml(mail.to.join(', '))}</dd>
<dt>Received</dt><dd>${escapeHtml(mail.receivedAt)}</dd>
</dl>
${mail.html ? renderFrame(mail.html) : ''}
<pre>${escapeHtml(mail.text)}</pre>
<details><summary>Headers</summary><pre>${headers}</pre></details>`;
}

// Without allow-scripts and allow-same-origin the mail can neither run anything nor see this page; its links
// may open new windows, since following them is what one reads these mails for.
function renderFrame(html: string): string {
  const document = `<base target="_blank">${html}`;
  const permissions = 'allow-popups allow-popups-to-escape-sandbox';
  return `<iframe title="HTML of the mail" sandbox="${permissions}" srcdoc="${escapeHtml(document)}"></iframe>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; grid-template-columns: minmax(16rem, 24rem) 1fr; min-height: 100vh; }
nav { border-right: 1px solid #8884; overflow-wrap: anywhere; }
nav h1, nav p { font-size: 1.1rem; margin: 1rem; }
nav a { display: grid; padding: .6rem 1rem; border-top: 1px solid #8884; color: inherit; text-decoration: none; }
nav a:hover, nav a:focus-visible { background: #8881; }
nav a[aria-current] { background: #48f2; }
nav span, nav time, dt { opacity: .75; font-size: .9rem; }
main { padding: 1rem 1.5rem; min-width: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 60vh; border: 1px solid #8884; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 45rem) { body { grid-template-columns: 1fr; } nav { border-right: 0; } }
`;
